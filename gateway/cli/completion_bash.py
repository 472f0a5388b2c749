"""The completion script for bash: tables of the commands, and one function that walks the line."""

import shlex
from collections.abc import Iterator, Sequence

from gateway.cli.tree import Argument, Command, Kind, Option

_FUNCTION = r"""
# Ask the node; $1 is the kind. Whatever goes wrong, nothing is offered.
_gateway_ask() {
    local word
    while IFS=$'\t' read -r word _; do
        [[ $word == "$_gateway_current"* ]] && COMPREPLY+=("$word")
    done < <("${_gateway_program/#\~\//$HOME/}" "${_gateway_config[@]}" completion words "$1" \
        2>/dev/null </dev/null)
}

# Offer what fits a value: $1 is its kind, and the rest are the words of a choice.
_gateway_value() {
    local kind=$1
    shift
    case $kind in
        choice) mapfile -t COMPREPLY < <(compgen -W "$*" -- "$_gateway_current") ;;
        type) mapfile -t COMPREPLY < <(compgen -W "$_gateway_types" -- "$_gateway_current") ;;
        file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$_gateway_current") ;;
        folder) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$_gateway_current") ;;
        id | node) _gateway_ask "$kind" ;;
    esac
}

_gateway() {
    local _gateway_current=${COMP_WORDS[COMP_CWORD]} _gateway_program=${COMP_WORDS[0]}
    local -a _gateway_config=()
    local path="" pending="" options_end="" word reply i place=0
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $word == "=" ]]; then
            continue # bash parts --option=value at the sign
        elif [[ -n $pending ]]; then
            [[ $pending == "/--config" ]] && _gateway_config=(--config "${word/#\~\//$HOME/}")
            pending=""
        elif [[ -z $options_end && $word == "--" ]]; then
            options_end=yes
        elif [[ -z $options_end && $word == -?* ]]; then
            _gateway_of_option "$path/$word"
            [[ -n $reply ]] && pending="$path/$word"
        elif _gateway_is_command "$path/$word"; then
            path="$path/$word"
            place=0
        else
            place=$((place + 1))
        fi
    done
    [[ $_gateway_current == "=" ]] && _gateway_current=""
    if [[ -n $pending ]]; then
        _gateway_of_option "$pending"
        # shellcheck disable=SC2086 # the words of a choice have no spaces
        _gateway_value $reply
    elif [[ -z $options_end && $_gateway_current == -* ]]; then
        _gateway_options "$path"
        mapfile -t COMPREPLY < <(compgen -W "$reply" -- "$_gateway_current")
    else
        _gateway_of_argument "$path" "$place"
        # shellcheck disable=SC2086
        _gateway_value $reply
    fi
}
complete -F _gateway gateway
"""


def script(program: Command, types: Sequence[str]) -> str:
    """Return the script; `types` are the message types."""
    commands = [each for each in program.walk() if not each.commands]
    groups = [each for each in program.walk() if each.commands]
    lines = ["# bash completion for gateway; made by `gateway completion bash`.", ""]
    lines += [f"_gateway_types={shlex.quote(' '.join(types))}", ""]
    lines += ["_gateway_is_command() {", "    case $1 in"]
    known = [_key(each.path) for each in program.walk() if each.path]
    lines += [f"        {' | '.join(known)}) return 0 ;;", "    esac", "    return 1", "}", ""]
    lines += ["_gateway_options() {", "    case $1 in"]
    for each in program.walk():
        names = " ".join(name for option in each.options for name in option.names)
        lines.append(f'        "{_key(each.path)}") reply={shlex.quote(names)} ;;')
    lines += ["    esac", "}", ""]
    lines += ["# What an option takes: a kind of value, or nothing at all.", ""]
    lines += ["_gateway_of_option() {", '    reply=""', "    case $1 in"]
    lines += [line for each in program.walk() for line in _option_rows(each)]
    lines += ["    esac", "}", ""]
    lines += ["# What stands at a place of a command, counted from 0.", ""]
    lines += ["_gateway_of_argument() {", '    reply=""', "    case $1:$2 in"]
    for each in groups:
        below = " ".join(inner.path[-1] for inner in each.commands)
        lines.append(f'        "{_key(each.path)}:0") reply={shlex.quote(f"choice {below}")} ;;')
    lines += [line for each in commands for line in _argument_rows(each)]
    lines += ["    esac", "}"]
    return "\n".join(lines) + "\n" + _FUNCTION


def _key(path: Sequence[str]) -> str:
    return "".join(f"/{word}" for word in path)


def _option_rows(command: Command) -> Iterator[str]:
    for option in command.options:
        if option.word:
            patterns = " | ".join(f'"{_key(command.path)}/{name}"' for name in option.names)
            yield f"        {patterns}) reply={shlex.quote(_reply(option))} ;;"


def _argument_rows(command: Command) -> Iterator[str]:
    for place, argument in enumerate(command.arguments):
        at = "*" if argument.is_many else str(place)
        if argument.kind is not Kind.NOTHING:
            yield f'        "{_key(command.path)}:"{at}) reply={shlex.quote(_reply(argument))} ;;'


def _reply(value: Option | Argument) -> str:
    return " ".join([value.kind, *value.choices])
