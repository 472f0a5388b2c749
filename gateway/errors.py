"""One tree of errors: whose fault is it, may we retry, what may the peer hear?

`LocalError` is ours (or our officer's) to fix, `TransientError` is tried again, `PeerError` is
answered with a code. Texts are for our own people: what happened, where, what to do next. They
never carry a body, a key or a person's name; the peer only ever sees the code.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar, Final


class ExitCode(IntEnum):
    """How a command ends; the local API carries the same numbers."""

    DONE = 0
    FAILURE = 1
    USAGE = 2
    INVALID = 3
    NOT_FOUND = 4
    UNAVAILABLE = 5
    CONFLICT = 6
    REFUSED_BY_POLICY = 7
    VERIFICATION_FAILED = 8
    WAIT_TIMED_OUT = 9
    WARNING = 10
    REFUSED_BY_PEER = 11


class RefusalCode(StrEnum):
    """Why an envelope was not taken; `docs/protocol.md` has the same table."""

    MALFORMED = "malformed"
    UNREADABLE = "unreadable"
    UNKNOWN_KEY = "unknown-key"
    MISMATCH = "mismatch"
    WRONG_RECIPIENT = "wrong-recipient"
    WRONG_ENVIRONMENT = "wrong-environment"
    ID_CONFLICT = "id-conflict"
    FUTURE = "future"
    EXPIRED = "expired"
    KEY_REVOKED = "key-revoked"
    CONTENT_MISMATCH = "content-mismatch"
    UNKNOWN_PROFILE = "unknown-profile"
    UNKNOWN_TYPE = "unknown-type"
    NOT_PERMITTED = "not-permitted"
    INVALID_BODY = "invalid-body"
    INVALID_MARKING = "invalid-marking"
    UNKNOWN_REFERENCE = "unknown-reference"
    WRONG_THREAD = "wrong-thread"
    ATTACHMENT_UNSUPPORTED = "attachment-unsupported"
    WRONG_BASE = "wrong-base"
    LIST_FAULT = "list-fault"
    STORAGE = "storage"
    QUOTA = "quota"
    BUSY = "busy"


# A retryable refusal is judged anew each time; every other one is final and repeated for ever.
RETRYABLE: Final = frozenset(
    {
        RefusalCode.UNKNOWN_KEY,
        RefusalCode.FUTURE,
        RefusalCode.UNKNOWN_REFERENCE,
        RefusalCode.STORAGE,
        RefusalCode.QUOTA,
        RefusalCode.BUSY,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in an input: where it stands and what is wrong with it.

    `where` is a JSON Pointer (RFC 6901), a `file:line`, or an option's name; never a value.
    """

    where: str
    text: str


class GatewayError(Exception):
    """Root of every error this package raises on purpose."""


class LocalError(GatewayError):
    """Something on our side must be mended; nothing has changed."""

    exit_code: ClassVar[ExitCode] = ExitCode.FAILURE

    def __init__(self, text: str, *, problems: tuple[Problem, ...] = (), hint: str = "") -> None:
        super().__init__(text)
        self.problems = problems
        self.hint = hint


class UsageError(LocalError):
    """The command line itself is wrong."""

    exit_code = ExitCode.USAGE


class InvalidError(LocalError):
    """An input or a configuration breaks its rules; `problems` says where."""

    exit_code = ExitCode.INVALID


class NotFoundError(LocalError):
    """Nothing here has that name or id."""

    exit_code = ExitCode.NOT_FOUND


class ConflictError(LocalError):
    """The thing exists, but its state does not allow the act."""

    exit_code = ExitCode.CONFLICT


class PolicyError(LocalError):
    """The rules of the memorandum or of its marking forbid the act."""

    exit_code = ExitCode.REFUSED_BY_POLICY


class VerificationError(LocalError):
    """A signature, a digest or a fingerprint does not hold."""

    exit_code = ExitCode.VERIFICATION_FAILED


class WaitTimedOutError(LocalError):
    """What was waited for has not happened yet; it may still."""

    exit_code = ExitCode.WAIT_TIMED_OUT


class RefusedByPeerError(LocalError):
    """The other side refused or declined, or the message expired before it took it."""

    exit_code = ExitCode.REFUSED_BY_PEER


