"""The completion script for zsh: a function for each command, in the words of `_arguments`."""

import re
from collections.abc import Iterator, Sequence

from gateway.cli.tree import Argument, Command, Kind, Option

_FUNCTIONS = r"""
# Ask the node; whatever goes wrong, nothing is offered.
_gateway_ask() {
  local -a found pairs config
  local line
  (( ${+_gateway_config} )) && [[ -n $_gateway_config ]] && config=(--config ${(Q)~_gateway_config})
  found=(${(f)"$(${(Q)~_gateway_program} $config completion words $1 2>/dev/null </dev/null)"})
  for line in $found; do
    pairs+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  _describe -t $1 $1 pairs
}

_gateway_types_of() {
  compadd -a _gateway_types
}
"""

_START = r"""
_gateway() {
  local _gateway_program=$words[1] _gateway_config=
  _gateway__program
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _gateway "$@"
else
  compdef _gateway gateway
fi
"""


def script(program: Command, types: Sequence[str]) -> str:
    """Return the script; `types` are the message types."""
    lines = ["#compdef gateway", "# Made by `gateway completion zsh`.", ""]
    lines += [f"typeset -ga _gateway_types=({' '.join(types)})"]
    lines += _FUNCTIONS.splitlines()
    for each in program.walk():
        lines += ["", *_function(each)]
    return "\n".join(lines) + "\n" + _START


def _function(command: Command) -> Iterator[str]:
    yield f"{_name(command.path)}() {{"
    yield "  local context state state_descr line curcontext=$curcontext"
    yield "  typeset -A opt_args"
    specs = [spec for option in command.options for spec in _option(option)]
    if not command.commands:
        specs += [_argument(each) for each in command.arguments]
        yield _call("_arguments -s -S", specs)
        yield "}"
        return
    yield _call("_arguments -C -S", [*specs, _quoted("1: :->command"), _quoted("*:: :->rest")])
    if not command.path:
        yield "  [[ -n ${opt_args[--config]} ]] && _gateway_config=${opt_args[--config]}"
    yield "  case $state in"
    yield "    command)"
    yield "      local -a commands=("
    for inner in command.commands:
        yield f"        {_quoted(f'{inner.path[-1]}:{inner.line}')}"
    yield "      )"
    yield "      _describe -t commands command commands ;;"
    yield "    rest)"
    yield "      case $words[1] in"
    for inner in command.commands:
        yield f"        {inner.path[-1]}) {_name(inner.path)} ;;"
    yield "      esac ;;"
    yield "  esac"
    yield "}"


def _call(start: str, specs: Sequence[str]) -> str:
    return " \\\n    ".join([f"  {start}", *specs])


def _option(option: Option) -> Iterator[str]:
    """Yield the option under each of its names; one that was given is not offered again."""
    text = _escaped(option.help)
    value = f":{_escaped(option.word)}:{_action(option)}" if option.word else ""
    others = " ".join(option.names)
    for name in option.names:
        before = "*" if option.is_repeated else f"({others})"
        equals = "=" if option.word and name.startswith("--") else ""
        yield _quoted(f"{before}{name}{equals}[{text}]{value}")


def _argument(argument: Argument) -> str:
    start = "*" if argument.is_many else "" if argument.is_required else ":"
    return _quoted(f"{start}:{_escaped(argument.word)}:{_action(argument)}")


def _action(value: Option | Argument) -> str:
    match value.kind:
        case Kind.CHOICE:
            return f"({' '.join(value.choices)})"
        case Kind.TYPE:
            return "_gateway_types_of"
        case Kind.ID | Kind.NODE:
            # A space first: zsh adds words of its own to the call otherwise.
            return f" _gateway_ask {value.kind}"
        case Kind.FILE:
            return "_files"
        case Kind.FOLDER:
            return "_files -/"
    return " "


def _escaped(text: str) -> str:
    """Return a text in which nothing ends a part of a specification."""
    return re.sub(r"([\\:\[\]])", r"\\\1", text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _name(path: Sequence[str]) -> str:
    return "_gateway__" + ("_".join(path).replace("-", "_") or "program")
