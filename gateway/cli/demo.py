"""`gateway demo`: two nodes on this machine, and what the memorandum has them tell each other."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, Final

import click

from gateway.cli import demo_folder, demo_officer, options, output
from gateway.cli.demo_episodes import EPISODES
from gateway.cli.demo_folder import Demo
from gateway.cli.demo_nodes import DemoNode, Running, ending
from gateway.cli.demo_play import Stage

# What shows what was played to have been kept: on both sides it is the same.
_BOOKS: Final = (
    ("register", "list", "sending-orgs"),
    ("duties",),
    ("duties", "report"),
    ("disclose", "list"),
)


@click.command(epilog="Example: gateway demo --once")
@click.option("--once", is_flag=True, help="End both nodes after the play.")
@click.option("--reset", is_flag=True, help="Start over: forget the keys and messages there are.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the demo lives; data/demo of the checkout if not given.",
)
@options.json_option
def command(once: bool, reset: bool, folder: Path | None) -> None:
    """Run jp/isa and kh/molvt on this machine and play what they are for.

    Both nodes have invented data and the environment `test`. Played are an inquiry, an organisation
    from its approval to its revocation, a disclosure with consent and without, exam fraud and a
    suspension; printed are the register, the duties and the ledger that come of it. Afterwards the
    nodes stay up and every other command works against them, until Ctrl-C; with --once they end at
    once. A second run resumes with the keys and messages of the first.
    """
    tell = (lambda _: None) if options.as_json() else output.data
    place = (folder or demo_folder.default_folder()).absolute()
    _leave_out_variables()
    if reset:
        demo_folder.reset(place)
    demo = demo_folder.open_or_make(place, tell)
    demo_officer.engage(demo, tell)
    running = Running()
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        _start(demo, running, tell)
        steps = _play(demo, tell)
        if options.as_json():
            output.document(_view(demo.japan, steps))
        else:
            _print_books(demo.japan)
        if not once:
            _stay(demo, running, tell)
    finally:
        if running.names:
            tell(f"ending {' and '.join(running.names)}")
        running.stop()


def _leave_out_variables() -> None:
    """Let no setting of the environment reach the two nodes: each would be the same for both."""
    from gateway import config

    for name in config.overriding(os.environ):
        output.talk(f"{name} is left out: the nodes of the demo have their own settings")
        del os.environ[name]


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _start(demo: Demo, running: Running, tell: Callable[[str], None]) -> None:
    started = time.monotonic()
    for node in demo.nodes:
        if node.is_up():
            tell(f"  {node.name:<9} is running already")
        else:
            running.start(node)
    running.wait_until_up()
    if running.names:
        tell(f"  {' and '.join(running.names)} started in {time.monotonic() - started:.1f} s")


def _play(demo: Demo, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    stage = Stage(demo.japan, demo.cambodia)
    for episode in EPISODES:
        tell("")
        tell(episode.title)
        for step in episode.play(stage):
            for line in step.lines():
                tell(line)
            steps.append(step.view() | {"episode": episode.title})
    return steps


def _view(node: DemoNode, steps: list[dict[str, Any]]) -> dict[str, Any]:
    client = node.client
    register = client.get("registers", "sending-orgs")
    return {"items": steps, "next": None, "register": register, "duties": client.get("duties")}


def _print_books(node: DemoNode) -> None:
    """Print what a node keeps of all that was played, by the commands that are named."""
    from gateway.cli.root import cli

    for words in _BOOKS:
        output.data(f"\n{output.line_for(node.config, *words)}")
        cli.main([*("--config", str(node.config)), *words], "gateway", standalone_mode=False)


def _stay(demo: Demo, running: Running, tell: Callable[[str], None]) -> None:
    japan, cambodia = demo.japan.config, demo.cambodia.config
    tell("")
    example = output.line_for(japan, "template", "inquiry.request")
    to = ("--to", demo.cambodia.name, "--yes")
    send = output.line_for(japan, "send", "inquiry.request", "-", *to)
    tell("Both nodes are up. Type next, in another terminal:")
    for line in (
        output.line_for(japan, "inbox"),
        output.line_for(cambodia, "inbox", "--unread"),
        output.line_for(cambodia, "duties", "--mine"),
        output.line_for(cambodia, "publications", "--waiting"),
        output.line_for(japan, "register", "list", "sending-orgs"),
        output.line_for(japan, "disclose", "list"),
        output.line_for(japan, "thread"),
        output.line_for(cambodia, "status"),
        f"{example} | {send}",
    ):
        tell(f"  {line}")
    if not running.names:
        tell(f"They were running before and go on{ending(demo.nodes)}.")
        return
    tell("Ctrl-C ends both nodes.")
    try:
        running.wait_for_end()
    except KeyboardInterrupt:
        tell("")
