"""The description of the local API over the local API."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.desk import Desk
from gateway.http.routes.route import Call, Done, Route


async def _describe(desk: Desk, call: Call) -> Done:
    # The description is made from the table in which this route stands, so it comes after it.
    from gateway.http import openapi

    return Done(openapi.document())


ROUTES: Final = (
    Route(
        method="GET",
        path="openapi.json",
        act=_describe,
        summary="This description, in OpenAPI 3.1.",
        answer="Description",
    ),
)

COMPONENTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Description": {
        "type": "object",
        "required": ["openapi", "info", "paths", "components"],
        "properties": {"openapi": {"const": "3.1.0"}},
    },
}
