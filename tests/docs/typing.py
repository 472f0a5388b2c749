"""Run a command on a terminal of its own and type the answers that a page shows.

    python tests/docs/typing.py COMMAND ANSWER...

An answer is typed when the command has written a question and waits: nothing more comes, and the
last line has no end. What stands on the terminal goes to standard output.
"""

import os
import pty
import select
import sys
import termios

QUIET = 0.7
LONGEST = 30.0


def main(command: str, answers: list[str]) -> int:
    """Type the answers, show the terminal, and return how the command ended."""
    number, terminal = pty.fork()
    if number == 0:
        os.execvp("bash", ["bash", "-c", command])
    termios.tcsetwinsize(terminal, (50, 120))
    last = b""
    while True:
        ready, _, _ = select.select([terminal], [], [], QUIET if answers else LONGEST)
        if ready:
            try:
                said = os.read(terminal, 65536)
            except OSError:  # the other end was closed
                break
            if not said:
                break
            sys.stdout.buffer.write(said.replace(b"\r\n", b"\n"))
            sys.stdout.buffer.flush()
            last = (last + said)[-1000:]
        elif answers and not last.endswith(b"\n"):
            os.write(terminal, answers.pop(0).encode() + b"\n")
            last = b""
        elif not answers:
            break
    os.close(terminal)
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
