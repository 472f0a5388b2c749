"""New keys as files: what a fresh node and every rotation write."""

import secrets
from collections.abc import Collection
from typing import Final

from gateway.envelope import DecryptionKey, SigningPair, digest
from gateway.keyring import layout
from gateway.keyring.certificate import make_certificate
from gateway.keyring.renewal import Kind, Made, start_of
from gateway.keyring.sealed_file import SECRET_BYTES, Sealing, Use

# 32 MiB and about 60 ms for each guess at a passphrase.
LOG2_N: Final = 15


def make_keys(kinds: Collection[Kind], *, node: str, now: float) -> Made:
    """Make a key of each kind from the system's randomness."""
    return Made(
        message=SigningPair.generate() if Kind.MESSAGE in kinds else None,
        encryption=DecryptionKey.generate() if Kind.ENCRYPTION in kinds else None,
        tls=make_certificate(node, not_before=start_of(now)) if Kind.TLS in kinds else None,
    )


def make_store_key() -> bytes:
    """Make the key that protects the content in a database."""
    return secrets.token_bytes(SECRET_BYTES)


def key_files(
    made: Made, passphrase: bytes, sealing: Sealing, *, numbers: dict[Kind, int]
) -> dict[str, bytes]:
    """Return the files of new keys, by name.

    Args:
        numbers: The number that the files of each kind get.
    """
    files: dict[str, bytes] = {}
    if (pair := made.message) is not None:
        name = layout.numbered(Kind.MESSAGE, numbers[Kind.MESSAGE])
        files[name] = sealing.content(Use.MESSAGE, pair.seeds, passphrase, kids=pair.kids)
    if (key := made.encryption) is not None:
        name = layout.numbered(Kind.ENCRYPTION, numbers[Kind.ENCRYPTION])
        files[name] = sealing.content(Use.ENCRYPTION, [key.seed], passphrase, kids=[key.kid])
    if (tls := made.tls) is not None:
        number = numbers[Kind.TLS]
        files[layout.numbered(Kind.TLS, number, "pem")] = tls.pem
        files[layout.numbered(Kind.TLS, number, "key")] = tls.key_pem
        files[layout.numbered(Kind.TLS, number, "secret")] = sealing.content(
            Use.TLS, [tls.secret], passphrase, kids=[digest(tls.der)]
        )
    return files
