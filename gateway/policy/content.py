"""Content that opens only with a permit for the message it belongs to."""

from gateway.errors import PolicyError
from gateway.policy.release import Permitted


def read_for(content: str, permit: Permitted, header_digest: str) -> str:
    """Return the content of the message with that header to whoever holds a permit for it.

    Raises:
        PolicyError: The permit is for another message; nothing is shown.
    """
    if permit.header_digest != header_digest:
        raise PolicyError("the permit is for another message")
    return content
