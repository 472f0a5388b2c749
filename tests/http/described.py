"""Holding answers against the description: every one must be of a kind that is stated there."""

from functools import cache
from typing import Any

import jsonschema_rs

from gateway.client import AnsweredError, Client
from gateway.client.asking import target
from gateway.http import openapi
from gateway.http.routes import find


def operation(method: str, path: str) -> dict[str, Any]:
    """Return what is stated of a method at a path."""
    route, _ = find(method, path)
    stated: dict[str, Any] = openapi.document()["paths"][openapi.path_of(route)][method.lower()]
    return stated


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference stands for, or the thing itself."""
    if "$ref" not in part:
        return part
    found: Any = openapi.document()
    for word in part["$ref"].removeprefix("#/").split("/"):
        found = found[word]
    assert isinstance(found, dict)
    return found


@cache
def validator(component: str) -> jsonschema_rs.Draft202012Validator:
    """Return the validator of a component schema, which may refer to others."""
    schema = {"$ref": component, "components": openapi.document()["components"]}
    return jsonschema_rs.Draft202012Validator(schema)


def faults(method: str, path: str, status: int, document: object) -> list[str]:
    """Return what of an answer is not as it is stated."""
    stated = operation(method, path)["responses"]
    if str(status) not in stated:
        return [f"the status {status} is not stated"]
    (content,) = resolved(stated[str(status)])["content"].values()
    errors = validator(content["schema"]["$ref"]).iter_errors(document)
    return [f"{error.instance_path}: {error.message}" for error in errors]


class CheckedClient(Client):
    """A client that lets no answer pass that is not stated; errors, too, are looked at."""

    def _ask(self, method: str, parts: tuple[str, ...], **how: Any) -> dict[str, Any]:
        path = target(parts, {})
        try:
            document = super()._ask(method, parts, **how)
        except AnsweredError as error:
            found = faults(method, path, error.document["status"], error.document)
            assert found == [], f"{method} {path}"
            raise
        successes = [int(each) for each in operation(method, path)["responses"] if each < "300"]
        found = [faults(method, path, status, document) for status in successes]
        assert [] in found, f"{method} {path}: {found}"
        return document
