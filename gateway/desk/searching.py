"""Searching in what an officer may read, without an index of confidential words.

Nothing of the content is kept in clear, so a search opens message after message, newest first. It
does so in short reads, one at a time for all who search, and ends each request after two seconds:
`next` is where to go on. What comes back is where the words stand, never what stands there: a
search hands nothing over, and the evidence of it does not name the words.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from gateway.catalogue import Parties
from gateway.catalogue.text import folded
from gateway.desk.draft import Actor
from gateway.desk.filters import MATTERS, wanted_messages
from gateway.desk.paging import row_key
from gateway.desk.reading import WithheldError, load_row, permitted_content
from gateway.desk.submission import who_acts
from gateway.desk.views import message_view
from gateway.desk.words import Words, leaves_of
from gateway.envelope import times
from gateway.errors import InvalidError, MalformedError, NotFoundError, Problem
from gateway.store import Row, Store, Transaction, lists, peers
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.sealing import CorruptError

LONGEST_WORD: Final = 200
MOST_WORDS: Final = 16
MOST_MATCHES: Final = 500
# How long one request may search before it says where to go on.
SECONDS: Final = 2.0
# One read opens this many messages or octets: about ten milliseconds on which nobody else waits.
_ROWS: Final = 100
_OCTETS: Final = 256 * 1024
# As many places as an officer would look at; each is at most a few hundred characters.
_PLACES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one short read found: matches, what was counted, and the row to go on after."""

    found: list[dict[str, Any]]
    counted: Counter[str]
    last: int | None
    is_end: bool


@dataclass(slots=True, kw_only=True)
class _Search:
    words: Words
    wanted: lists.Wanted
    limit: int
    before: int | None
    found: list[dict[str, Any]] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)
    is_end: bool = False


class Search:
    """The part of the desk that looks for words."""

    def __init__(
        self, *, node: str, store: Store, parties: Parties, clock: Callable[[], float]
    ) -> None:
        self._node = node
        self._store = store
        self._parties = parties
        self._clock = clock
        # One reader of the store stays free for everybody who does not search.
        self._turn = asyncio.Lock()

    async def find(
        self,
        words: list[str],
        actor: Actor,
        *,
        type: str | None = None,
        after: str | None = None,
        limit: int = 50,
        seconds: float = SECONDS,
        **filters: Any,
    ) -> dict[str, Any]:
        """Return messages that hold every word, newest first, with the places of the words.

        `next` is the `after` of the request that goes on, None once everything was looked at.
        `withheld` and `unreadable` count what could not be searched.

        Args:
            type: Only of this type; None: whatever stands in a matter.
            filters: peer, since and until, as for a list.

        Raises:
            InvalidError: No words, too many, or a filter that nothing can fit.
            NotFoundError: No such peer.
        """
        _check(words)
        wanted = wanted_messages(type=type, **filters)
        if type is None:
            wanted = lists.Wanted(
                types=MATTERS, peer=wanted.peer, since=wanted.since, until=wanted.until
            )
        if wanted.peer is not None:
            await self._store.read(partial(peers.get, node=wanted.peer))
        search = _Search(
            words=Words(words),
            wanted=wanted,
            limit=max(1, min(limit, MOST_MATCHES)),
            before=row_key(after),
        )
        await self._run(search, seconds)
        await self._store.write(partial(self._witness, search=search, actor=actor))
        return {
            "items": search.found,
            "next": None if search.is_end else str(search.before),
            "looked_at": search.counted["looked_at"],
            "withheld": search.counted["withheld"],
            "unreadable": search.counted["unreadable"],
        }

    async def _run(self, search: _Search, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while not search.is_end and len(search.found) < search.limit:
            async with self._turn:
                look = await self._store.read(partial(self._look, search=search))
            search.found += look.found
            search.counted += look.counted
            search.is_end = look.is_end
            search.before = look.last
            if loop.time() >= end:
                return

    def _look(self, tx: Transaction, *, search: _Search) -> Look:
        rows = lists.page(tx, search.wanted, before=search.before, limit=_ROWS)
        found: list[dict[str, Any]] = []
        counted: Counter[str] = Counter()
        last, octets = search.before, 0
        for number, row in enumerate(rows, start=1):
            last = row["seq"]
            octets += row["size"]
            counted["looked_at"] += 1
            if places := self._places(tx, row, search.words, counted):
                found.append(message_view(row) | {"matches": places[:_PLACES]})
            is_full = len(search.found) + len(found) >= search.limit
            if number < len(rows) and (is_full or octets >= _OCTETS):
                return Look(found=found, counted=counted, last=last, is_end=False)
        return Look(found=found, counted=counted, last=last, is_end=len(rows) < _ROWS)

    def _places(
        self, tx: Transaction, shown: Row, words: Words, counted: Counter[str]
    ) -> list[str]:
        """Return the pointers of the leaves of one message that hold a word."""
        try:
            loaded = load_row(tx, shown["seq"])
            content = permitted_content(
                loaded, holder=self._node, parties=self._parties, now=int(self._clock())
            )
        except WithheldError:
            counted["withheld"] += 1
            return []
        except NotFoundError:
            # Erased: there is nothing left to look at.
            return []
        except (CorruptError, MalformedError):
            counted["unreadable"] += 1
            return []
        return words.places(_leaves(loaded.row, content))

    def _witness(self, tx: Transaction, *, search: _Search, actor: Actor) -> None:
        append(
            tx,
            LOCAL,
            Fact.SEARCHED,
            at=times.text(self._clock()),
            looked_at=search.counted["looked_at"],
            found=len(search.found),
            withheld=search.counted["withheld"],
            **who_acts(actor),
        )


def _leaves(row: Row, content: Mapping[str, Any]) -> dict[str, str]:
    """Return what is searched of a message: body and note, and its reference and id."""
    leaves = dict(leaves_of(content["body"], "/body"))
    if content["note"] is not None:
        leaves["/note"] = content["note"]
    if row["reference"] is not None:
        leaves["/reference"] = row["reference"]
    leaves["/id"] = row["id"]
    return leaves


def _check(words: list[str]) -> None:
    if not 0 < len(words) <= MOST_WORDS or not all(
        folded(word) and len(word) <= LONGEST_WORD for word in words
    ):
        text = f"is not a list of 1 to {MOST_WORDS} words of at most {LONGEST_WORD} characters"
        raise InvalidError("there is nothing to look for", problems=(Problem("/words", text),))
