"""`--watch`: a list that goes on, a line for each message that comes and each change of its state.

The node says what happens by its server-sent events, which hold no content; what fits the filters
is then asked for. Nothing is asked again and again.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import listing, options, output
from gateway.cli.socket_client import NodeClient
from gateway.client.following import GAP, Event

_PAGE: Final = 500
_WORDS: Final = {"watching": "watching; Ctrl-C ends"}


def watch(client: NodeClient, query: Mapping[str, Any], drawn: listing.Listing) -> None:
    """Write the list, then what comes, until the officer stops it.

    Raises:
        NodeDownError, AnsweredError: The list cannot be had; nothing was watched.
    """
    watched = _Watched(client, query, drawn)
    try:
        watched.begin()
        # A message that comes between the list and the stream is in the list that opening causes.
        for event in client.events(on_open=watched.catch_up):
            watched.take(event)
    except KeyboardInterrupt:
        return


class _Watched:
    """What was written so far, so that nothing is written twice."""

    def __init__(
        self, client: NodeClient, query: Mapping[str, Any], drawn: listing.Listing
    ) -> None:
        self._client = client
        self._query = dict(query)
        self._drawn = drawn
        self._written: dict[str, object] = {}
        self._widths: list[int] = []

    def begin(self) -> None:
        """Write what is there, newest first like every list."""
        page = self._client.get("messages", **self._query)
        for view in page.get("items", []):
            self._note(view)
        if options.as_json():
            for view in page.get("items", []):
                _line(view)
            return
        self._widths = listing.show_page(page, self._drawn)
        output.talk(_WORDS["watching"])

    def catch_up(self) -> None:
        """Write what the list shows by now and was not written."""
        page = self._client.get("messages", **self._query)
        for view in reversed(page.get("items", [])):
            self._write(view)

    def take(self, event: Event) -> None:
        """Write the message of an event, if it fits the filters."""
        if event.kind == GAP or event.thread is None:
            self.catch_up()
            return
        if event.id is None or self._query.get("thread") not in (None, event.thread):
            return
        query = self._query | {"thread": event.thread, "limit": _PAGE}
        for view in self._client.get("messages", **query).get("items", []):
            if view.get("id") == event.id:
                self._write(view)

    def _note(self, view: Mapping[str, Any]) -> bool:
        """Note that a message is written as it is now; False if it was already."""
        now = (
            view.get("state"),
            view.get("reached"),
            view.get("superseded_by"),
            view.get("missed"),
        )
        if self._written.get(str(view.get("id"))) == now:
            return False
        self._written[str(view.get("id"))] = now
        return True

    def _write(self, view: Mapping[str, Any]) -> None:
        if not self._note(view):
            return
        if options.as_json():
            _line(view)
            return
        from gateway.cli import tables

        rows = [self._drawn.row(view)]
        self._widths = tables.draw(self._drawn.columns, rows, below=self._widths)


def _line(view: Mapping[str, Any]) -> None:
    """Write a message as one line of JSON, since there is no end that could close a document."""
    output.data(json.dumps(view, ensure_ascii=False))
