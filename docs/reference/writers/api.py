"""The local API as pages for people, from the description that a node serves."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from docs.reference.writers.markdown import code, codes, page, table
from gateway.http import openapi

Schema = Mapping[str, Any]


def write() -> str:
    """Return the page."""
    document = openapi.document()
    parts = [
        document["info"]["description"].strip(),
        _LEAD,
        "## Headers",
        table(("Header", "Meaning"), _headers(document)),
        "## Errors",
        table(("Status", "Meaning"), _errors(document)),
        "## Routes",
        table(("Route", "What it does"), _overview(document)),
    ]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parts += _operation(method.upper(), path, operation)
    parts.append("## Answers")
    for name, schema in document["components"]["schemas"].items():
        parts += [f"### {name}", schema.get("description", ""), _table(schema)]
    return page("Local API", *parts)


def description() -> str:
    """Return the description itself, for tools that make clients and tests of it."""
    return json.dumps(openapi.document(), ensure_ascii=False, indent=2) + "\n"


_LEAD = (
    "The same as OpenAPI 3.1, for tools: [openapi.json](openapi.json), and at `/v1/openapi.json` "
    "of every node. [Connect a system](../how-to/connect-a-system.md) shows it in use, with the "
    "client for Python."
)


def _headers(document: Schema) -> Iterator[tuple[str, str]]:
    for header in document["components"]["parameters"].values():
        yield code(header["name"]), header["description"]


def _errors(document: Schema) -> Iterator[tuple[str, str]]:
    found: dict[str, str] = {}
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, answer in operation["responses"].items():
                if "$ref" in answer:
                    found[status] = _behind(document, answer)["description"]
    yield from sorted(found.items())


def _overview(document: Schema) -> Iterator[tuple[str, str]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            title = f"{method.upper()} {path}"
            yield f"[{title}](#{_anchor(title)})", operation["summary"]


def _operation(method: str, path: str, operation: Schema) -> Iterator[str]:
    yield f"### {method} {path}"
    yield " ".join(filter(None, (operation["summary"], operation.get("description"))))
    named = [each for each in operation["parameters"] if "$ref" not in each]
    yield table(
        ("Value", "In", "Form", "Meaning"),
        (
            (code(each["name"]), each["in"], _form(each["schema"]), each["description"])
            for each in named
        ),
    )
    if body := operation.get("requestBody"):
        schema = body["content"]["application/json"]["schema"]
        fields = _table(schema)
        yield f"The body:\n\n{fields}" if fields else "The body is empty, or `{}`."
    yield _answers(operation)


def _answers(operation: Schema) -> str:
    good, bad = [], []
    for status, answer in operation["responses"].items():
        if "$ref" in answer:
            bad.append(status)
        else:
            (content,) = answer["content"].values()
            good.append(f"{status} with {_form(content['schema'])}")
    return f"Answers {', or '.join(good)}; {', '.join(bad)} with a [Problem](#problem)."


def _table(schema: Schema) -> str:
    """Return the members of an object, one level deep; what is deeper is named by its form."""
    required = schema.get("required", ())
    rows = (
        (code(name), "required" if name in required else "", _form(each), _meaning(each))
        for name, each in schema.get("properties", {}).items()
    )
    return table(("Member", "", "Form", "Meaning"), rows)


def _meaning(schema: Schema) -> str:
    return str(schema.get("description") or schema.get("title") or "")


def _form(schema: Schema) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(json.dumps(schema["const"]))
    if "enum" in schema:
        return codes("null" if each is None else each for each in schema["enum"])
    kinds = schema.get("type", "anything")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " or ".join(_kind(kind, schema) for kind in kinds)


def _kind(kind: str, schema: Schema) -> str:
    if kind == "array":
        return f"list of {_form(schema.get('items', {}))}"
    if kind == "object":
        names = list(schema.get("properties", {}))
        return f"object of {codes(names)}" if names else "object"
    bounds = [str(schema[each]) for each in ("minimum", "maximum") if each in schema]
    limits = f" from {' to '.join(bounds)}" if len(bounds) == 2 else ""
    if "default" in schema:
        limits += f", default {code(json.dumps(schema['default']))}"
    return {"string": "text", "integer": "whole number", "number": "number", "null": "null"}.get(
        kind, kind
    ) + limits


def _behind(document: Schema, reference: Schema) -> Schema:
    found: Any = document
    for part in reference["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower() if c.isalnum() or c in "-_ ").replace(" ", "-")
