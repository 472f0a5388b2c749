"""What is asked of the policy: may our node do this with that, for them, now?"""

from dataclasses import dataclass

from gateway.policy.aggregate import SafeTable
from gateway.policy.codes import Action
from gateway.policy.marking import Purpose
from gateway.policy.subject import Subject
from gateway.policy.terms import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked: may `holder`, our node, do `action` for `audience` at the time `now`?

    Args:
        audience: The organisation that would learn the content; our own officers are `holder`.
        now: Unix seconds.
        part: A pointer to the part of the body that is asked for; None for the whole message.
        mode: In what form the content would leave.
        confirmed: Somebody gave their word that what a consent asks for in words is met.
        table: The table that would leave instead of the content, found safe; for `aggregate`.
        publication: Register and medium, for what is made public.
        pseudonymised: Whoever asks replaces values before anything leaves (`disclosing.judge`).
    """

    action: Action
    subject: Subject
    holder: str
    audience: str
    purpose: Purpose = Purpose.SSW_OPERATION
    now: int
    part: str | None = None
    mode: Mode = Mode.VERBATIM
    confirmed: bool = False
    table: SafeTable | None = None
    publication: tuple[str, str] | None = None
    pseudonymised: bool = False
