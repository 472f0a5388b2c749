"""Crash points for tests: a real SIGKILL of this process at a named place.

`GATEWAY_FAIL_AT=send.answered` kills the process the first time it stands there,
`GATEWAY_FAIL_AT=send.answered:3` the third time. Only a node of environment `test` listens to it.
"""

import os
import signal
from collections.abc import Callable
from typing import Final

from gateway.delivery.ports import no_failure
from gateway.errors import UsageError

VARIABLE: Final = "GATEWAY_FAIL_AT"


def failure_points(*, is_test: bool) -> Callable[[str], None]:
    """Return the function that stands at every crash point of this process.

    Raises:
        UsageError: The variable is set in production, or does not read `point` or `point:number`.
    """
    wish = os.environ.get(VARIABLE, "")
    if not wish:
        return no_failure
    if not is_test:
        raise UsageError(f"{VARIABLE} is for environment test only", hint=f"unset {VARIABLE}")
    point, _, number = wish.partition(":")
    if number and not number.isdigit():
        raise UsageError(f"{VARIABLE} is not of the form point or point:number")
    left = int(number or 1)

    def fail_at(here: str) -> None:
        nonlocal left
        if here == point:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return fail_at
