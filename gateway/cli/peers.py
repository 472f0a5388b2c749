"""`gateway peers`: the other nodes. No card counts before a person confirmed its fingerprint."""

import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gateway.cli import cards, options, output, passphrases
from gateway.errors import ConflictError, LocalError, NotFoundError, VerificationError

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.envelope import Card

_CARD = "a card is what the other node signed about itself, such as its keys/card.json: ask for it"


@click.group(epilog="Example: gateway --config jp/config.toml peers add molvt-card.json")
def command() -> None:
    """Add, list, enable and disable the other nodes.

    Changing them needs the store for itself: stop the node first.
    """


@command.command(epilog="Example: gateway peers add molvt-card.json")
@click.argument("file", metavar="CARD")
@click.option(
    "--fingerprint", metavar="DIGITS", help="What the peer read out; asked for if absent."
)
@options.json_option
def add(file: str, fingerprint: str | None) -> None:
    """Add the peer of the card in the file CARD.

    Ask the other side to read out theirs (`gateway keys fingerprint`) over a telephone, and type
    what you hear. Another fingerprint ends with exit 8, and nothing is changed.
    """
    _take(file, fingerprint, newer=False)


@command.command(epilog="Example: gateway peers confirm molvt-card-2.json")
@click.argument("file", metavar="CARD")
@click.option(
    "--fingerprint", metavar="DIGITS", help="What the peer read out; asked for if absent."
)
@click.option(
    "--new-identity",
    is_flag=True,
    help="The peer has lost its identity and made another one: compare the new fingerprint.",
)
@options.json_option
def confirm(file: str, fingerprint: str | None, new_identity: bool) -> None:
    """Take over a known peer's newer card; the node must be stopped meanwhile.

    New keys of a peer count by themselves; its officers, organisations and addresses change only
    by this, and its fingerprint is confirmed as with `peers add`.

    A card under another identity is taken with --new-identity only. Call the other contact point
    at a number you know, ask why, and compare the new fingerprint; the old identity then counts no
    more.
    """
    _take(file, fingerprint, newer=True, new_identity=new_identity)


@command.command("list", epilog="Example: gateway peers list --json")
@options.json_option
def list_peers() -> None:
    """List every peer, enabled or not."""
    from gateway import node

    found = node.list_peers(_settings())
    if options.as_json():
        output.document({"items": found, "next": None})
        return
    if not found:
        output.talk(f"no peers yet; add one with {options.line('peers', 'add', 'CARD')}")
        return
    from gateway.cli import tables

    tables.draw(
        ("PEER", "NAME", "ENVIRONMENT", "STATE", "ADDRESS", "CARD", "VERSION", "LAST CONTACT"),
        (
            (
                each["node"],
                each["names"]["en"],
                each["environment"],
                "enabled" if each["enabled"] else "disabled",
                ", ".join(each["addresses"]),
                f"serial {each['serial']}{', a newer one waits' if each['waiting'] else ''}",
                each["version"],
                each["last_contact"],
            )
            for each in found
        ),
    )


@command.command(epilog="Example: gateway peers show kh/molvt")
@click.argument("name", metavar="NODE")
@options.json_option
def show(name: str) -> None:
    """Show one peer with its card and fingerprint."""
    peer = _peer(name)
    if options.as_json():
        output.document(peer)
        return
    from gateway.cli import status

    output.data("\n".join(status.lines(peer)))


@command.command(epilog="Example: gateway peers enable kh/molvt")
@click.argument("name", metavar="NODE")
@options.json_option
def enable(name: str) -> None:
    """Exchange with a peer again."""
    _set(name, enabled=True)


@command.command(epilog="Example: gateway peers disable kh/molvt")
@click.argument("name", metavar="NODE")
@options.json_option
def disable(name: str) -> None:
    """Exchange nothing with a peer for now.

    What waits for it stays queued until it is enabled again; nothing is lost.
    """
    _set(name, enabled=False)


