"""What each code means to the people who meet it; a code without words here is a fault.

Alarms and refusals are explained by the commands that show them; the words for the others, which no
command explains, stand here.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.policy.release import Allowed, Denied
from gateway.store.evidence import Fact
from gateway.store.messages import State


class NoMeaningError(LookupError):
    """A code was added to the program, and nobody has said yet what it means."""


def meaning(table: Mapping[StrEnum, str], code: StrEnum) -> str:
    """Return the words for a code.

    Raises:
        NoMeaningError: There are none; the page is not made.
    """
    if code not in table:
        kind = f"{type(code).__name__}.{code.name}"
        raise NoMeaningError(
            f"{kind} ({code}) has no meaning in docs/reference/writers/meanings.py"
        )
    return table[code]


WITHHELD: Final[Mapping[StrEnum, str]] = {
    Denied.MARKER_MISSING: "The content bears no marking.",
    Denied.MARKER_INVALID: "The marking is not understood.",
    Denied.UNKNOWN_CAVEAT: "A caveat is unknown to this version, so nothing is allowed.",
    Denied.UNKNOWN_RECIPIENT: "The one it is for is in no registry of parties.",
    Denied.NO_CONSENT: "It is confidential, and its originator has given no consent (clause 3).",
    Denied.CONSENT_INVALID: "The consent has a fault in its form, or its terms contradict each "
    "other.",
    Denied.CONSENT_BAD_SIGNATURE: "What the officer signed does not hold, or is not these terms.",
    Denied.CONSENT_KEY_NOT_AUTHORISED: "It is signed with a key that may not give consent, not "
    "then or not now, or for an organisation that may not.",
    Denied.CONSENT_OFFICER_MISSING: "Fewer officers have signed than the memorandum asks for.",
    Denied.CONSENT_REPLAYED: "A consent that was given before came once more in another message.",
    Denied.CONSENT_WRONG_ORIGINATOR: "Who gave the consent is not the originator of the content.",
    Denied.CONSENT_OTHER_GRANTEE: "The consent was given to another contact point.",
    Denied.CONSENT_OTHER_EPOCH: "It counts its uses, and this database was restored since.",
    Denied.CONSENT_DIGEST_MISMATCH: "The consent is for another version of the message.",
    Denied.CONSENT_OTHER_RECIPIENT: "The consent names other recipients.",
    Denied.CONSENT_OTHER_PURPOSE: "The consent is for another purpose.",
    Denied.CONSENT_OTHER_MODE: "The consent is for another form: word for word, redacted, in other "
    "words, or as numbers.",
    Denied.CONSENT_FIELDS_NOT_COVERED: "The consent does not cover that part, or that message.",
    Denied.CONSENT_NOT_YET_VALID: "The consent is not valid yet.",
    Denied.CONSENT_EXPIRED: "The consent is over.",
    Denied.CONSENT_REVOKED: "The consent was revoked.",
    Denied.CONSENT_WITHDRAWN: "Its request was withdrawn, or its offer declined.",
    Denied.CONSENT_SUPERSEDED: "Another consent has taken the place of this one.",
    Denied.CONSENT_EXHAUSTED: "The consent is used up.",
    Denied.CONSENT_CONDITION_UNMET: "A condition of the consent is not met: an embargo, a part to "
    "be left out or replaced, a ground for personal data, or words that somebody has to confirm.",
    Denied.MULTI_ORIGIN_MISSING: "It is content of several originators, and one of them has not "
    "consented.",
    Denied.CAVEAT_FORBIDS: "A caveat of its originator forbids it.",
    Denied.UNDECLARED_ORIGIN: "It takes over content of somebody else, whose consent is not known.",
    Denied.SOURCE_SUPERSEDED: "There is a newer version of it, or of what it took over.",
    Denied.SOURCE_WITHDRAWN: "It was withdrawn, or what it took over was.",
    Denied.SOURCE_CHANGED: "What is kept here is not what was signed; see the evidence.",
    Denied.AGGREGATE_UNSAFE: "There is no table, or one of its numbers is smaller than allowed.",
    Denied.EVALUATOR_ERROR: "The decision itself failed, so nothing is given.",
}

PERMITTED: Final[Mapping[StrEnum, str]] = {
    Allowed.CONTACT_POINT: "A contact point reads what it sent or received.",
    Allowed.PUBLIC: "The content is public.",
    Allowed.OWN_INFORMATION: "It is this country's own information.",
    Allowed.RETURN_TO_ORIGINATOR: "It goes back to its originator.",
    Allowed.INTERNAL_SIGNATORY: "The one it is for is a signatory on the same side.",
    Allowed.PRE_AUTHORISED: "Its originator allowed it beforehand, in the marking.",
    Allowed.STATISTICS: "Numbers about many, which its originator allowed beforehand.",
    Allowed.CONSENT: "Everybody whose consent is needed has given it in writing.",
    Allowed.MOC_PUBLICATION: "The memorandum has it made public, and its originator asks for that.",
}

FACTS: Final[Mapping[StrEnum, str]] = {
    Fact.RECEIVED: "An envelope of the peer was taken.",
    Fact.REFUSED: "An envelope of the peer was refused for good.",
    Fact.DELIVERED: "The peer's signed receipt for our envelope.",
    Fact.REFUSED_BY_PEER: "The peer's signed refusal of our envelope.",
    Fact.INITIALISED: "The database was made.",
    Fact.PEER_ADDED: "A person confirmed a peer's first card.",
    Fact.PEER_CHANGED: "A peer was changed: enabled, disabled, or a newer card taken.",
    Fact.SUBMITTED: "Somebody had a message sent.",
    Fact.READ: "Somebody looked at content.",
    Fact.PRINTED: "Somebody had content written for paper.",
    Fact.SEARCHED: "Somebody searched content.",
    Fact.REGISTER_OPENED: "Somebody had what is sealed of entries of a register.",
    Fact.REGISTER_DECIDED: "Somebody decided whether an odd message changes a register.",
    Fact.ASSIGNED: "Somebody was named for a matter.",
    Fact.NOTED: "Somebody wrote an internal note.",
    Fact.ATTENDED: "Somebody dealt with what a matter was flagged for.",
    Fact.HANDED_OVER: "Received content was given to an officer or system for the first time.",
    Fact.ACCEPTED: "Somebody accepted a message.",
    Fact.DECLINED: "Somebody declined a message.",
    Fact.RELEASE_CHECKED: "Somebody asked what a disclosure would say, and was told of finds.",
    Fact.RELEASE_DECIDED: "Content may leave the contact point; the ledger says what and why.",
    Fact.RELEASE_REFUSED: "Content was withheld, and why.",
    Fact.RELEASE_TRANSMITTED: "What may leave was fetched, or offered to the peer, for the first "
    "time.",
    Fact.RELEASE_STOPPED: "What was to leave was decided again, and stopped.",
    Fact.RELEASE_RECALLED: "Somebody wrote the notice that takes a disclosure back.",
    Fact.CONSENT_USED: "A decision of the ledger has used a consent.",
    Fact.CONSENT_KEPT: "A consent was given to us or by us.",
    Fact.CONSENT_REFUSED: "A consent came that is worth nothing, and why.",
    Fact.CONSENT_REVOKED: "A consent was revoked.",
    Fact.MARKED: "The originator marked a message anew.",
    Fact.NOT_MARKED: "A marking of ours anew never left, and counts no more.",
    Fact.CONSENT_SUPERSEDED: "Another consent took the place of one in the same matter.",
    Fact.FIND_CLAIMED: "Somebody said where else something is known from that was received in "
    "confidence.",
    Fact.FIND_APPROVED: "Another person agreed to that.",
    Fact.FIND_REJECTED: "Another person did not agree to that.",
    Fact.NOT_RECEIPTED: "A message was offered and no answer settled it.",
    Fact.EXPIRED: "A message expired.",
    Fact.CONFLICT: "A proof contradicted what was recorded before.",
    Fact.CANCELLED: "A message was taken back before anything of it left.",
    Fact.HELD: "A message was stopped by a person or by the node.",
    Fact.RELEASED: "A held message was let go.",
    Fact.ISSUED_ANEW: "A message was written anew under a new id.",
    Fact.LEVEL_OVERDUE: "A deadline of a peer passed; of a level that it owed we signed it.",
    Fact.DUTY_OVERDUE: "A deadline of ours passed.",
    Fact.ALARM_DISMISSED: "Somebody has looked at an alarm.",
    Fact.CONSUMER_RELEASED: "A message that was set apart for a local system was given again, or "
    "given up.",
    Fact.OWN_CARD: "This node handed out a card of its own.",
    Fact.CERTIFICATE_FORCED: "An operator had a new certificate shown before every peer knew it.",
    Fact.RESTORED: "The database was restored from a backup.",
    Fact.STORE_KEY_CHANGED: "The store key is not the one before.",
    Fact.PUBLISHED: "An operator, or the configuration, had something made public or taken down.",
    Fact.NOT_PUBLISHED: "An operator kept something closed that a message would have made public.",
}

STATES: Final[Mapping[StrEnum, str]] = {
    State.QUEUED: "Sent by us; waits for its turn, or is being offered.",
    State.DELIVERED: "The peer's signed receipt is here. Final.",
    State.REFUSED: "The peer refused it, signed. Final.",
    State.CANCELLED: "Taken back before anything of it left. Final.",
    State.EXPIRED: "Its time passed, and it did not arrive as far as we know. Final.",
    State.OVERDUE: "Its time passed, and it may have arrived; still offered until that is settled.",
    State.HELD: "Waits for a person.",
    State.RECEIVED: "Received by us, and opened by nobody yet.",
    State.HANDED_OVER: "Received by us; an officer or system has opened it.",
    State.ACCEPTED: "Received by us and accepted.",
    State.DECLINED: "Received by us and declined, with a reason.",
    State.ANSWERED: "Received by us and answered.",
}
