"""A request that is made twice with one idempotency key does one thing, for seven days.

The key is the caller's own; another caller's equal key is another key. What it made is remembered
in the transaction that made it, and the same transaction forgets keys whose time is over.
"""

from dataclasses import dataclass
from typing import Final

import orjson

from gateway.desk.draft import Actor
from gateway.envelope import digest, times
from gateway.errors import InvalidError
from gateway.store import Transaction, meta

# Longer than a week-end with a holiday at each end: a system that stood still tries again.
LIFE_SECONDS: Final = 7 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One caller's key and the digest of what it asked for; without a key nothing is repeated.

    Args:
        since: What was remembered before this time counts no more.
    """

    uid: int
    key: str | None
    request: str
    since: str = ""

    @classmethod
    def of(cls, request: object, actor: Actor, key: str | None, now: float) -> "Repeat":
        """Return the repeat of a request (a draft, or plain values) by an actor under a key.

        Raises:
            InvalidError: The request holds something that JSON has not.
        """
        try:
            asked = digest(orjson.dumps(request, option=orjson.OPT_SORT_KEYS))
        except TypeError as error:
            raise InvalidError(f"the draft cannot be written: {error}") from None
        since = times.text(int(now) - LIFE_SECONDS)
        return cls(uid=actor.uid, key=key, request=asked, since=since)

    def find(self, tx: Transaction) -> str | None:
        """Return the id of what an equal request made before.

        Raises:
            ConflictError: The key was used for another request; nothing was changed.
        """
        if self.key is None:
            return None
        return meta.earlier_request(tx, self.uid, self.key, self.request, since=self.since)

    def remember(self, tx: Transaction, id: str, at: str) -> None:
        """Keep what the request made, in the transaction that keeps the thing itself."""
        if self.key is not None:
            meta.remember_request(
                tx,
                uid=self.uid,
                key=self.key,
                request=self.request,
                id=id,
                at=at,
                since=self.since,
            )


# What is not asked for with a key is never a repetition.
NEVER: Final = Repeat(uid=0, key=None, request="")
