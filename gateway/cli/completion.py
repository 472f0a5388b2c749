"""`gateway completion`: the script that lets a shell complete commands, options and values.

The script is static, so that a press of Tab starts no program; only ids, references and peers are
asked of the node, which has half a second to answer.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.tree import Kind
from gateway.errors import GatewayError

# Nobody waits longer for a press of Tab; a node that is busy or down completes nothing.
_PATIENCE: Final = 0.5

# More candidates than this are no help at a terminal.
_CANDIDATES: Final = 100

_INSTALL: Final[dict[str, str]] = {
    "bash": "~/.local/share/bash-completion/completions/gateway",
    "zsh": "~/.zfunc/_gateway",
    "fish": "~/.config/fish/completions/gateway.fish",
}


@click.group(epilog=f"Example: gateway completion bash > {_INSTALL['bash']}")
def command() -> None:
    """Print a completion script for a shell: bash, zsh or fish.

    The script belongs to this version of the program; print it anew after an upgrade.
    """


def _shell(name: str, where: str) -> None:
    text = (
        f"Print the completion script for {name}.\n\n"
        f"Write it to {_INSTALL[name]}{where}. It needs no running node; ids, references and "
        "peers are offered where the node of --config, or of this folder, answers at once."
    )

    @command.command(
        name, help=text, epilog=f"Example: gateway completion {name} > {_INSTALL[name]}"
    )
    @options.json_option
    def print_script() -> None:
        script = script_for(name)
        if options.as_json():
            output.document({"shell": name, "script": script})
        else:
            click.echo(script, nl=False)


_shell("bash", ", which the package bash-completion reads, or source it in ~/.bashrc")
_shell("zsh", " and put `fpath=(~/.zfunc $fpath)` before `compinit` in ~/.zshrc")
_shell("fish", ", where fish finds it by itself")


@command.command("words", hidden=True, epilog="Example: gateway completion words id")
@click.argument("kind", metavar="KIND", type=click.Choice([str(Kind.ID), str(Kind.NODE)]))
@options.json_option
def words(kind: str) -> None:
    """Print what the node offers for a value, a line each: the word, a tab, what it is."""
    ask = {Kind.ID: _ids, Kind.NODE: _nodes}[Kind(kind)]
    try:
        found = list(ask(options.config_path()))
    except (GatewayError, OSError):
        # In the middle of a line there is no place for an error.
        found = []
    offered = dict(found[:_CANDIDATES])
    if options.as_json():
        output.document({"items": [{"word": w, "meaning": m} for w, m in offered.items()]})
        return
    for word, meaning in offered.items():
        output.data(f"{output.inline(word)}\t{output.inline(meaning)}")


def script_for(shell: str) -> str:
    """Return the completion script for a shell of the table."""
    from gateway.catalogue.types import TYPES
    from gateway.cli import completion_bash, completion_fish, completion_zsh, tree

    writers: dict[str, Callable[[tree.Command, list[str]], str]] = {
        "bash": completion_bash.script,
        "zsh": completion_zsh.script,
        "fish": completion_fish.script,
    }
    return writers[shell](tree.program(), sorted(TYPES))


def _ids(config: Path) -> Iterator[tuple[str, str]]:
    for view in _items(config, "threads"):
        if view.get("reference"):
            yield str(view["reference"]), f"{view.get('kind')} with {view.get('peer')}"
    for view in _items(config, "messages"):
        if view.get("short"):
            way = "to" if view.get("direction") == "out" else "from"
            yield str(view["short"]), f"{view.get('type')} {way} {view.get('peer')}"


def _nodes(config: Path) -> Iterator[tuple[str, str]]:
    from gateway.cli.socket_client import NodeClient

    status = NodeClient.of(config).get("status", patience=_PATIENCE)
    for peer in status.get("peers", []):
        yield str(peer.get("node")), "peer"


def _items(config: Path, path: str) -> list[dict[str, Any]]:
    from gateway.cli.socket_client import NodeClient

    page = NodeClient.of(config).get(path, limit=_CANDIDATES // 2, patience=_PATIENCE)
    items = page.get("items")
    return items if isinstance(items, list) else []
