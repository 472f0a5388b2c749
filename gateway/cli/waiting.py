"""`--wait`: stay until the other side has come as far as asked, and tell each step on the way."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import click

from gateway.cli import options, output, times_shown
from gateway.cli.socket_client import NodeClient

LEVELS: Final = ("received", "handed-over", "accepted", "answered")

# The node ends the wait itself; the socket only has to outlive its answer.
_GRACE: Final = 10.0


def wait_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--wait` and `--timeout`."""
    level = click.option(
        "--wait",
        "level",
        type=click.Choice(LEVELS),
        help="Stay until the other side has come this far.",
    )
    timeout = click.option(
        "--timeout",
        type=click.FloatRange(0.1, 86_400),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help="How long --wait stays at most (exit 9).",
    )
    return level(timeout(function))


def wait(client: NodeClient, message: str, level: str, timeout: float) -> dict[str, Any]:
    """Return the view of the message once it has reached `level`.

    Raises:
        AnsweredError: Time is up (exit 9), or the other side refused, declined or let it expire
            (exit 11). The message itself stays as it is.
    """
    if not options.as_json():
        output.talk(f"waiting up to {timeout:g} s until it is {level} ...")
    view = client.get(
        "messages", message, "wait", level=level, timeout=f"{timeout:g}", patience=timeout + _GRACE
    )
    if not options.as_json():
        for name, time in reached(view):
            output.talk(f"  {name:<12} {times_shown.shown(time)}")
    return view


def reached(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the levels a message has reached with their times, in the order they came."""
    levels = view.get("levels") or {}
    return sorted(
        ((name, str(time)) for name, time in levels.items() if time), key=lambda item: item[1]
    )
