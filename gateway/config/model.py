"""The settings of a node as frozen values, with their defaults.

What each one means stands in the example, `config.toml`; what it may be, in
`schemas/config.schema.json`. A test holds the three together.
"""

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gateway.passphrase import PassphraseSource


class Environment(StrEnum):
    """Whether what is exchanged counts; the two never mix.

    The same words as on the wire (`gateway.envelope.Environment`), kept apart from there: every
    command reads the configuration, and that package takes all of cryptography with it.
    """

    PRODUCTION = "production"
    TEST = "test"


class LogLevel(StrEnum):
    """The least important line that is still written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Address:
    """An IP address and a port to listen on; port 0 takes any free one."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read `127.0.0.1:8470` or `[::1]:8470`.

        A name is refused: what it resolves to may change, and a node that meant loopback would
        listen to the world.

        >>> Address.parse("[::1]:0")
        Address(host='::1', port=0)

        Raises:
            ValueError: It is anything else.
        """
        host, separator, port = text.rpartition(":")
        is_bracketed = host.startswith("[") and host.endswith("]")
        address = ipaddress.ip_address(host[1:-1] if is_bracketed else host)
        if not separator or is_bracketed != (address.version == 6):
            raise ValueError("not an address and a port")
        if not (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65535):
            raise ValueError("not a port")
        return cls(str(address), int(port))

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeConfig:
    """Who the node is."""

    name: str
    environment: Environment
    profiles: tuple[str, ...] = ("moc-ssw/kh-jp/2019",)


@dataclass(frozen=True, slots=True)
class PathsConfig:
    """Where the node keeps its database and its keys, as absolute paths.

    `calendars` holds files that stand in for those of the program, None where there are none.
    """

    data: Path
    keys: Path
    calendars: Path | None = None


@dataclass(frozen=True, slots=True)
class ControlConfig:
    """The Unix socket for the command line, as an absolute path."""

    socket: Path
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryConfig:
    """How envelopes are offered to a peer, and how often again."""

    retry_base_seconds: float = 2
    retry_cap_seconds: float = 900
    batch_lines: int = 64
    batch_bytes: int = 2 * 1024 * 1024
    request_timeout_seconds: float = 30
    expiry_grace_days: int = 30
    allow_private_addresses: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsConfig:
    """Bounds on what a peer, or all of them, may make this node hold.

    Args:
        in_flight: Requests from one peer that are worked on at the same time.
        queue_bytes: Memory for the bodies of incoming requests, of all peers together.
        per_peer_connections: Connections that one peer may open to this node.
    """

    in_flight: int = 4
    queue_bytes: int = 64 * 1024 * 1024
    per_peer_connections: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyConfig:
    """The command that is run for each event a person should know of, if any."""

    command: tuple[str, ...] | None = None
    timeout_seconds: float = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderConfig:
    """The folder for a system that knows only files, as an absolute path."""

    path: Path | None = None
    scan_seconds: float = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DutiesConfig:
    """What is done about duties; `reminders`: the node reminds the other side by itself."""

    reminders: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationConfig:
    """Where what has to be made public is written, and what goes there without an operator.

    Args:
        folder: The folder of the public pages, as an absolute path; none are written without one.
        address: Where everybody finds that folder, without a slash at its end.
        automatic: The types whose publication waits for nobody.
    """

    folder: Path | None = None
    address: str | None = None
    automatic: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogConfig:
    """What is logged; it always goes to standard error."""

    level: LogLevel = LogLevel.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Everything a node was told; `source` is the file that told it."""

    source: Path
    node: NodeConfig
    paths: PathsConfig
    peer_port: Address
    admin: Address
    control: ControlConfig
    passphrase: PassphraseSource
    delivery: DeliveryConfig
    limits: LimitsConfig
    notify: NotifyConfig
    folder: FolderConfig
    duties: DutiesConfig
    publication: PublicationConfig
    log: LogConfig