class TransientError(GatewayError):
    """The world is in the way (network, disk, load); the same act may succeed later."""

    exit_code: ClassVar[ExitCode] = ExitCode.UNAVAILABLE


class PeerError(GatewayError):
    """The peer sent something the rules forbid; answer with `code`.

    `pointers` name members of the signed header or of the body, at most 16 and never a value.
    """

    code: ClassVar[RefusalCode]

    def __init__(self, text: str, *, pointers: tuple[str, ...] = ()) -> None:
        super().__init__(text)
        self.pointers = pointers[:16]


class MalformedError(PeerError):
    """The form is wrong: JSON, base64url, members, sizes."""

    code = RefusalCode.MALFORMED


class UnreadableError(PeerError):
    """Opening, padding or a signature failed. Deliberately not told apart."""

    code = RefusalCode.UNREADABLE


class UnknownKeyError(PeerError):
    """The envelope is sealed to a key we do not hold."""

    code = RefusalCode.UNKNOWN_KEY


class MismatchError(PeerError):
    """The cover and the signed header inside do not say the same."""

    code = RefusalCode.MISMATCH


class WrongRecipientError(PeerError):
    """The signed header is meant for another node: somebody passed it on."""

    code = RefusalCode.WRONG_RECIPIENT


class WrongEnvironmentError(PeerError):
    """A test message reached a production node, or the reverse."""

    code = RefusalCode.WRONG_ENVIRONMENT


class IdConflictError(PeerError):
    """The id is already taken by another header; the first one stays."""

    code = RefusalCode.ID_CONFLICT


class FutureError(PeerError):
    """`created` lies more than five minutes ahead of our clock."""

    code = RefusalCode.FUTURE


class ExpiredError(PeerError):
    """`expires` has passed before we first saw the message."""

    code = RefusalCode.EXPIRED


class KeyRevokedError(PeerError):
    """The signing pair is revoked or outside its validity at our time of arrival."""

    code = RefusalCode.KEY_REVOKED


class ContentMismatchError(PeerError):
    """The content is not the one whose digest was signed."""

    code = RefusalCode.CONTENT_MISMATCH


class UnknownProfileError(PeerError):
    """The message names a memorandum that we do not exchange under with this peer."""

    code = RefusalCode.UNKNOWN_PROFILE


class UnknownTypeError(PeerError):
    """The catalogue has no such message type."""

    code = RefusalCode.UNKNOWN_TYPE


class NotPermittedError(PeerError):
    """The type is known, but this side may not send it here."""

    code = RefusalCode.NOT_PERMITTED


class InvalidBodyError(PeerError):
    """The body does not fit the schema of its type; `problems` says where, in our own words."""

    code = RefusalCode.INVALID_BODY

    def __init__(self, text: str, *, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(text, pointers=tuple(problem.where for problem in problems))
        self.problems = problems


class InvalidMarkingError(PeerError):
    """The marking is absent, of an unknown form, or not the sender's to give."""

    code = RefusalCode.INVALID_MARKING


class UnknownReferenceError(PeerError):
    """The message refers to one that we do not have (yet)."""

    code = RefusalCode.UNKNOWN_REFERENCE


class WrongThreadError(PeerError):
    """The message stands in a thread where its type has no place."""

    code = RefusalCode.WRONG_THREAD


class AttachmentUnsupportedError(PeerError):
    """The message names attachments, which this version does not carry yet."""

    code = RefusalCode.ATTACHMENT_UNSUPPORTED


class WrongBaseError(PeerError):
    """A list of changes starts from another list than the register was last brought up to."""

    code = RefusalCode.WRONG_BASE


class ListFaultError(PeerError):
    """The parts of a list do not make up the set that it announces; nothing of it counts."""

    code = RefusalCode.LIST_FAULT


class OutOfOrderError(GatewayError):
    """The thread's table has no such step. Nothing has changed."""


def exit_code_of(error: BaseException) -> ExitCode:
    """Return the exit code of an error that was met on our own side.

    A `PeerError` here means that the rules for a peer judged an input of our own people.
    """
    match error:
        case LocalError() | TransientError():
            return error.exit_code
        case PeerError():
            return ExitCode.INVALID
        case OutOfOrderError():
            return ExitCode.CONFLICT
    return ExitCode.FAILURE
