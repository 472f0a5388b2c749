"""`gateway keys`: what this node signs and opens with, and how it is renewed, revoked, destroyed.

To look needs no passphrase. The commands that change keys stand in modules of their own.
"""

import dataclasses
import sys
import time
from typing import TYPE_CHECKING, Final

import click

from gateway.cli import keys_changing, keys_officers, keys_running, options, output
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.keyring import KeyDescription

# What people see for each standing of a key, in one place for whoever translates it.
_STANDINGS: Final = {
    "current": "in use",
    "overlap": "older, still counts",
    "waiting": "to come",
    "revoked": "revoked",
    "ended": "over",
    "not-on-card": "not on the card",
    "private": "never on a card",
}
_SHOWN: Final = "shown to peers"
_SHORT_KID: Final = 12


@click.group(epilog="Example: gateway --config jp/config.toml keys list")
def command() -> None:
    """Look at this node's keys and card; renew, revoke and destroy keys.

    Commands that change keys run under the account that owns them, whether the node runs or not; a
    running node takes the change up at once.
    """


for _each in (*keys_changing.COMMANDS, *keys_running.COMMANDS, *keys_officers.COMMANDS):
    command.add_command(_each)


@command.command("list", epilog="Example: gateway --config jp/config.toml keys list")
@options.json_option
def list_keys() -> None:
    """List every key with its use, for how long it holds, and how it stands with peers."""
    from gateway import keyring
    from gateway.node import key_acts

    settings = _settings()
    try:
        shown = key_acts.presented(settings)
    except GatewayError:
        # Which certificate is shown stands in the database; the keys can be listed without.
        shown = None
    found = keyring.describe(settings.paths.keys, now=time.time(), presented=shown)
    if options.as_json():
        output.document({"items": [dataclasses.asdict(each) for each in found], "next": None})
        return
    from gateway.cli import tables

    tables.draw(
        ("FILE", "USE", "KEY IDS", "CREATED", "EXPIRES", "DAYS LEFT", "STANDING"),
        (
            (
                each.file,
                each.use,
                ", ".join(kid.removeprefix("sha-256:")[:_SHORT_KID] for kid in each.kids),
                each.created,
                each.expires,
                each.days_left,
                _standing(each),
            )
            for each in found
        ),
    )


def _standing(key: "KeyDescription") -> str:
    text = _STANDINGS[key.standing]
    if key.revoked_at is not None:
        text += f" at {key.revoked_at}"
    return f"{text}, {_SHOWN}" if key.presented else text


@command.command(epilog="Example: gateway keys card > isa-card.json")
@options.json_option
def card() -> None:
    """Print this node's signed card, exactly as peers must get it.

    With --json: what the card says, in clear.
    """
    from gateway.cli.cards import view
    from gateway.envelope import read_card
    from gateway.keyring import read_own_card

    raw = read_own_card(_settings().paths.keys)
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
    from gateway.envelope import fingerprint as digits_of
    from gateway.envelope import read_card
    from gateway.keyring import read_own_card

    known = read_card(read_own_card(_settings().paths.keys))
    text = digits_of(known.identity)
    if options.as_json():
        output.document({"node": known.node, "fingerprint": text})
    else:
        output.data(text)


def _settings() -> "Config":
    from gateway import config

    return config.load(options.config_path())
