"""Self-signed TLS certificates as the nodes make them: CN of node and 8 hex, no CA, key ids."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from gateway.http.tls import TlsIdentity


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its key, on disk and as the bytes that a peer pins."""

    identity: TlsIdentity
    der: bytes
    pem: bytes
    key_pem: bytes


def make_certificate(
    folder: Path,
    node: str,
    *,
    days: tuple[int, int] = (-1, 365),
    curve: bool = False,
    signed_by: "Certificate | None" = None,
) -> Certificate:
    """Make a certificate valid from `days[0]` to `days[1]` days from now."""
    key = ec.generate_private_key(ec.SECP256R1()) if curve else ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{node} {secrets.token_hex(4)}")])
    issuer, issuer_key = name, key
    if signed_by is not None:
        issuer = x509.load_pem_x509_certificate(signed_by.pem).subject
        issuer_key = load_pem_private_key(signed_by.key_pem, None)
    public = key.public_key()
    now = datetime.now(UTC)
    digest = hashes.SHA256() if isinstance(issuer_key, ec.EllipticCurvePrivateKey) else None
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, digest)
    )
    pem = built.public_bytes(Encoding.PEM)
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    stem = secrets.token_hex(4)
    (folder / f"{stem}.pem").write_bytes(pem)
    (folder / f"{stem}.key").write_bytes(key_pem)
    identity = TlsIdentity(folder / f"{stem}.pem", folder / f"{stem}.key")
    return Certificate(identity, built.public_bytes(Encoding.DER), pem, key_pem)
