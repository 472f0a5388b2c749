"""`gateway status`: how the running node is doing."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.socket_client import NodeClient
from gateway.errors import ExitCode

# As the node's own alarm; importing the rule would bring the store with it.
_CLOCKS_APART: Final = 60.0


@click.command(epilog="Example: gateway status --json")
@options.json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Show the node, its peers, what waits and what needs a person.

    Exit 0 when all is well, 10 when something waits or a peer is not reached, 1 when the store
    has failed.
    """
    view = NodeClient.of(options.config_path()).get("status")
    if options.as_json():
        output.document(view)
    else:
        _show(view)
    ctx.exit(grade(view))


def grade(view: Mapping[str, Any]) -> ExitCode:
    """Return the exit code that a status stands for."""
    if view.get("store") == "failed":
        return ExitCode.FAILURE
    if any(troubles(peer) for peer in view.get("peers") or ()):
        return ExitCode.WARNING
    return ExitCode.DONE


def troubles(peer: Mapping[str, Any]) -> list[str]:
    """Return what is not well with a peer, in words."""
    found = []
    if peer.get("failures"):
        last = peer.get("last_contact") or "never"
        found.append(f"not reached in {peer['failures']} tries, last contact {last}")
    found += [f"{peer[name]} {name}" for name in ("overdue", "held") if peer.get(name)]
    offset = peer.get("clock_offset") or 0
    if abs(offset) > _CLOCKS_APART:
        found.append(
            f"its clock is {abs(offset):g} s {'ahead of' if offset > 0 else 'behind'} ours"
        )
    if peer.get("card_waiting"):
        found.append("a newer card waits for an operator")
    return found


def lines(value: Mapping[str, Any], pad: str = "") -> Iterator[str]:
    """Yield a nested view as indented lines; what is empty says so."""
    for name, member in value.items():
        label = f"{pad}{str(name).replace('_', ' ')}"
        match member:
            case dict() if member:
                yield f"{label}:"
                yield from lines(member, pad + "  ")
            case list() if member:
                yield f"{label}: {', '.join(map(output.inline, member))}"
            case None | {} | []:
                yield f"{label}: none"
            case bool():
                yield f"{label}: {'yes' if member else 'no'}"
            case _:
                yield f"{label}: {output.inline(member)}"


def _tell_waiting(view: Mapping[str, Any]) -> None:
    """Say which commands list what waits for a person."""
    if (view.get("publications") or {}).get("waiting"):
        output.talk(f"to be made public: {options.line('publications', '--waiting')}")
    if (view.get("registers") or {}).get("waiting"):
        output.talk(f"to be let into a register: {options.line('register', 'list', '--waiting')}")


def _show(view: Mapping[str, Any]) -> None:
    from gateway.cli import tables

    plain = {name: value for name, value in view.items() if name not in ("peers", "alarms")}
    output.data("\n".join(lines(plain)))
    _tell_waiting(view)
    output.data("")
    if view.get("peers"):
        tables.draw(
            ("PEER", "STATE", "CARD", "VERSION", "WAITING", "SINCE", "LAST CONTACT", "TROUBLE"),
            (
                (
                    peer.get("node"),
                    "enabled" if peer.get("enabled") else "disabled",
                    peer.get("card_serial"),
                    peer.get("version"),
                    peer.get("waiting"),
                    peer.get("oldest"),
                    peer.get("last_contact"),
                    "; ".join(troubles(peer)),
                )
                for peer in view["peers"]
            ),
        )
    else:
        output.data(f"no peers yet; add one with {options.line('peers', 'add', 'CARD')}")
    output.data("")
    if view.get("alarms"):
        tables.draw(
            ("ALARM", "PEER", "ABOUT", "TIMES", "FIRST", "LAST"),
            (
                [alarm.get(name) for name in ("kind", "peer", "subject", "count", "at", "last")]
                for alarm in view["alarms"]
            ),
        )
    else:
        output.data("no alarms")
