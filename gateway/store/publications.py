"""What is to be made public, who decided, and what everybody may read now.

What is shown of an entry is kept by the message that let it be shown, so that taking one message
back brings back what held before it. Pages are made of these rows alone: nothing else can slip in.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.catalogue import PublishRule, Register
from gateway.envelope import digest
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

_LAST: Final = 2**62
_AT_ONCE: Final = 500
# Corrections of one entry; far more than anybody has seen.
_MOST_VERSIONS: Final = 200
_PAGES: Final = "pages"


class Action(StrEnum):
    """What is to be done; the words of the confirmation."""

    PUBLISHED = "published"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    NOT_PUBLISHED = "not-published"


class Progress(StrEnum):
    """How far a publication has come."""

    WAITING = "waiting"
    DECIDED = "decided"
    DONE = "done"
    REFUSED = "refused"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What everybody may read of one entry.

    Args:
        fields: None where the entry stands no more.
        seq: The message that let it be read.
        since: When that message changed the register.
    """

    entry: str
    status: str
    fields: Mapping[str, Any] | None
    seq: int
    since: str

    @property
    def place(self) -> tuple[str, int]:
        """Return the place in the order in which messages count: the last one is shown."""
        return self.since, self.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What somebody has decided about a publication.

    Args:
        fields: The parts of the message that are made public, as pointers.
        reason: Why it is taken down or stays closed, as the other side is told.
    """

    action: Action
    at: str
    uid: int
    place: str | None = None
    fields: tuple[str, ...] = ()
    reason: Mapping[str, Any] | None = None


def note(
    tx: Transaction,
    seq: int,
    *,
    slot: int,
    peer: str,
    register: Register,
    action: Action,
    rule: PublishRule,
    at: str,
    due: str | None,
) -> None:
    """Note that a version is to be made public or taken down; what waited before it is replaced."""
    tx.run("publications.replace", slot=slot)
    tx.run(
        "publications.insert",
        seq=seq,
        slot=slot,
        peer=peer,
        register=register,
        action=action,
        rule=rule,
        at=at,
        due=due,
    )


def replace(tx: Transaction, slot: int) -> None:
    """Note that nobody has to decide about the versions of a message any more."""
    tx.run("publications.replace", slot=slot)


def replace_lists(tx: Transaction, seq: int, *, peer: str, register: Register) -> None:
    """Note that nobody has to decide about any other list of a register than the one in `seq`."""
    tx.run("publications.replace_lists", seq=seq, peer=peer, register=register)


def replacing(tx: Transaction, seq: int) -> int | None:
    """Return the row of the whole list that holds in place of a list, None where none does."""
    row = tx.one("publications.replacing", seq=seq)
    return None if row is None else int(row["seq"])


def waiting_list(tx: Transaction, seq: int, *, peer: str, register: Register) -> Row | None:
    """Return the oldest list of a register that came before the one in `seq` and waits too."""
    row = tx.one("publications.waiting_list", seq=seq, peer=peer, register=register)
    return None if row is None else get(tx, row["seq"])


def list_shown(tx: Transaction, peer: str, register: Register) -> Row | None:
    """Return the newest list of a register by which something can be read."""
    return tx.one("publications.list_shown", peer=peer, register=register)


def get(tx: Transaction, seq: int) -> Row | None:
    """Return one publication with the facts of its message; `first_type` is that of the slot."""
    return tx.one("publications.get", seq=seq)


def newest_of(tx: Transaction, slot: int) -> Row | None:
    """Return the newest publication of the versions of a message."""
    row = tx.one("publications.of_slot", slot=slot)
    return None if row is None else get(tx, row["seq"])


def page(
    tx: Transaction,
    *,
    state: Progress | None = None,
    due: str | None = None,
    peer: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Row]:
    """Return publications, the newest first.

    Args:
        state: Only those that wait, or only those that were decided and are not done.
        due: Only those that were due before this time.
    """
    query = "publications.page" if state is None else "publications.page_open"
    given = {} if state is None else {"state": state, "due": due}
    last = _LAST if before is None else before
    return tx.all(query, before=last, peer=peer, limit=limit, **given)


def decide(tx: Transaction, seq: int, decision: Decision) -> bool:
    """Note a decision; False if another was first."""
    reason = decision.reason or {}
    wrapped, text = _sealed(tx, seq, reason.get("text"))
    changed = tx.run(
        "publications.decide",
        seq=seq,
        action=decision.action,
        at=decision.at,
        uid=decision.uid,
        place=decision.place,
        fields=orjson.dumps(decision.fields).decode(),
        reason=reason.get("code"),
        reason_key=wrapped,
        reason_text=text,
    )
    return changed == 1


def reason_of(tx: Transaction, item: Row) -> dict[str, Any] | None:
    """Return why a publication was refused: a code, and the words until a message keeps them.

    Raises:
        CorruptError: The words do not open.
    """
    if item["reason"] is None:
        return None
    reason: dict[str, Any] = {"code": item["reason"]}
    if item["reason_text"] is not None:
        opened = tx.sealer.open(item["reason_key"], item["reason_text"], _place(item["seq"]))
        reason["text"] = orjson.loads(opened)
    return reason


def _sealed(tx: Transaction, seq: int, text: Any) -> tuple[bytes | None, bytes | None]:
    if text is None:
        return None, None
    key, wrapped = tx.sealer.new_key(_place(seq))
    return wrapped, tx.sealer.seal(key, orjson.dumps(text), _place(seq))


def _place(seq: int) -> str:
    return f"publications/{seq}/reason_text"


def finish(tx: Transaction, seq: int, confirmation: str | None) -> None:
    """Note that the pages show what was decided, and by which message the other side hears it."""
    tx.run("publications.finish", seq=seq, confirmation=confirmation)


def told_by(tx: Transaction, slot: int, confirmation: str) -> Row | None:
    """Return the publication of a version of a message of which a message of ours told."""
    row = tx.one("publications.told_by", slot=slot, confirmation=confirmation)
    return None if row is None else get(tx, row["seq"])


def take_back(
    tx: Transaction, seq: int, *, state: Progress, action: Action, remark: str | None
) -> None:
    """Note that a decision was not told after all; somebody decides anew."""
    tx.run("publications.take_back", seq=seq, state=state, action=action, remark=remark)


def hold_back(tx: Transaction, seq: int, remark: str) -> bool:
    """Note why a person has to look first; False if somebody has decided meanwhile."""
    return tx.run("publications.remark", seq=seq, remark=remark) == 1


def counts(tx: Transaction) -> list[Row]:
    """Return per peer how many publications wait (`waiting`), and when the first is due (`due`)."""
    return tx.all("publications.counts")


def show(
    tx: Transaction, seq: int, *, peer: str, register: Register, shown: Shown, at: str
) -> None:
    """Keep what everybody may read of an entry by one message."""
    row = {
        "peer": peer,
        "register": str(register),
        "entry": shown.entry,
        "seq": seq,
        "since": shown.since,
        "status": shown.status,
        "fields": None if shown.fields is None else orjson.dumps(shown.fields).decode(),
    }
    tx.run("publications.show", **row, at=at, digest=row_digest(row))


def close_versions(tx: Transaction, slot: int, at: str) -> list[Shown]:
    """Close what every version of a message had let be read, and return it.

    Raises:
        CorruptError: It was changed on the disk.
    """
    closed = [_shown(row) for row in tx.all("publications.of_slot_shown", slot=slot)]
    if closed:
        tx.run("publications.end_slot", slot=slot, at=at)
    return closed


def reopen_versions(tx: Transaction, slot: int, at: str) -> None:
    """Let be read again what was closed at a time of what the versions of a message said."""
    if tx.run("publications.reopen_slot", slot=slot, at=at):
        note_pages(tx)


def counted(tx: Transaction, seq: int) -> str | None:
    """Return when a message changed its register, None where it changed nothing there."""
    at: str | None = tx.only("publications.counted", seq=seq)["at"]
    return at


def pages(tx: Transaction) -> int:
    """Return a number that grows when something shown has changed without a decision."""
    row = tx.one("meta.number", name=_PAGES)
    return 0 if row is None else int(row["value"])


def note_pages(tx: Transaction) -> None:
    """Note that something shown has changed, so that every page is to be written anew."""
    tx.run("meta.note_number", name=_PAGES, value=pages(tx) + 1)


def pending(tx: Transaction, peer: str, register: Register, entry: str) -> frozenset[int]:
    """Return the corrections and withdrawals of an entry's messages that no page knows yet."""
    rows = tx.all("publications.pending", peer=peer, register=register, entry=entry)
    return frozenset(row["message"] for row in rows)


