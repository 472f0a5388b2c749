"""One request to the node and its answer: JSON both ways, errors as problem documents."""

import http.client
import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, urlencode

from gateway.client.errors import AnsweredError, NodeDownError
from gateway.client.ways import Connection, Way
from gateway.errors import InvalidError, TransientError

# The node answers from its own disk; only what waits may take longer, and it says how long.
PATIENCE: Final = 30.0

# A list of 500 views is about 1 MiB, a message with its content at most 2 MiB; a consumer may ask
# for several.
_ANSWER_LIMIT: Final = 64 * 2**20

# Bytes of the command line that are no UTF-8 go to the node as they came; it refuses them.
_BYTES: Final = "surrogateescape"


class Asking:
    """Requests to one node by method and path; the parts of a path are taken literally.

    Args:
        way: How to get to the node's socket.
        hint: The line that starts the node, for the error that says it is down.
        on_behalf_of: Whom the caller acts for; recorded as claimed beside the caller's account.
    """

    def __init__(self, way: Way, *, hint: str = "", on_behalf_of: str | None = None) -> None:
        self._way = way
        self._hint = hint
        self._named: dict[str, str] = (
            {} if on_behalf_of is None else {"Moc-On-Behalf-Of": on_behalf_of}
        )

    def get(self, *parts: str, patience: float = PATIENCE, **query: object) -> dict[str, Any]:
        """Ask for what stands at a path.

        Raises:
            NodeDownError: Nobody listens on the socket.
            AnsweredError: The node said no, and why.
        """
        return self._ask("GET", parts, query=query, patience=patience)

    def post(
        self,
        *parts: str,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        patience: float = PATIENCE,
        **query: object,
    ) -> dict[str, Any]:
        """Have the node do something, once: a broken connection is tried again with the same key.

        Args:
            key: The idempotency key, if the caller may have to repeat the request itself.

        Raises:
            NodeDownError: Nobody listens on the socket; nothing was done.
            AnsweredError: The node said no, and why; nothing was done.
            InvalidError: The body is no text that can be sent; the node was not asked.
            TransientError: The connection broke twice. The outbox tells what was done.
        """
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self._twice("POST", parts, query=query, body=body or {}, more=headers, wait=patience)

    def put(self, *parts: str, body: Mapping[str, Any], **query: object) -> dict[str, Any]:
        """Have the node keep something under a name, in place of what was there.

        Raises:
            NodeDownError, AnsweredError, InvalidError, TransientError: As with `post`.
        """
        return self._twice("PUT", parts, query=query, body=body)

    def delete(self, *parts: str, **query: object) -> dict[str, Any]:
        """Have the node remove something.

        Raises:
            NodeDownError, AnsweredError, TransientError: As with `post`.
        """
        return self._twice("DELETE", parts, query=query)

    def _twice(
        self,
        method: str,
        parts: tuple[str, ...],
        *,
        query: Mapping[str, object],
        body: Mapping[str, Any] | None = None,
        more: Mapping[str, str] | None = None,
        wait: float = PATIENCE,
    ) -> dict[str, Any]:
        headers, raw = dict(more or {}), None
        if body is not None:
            raw = _encoded(json.dumps(body, ensure_ascii=False))
            headers["Content-Type"] = "application/json"
        try:
            return self._ask(method, parts, query=query, body=raw, headers=headers, patience=wait)
        except NodeDownError:
            raise
        except TransientError:
            return self._ask(method, parts, query=query, body=raw, headers=headers, patience=wait)

    def _ask(
        self,
        method: str,
        parts: tuple[str, ...],
        *,
        query: Mapping[str, object],
        patience: float,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        with self._talking(patience) as connection:
            connection.request(
                method, target(parts, query), body=body, headers={**self._named, **(headers or {})}
            )
            with connection.getresponse() as response:
                raw = response.read(_ANSWER_LIMIT + 1)
                if response.length and len(raw) <= _ANSWER_LIMIT:
                    raise http.client.IncompleteRead(raw, response.length)
        return read_answer(response.status, raw)

    @contextmanager
    def _talking(self, patience: float) -> Iterator[Connection]:
        """Yield a connection and close it; what breaks it is told in our words.

        Raises:
            NodeDownError: No node runs there.
            TransientError: The connection broke.
        """
        connection = self._way(patience)
        failure: Exception | None = None
        try:
            yield connection
        except (OSError, http.client.HTTPException) as error:
            failure = error
        finally:
            connection.close()
            connection.end()
        if failure is None:
            return
        if connection.is_node_down(failure):
            raise NodeDownError("the node is not running", hint=self._hint)
        raise TransientError(f"the node did not answer: {type(failure).__name__}")


def read_answer(status: int, raw: bytes) -> dict[str, Any]:
    """Return the document of an answer.

    Raises:
        AnsweredError: It is a problem document.
        TransientError: It is none that can be read.
    """
    try:
        document = json.loads(raw) if len(raw) <= _ANSWER_LIMIT else None
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise TransientError(f"the node gave no readable answer (status {status})")
    if status >= HTTPStatus.BAD_REQUEST:
        raise AnsweredError(document)
    return document


def target(parts: tuple[str, ...], query: Mapping[str, object]) -> str:
    """Return path and query; values that are None are left out."""
    given = {name: value for name, value in query.items() if value is not None}
    target = "/v1/" + "/".join(quote(part, safe="", errors=_BYTES) for part in parts)
    return target + (f"?{urlencode(given, errors=_BYTES)}" if given else "")


def flag(is_set: bool) -> int | None:
    """Return how a flag stands in a query: not at all unless it is set."""
    return 1 if is_set else None


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise InvalidError(
            "what was typed is not UTF-8", hint="set the terminal to UTF-8, and type it again"
        ) from None
