"""Why a matter does not take a step any more, in the words of whoever wanted to take it.

What was accepted already goes on with its answer; where a matter is over, its history tells how.
"""

from typing import Final

from gateway.catalogue import OVER, Event, ThreadKind, ThreadState, is_taken_up
from gateway.errors import ConflictError
from gateway.store import Row

# What people see, in one place for whoever translates it.
_STATES: Final = {
    ThreadState.ACCEPTED: "{name} was accepted already",
    ThreadState.IN_PROGRESS: "part of {name} is answered already",
    ThreadState.INVESTIGATING: "the state of {name} was reported already",
    ThreadState.PROPOSED: "{name} waits for the other side's word",
    ThreadState.COUNTERED: "other times were proposed in {name} already",
    ThreadState.AGREED: "{name} is agreed already",
    ThreadState.PARTLY_AGREED: "{name} is agreed in part already",
    ThreadState.MINUTED: "the minutes of {name} were sent already",
    ThreadState.ACTIONS_OPEN: "the minutes of {name} were sent already",
    ThreadState.REVISED: "{name} has another wording now, to which nobody has consented yet",
    ThreadState.CONSENTED_BY_OPENER: "only the side that proposed {name} has consented",
    ThreadState.CONSENTED_BY_OTHER: "only the side that did not propose {name} has consented",
    ThreadState.CONSENTED_BY_BOTH: "both sides have consented to {name} already",
    ThreadState.PUBLISHED: "{name} is published already",
    ThreadState.LIFTED: "{name} is lifted already",
    ThreadState.EFFECTIVE: "{name} is in force already",
    ThreadState.GRANTED: "the consent of {name} was given already",
    ThreadState.PARTLY_GRANTED: "the consent of {name} was given in part already",
    ThreadState.REVOKED: "the consent of {name} was revoked",
    ThreadState.CLOSED: "{name} is closed already",
    ThreadState.ANSWERED: "{name} is answered already",
    ThreadState.CONCLUDED: "the result of {name} was reported already",
    ThreadState.DECLINED: "{name} was declined already",
    ThreadState.WITHDRAWN: "{name} was withdrawn",
    ThreadState.CANCELLED: "{name} was cancelled before it left",
}
_OTHERWISE: Final = "{name} does not take that any more"
_ACCEPTED_BY_US: Final = "you accepted {name} already"
# A matter that is taken up goes on with a reply, and a notice with nothing.
_GOES_ON: Final = "gateway reply {name}"


def too_late(thread: Row | None, event: Event) -> ConflictError:
    """Return the error for a step of ours that the state of its matter does not take."""
    if thread is None:
        return ConflictError(_OTHERWISE.format(name="the matter"), hint="gateway thread")
    state, name = ThreadState(thread["state"]), str(thread["reference"] or thread["thread"])
    words = _STATES.get(state, _OTHERWISE)
    hint = f"gateway thread {name}"
    kind = ThreadKind(thread["kind"])
    if event is Event.ACCEPT and is_taken_up(kind, state) and (kind, state) not in OVER:
        # Only the side that accepts comes here by an acceptance.
        words = _ACCEPTED_BY_US if state is ThreadState.ACCEPTED else words
        hint = _GOES_ON.format(name=name)
    return ConflictError(words.format(name=name), hint=hint)
