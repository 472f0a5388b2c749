"""The settings of a node, each with what it may be, its default and its variable."""

import json
from collections.abc import Iterator

from docs.reference.writers.markdown import code, page, sentence, table
from gateway.config.described import Described, schema, settings
from gateway.config.variables import FAMILIES, OTHERS

_INTRODUCTION = (
    "A node is told everything by its `config.toml` and by variables that stand in for it. "
    "[config.toml](../../config.toml) at the top of the project is an example with every setting "
    "and its default; [how to configure a node](../how-to/configure-a-node.md) shows it in use. "
    "Relative paths start at the folder of the file."
)
_VARIABLES = (
    "Each setting has the variable that is named beside it. A text is given as it is; a number, "
    "`true`, `false` and a list as in JSON. A variable that begins with `GATEWAY_` and is neither "
    "in the tables above nor in this one is an error."
)


def write() -> str:
    """Return the page."""
    rules = schema()
    parts = [_INTRODUCTION]
    every = settings(rules)
    for table_name, about in rules["properties"].items():
        parts.append(f"## {table_name}")
        parts.append(sentence(about["title"]) + _rule(about, table_name))
        rows = (_row(each) for (of, _), each in every.items() if of == table_name)
        parts.append(table(("Setting", "Meaning", "Must be", "Default", "Variable"), rows))
    parts += [
        "## Variables",
        _VARIABLES,
        table(("Variable", "Meaning"), ((code(name), text) for name, text in _others())),
    ]
    return page("Configuration", *parts)


def _others() -> Iterator[tuple[str, str]]:
    yield from OTHERS.items()
    for beginning, text in FAMILIES.items():
        yield f"{beginning}…", text


def _rule(about: dict[str, object], name: str) -> str:
    if about.get("maxProperties") == 1:
        return f" Exactly one setting stands under `[{name}]`."
    return " It must be given." if "required" in about else ""


def _row(each: Described) -> tuple[str, ...]:
    default = code(json.dumps(each.default)) if each.default is not None else "none"
    return (
        code(each.key),
        sentence(each.title),
        each.allowed,
        "required" if each.is_required else default,
        code(each.variable),
    )
