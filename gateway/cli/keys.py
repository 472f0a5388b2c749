"""`gateway keys`: what this node signs and opens with; no passphrase is needed to look."""

import dataclasses
import sys
import time
from typing import TYPE_CHECKING

import click

from gateway.cli import options, output

if TYPE_CHECKING:
    from gateway.config import Config


@click.group(epilog="Example: gateway --config jp/config.toml keys list")
def command() -> None:
    """Look at this node's keys and card."""


@command.command("list", epilog="Example: gateway --config jp/config.toml keys list")
@options.json_option
def list_keys() -> None:
    """List every key with its use and for how long it holds."""
    from gateway import keyring

    found = keyring.describe(_settings().paths.keys, now=time.time())
    if options.as_json():
        output.document({"items": [dataclasses.asdict(each) for each in found], "next": None})
        return
    from gateway.cli import tables

    tables.draw(
        ("FILE", "USE", "KEY IDS", "CREATED", "EXPIRES", "DAYS LEFT", "ON CARD"),
        (
            (
                each.file,
                each.use,
                ", ".join(kid[:12] for kid in each.kids),
                each.created,
                each.expires,
                each.days_left,
                "yes" if each.is_on_card else "no",
            )
            for each in found
        ),
    )


@command.command(epilog="Example: gateway keys card > isa-card.json")
@options.json_option
def card() -> None:
    """Print this node's signed card, exactly as peers must get it.

    With --json: what the card says, in clear.
    """
    from gateway import private_files
    from gateway.cli.cards import view
    from gateway.envelope import read_card

    raw = private_files.read(_settings().paths.keys / "card.json")
    known = read_card(raw)
    if options.as_json():
        output.document(view(known))
    else:
        # The bytes are signed: not even a line end may be added.
        sys.stdout.buffer.write(raw)


@command.command(epilog="Example: gateway keys fingerprint")
@options.json_option
def fingerprint() -> None:
    """Print the fingerprint of this node's identity, to be read out by telephone."""
    from gateway import private_files
    from gateway.envelope import fingerprint as digits_of
    from gateway.envelope import read_card

    known = read_card(private_files.read(_settings().paths.keys / "card.json"))
    text = digits_of(known.identity)
    if options.as_json():
        output.document({"node": known.node, "fingerprint": text})
    else:
        output.data(text)


def _settings() -> "Config":
    from gateway import config

    return config.load(options.config_path())
