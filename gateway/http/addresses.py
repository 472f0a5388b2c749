"""Which network addresses we connect to: a peer's card must not make us speak to ourselves.

A card names a host, and the host's DNS decides where we go. In production that may be no loopback,
link-local or private address unless the operator allowed its network, or a card (or a poisoned
DNS answer) could point the node at services inside the ministry.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import AddrInfoType
from yarl import URL

from gateway.errors import TransientError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ForbiddenAddressError(OSError):
    """The host of a peer leads to an address that this node may not connect to."""


@dataclass(frozen=True, slots=True)
class AddressRule:
    """Public addresses, and what lies in the `allowed` networks; `None` allows every address."""

    allowed: tuple[Network, ...] | None = ()

    @classmethod
    def of(cls, networks: Sequence[str]) -> "AddressRule":
        """Return the rule of a production node, with the networks that an operator allowed.

        >>> AddressRule.of(["10.1.0.0/16"]).allows("10.1.2.3")
        True

        Raises:
            ValueError: A text is no network in CIDR form.
        """
        return cls(tuple(ipaddress.ip_network(network) for network in networks))

    def allows(self, address: str) -> bool:
        """Tell whether we may connect to this numeric address.

        >>> [AddressRule().allows(a) for a in ("8.8.8.8", "127.0.0.1", "::ffff:127.0.0.1")]
        [True, False, False]
        """
        if self.allowed is None:
            return True
        # A zone (`fe80::1%eth0`) is part of the socket's address, not of the number.
        found = ipaddress.ip_address(address.partition("%")[0])
        mapped = getattr(found, "ipv4_mapped", None)
        target = mapped if mapped is not None else found
        if target.is_global and not target.is_multicast:
            return True
        return any(target in network for network in self.allowed)

    def open_socket(self, info: AddrInfoType) -> socket.socket:
        """Make the socket for one attempt to connect, which is the last moment to say no.

        Raises:
            ForbiddenAddressError: The rule does not allow the address.
        """
        family, kind, protocol, _, target = info
        if not self.allows(str(target[0])):
            raise ForbiddenAddressError(f"{target[0]} is not a public address and not allowed")
        return socket.socket(family, kind, protocol)


def endpoint(address: str, path: str) -> URL:
    """Return the URL of a path at a peer's address, which is exactly `https://host:port`.

    >>> endpoint("https://gateway.example:8470", "/v1/card")
    URL('https://gateway.example:8470/v1/card')

    Raises:
        TransientError: It is anything else, such as plain HTTP; nothing was connected.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    if port is None or address not in (f"https://{host}:{port}", f"https://[{host}]:{port}"):
        raise TransientError(f"the address {address!r} is not of the form https://host:port")
    return URL.build(scheme="https", host=host, port=port, path=path)
