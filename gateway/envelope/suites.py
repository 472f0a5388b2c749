"""The suites of cryptography: one table, whose number stands in every signed object.

Suite 1: RFC 7515 with RFC 9864 (Ed25519) and RFC 9964 (ML-DSA-65), both required, in this order;
JWE (RFC 7516) by draft-ietf-jose-hpke-encrypt with the KEM of draft-ietf-jose-hpke-pq-pqt.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography.hazmat.primitives import hpke

CURRENT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Everything two nodes must agree on to read each other."""

    signatures: tuple[str, str]
    key_encryption: str
    content_encryption: str
    hpke: hpke.Suite
    info: bytes
    # The KEM's ciphertext, and the 32-byte content key with its AEAD tag.
    ek_length: int
    encrypted_key_length: int


SUITES: Final[Mapping[int, Suite]] = MappingProxyType(
    {
        1: Suite(
            signatures=("Ed25519", "ML-DSA-65"),
            key_encryption="HPKE-9-KE",
            content_encryption="A256GCM",
            hpke=hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.SHAKE256, hpke.AEAD.AES_256_GCM),
            # The draft's Recipient_structure: it binds the wrapped key to its use.
            info=b"JOSE-HPKE rcpt\xffA256GCM\xff",
            ek_length=1088 + 32,
            encrypted_key_length=32 + 16,
        ),
    }
)
