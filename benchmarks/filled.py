"""A store with as many messages as somebody asks for, for measuring what looks things up in it.

The rows are those of real matters: headers, sealed content, levels, threads, evidence, duties.
Only the signatures are random octets of the right length: whoever looks things up reads past them.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue import (
    ThreadKind,
    ThreadState,
    control_thread,
    reference_text,
    type_of,
)
from gateway.envelope import Environment, Header, base64url, content_text, digest, times
from gateway.policy import default_marking, parse_marking
from gateway.store import Store, Transaction, duties, messages, peers, threads
from gateway.store.duties import Act, Owed
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, Reached, State
from gateway.store.threads import Opener

US: Final = "jp/isa"
ME: Final = "officer"
# One large peer, others by the size of their programmes, and one that has hardly ever written.
PEERS: Final = {
    "kh/molvt": 60,
    "ph/dmw": 15,
    "vn/dolab": 10,
    "id/kemnaker": 6,
    "np/doe": 5,
    "mm/mol": 3,
    "th/doe": 1,
}
RARE_PEER: Final = "la/molsw"
RARE_TYPE: Final = "problem.report"
PROFILE: Final = "moc-ssw/kh-jp/2019"

_START: Final = 1_700_000_000
# A hundred thousand messages in a little more than two years.
_STEP: Final = 700
_GROUP: Final = 100
_SIGNATURES: Final = (64, 3_309)
_PROTECTED: Final = 109
# Of a thousand matters: 10 are new, 40 in work; 3 flagged; 20 in my hand, 480 in a colleague's.
_NEW: Final = 0.01
_OPEN: Final = 0.05
_FLAGGED: Final = 0.003
_MINE: Final = 0.02
_THEIRS: Final = 0.5
# Of those in work, how many have missed a deadline.
_LATE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was put in, for asking after it."""

    messages: int
    threads: int
    an_id: str
    a_reference: str
    middle: str


async def fill(store: Store, wanted: int, body: Mapping[str, Any]) -> Filled:
    """Put so many messages into an empty store; those of rare kinds come first."""
    filler = _Filler(body)
    await store.write(filler.begin)
    while filler.messages < wanted:
        await store.write(filler.group)
    return Filled(
        messages=filler.messages,
        threads=filler.threads,
        an_id=filler.some_id,
        a_reference=filler.some_reference,
        middle=times.text((_START + filler.now) / 2),
    )


