"""Where the demo lives on disk: two nodes of the environment `test`, whole or not there at all."""

import json
import os
import secrets
import shutil
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import gateway
from gateway.cli import new_node
from gateway.cli.demo_nodes import DemoNode, ending
from gateway.errors import ConflictError, NotFoundError, TransientError

if TYPE_CHECKING:
    from gateway.keyring import Created

_MARK: Final = "demo.json"
_LOOPBACK: Final = "127.0.0.1"
# Where everybody would find the public pages; a name that is nobody's.
_ADDRESS: Final = "https://ssw.example"

# Below the range from which systems take ports for outgoing connections (32768 on Linux), so that
# a port stays free between two runs of the demo.
_PORTS: Final = range(20_000, 32_000)
_TRIES: Final = 100

_NAMES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "jp/isa": {
            "en": "Demonstration node, Japan",
            "ja": "日本側の実演用ノード",
            "km": "ថ្នាំងសាកល្បង ជប៉ុន",
        },
        "kh/molvt": {
            "en": "Demonstration node, Cambodia",
            "ja": "カンボジア側の実演用ノード",
            "km": "ថ្នាំងសាកល្បង កម្ពុជា",
        },
    }
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Demo:
    """The two nodes."""

    japan: DemoNode
    cambodia: DemoNode

    @property
    def nodes(self) -> tuple[DemoNode, DemoNode]:
        """Both, in the order they are started."""
        return self.japan, self.cambodia


def default_folder() -> Path:
    """Return `data/demo` of the checkout, or a place in the user's data folder when installed."""
    checkout = Path(gateway.__file__).parents[1]
    if (checkout / "pyproject.toml").is_file() and os.access(checkout, os.W_OK):
        return checkout / "data" / "demo"
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "moc-gateway" / "demo"


def reset(folder: Path) -> None:
    """Remove an earlier demo; a folder that is none is never touched.

    Raises:
        ConflictError: It is another folder, or its nodes are running.
    """
    if not folder.exists():
        return
    _check_mark(folder)
    for node in _nodes(folder).nodes:
        if node.is_up():
            raise ConflictError(
                f"{node.name} of this demo is running; nothing was removed",
                hint=f"Ctrl-C where it runs{ending([node])}",
            )
    shutil.rmtree(folder)


def open_or_make(folder: Path, tell: Tell) -> Demo:
    """Return the demo in `folder`; the first time, make its keys, cards and databases.

    Raises:
        ConflictError: The folder holds something else; nothing has changed.
    """
    if folder.exists() and any(folder.iterdir()):
        _check_mark(folder)
        tell(f"resuming the demo in {folder}")
        demo = _nodes(folder)
        for node in demo.nodes:
            _open_pages(node)
        return demo
    tell(f"making the demo in {folder}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.tmp")
    try:
        _make(staging, tell)
        staging.rename(folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return _nodes(folder)


def _make(folder: Path, tell: Tell) -> None:
    folder.mkdir(mode=0o700)
    nodes = _nodes(folder).nodes
    passphrases = {node.name: secrets.token_urlsafe(24).encode() for node in nodes}
    created = {
        node.name: new_node.make(node.folder, _plan(node.name, passphrases[node.name]))
        for node in nodes
    }
    for node in nodes:
        tell(f"  {node.name:<9} keys, TLS certificate and card made; its fingerprint:")
        tell(f"            {created[node.name].fingerprint}")
    for node in nodes:
        _open_pages(node)
    for node, other in (nodes, nodes[::-1]):
        _confirm(node, passphrases[node.name], created[other.name])
        tell(f"  {node.name:<9} confirmed the fingerprint of {other.name}")
    (folder / _MARK).write_text(json.dumps({"nodes": [node.name for node in nodes]}) + "\n")


def _plan(node: str, passphrase: bytes) -> new_node.Plan:
    port, admin = _free_port(), _free_port()
    identity = secrets.token_urlsafe(24).encode()
    return new_node.Plan(
        node=node,
        environment="test",
        names=_NAMES[node],
        organisations=(node,),
        address=f"https://{_LOOPBACK}:{port}",
        listen=f"{_LOOPBACK}:{port}",
        admin=f"{_LOOPBACK}:{admin}",
        passphrase_file="passphrase",  # noqa: S106 - the name of the file
        passphrase=passphrase,
        identity_passphrase=identity,
        files={"passphrase": passphrase + b"\n", "identity-passphrase": identity + b"\n"},
    )


def _open_pages(node: DemoNode) -> None:
    """Give a node a folder for its public pages, unless its configuration has one already."""
    from gateway import config

    if config.load(node.config).publication.folder is not None:
        return
    text = node.config.read_text(encoding="utf-8")
    pages = {"publication.folder": "public", "publication.address": _ADDRESS}
    try:
        text = config.with_values(text, pages)
    except NotFoundError:
        # A demo that was made before nodes had public pages.
        lines = [f'{name.partition(".")[2]} = "{value}"' for name, value in pages.items()]
        text = "\n".join([text, "[publication]", *lines, ""])
    node.config.write_text(text, encoding="utf-8")


def _confirm(node: DemoNode, passphrase: bytes, other: "Created") -> None:
    """Add the other node by its card file, with the fingerprint its owner read out."""
    from gateway import config
    from gateway.cli import peers
    from gateway.node import add_peer

    peers.compare(other.card, other.fingerprint)
    add_peer(config.load(node.config), passphrase, other.card_raw)


def _nodes(folder: Path) -> Demo:
    return Demo(
        japan=DemoNode(name="jp/isa", folder=folder / "jp"),
        cambodia=DemoNode(name="kh/molvt", folder=folder / "kh"),
    )


def _check_mark(folder: Path) -> None:
    if not (folder / _MARK).is_file():
        raise ConflictError(
            f"{folder} holds something that is not a demo; nothing was changed",
            hint="choose another --folder",
        )


def _free_port() -> int:
    for _ in range(_TRIES):
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind((_LOOPBACK, port))
            except OSError:
                continue
            return port
    raise TransientError("there is no free port on this machine's loopback address")
