"""The paths and media types of the peer port, the same for the one who asks and who answers."""

import re
from typing import Final

ENVELOPES: Final = "/v1/envelopes"
CARD: Final = "/v1/card"

ENVELOPES_TYPE: Final = "application/vnd.moc.envelopes"
CARD_TYPE: Final = "application/vnd.moc.card+json"

# Which version of the program answers; only peers are told. It changes nothing in the exchange: it
# tells an operator why the other side does not know a type yet.
VERSION: Final = "Moc-Version"
VERSION_FORM: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+-]{0,31}", re.ASCII)
