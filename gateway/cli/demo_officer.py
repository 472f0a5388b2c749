"""Cambodia's consent officer in the demo: a key beside the two nodes, on neither of them.

As in an office, the officer makes the key, the operator puts its public half on the card, and the
other side's operator confirms that card by hand. What is signed later is a package out of a file.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from gateway.cli.demo_folder import Demo
from gateway.cli.demo_nodes import DemoNode
from gateway.errors import ConflictError

_NAME: Final = "officer-1"
_KEY: Final = "officer-1.key"
_PASSPHRASE: Final = "officer-1.passphrase"  # noqa: S105 - the name of the file
# Written last: until then the key is on no card that Japan knows.
_ENGAGED: Final = "engaged"
_DAYS: Final = 300
_DAY: Final = 86_400

Tell = Callable[[str], None]


def engage(demo: Demo, tell: Tell) -> None:
    """Let Cambodia have a consent officer whom Japan knows, unless it has one already.

    Raises:
        ConflictError: The nodes are running, so that no card can be confirmed. Nothing was changed.
    """
    folder = officer_folder(demo.cambodia)
    if (folder / _ENGAGED).is_file():
        return
    if any(node.is_up() for node in demo.nodes):
        raise ConflictError(
            "this demo is running and has no consent officer yet",
            hint="end it with Ctrl-C where it runs, then start it again",
        )
    folder.mkdir(mode=0o700, exist_ok=True)
    _make_key(demo.cambodia, folder)
    _appoint(demo.cambodia, folder)
    _confirm(demo.japan, demo.cambodia)
    (folder / _ENGAGED).touch(mode=0o600)
    tell(f"  {demo.cambodia.name:<9} has a consent officer on its card; {demo.japan.name} knows it")


def officer_folder(node: DemoNode) -> Path:
    """Return where the officer of a node keeps the key: beside the nodes, in none of them."""
    return node.folder.with_name("officer")


def sign(node: DemoNode, package: Mapping[str, Any]) -> dict[str, Any]:
    """Sign a package as `gateway consent sign` does: verify all of it, then add a signature.

    Raises:
        VerificationError: Something in it does not hold; nothing was signed.
    """
    import json

    from gateway import private_files
    from gateway.desk.consent_packages import check_package, parse_package, with_instrument
    from gateway.envelope import times
    from gateway.keyring.officers import open_officer_file

    folder = officer_folder(node)
    read = parse_package(json.dumps(package).encode())
    passphrase = private_files.read(folder / _PASSPHRASE)
    held = open_officer_file(private_files.read(folder / _KEY), passphrase, name=_KEY)
    checked = check_package(read)
    held.pinned.check(checked.card)
    signature = held.sign(read.terms, signed_at=times.text(time.time()))
    return with_instrument(checked, signature).document()


def _make_key(node: DemoNode, folder: Path) -> None:
    from gateway import private_files
    from gateway.keyring.making import LOG2_N
    from gateway.keyring.officers import Pinned, new_officer_key, officer_file, sealing_at

    if (folder / _KEY).exists():
        return
    passphrase = secrets.token_urlsafe(24).encode()
    key = new_officer_key(Pinned.to(_card(node), _NAME))
    sealed = officer_file(key, passphrase, sealing_at(time.time(), log2_n=LOG2_N))
    (folder / _PASSPHRASE).unlink(missing_ok=True)
    private_files.write_new(folder / _PASSPHRASE, passphrase)
    private_files.write_new(folder / _KEY, sealed)


def _appoint(node: DemoNode, folder: Path) -> None:
    from gateway import config, private_files
    from gateway.envelope import times
    from gateway.keyring import Opening
    from gateway.keyring.officers import open_officer_file, read_public
    from gateway.node import key_acts

    passphrase = private_files.read(folder / _PASSPHRASE)
    key = open_officer_file(private_files.read(folder / _KEY), passphrase, name=_KEY)
    if any(each.pair.kids == key.pair.kids for each in _card(node).officers):
        return
    public = read_public(key.public(at=times.text(time.time())))
    opening = Opening(
        identity=private_files.read(node.folder / "identity-passphrase").strip(),
        node=private_files.read(node.folder / "passphrase").strip(),
    )
    key_acts.appoint(config.load(node.config), public, time.time() + _DAYS * _DAY, opening)


def _confirm(node: DemoNode, other: DemoNode) -> None:
    from gateway import config, private_files
    from gateway.keyring import read_own_card
    from gateway.node import confirm_peer

    raw = read_own_card(config.load(other.config).paths.keys)
    passphrase = private_files.read(node.folder / "passphrase").strip()
    confirm_peer(config.load(node.config), passphrase, raw)


def _card(node: DemoNode) -> Any:
    from gateway import config
    from gateway.envelope import read_card
    from gateway.keyring import read_own_card

    return read_card(read_own_card(config.load(node.config).paths.keys))
