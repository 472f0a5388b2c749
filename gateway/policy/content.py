"""Content that opens only with a permit for the message it belongs to."""

from dataclasses import dataclass, field

from gateway.errors import PolicyError
from gateway.policy.release import Permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedContent:
    """The exact text of a message's content, kept out of reach, logs and error texts."""

    header_digest: str
    _text: str = field(repr=False)

    def read_for(self, permit: Permitted) -> str:
        """Return the text to whoever holds a permit for this very message.

        Raises:
            PolicyError: The permit is for another message; nothing is shown.
        """
        return read_for(self._text, permit, self.header_digest)


def read_for(content: str, permit: Permitted, header_digest: str) -> str:
    """Return the content of the message with that header to whoever holds a permit for it.

    Raises:
        PolicyError: The permit is for another message; nothing is shown.
    """
    if permit.header_digest != header_digest:
        raise PolicyError("the permit is for another message")
    return content
