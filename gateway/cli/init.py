"""`gateway init`: the folder of a new node."""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from gateway.cli import memoranda, new_node, options, output, passphrases
from gateway.errors import InvalidError, Problem

_ADDRESS: Final = "must be https://host:port in small letters, without a path"
_NAME_LENGTH: Final = 200
_SECOND_PEER: Final = "docs/how-to/add-a-second-peer.md"


@click.command(
    epilog='Example: gateway init --node jp/isa --name "Immigration Services Agency" '
    "--address https://gateway.example.jp:8470 --environment test --folder jp"
)
@click.option("--node", metavar="NODE", required=True, help="Country and office, such as jp/isa.")
@click.option("--name", metavar="TEXT", required=True, help="The office's name in English.")
@click.option("--name-ja", metavar="TEXT", help="The same in Japanese.")
@click.option("--name-km", metavar="TEXT", help="The same in Khmer.")
@click.option(
    "--address", metavar="URL", required=True, help="Where peers reach it: https://host:port."
)
@click.option(
    "--environment",
    type=click.Choice(("production", "test")),
    required=True,
    help="Whether what it exchanges counts; the two never mix.",
)
@click.option(
    "--organisation",
    "organisations",
    metavar="ID",
    multiple=True,
    help="A body it speaks for (may be repeated); the node's own name if not given.",
)
@click.option(
    "--listen",
    metavar="IP:PORT",
    help="Where it listens. If not given: at the IP in --address, or at every interface where that "
    "has the name of a host.",
)
@click.option(
    "--admin", metavar="IP:PORT", default="127.0.0.1:8471", show_default=True, help="Health port."
)
@click.option(
    "--folder", type=click.Path(path_type=Path), required=True, help="The new folder to make."
)
@click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="Holds the passphrase that starts the node; asked for if not given.",
)
@click.option(
    "--identity-passphrase-file",
    type=click.Path(path_type=Path),
    help="Holds the passphrase of the identity, another one; asked for if not given.",
)
@options.json_option
def command(
    passphrase_file: Path | None, identity_passphrase_file: Path | None, **given: Any
) -> None:
    """Make the folder of a new node: configuration, keys, card and database.

    A folder that holds anything is left as it is (exit 6). The passphrases come from files of
    mode 0600 or from a prompt, never from the command line.

    With the name of a host in --address the node listens on all interfaces, unless --listen says
    otherwise.
    """
    if problems := tuple(_faults(given)):
        raise InvalidError("the node cannot be made; nothing was", problems=problems)
    folder = given["folder"].absolute()
    plan = new_node.Plan(
        node=given["node"],
        environment=given["environment"],
        names=_names(given),
        organisations=given["organisations"] or (given["node"],),
        address=given["address"],
        listen=given["listen"] or _listen_for(given["address"]),
        admin=given["admin"],
        passphrase_file=str(passphrase_file.absolute()) if passphrase_file else None,
        passphrase=passphrases.chosen(
            passphrase_file, "Passphrase that starts the node", "--passphrase-file"
        ),
        identity_passphrase=passphrases.chosen(
            identity_passphrase_file,
            "Passphrase of the identity (another one)",
            "--identity-passphrase-file",
        ),
    )
    created = new_node.make(folder, plan)
    _tell(folder, plan, created.fingerprint)


def _tell(folder: Path, plan: new_node.Plan, fingerprint: str) -> None:
    config = folder / "config.toml"
    card = folder / "keys" / "card.json"
    if options.as_json():
        output.document(
            {
                "node": plan.node,
                "config": str(config),
                "card": str(card),
                "fingerprint": fingerprint,
            }
        )
        return
    output.talk(f"made {plan.node} in {folder}; the fingerprint of its identity:")
    output.data(fingerprint)
    output.talk(f"next: give {card} to the peer and read the fingerprint out by telephone")
    output.talk(f"      {output.line_for(config, 'peers', 'add', 'CARD-OF-THE-PEER')}")
    output.talk(f"      {output.line_for(config, 'serve')}")
    if others := memoranda.others_for(plan.node):
        output.talk(f"for peers under {', '.join(others)}: see {_SECOND_PEER}")


def _names(given: dict[str, Any]) -> dict[str, str]:
    names = {"en": given["name"], "ja": given["name_ja"], "km": given["name_km"]}
    return {language: name for language, name in names.items() if name is not None}


def _faults(given: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what the configuration and the card would refuse, each by its option."""
    from gateway import resources
    from gateway.catalogue import is_node
    from gateway.config import Address
    from gateway.envelope.card import ADDRESS

    allowed = json.loads(resources.schema_file("config.schema.json"))["properties"]
    if not is_node(given["node"]):
        yield Problem("--node", f"must be {allowed['node']['properties']['name']['description']}")
    for name in ("name", "name_ja", "name_km"):
        if given[name] is not None and not 0 < len(given[name]) <= _NAME_LENGTH:
            option = f"--{name.replace('_', '-')}"
            yield Problem(option, f"must be a text of 1 to {_NAME_LENGTH} characters")
    for name, table in (("listen", "peer_port"), ("admin", "admin")):
        try:
            if given[name] is not None:
                Address.parse(given[name])
        except ValueError:
            form = allowed[table]["properties"]["listen"]["description"]
            yield Problem(f"--{name}", f"must be {form}")
    try:
        listen = _listen_for(given["address"])
    except ValueError:
        listen = ""
    if not listen or not ADDRESS.fullmatch(given["address"]):
        yield Problem("--address", _ADDRESS)


def _listen_for(address: str) -> str:
    """Return where to listen so that `address` leads here: that very IP, or every one for a name.

    Raises:
        ValueError: The address has no host or no port from 1 to 65535.
    """
    parts = urlsplit(address)
    host, port = parts.hostname, parts.port
    if not host or not port:
        raise ValueError("no host or no port")
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return f"0.0.0.0:{port}"
    return f"[{literal}]:{port}" if literal.version == 6 else f"{literal}:{port}"
