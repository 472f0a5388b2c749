"""What a node states alone: that another one had not shown a level by the time it was due.

The other side signs what it did; nobody signs what did not happen. So the node that waited signs
what it knew, bound to the message by its header digest. It binds the signer to that text; of the
other node it proves nothing but that no proof of the level had come by `at`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from gateway.envelope import limits, strict
from gateway.envelope.forms import DIGEST, NODE, UUID7, Members, fault
from gateway.envelope.jws import sign, verify
from gateway.envelope.keys import Pairs, SigningPair
from gateway.envelope.kinds import Environment, Typ
from gateway.envelope.receipt import EPOCH
from gateway.envelope.suites import CURRENT, SUITES
from gateway.errors import InvalidError, MalformedError, UnreadableError, VerificationError

# A message is sealed anew only when its recipient has a newer key, so few have more than two.
ENVELOPES: Final = 16


class Awaited(StrEnum):
    """The level that was due. A refusal to act (declined) is never awaited."""

    RECEIVED = "received"
    HANDED_OVER = "handed-over"
    ACCEPTED = "accepted"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Non-receipt evidence of one level of one message.

    Args:
        from_: The node that sent the message, and signs this.
        about: The node whose proof had not come.
        at: When it was stated; not before `due`.
        epoch: The life of the database that knew no better.
        envelope_digests: The envelopes that were offered, where the receipt itself was awaited;
            none says that the message never left.
    """

    environment: Environment
    from_: str
    about: str
    id: str
    header_digest: str
    level: Awaited
    due: str
    at: str
    epoch: str
    envelope_digests: tuple[str, ...] | None = None


def sign_statement(statement: Statement, pair: SigningPair) -> str:
    """Return the exact text to keep.

    Raises:
        InvalidError: The statement contradicts itself; nothing is signed that no reader takes.
    """
    try:
        _agree(statement)
    except MalformedError as error:
        raise InvalidError(f"the statement cannot be signed: {error}") from None
    members = {
        "suite": CURRENT,
        "environment": statement.environment,
        "from": statement.from_,
        "about": statement.about,
        "id": statement.id,
        "header_digest": statement.header_digest,
        "level": statement.level,
        "due": statement.due,
        "at": statement.at,
        "epoch": statement.epoch,
    }
    if statement.envelope_digests is not None:
        members["envelope_digests"] = list(statement.envelope_digests)
    return sign(orjson.dumps(members), pair, Typ.EVIDENCE)


def read_statement(text: str, *, from_: str, environment: Environment, pairs: Pairs) -> Statement:
    """Return what a node stated, from the text that was kept.

    Args:
        from_: The node that must have signed.
        pairs: Finds the signer's message pair that owns both kids.

    Raises:
        VerificationError: Form, signatures or signer do not hold; the text states nothing.
    """
    try:
        jws = strict.parse(text.encode("utf-8"), limit=limits.STATEMENT)
        members = Members(
            strict.parse(verify(jws, Typ.EVIDENCE, pairs).payload, limit=limits.STATEMENT)
        )
        if members.integer("suite") not in SUITES:
            raise fault("/suite", "names a suite that is not known")
        members.constant("from", from_)
        members.constant("environment", environment)
        statement = Statement(
            environment=environment,
            from_=from_,
            about=members.text("about", NODE),
            id=members.text("id", UUID7),
            header_digest=members.text("header_digest", DIGEST),
            level=members.kind("level", Awaited),
            due=members.time("due"),
            at=members.time("at"),
            epoch=members.text("epoch", EPOCH),
            envelope_digests=_envelopes(members),
        )
        _agree(statement)
    except UnicodeEncodeError:
        raise VerificationError(f"the statement of {from_} has a lone surrogate") from None
    except (MalformedError, UnreadableError) as error:
        raise VerificationError(f"the statement of {from_} does not hold: {error}") from None
    return statement


def _envelopes(members: Members) -> tuple[str, ...] | None:
    if not members.has("envelope_digests"):
        return None
    return members.strings("envelope_digests", DIGEST, most=ENVELOPES)


def _agree(statement: Statement) -> None:
    if statement.about == statement.from_:
        raise fault("/about", "is the signer itself")
    if statement.at < statement.due:
        raise fault("/at", "is before due")
    offered = statement.envelope_digests
    if (offered is not None) != (statement.level is Awaited.RECEIVED):
        raise fault("/envelope_digests", "stands where, and only where, the receipt was awaited")
    if offered is not None and len(offered) > ENVELOPES:
        raise fault("/envelope_digests", f"has more than {ENVELOPES}")
