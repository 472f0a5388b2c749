"""TLS between nodes: version 1.3 only, both sides show a certificate that the other one pinned.

OpenSSL only lets the handshake through: its trust store holds pinned certificates and nothing else.
Who the other side is gets decided by the digest of its certificate against the current peer table,
on every request (server) and before every request is written (client).
"""

import hashlib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

# From this version on OpenSSL's own list begins with a post-quantum hybrid (X25519MLKEM768), which
# hides who writes when even from those who record today and decrypt later. Older ones have no
# hybrid, and one modern curve is then enough.
_FIRST_HYBRID: Final = (3, 5)


@dataclass(frozen=True, slots=True)
class TlsIdentity:
    """Our TLS certificate and key; both files must stay readable as long as the node runs."""

    certificate_path: Path
    key_path: Path
    password: bytes | None = field(default=None, repr=False)


def server_context(identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    """Return the context of the peer port; `trusted` are the pinned certificates, DER.

    Raises:
        ssl.SSLError: Our own files do not fit together, or a pinned certificate is no certificate.
    """
    context = _context(ssl.PROTOCOL_TLS_SERVER, identity, trusted)
    # A resumed session would skip the certificates, and with them a pin that has changed since.
    context.num_tickets = 0
    if ssl.OPENSSL_VERSION_INFO < _FIRST_HYBRID:
        context.set_ecdh_curve("X25519")
    return context


def client_context(identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    """Return the context for one peer, which trusts the certificates of that peer and no other.

    Raises:
        ssl.SSLError: Our own files do not fit together, or a pinned certificate is no certificate.
    """
    return _context(ssl.PROTOCOL_TLS_CLIENT, identity, trusted)


def peer_certificate(tls: object) -> bytes | None:
    """Return the certificate (DER) that the other side of a connection showed, if any."""
    if isinstance(tls, (ssl.SSLObject, ssl.SSLSocket)):
        return tls.getpeercert(binary_form=True)
    return None


def certificate_digest(der: bytes) -> bytes:
    """Return the digest by which a certificate is pinned."""
    return hashlib.sha256(der).digest()


def _context(role: int, identity: TlsIdentity, trusted: Iterable[bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(role)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    # Names in certificates prove nothing here, the digest does.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    # A pinned certificate is its own root, whatever stands above it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.set_alpn_protocols(["http/1.1"])
    # Without any password OpenSSL would ask for one at the terminal, and the node would hang.
    password = identity.password or b""
    context.load_cert_chain(identity.certificate_path, identity.key_path, password)
    for der in trusted:
        context.load_verify_locations(cadata=der)
    return context
