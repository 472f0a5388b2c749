"""Every way by which content could leave the program, found in the program itself.

Routes come from the routers, commands from click's own tree, metrics, events and log fields from
the tables that serve them. What opens content, writes a file or starts a process is found in the
source.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import click

from gateway import log
from gateway.cli.root import cli
from gateway.desk import events
from gateway.http import health, wire
from gateway.http.routes import ROUTES
from gateway.node.metrics import METRICS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "gateway"

# What gives clear content to whoever calls it: by its last word, or by the word before it too where
# the last one alone means something else elsewhere.
OPENERS = frozenset(
    {
        "content_of", "read_content", "read_for", "permitted_content", "unsealed", "body_of",
        "opened_views", "unveiled",
        "registers.opened", "sealer.open", "publications.reason_of", "drafts.get",
        "notes.of_thread",
    }
)  # fmt: skip
WRITERS = frozenset(
    {
        "write_text", "write_bytes", "copyfile", "copyfileobj", "mkstemp", "NamedTemporaryFile",
        "private_files.write_new", "private_files.write_directory", "new_file.place", "os.O_CREAT",
    }
)  # fmt: skip
_OPENING = frozenset({"open", "fdopen"})
_MODES = frozenset({"w", "wb", "a", "ab", "x", "xb", "r+b"})
PROCESSES = frozenset(
    {
        "subprocess.Popen", "create_subprocess_exec", "create_subprocess_shell", "execv",
        "execve", "execvp",
        "subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output",
        "os.system", "pty.spawn",
    }
)  # fmt: skip
# Rules over values that their callers hold; what they are called says nothing about the store.
_PURE = ("gateway.catalogue.", "gateway.envelope.", "gateway.policy.")


def routes() -> set[str]:
    """Return the routes of the local API."""
    return {f"{route.method} {route.path}" for route in ROUTES}


def commands() -> set[str]:
    """Return every command that does something, by its words after `gateway`."""
    return set(_commands(cli, click.Context(cli), ()))


def _commands(group: click.Group, ctx: click.Context, path: tuple[str, ...]) -> Iterator[str]:
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        words = (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, click.Context(command, parent=ctx), words)
        if not isinstance(command, click.Group) or command.invoke_without_command:
            yield " ".join(words)


def ports() -> set[str]:
    """Return what the other two ports serve: to peers, and to monitoring."""
    peers = {f"peer {each}" for each in (wire.ENVELOPES, wire.CARD)}
    return peers | {f"admin {path}" for path in health._ROUTES}


def served_to_peers() -> set[str]:
    """Return the paths, by their names, that the peer port compares a request with."""
    source = (PACKAGE / "http" / "peer_server.py").read_text(encoding="utf-8")
    return {
        ast.unparse(key)
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "requests.route"
        for argument in call.args
        if isinstance(argument, ast.Dict)
        for key in argument.keys
        if key is not None
    }


def event_members() -> set[str]:
    """Return what the event stream tells of an event."""
    return set(events._MEMBERS)


def log_fields() -> set[str]:
    """Return the fields a log line can have beside its time, level and event."""
    return set(log._FIELDS)


def metric_labels() -> set[str]:
    """Return the labels these have."""
    return {label for each in METRICS.values() for label in each.labels}


def openers() -> set[str]:
    """Return every function that has content in clear in its hands."""
    return set(_functions(_opens))


def writers() -> set[str]:
    """Return every function that makes a file."""
    return set(_functions(_writes))


def processes() -> set[str]:
    """Return every function that starts another program."""
    return set(_functions(_starts))


def calls_of(function: str) -> set[str]:
    """Return the names that a function of the package calls; its place is `module:Class.name`."""
    module, _, name = function.partition(":")
    path = ROOT / Path(*module.split(".")).with_suffix(".py")
    for place, node in _named(ast.parse(path.read_text(encoding="utf-8")), ""):
        if place == name:
            calls = (each for each in ast.walk(node) if isinstance(each, ast.Call))
            return {ast.unparse(each.func).rpartition(".")[2] for each in calls}
    raise LookupError(f"{function} is not there any more")


def _functions(does: Callable[[ast.AST], bool]) -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        if does is _opens and module.startswith(_PURE):
            continue
        tree_ = ast.parse(path.read_text(encoding="utf-8"))
        inside: set[ast.AST] = set()
        for name, node in _named(tree_, ""):
            inside |= set(ast.walk(node))
            if any(does(each) for each in ast.walk(node)):
                yield f"{module}:{name}"
        if any(does(each) for each in ast.walk(tree_) if each not in inside):
            yield f"{module}:"


def _named(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield functions and methods with their names; what stands inside a function is part of it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        elif isinstance(child, ast.ClassDef):
            yield from _named(child, f"{prefix}{child.name}.")
        else:
            yield from _named(child, prefix)


def _opens(node: ast.AST) -> bool:
    """Tell whether something opens content: by a call, or handed on as a function (`partial`)."""
    return _is_one_of(node, OPENERS)


def _writes(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _OPENING:
        given = (each.value for each in node.args[:2] if isinstance(each, ast.Constant))
        return any(isinstance(each, str) and each in _MODES for each in given)
    return _is_one_of(node, WRITERS)


def _starts(node: ast.AST) -> bool:
    return _is_one_of(node, PROCESSES)


def _is_one_of(node: ast.AST, names: frozenset[str]) -> bool:
    if not isinstance(node, ast.Name | ast.Attribute):
        return False
    words = ast.unparse(node).split(".")
    return words[-1] in names or ".".join(words[-2:]) in names
