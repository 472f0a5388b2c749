"""The person at the terminal: whether there is one, and one line of theirs.

Everything said to them goes to stderr, so that data on stdout can be piped on meanwhile.
"""

import sys
from typing import Final

import click

from gateway.cli import output

# The line discipline of a terminal takes 4095 bytes and drops the rest without a word.
_LONGEST_LINE: Final = 4_095


def is_present() -> bool:
    """Tell whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(prompt: str) -> str:
    """Return one line, edited with the arrow keys where the terminal lets us.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, or the terminal was closed (Ctrl-D).
    """
    try:
        return _line(output.printable(prompt))
    except EOFError:
        output.talk("")
        raise KeyboardInterrupt from None


def choose(prompt: str, letters: str) -> str:
    """Return one of the letters; nothing typed is the capital among them."""
    default = next((letter for letter in letters if letter.isupper()), "").lower()
    while True:
        word = ask(prompt).strip().lower() or default
        if word and word[0] in letters.lower():
            return word[0]
        output.talk(f"  type one of: {', '.join(letters.lower())}")


def agrees(question: str, *, default: bool) -> bool:
    """Tell whether the answer is yes."""
    letters = "Yn" if default else "yN"
    return choose(f"{question} [{letters[0]}/{letters[1]}] ", letters) == "y"


def _line(prompt: str) -> str:
    if sys.stdout.isatty():
        # Python edits lines, and takes a paste of several lines as one answer, only where both
        # ends are the terminal.
        try:
            import readline
        except ImportError:
            pass
        else:
            readline.set_auto_history(False)
            return input(prompt)
    click.echo(prompt, nl=False, err=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    if len(line.encode()) >= _LONGEST_LINE:
        output.talk("  the terminal cuts lines of this length: end each with \\ and go on below")
        return _line(prompt)
    return line.removesuffix("\n")