def _take(file: str, fingerprint: str | None, *, newer: bool, new_identity: bool = False) -> None:
    from gateway import node
    from gateway.envelope import read_card

    settings = _settings()
    raw = _card_file(file)
    node.check_stopped(settings)
    try:
        card = read_card(raw)
    except VerificationError as error:
        raise VerificationError(
            f"{file} is no card: {error}", problems=error.problems, hint=_CARD
        ) from None
    if fingerprint is None or not options.as_json():
        output.talk("\n".join(cards.lines(card)))
    compare(card, fingerprint)
    passphrase = passphrases.of_node(settings, None)
    try:
        if newer:
            node.confirm_peer(settings, passphrase, raw, is_new_identity=new_identity)
        else:
            node.add_peer(settings, passphrase, raw)
    except ConflictError as error:
        known = _find(card.node)
        if newer or known is None:
            raise
        raise ConflictError(str(error), hint=_hint_for(known, card, file)) from None
    _tell(settings, card.node, "confirmed" if newer else "added")


def _hint_for(known: Mapping[str, Any], card: "Card", file: str) -> str:
    """Return what to do with the card of a peer that is known already."""
    from gateway.envelope import fingerprint

    if known["fingerprint"] == fingerprint(card.identity):
        return options.line("peers", "confirm", file)
    return (
        "this card carries another identity than the confirmed one: call the peer at a number you "
        "know, and ask why"
    )


def compare(card: "Card", given: str | None) -> None:
    """Let pass only a card whose fingerprint a person has confirmed.

    Raises:
        VerificationError: The digits differ: somebody put another card in the peer's place.
        LocalError: Nobody confirmed it, and there is no terminal to ask at.
    """
    from gateway.envelope import fingerprint

    if given is None:
        if not sys.stdin.isatty():
            raise LocalError(
                "nobody confirmed the fingerprint, and there is no terminal to ask",
                hint="name it with --fingerprint, as the peer read it out",
            )
        given = click.prompt("Type the fingerprint the peer read out", err=True)
    if digits(given) != digits(fingerprint(card.identity)):
        raise VerificationError(
            f"this is not the fingerprint of the card of {card.node}; nothing was changed",
            hint="call the peer, and compare with what `keys fingerprint` prints on its side",
        )


def digits(text: str) -> str:
    """Return the digits in a text; full-width and Khmer ones are the same digits."""
    return "".join(str(unicodedata.decimal(each)) for each in text if each.isdecimal())


def _set(name: str, *, enabled: bool) -> None:
    from gateway import node

    settings = _settings()
    passphrase = passphrases.of_node(settings, None)
    node.set_peer_enabled(settings, passphrase, name, enabled=enabled)
    _tell(settings, name, "enabled" if enabled else "disabled")


def _tell(settings: "Config", name: str, what: str) -> None:
    if options.as_json():
        output.document(_peer(name))
        return
    output.talk(f"{name} is {what}")
    output.talk(f"next: {output.line_for(settings.source, 'serve')}")


def _peer(name: str) -> Mapping[str, Any]:
    if (peer := _find(name)) is not None:
        return peer
    raise NotFoundError("there is no such peer", hint="gateway peers list")


def _find(name: str) -> Mapping[str, Any] | None:
    from gateway import node

    return next((peer for peer in node.list_peers(_settings()) if peer["node"] == name), None)


def _card_file(name: str) -> bytes:
    from gateway.envelope import limits

    try:
        with Path(name).open("rb") as file:
            # One byte more than allowed is enough for the reader of cards to refuse it.
            return file.read(limits.CARD + 1)
    except FileNotFoundError:
        raise NotFoundError(f"there is no file {name}") from None
    except OSError as error:
        raise LocalError(f"cannot read {name}: {error.strerror}") from None


def _settings() -> "Config":
    from gateway import config

    return config.load(options.config_path())
