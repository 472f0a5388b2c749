"""The completion script for fish: a line for each option and value, and where it fits."""

from collections.abc import Iterator, Sequence

from gateway.cli.tree import Command, Kind, Option

_FUNCTIONS = r"""
# Print the command of the line as /words, and after it how many values stand behind it.
function __gateway_place
    set -l path ""
    set -l place 0
    set -l pending ""
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test -n "$pending"
            set pending ""
        else if contains -- "$path/$word" $__gateway_takes_value
            set pending yes
        else if string match -q -- "-*" $word
            continue
        else if contains -- "$path/$word" $__gateway_commands
            set path "$path/$word"
            set place 0
        else
            set place (math $place + 1)
        end
    end
    echo "$path:$place"
end

function __gateway_in
    string match -q -- "$argv[1]:*" (__gateway_place)
end

function __gateway_at
    string match -q -- "$argv[1]" (__gateway_place)
end

# Ask the node; whatever goes wrong, nothing is offered.
function __gateway_ask
    set -l words (commandline -opc)
    set -l config
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    if set -l at (contains -i -- --config $words); and set -q words[(math $at + 1)]
        set config --config (string replace -r '^~/' "$HOME/" -- $words[(math $at + 1)])
    end
    for word in $words
        if string match -q -- "--config=*" $word
            set config --config (string replace -r '^--config=(?:~(?=/))?' "" -- $word)
        end
    end
    $program $config completion words $argv[1] 2>/dev/null </dev/null
end
"""


def script(program: Command, types: Sequence[str]) -> str:
    """Return the script; `types` are the message types."""
    commands = [_key(each.path) for each in program.walk() if each.path]
    takes_value = [
        f"{_key(each.path)}/{name}"
        for each in program.walk()
        for option in each.options
        if option.word
        for name in option.names
    ]
    lines = ["# fish completion for gateway; made by `gateway completion fish`.", ""]
    lines += [f"set -g __gateway_commands {' '.join(map(_quoted, commands))}"]
    lines += [f"set -g __gateway_takes_value {' '.join(map(_quoted, takes_value))}"]
    lines += [f"set -g __gateway_types {' '.join(map(_quoted, types))}"]
    lines += [*_FUNCTIONS.splitlines(), "", "complete -c gateway -f"]
    for each in program.walk():
        lines += _rows(each)
    return "\n".join(lines) + "\n"


def _rows(command: Command) -> Iterator[str]:
    key = _key(command.path)
    for inner in command.commands:
        at = _quoted(f"__gateway_at '{key}:0'")
        yield f"complete -c gateway -n {at} -a {inner.path[-1]} -d {_quoted(inner.line)}"
    for option in command.options:
        inside = _quoted(f"__gateway_in '{key}'")
        yield f"complete -c gateway -n {inside} {_named(option)} -d {_quoted(option.help)}" + (
            _values(option.kind, option.choices, is_option=True) if option.word else ""
        )
    for place, argument in enumerate(command.arguments):
        at = _quoted(f"__gateway_at '{key}:{'*' if argument.is_many else place}'")
        if values := _values(argument.kind, argument.choices, is_option=False):
            yield f"complete -c gateway -n {at}{values}"


def _named(option: Option) -> str:
    return " ".join(
        f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names
    )


def _values(kind: Kind, choices: Sequence[str], *, is_option: bool) -> str:
    only = " -x" if is_option else ""
    match kind:
        case Kind.CHOICE:
            return f"{only} -a {_quoted(' '.join(choices))}"
        case Kind.TYPE:
            return f"{only} -a '$__gateway_types'"
        case Kind.ID | Kind.NODE:
            return f"{only} -k -a '(__gateway_ask {kind})'"
        case Kind.FILE:
            return " -r -F" if is_option else " -F"
        case Kind.FOLDER:
            return f"{only} -a '(__fish_complete_directories)'"
    return only


def _key(path: Sequence[str]) -> str:
    return "".join(f"/{word}" for word in path)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
