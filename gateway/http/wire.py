"""The paths and media types of the peer port, the same for the one who asks and who answers."""

from typing import Final

ENVELOPES: Final = "/v1/envelopes"
CARD: Final = "/v1/card"

ENVELOPES_TYPE: Final = "application/vnd.moc.envelopes"
CARD_TYPE: Final = "application/vnd.moc.card+json"
