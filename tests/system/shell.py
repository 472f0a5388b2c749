"""What an operator does at the shell of a node; passphrases come from files, as in scripts."""

from pathlib import Path

from tests.system.nodes import Finished, Node

IDENTITY = b"signs the card"


def secret(node: Node, name: str, passphrase: bytes) -> str:
    """Write a passphrase into a private file beside the node; return its path."""
    path = Path(node.folder, name)
    path.write_bytes(passphrase + b"\n")
    path.chmod(0o600)
    return str(path)


def keys(node: Node, *words: str, identity: bytes = IDENTITY) -> Finished:
    """Run a command that needs the identity, without asking whether it is meant."""
    file = secret(node, "identity-passphrase", identity)
    return node.run("keys", *words, "--identity-passphrase-file", file)


def rotate(node: Node, *words: str) -> Finished:
    """Rotate keys; the command must succeed."""
    ran = keys(node, "rotate", *words)
    assert ran.code == 0, ran.err
    return ran


def fingerprint(node: Node) -> str:
    ran = node.run("keys", "fingerprint")
    assert ran.code == 0, ran.err
    return ran.out.strip()


def confirm(node: Node, other: Node, *words: str) -> Finished:
    """Stop a node, have it confirm the other's card as read out by telephone, start it again."""
    assert node.stop() == 0
    card = str(other.folder / "keys" / "card.json")
    ran = node.run("peers", "confirm", card, "--fingerprint", fingerprint(other), *words)
    node.start()
    return ran


def knows(node: Node) -> int | None:
    """Return the newest card of the node that its only peer has receipted."""
    (peer,) = node.get("keys")["peers"]
    return peer["knows"]