def is_shown(tx: Transaction, slot: int) -> bool:
    """Tell whether anything can be read because of a version of a message."""
    return tx.one("publications.is_shown", slot=slot) is not None


def shown(tx: Transaction, peer: str, register: Register) -> Iterator[Shown]:
    """Yield what everybody may read of a register, by entry.

    Raises:
        CorruptError: It was changed on the disk; nothing of it may be shown.
    """
    after = ""
    while rows := tx.all(
        "publications.shown", peer=peer, register=register, after=after, limit=_AT_ONCE
    ):
        yield from map(_shown, rows)
        after = rows[-1]["entry"]


def of_entry(tx: Transaction, peer: str, register: Register, entry: str) -> list[Shown]:
    """Return what messages let be read of one entry, the one that is shown first.

    Raises:
        CorruptError: It was changed on the disk.
    """
    rows = tx.all(
        "publications.of_entry",
        peer=peer,
        register=register,
        entry=entry,
        limit=_MOST_VERSIONS,
    )
    return sorted(map(_shown, rows), key=lambda each: each.place, reverse=True)


def has_any(tx: Transaction, peer: str, register: Register) -> bool:
    """Tell whether anything of a register was ever made public, so that it has a page."""
    return tx.one("publications.has_any", peer=peer, register=register) is not None


def is_deferred(tx: Transaction, seq: int) -> bool:
    """Tell whether a message changes no register yet, or never will."""
    return tx.one("publications.deferred", seq=seq) is not None


def parts_of(tx: Transaction, seq: int) -> list[int]:
    """Return the rows of the parts of a list; of any other message its own row."""
    return [row["seq"] for row in tx.all("publications.parts", list=seq)] or [seq]


def row_digest(row: Row | Mapping[str, Any]) -> str:
    """Return the digest of what a row lets everybody read, and of what."""
    named = ("peer", "register", "entry", "seq", "since", "status", "fields")
    return digest(orjson.dumps([row[name] for name in named]))


def _shown(row: Row) -> Shown:
    if row_digest(row) != row["digest"]:
        raise CorruptError(
            f"what is public of {row['entry']} ({row['register']}) was changed on the disk",
            hint="gateway db check",
        )
    fields = None if row["fields"] is None else orjson.loads(row["fields"])
    named = {name: row[name] for name in ("entry", "status", "seq", "since")}
    return Shown(**named, fields=fields)
