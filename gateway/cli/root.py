"""The program `gateway`: its commands, the options before them, and the one place it ends.

Commands are loaded when they are called; the table below also carries the line the overview
shows, so that `gateway --help` imports none of them.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from gateway.cli import failure
from gateway.cli.options import CONFIG_GIVEN_KEY, CONFIG_KEY, JSON_KEY, is_given
from gateway.errors import ExitCode

# Every command lives in `gateway.cli.<name>` under the attribute `command`. Who uses it most
# decides its section.
SECTIONS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "For officers": {
            "inbox": "List what came in, newest first.",
            "show": "Show a message; the first look at a received one hands it over.",
            "accept": "Accept a received message: its sender knows it is being worked on.",
            "decline": "Decline a received message, with a reason.",
            "reply": "Answer a message, remind, ask back, correct or withdraw one.",
            "send": "Fill in a message, look at it, then sign, seal and queue it.",
            "draft": "List, show and delete the messages you have begun.",
            "outbox": "List what we sent and how far it got.",
            "cancel": "Take back a message that has not left.",
            "retry": "Try a message now, or say once more what never arrived.",
            "thread": "List matters, or tell one from its beginning and who must act next.",
            "duties": "List what is owed by whom and by when, or report how it was done.",
            "search": "List the messages that hold some words.",
            "assign": "Note who handles a matter here.",
            "note": "Keep an internal note about a matter.",
            "print": "Write a message or a matter as a page for the paper file.",
            "disclose": "Pass content on to others, or see who was given what.",
            "register": "Look at, compare, export and import the registers of both sides.",
            "types": "List the message types, or explain one.",
            "codes": "List the code lists, or the codes of one with their days of use.",
            "consent": "Ask for consent to pass content on, give it, list and revoke it.",
            "mark": "Mark a message of ours anew, more closely or less.",
            "parties": "List the organisations, and show on whose side each stands.",
        },
        "For operators": {
            "init": "Make the folder of a new node: config, keys, database.",
            "serve": "Run the node in the foreground.",
            "status": "Show how the running node is doing.",
            "doctor": "Check everything a node needs and say how to mend it.",
            "alarms": "List what needs a person, and note that you have looked.",
            "consumers": "List the systems that take what comes in, and mend what is stuck.",
            "publications": "List what is to be made public, and what is.",
            "publish": "Make public what a message has made public, or keep it closed.",
            "hold": "Keep a queued message back.",
            "release": "Let a held message go on.",
            "ping": "Ask a peer for a sign of life.",
            "keys": "Look at, renew and revoke this node's keys.",
            "peers": "Add, list, enable and disable the other nodes.",
            "config": "Check or show the configuration, and where each setting comes from.",
            "db": "Look at, check, back up and restore the database.",
        },
        "For integrators": {
            "template": "Print an example body to start from.",
            "relay": "Join standard input and output to the node's control socket.",
        },
        "For everybody": {
            "demo": "Run two nodes on this machine and play what they are for.",
            "completion": "Print the script that lets a shell complete commands.",
        },
    }
)

# Where the module has another name than the command.
_MODULES: Final[Mapping[str, str]] = MappingProxyType({"print": "print_page"})


class LazyGroup(click.Group):
    """A group that imports a command only when somebody calls it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse a second `--config`: of two nodes, the wrong one could speak."""
        if len(_configs(args)) > 1:
            raise click.UsageError("--config stands twice; a command is for one node", ctx)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return every command in the order of the overview."""
        return [name for commands in SECTIONS.values() for name in commands]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name; only names of the table reach the import."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"gateway.cli.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that was typed; for a slip, name the nearest one."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not name.startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else "; gateway --help lists them"
            ctx.fail(f"there is no command {name!r}{meant}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the overview in sections, from the table alone."""
        for title, commands in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(list(commands.items()))


def _show_version(ctx: click.Context, _parameter: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib import metadata

    try:
        version = metadata.version("moc-gateway")
    except metadata.PackageNotFoundError:
        version = "(a checkout that is not installed)"
    click.echo(f"gateway {version}")
    ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: gateway --config jp/config.toml inbox --json",
)
@click.option(
    "--config",
    "config_path",
    metavar="FILE",
    envvar="GATEWAY_CONFIG",
    default="config.toml",
    show_default=True,
    show_envvar=True,
    type=click.Path(path_type=Path),
    help="The node's config.toml; its keys and data lie beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print data and errors as JSON.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Print the version.",
)
@click.pass_context
def cli(ctx: click.Context, config_path: Path, as_json: bool) -> None:
    """Exchange signed and sealed messages with the contact points of other countries."""
    ctx.meta[CONFIG_KEY] = config_path
    ctx.meta[CONFIG_GIVEN_KEY] = is_given("config_path")
    ctx.meta[JSON_KEY] = as_json


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; every error is told here and only here."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # A terminal without UTF-8 shows escapes instead of ending the command half-way.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = cli.main(args=given, prog_name="gateway", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - the outermost end: a traceback could carry a body
        config = next((Path(name).absolute() for name in _configs(given)), None)
        return failure.report(error, as_json=_wants_json(given), config=config)
    return code if isinstance(code, int) else ExitCode.DONE


def _configs(arguments: Sequence[str]) -> list[str]:
    """Return every `--config` before the command, also where the line could not be parsed."""
    found = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name == "--config":
            found.append(value if equals else next(words, ""))
        elif not word.startswith("-") or word == "--":
            break
    return found


def _wants_json(arguments: Sequence[str]) -> bool:
    """Tell whether errors go out as JSON, also where the line could not be parsed at all."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in options
