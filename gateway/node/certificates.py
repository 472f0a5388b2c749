"""The TLS certificate that the node shows: to whoever connects, and to each peer it connects to.

Which one that is follows from what peers know of us (`delivery.own_keys`); here is where its key
lies.
"""

from gateway.delivery.own_keys import OwnKeys
from gateway.delivery.ports import Clock
from gateway.http.tls import TlsIdentity
from gateway.keyring import Keyring


class Certificates:
    """The certificates of the keyring in use."""

    def __init__(self, keyring: Keyring, keys: OwnKeys, clock: Clock) -> None:
        self._keyring = keyring
        self._keys = keys
        self._clock = clock

    @property
    def keyring(self) -> Keyring:
        """The keyring in use."""
        return self._keyring

    def replace(self, keyring: Keyring) -> None:
        """Find keys in another keyring from now on; call it before its keys come into use."""
        self._keyring = keyring

    def shown(self) -> TlsIdentity:
        """Return what the peer port shows now."""
        return self._identity(self._keys.certificate(self._clock()))

    def shown_to(self, peer: str) -> TlsIdentity:
        """Return what a peer is shown that we connect to."""
        return self._identity(self._keys.certificate_for(peer, self._clock()))

    def _identity(self, der: bytes) -> TlsIdentity:
        tls = self._keyring.tls_of(der)
        return TlsIdentity(tls.certificate, tls.key, tls.password)
