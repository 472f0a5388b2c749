"""The TLS certificate that a node shows: self-signed, pinned by its bytes, found in no registry.

Two pinned certificates with one subject and no key ids make OpenSSL refuse the newer one, so the
common name ends in random digits and both key identifiers are there.
"""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gateway.envelope import times
from gateway.keyring.sealed_file import SECRET_BYTES

TLS_DAYS: Final = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCertificate:
    """A certificate and its key; the key is encrypted with a random password."""

    der: bytes
    pem: bytes
    key_pem: bytes = field(repr=False)
    secret: bytes = field(repr=False)


def password_of(secret: bytes) -> bytes:
    """Return the password of an encrypted TLS key.

    OpenSSL stretches it only 2,048 times: enough for 256 random bits, too little for a person's.
    """
    return secret.hex().encode("ascii")


def end_of(der: bytes) -> str:
    """Return until when a certificate holds.

    Raises:
        ValueError: The bytes are no certificate.
    """
    return times.text(x509.load_der_x509_certificate(der).not_valid_after_utc.timestamp())


def make_certificate(node: str, *, not_before: float, days: int = TLS_DAYS) -> NewCertificate:
    """Make a key and its certificate for both ends of a connection.

    ECDSA on P-256, because every TLS library and every inspection tool of an operator knows it;
    what protects a message does not rest on it.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{node} {secrets.token_hex(4)}")])
    start = datetime.fromtimestamp(int(not_before), UTC)
    public = key.public_key()
    usage = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = secrets.token_bytes(SECRET_BYTES)
    return NewCertificate(
        der=certificate.public_bytes(serialization.Encoding.DER),
        pem=certificate.public_bytes(serialization.Encoding.PEM),
        key_pem=key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password_of(secret)),
        ),
        secret=secret,
    )
