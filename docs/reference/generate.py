"""Write the pages of this folder from the program: `.venv/bin/python -m docs.reference.generate`.

With `--check` nothing is written, and the pages that are not what the program says are named.
"""

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

FOLDER: Final = Path(__file__).parent

# Each page, and the function below `writers` that returns it.
PAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "api.md": "api.write",
        "cli.md": "cli.write",
        "../conformance.md": "conformance.write",
        "codes.md": "codes.write",
        "configuration.md": "configuration.write",
        "gateway.1": "man.write",
        "metrics.md": "metrics.write",
        "openapi.json": "api.description",
        "types.md": "types.write",
    }
)


def page(name: str) -> str:
    """Return a page as the program has it now."""
    module, _, function = PAGES[name].partition(".")
    writer = importlib.import_module(f"docs.reference.writers.{module}")
    text: str = getattr(writer, function)()
    return text


def stale() -> list[str]:
    """Return the pages that are not what the program says."""
    return [
        name
        for name in PAGES
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != page(name)
    ]


def main() -> int:
    """Write every page, or check them."""
    if "--check" in sys.argv[1:]:
        found = stale()
        sys.stderr.writelines(f"docs/reference/{name} is stale\n" for name in found)
        return 1 if found else 0
    for name in PAGES:
        (FOLDER / name).write_text(page(name), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