class _Filler:
    """Writes matters one after another; what is random comes from one seed."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._chance = random.Random(1)
        self._body = dict(body)
        self.now = float(_START)
        self.messages = 0
        self.threads = 0
        self.some_id = ""
        self.some_reference = ""

    def begin(self, tx: Transaction) -> None:
        for node in [*PEERS, RARE_PEER]:
            peers.add(tx, node, fingerprint="0", card="{}", serial=1, at=self._at())
        for _ in range(20):
            self._question(tx, RARE_PEER, ours=False)
        for _ in range(10):
            self._keep(tx, "kh/molvt", self._header(RARE_TYPE, "kh/molvt", US))

    def group(self, tx: Transaction) -> None:
        for _ in range(_GROUP):
            (peer,) = self._chance.choices(list(PEERS), list(PEERS.values()))
            self._matter(tx, peer, ours=self._chance.random() < 0.5)

    def _question(self, tx: Transaction, peer: str, *, ours: bool) -> tuple[int, Header]:
        opener, other = (US, peer) if ours else (peer, US)
        self.threads += 1
        reference = reference_text(opener[:2], 2026, self.threads)
        header = self._header("inquiry.request", opener, other, reference=reference)
        seq = self._keep(tx, peer, header)
        threads.add(
            tx,
            peer,
            header.thread,
            kind=ThreadKind.INQUIRY,
            state=ThreadState.REQUESTED,
            opener=Opener.US if ours else Opener.THEM,
            reference=reference,
            at=header.created,
        )
        self.some_id, self.some_reference = header.id, reference
        return seq, header

    def _matter(self, tx: Transaction, peer: str, *, ours: bool) -> None:
        """Keep a matter from its question to where it stands today."""
        seq, header = self._question(tx, peer, ours=ours)
        opener, other = header.from_, header.to
        stop = self._chance.random()
        if stop > _NEW:
            for level in (Reached.HANDED_OVER, Reached.ACCEPTED):
                self._acknowledge(tx, peer, header, seq, level, sender=other)
            threads.advance(tx, peer, header.thread, ThreadState.ACCEPTED, self._at())
        if stop > _OPEN:
            self._keep(tx, peer, self._header("inquiry.answer", other, opener, earlier=header))
            self._reach(tx, seq, Reached.ANSWERED, ours=not ours)
            threads.advance(tx, peer, header.thread, ThreadState.ANSWERED, self._at())
        elif self._chance.random() < _LATE:
            self._miss(tx, seq, peer, header, ours=ours)
        self._handle(tx, peer, header.thread)

    def _miss(self, tx: Transaction, seq: int, peer: str, header: Header, *, ours: bool) -> None:
        direction = "out" if ours else "in"
        owed = {Act.ACCEPTED: Owed(due=header.created)}
        duties.add(tx, seq, owed, peer=peer, direction=direction, opened=header.created)
        for row in duties.passed(tx, self._at()):
            duties.note_missed(tx, row, at=self._at())

    def _handle(self, tx: Transaction, peer: str, thread: str) -> None:
        if self._chance.random() < _FLAGGED:
            threads.flag(tx, peer, thread, "out-of-order", self._at())
        who = self._chance.random()
        if who < _THEIRS:
            threads.assign(tx, peer, thread, ME if who < _MINE else "colleague")

    def _acknowledge(
        self, tx: Transaction, peer: str, about: Header, seq: int, level: Reached, *, sender: str
    ) -> None:
        to = peer if sender == US else US
        self._keep(tx, peer, self._header(f"acknowledgement.{level}", sender, to, about=about))
        self._reach(tx, seq, level, ours=sender == US)

    def _reach(self, tx: Transaction, seq: int, level: Reached, *, ours: bool) -> None:
        messages.reach(tx, seq, level, self._at())
        if ours:
            messages.set_state(tx, seq, State(level.value))

    def _keep(self, tx: Transaction, peer: str, header: Header) -> int:
        ours = header.from_ == US
        payload = header.payload()
        state = State.DELIVERED if ours else State.RECEIVED
        if not ours and header.in_reply_to is not None:
            state = State.HANDED_OVER
        seq = messages.add(
            tx,
            peer,
            Direction.OUT if ours else Direction.IN,
            header,
            header_digest=digest(payload),
            jws=self._jws(payload),
            content=self._content,
            marking=parse_marking(header.marking, originator_country=header.from_[:2]).whole(),
            state=state,
            received=self._at(),
        )
        fact = Fact.DELIVERED if ours else Fact.RECEIVED
        append(tx, peer, fact, at=self._at(), subject=header.id, digest=header.content_digest)
        append(tx, LOCAL, Fact.READ, at=self._at(), subject=header.id, uid=1000)
        self.messages += 1
        return seq

    def _header(
        self,
        type_name: str,
        sender: str,
        to: str,
        *,
        reference: str | None = None,
        earlier: Header | None = None,
        about: Header | None = None,
    ) -> Header:
        self.now += _STEP
        row, id = type_of(type_name), self._id()
        body = {"ids": [about.id]} if about else self._said() if row.opens or earlier else {}
        self._content = content_text(body, salt=self._chance.randbytes(32))
        control = control_thread(sender, to)
        return Header(
            profile=PROFILE,
            environment=Environment.TEST,
            id=id,
            type=type_name,
            from_=sender,
            to=to,
            created=self._at(),
            expires=times.text(self.now + row.life * 86_400),
            thread=id if row.opens else control if earlier is None else earlier.thread,
            in_reply_to=None if earlier is None else earlier.id,
            reference=reference or (earlier.reference if earlier else None),
            clauses=("5(7)",),
            due=times.text(self.now + 35 * 86_400) if row.opens else None,
            marking=default_marking(row, sender, self._at(), body),
            content_digest=digest(self._content.encode()),
            body_schema={"id": row.schema_id, "digest": digest(b"")},
        )

    def _said(self) -> dict[str, Any]:
        person = {"name_latin": f"CHAN DARA {self.messages}"}
        return self._body | {"persons": {"p1": person}}

    def _at(self) -> str:
        return times.text(self.now)

    def _id(self) -> str:
        """Return a UUIDv7 of the time of the story, from the one seed."""
        raw = bytearray(int(self.now * 1000).to_bytes(6, "big") + self._chance.randbytes(10))
        raw[6] = 0x70 | raw[6] & 0x0F
        raw[8] = 0x80 | raw[8] & 0x3F
        text = raw.hex()
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def _jws(self, payload: bytes) -> str:
        signatures = ",".join(
            f'{{"protected":"{"p" * _PROTECTED}",'
            f'"signature":"{base64url.encode(self._chance.randbytes(size))}"}}'
            for size in _SIGNATURES
        )
        return f'{{"payload":"{base64url.encode(payload)}","signatures":[{signatures}]}}'
