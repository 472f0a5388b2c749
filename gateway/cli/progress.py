"""How far something slow has come, on stderr of a terminal; anywhere else nothing is shown.

What is quick shows nothing either: a bar that flashes up tells nobody anything.
"""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from gateway.cli import options

_SOON: Final = 0.5

OnProgress = Callable[[str, int, int], None]


@contextmanager
def shown(labels: Mapping[str, str]) -> Iterator[OnProgress]:
    """Yield a function that is told the step, what is done and what there is to do (0: unknown).

    Args:
        labels: What people call the steps.
    """
    if options.as_json() or not sys.stderr.isatty():
        yield lambda step, done, total: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    begun = time.monotonic()
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task("", total=None)

    def tell(step: str, done: int, total: int) -> None:
        if not bar.live.is_started and time.monotonic() - begun > _SOON:
            bar.start()
        bar.update(task, description=labels.get(step, step), completed=done, total=total or None)

    try:
        yield tell
    finally:
        bar.stop()
