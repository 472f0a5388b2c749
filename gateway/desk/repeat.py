"""A request that is made twice with one idempotency key makes one message."""

from dataclasses import dataclass
from typing import Final

import orjson

from gateway.desk.draft import Actor, Draft
from gateway.envelope import digest
from gateway.errors import InvalidError
from gateway.store import Transaction, meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One caller's key and the digest of what it asked for; without a key nothing is repeated."""

    uid: int
    key: str | None
    request: str

    @classmethod
    def of(cls, draft: Draft, actor: Actor, key: str | None) -> "Repeat":
        """Return the repeat of a draft by an actor under a key.

        Raises:
            InvalidError: The draft holds something that JSON has not.
        """
        try:
            request = digest(orjson.dumps(draft, option=orjson.OPT_SORT_KEYS))
        except TypeError as error:
            raise InvalidError(f"the draft cannot be written: {error}") from None
        return cls(uid=actor.uid, key=key, request=request)

    def find(self, tx: Transaction) -> str | None:
        """Return the id of the message that an equal request made before.

        Raises:
            ConflictError: The key was used for another request; nothing was changed.
        """
        if self.key is None:
            return None
        return meta.earlier_request(tx, self.uid, self.key, self.request)

    def remember(self, tx: Transaction, id: str, at: str) -> None:
        """Keep which message the request made, in the transaction that keeps the message."""
        if self.key is not None:
            meta.remember_request(
                tx, uid=self.uid, key=self.key, request=self.request, id=id, at=at
            )


# What is not asked for with a key is never a repetition.
NEVER: Final = Repeat(uid=0, key=None, request="")
