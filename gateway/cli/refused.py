"""Why the other node refused a message, and what an officer does about it, in words."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.cli import output
from gateway.errors import RefusalCode

_OPERATOR: Final = "Tell your operator; the message itself is not at fault"
_UNTIL_THEN: Final = (
    "Ask the other contact point by telephone when it is brought up to date. Until then write it "
    "as an inquiry or a problem report; afterwards write it again, because a refusal is final"
)

# What people see, in one place for whoever translates it: what it means, and what to do.
REASONS: Final[Mapping[RefusalCode, tuple[str, str]]] = MappingProxyType(
    {
        RefusalCode.MALFORMED: ("their node could not take its form", _OPERATOR),
        RefusalCode.UNREADABLE: ("their node could not open it", _OPERATOR),
        RefusalCode.UNKNOWN_KEY: ("it was sealed to a key that they no longer hold", _OPERATOR),
        RefusalCode.MISMATCH: ("its cover and its inside disagree", _OPERATOR),
        RefusalCode.WRONG_RECIPIENT: ("it reached a node that it is not meant for", _OPERATOR),
        RefusalCode.WRONG_ENVIRONMENT: (
            "one of the two nodes is for tests, the other is not",
            _OPERATOR,
        ),
        RefusalCode.ID_CONFLICT: (
            "they have another message under its id",
            "Write it again; it gets an id of its own. Tell your operator, too",
        ),
        RefusalCode.FUTURE: ("their clock is behind ours", _OPERATOR),
        RefusalCode.EXPIRED: (
            "it arrived after the time until which it was of use",
            "If it still matters, write it again with a later time",
        ),
        RefusalCode.KEY_REVOKED: (
            "it was signed with a key that no longer counts",
            "Write it again; tell your operator, too",
        ),
        RefusalCode.CONTENT_MISMATCH: ("its content is not the one that was signed", _OPERATOR),
        RefusalCode.UNKNOWN_PROFILE: (
            "their node does not exchange under this memorandum with us",
            "Ask the other contact point by telephone, and tell your operator",
        ),
        RefusalCode.UNKNOWN_TYPE: (
            "their node does not know this type of message yet",
            _UNTIL_THEN,
        ),
        RefusalCode.NOT_PERMITTED: (
            "our side may not send this type to them",
            "See who sends what with: gateway types",
        ),
        RefusalCode.INVALID_BODY: (
            "their node judges the fields of this type differently",
            "The two nodes may run different versions: tell your operator",
        ),
        RefusalCode.INVALID_MARKING: (
            "their node does not understand its marking, or it is not ours to give",
            "Write it again with another marking, or tell your operator",
        ),
        RefusalCode.UNKNOWN_REFERENCE: (
            "it speaks of a message that they do not have",
            "Look at the matter with: gateway thread",
        ),
        RefusalCode.WRONG_THREAD: (
            "the matter had moved on there, and this type has no place in it any more",
            "Look at the matter with: gateway thread",
        ),
        RefusalCode.ATTACHMENT_UNSUPPORTED: (
            "their node takes no attachments yet",
            "Write it again without them",
        ),
        RefusalCode.WRONG_BASE: (
            "their register stands at another list than the one that these changes start from",
            "Send the whole list: gateway register import --snapshot",
        ),
        RefusalCode.LIST_FAULT: (
            "the parts of the list do not make up the set that it announces",
            "Nothing of it counts there. Send it again: gateway register import",
        ),
        RefusalCode.STORAGE: ("their node could not keep it", _OPERATOR),
        RefusalCode.QUOTA: ("their node keeps no more of ours at present", _OPERATOR),
        RefusalCode.BUSY: ("their node had no time for it", _OPERATOR),
    }
)


def told(view: Mapping[str, Any]) -> str:
    """Return why a message was refused and what to do; a code of a newer node stands for itself."""
    code = output.inline(view.get("refusal") or "-")
    try:
        meaning, advice = REASONS[RefusalCode(code)]
    except ValueError:
        return code
    return f"{meaning} ({code}). {advice}."
