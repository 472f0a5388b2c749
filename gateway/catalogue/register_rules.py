"""Which entries of a register a message changes: from its type and its body to changes.

What a body says and no rule names as public is private: a member that a schema gains later is
sealed until somebody decides otherwise. A whole list is no change of this kind (`list_digest`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.register_changes import APPROVES, SUSPENDS, Change, Odd, Status
from gateway.catalogue.registers import Register

Body = Mapping[str, Any]

# What of an organisation may be published; whoever represents it is a person.
_OF_ORGANISATION: Final = frozenset(
    {
        "org_ref",
        "name",
        "kind",
        "country",
        "identifiers",
        "address",
        "region",
        "phone",
        "email",
        "website",
    }
)
_ENDINGS: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "revocation": Status.REVOKED,
        "suspension": Status.SUSPENDED,
        "expiry": Status.EXPIRED,
        "voluntary": Status.SURRENDERED,
    }
)
_ACTIONS: Final[Mapping[str, Status]] = MappingProxyType(
    {
        "issued": Status.ISSUED,
        "cancelled": Status.CANCELLED,
        # The new certificate; the one that it takes the place of is `replaced`.
        "replaced": Status.ISSUED,
    }
)
_LICENCE: Final = MappingProxyType({("licence", "number"): Odd.ANOTHER_LICENCE})
# Codes and days that tell nothing of a person.
_OF_CERTIFICATE: Final = ("issued_on", "valid_until", "ended_on", "field", "ssw_type")
_OF_MEASURE: Final = (
    "measure_no",
    "type",
    "legal_basis",
    "ordered_on",
    "comply_by",
    "summary",
    "public_notice",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a message says, and what has to be known of it beside its body.

    Args:
        id: Its id, under which what gathers is kept.
        country: The country of its sender: two countries may give the same id to two entries.
        opened: The entries that the message which opened the matter has changed.
        day: The day on which it arrived.
    """

    body: Body
    id: str
    country: str
    opened: tuple[str, ...]
    day: str


def changes_of(type_name: str, said: Said) -> tuple[Change, ...]:
    """Return what a message changes, nothing where its type changes no register by itself."""
    rule = _RULES.get(type_name)
    return () if rule is None else tuple(rule(said))


def not_theirs(type_name: str, body: Body, country: str) -> str | None:
    """Return a pointer to what of a body is another side's alone to say, None if nothing is.

    Args:
        country: That of the sender.
    """
    if type_name != _CONTACT or body.get("party", country).partition("/")[0] == country:
        return None
    return "/party"


def _organisation(organisation: Body) -> dict[str, Any]:
    return {name: value for name, value in organisation.items() if name in _OF_ORGANISATION}


def _of(body: Body, names: Iterable[str]) -> dict[str, Any]:
    return {name: body[name] for name in names if name in body}


def _rest(body: Body, *said: Iterable[str]) -> dict[str, Any]:
    """Return what nobody has named as public."""
    named = {"entry"}.union(*said)
    return {name: value for name, value in body.items() if name not in named}


def _sending_org(
    said: Said, *, public: Iterable[str], status: Status | None, **rules: Any
) -> Iterator[Change]:
    """Yield the change of one sending organisation, whose name and licence are always public."""
    body = said.body
    shown = _of(body, (*public, "licence"))
    shown["organisation"] = _organisation(body["organisation"])
    private = _rest(body, shown)
    if "representative" in body["organisation"]:
        private["representative"] = body["organisation"]["representative"]
    yield Change(
        register=Register.SENDING_ORGS,
        entry=body.get("entry", said.id),
        number=None if "entry" in body else body["licence"]["number"],
        status=status,
        public=shown if status is None else {**_OF_STATUS, **shown},
        private=private,
        **rules,
    )


# What is said of one end or halt, and goes with it when another status takes its place.
_OF_STATUS: Final = MappingProxyType(
    dict.fromkeys(("kind", "decided_on", "effective_on", "until", "status_since"))
)


def _approval(said: Said) -> Iterator[Change]:
    public = ("approved_on", "scope")
    yield from _sending_org(
        said,
        public=public,
        status=Status.APPROVED,
        begins=APPROVES,
        repeated=Odd.APPROVED_ALREADY,
        bears=said.body["licence"]["number"],
        same=_LICENCE,
    )


def _change(said: Said) -> Iterator[Change]:
    public = ("changed_on", "scope")
    yield from _sending_org(
        said,
        public=public,
        status=None,
        unknown=Odd.NEVER_APPROVED,
        bears=said.body.get("licence", {}).get("number"),
    )


def _guidance(said: Said) -> Iterator[Change]:
    yield Change(
        register=Register.SENDING_ORGS,
        entry=said.body["entry"],
        private={"guidance": {said.id: _rest(said.body, ("organisation",))}},
        unknown=Odd.NEVER_APPROVED,
    )


def _suspension(said: Said) -> Iterator[Change]:
    yield from _halt(said, Status.SUSPENDED, ("decided_on", "effective_on", "until"))


def _revocation(said: Said) -> Iterator[Change]:
    public = ("kind", "decided_on", "effective_on", "until")
    yield from _halt(said, _ENDINGS[said.body["kind"]], public)


def _halt(said: Said, status: Status, public: tuple[str, ...]) -> Iterator[Change]:
    for change in _sending_org(
        said,
        public=public,
        status=status,
        unknown=Odd.NEVER_APPROVED,
        halts=True,
        same=_LICENCE,
    ):
        yield _noticed(change, since=said.body["effective_on"])


def _reinstatement(said: Said) -> Iterator[Change]:
    for change in _sending_org(
        said,
        public=(),
        status=Status.APPROVED,
        unknown=Odd.NEVER_APPROVED,
        revives=True,
        same=_LICENCE,
    ):
        yield _noticed(change, since=said.body["effective_on"])


def _noticed(change: Change, *, since: str) -> Change:
    """Return the change of a notice that only names its organisation.

    Where the address and the like are already known, they stay as the approval gave them.
    """
    names = ("organisation", "licence")
    public = {name: value for name, value in change.public.items() if name not in names}
    return replace(
        change,
        public={**public, "status_since": since},
        initial=_of(change.public, names),
    )


def _measure(said: Said) -> Iterator[Change]:
    body = said.body
    yield Change(
        register=Register.MEASURES,
        entry=body["entry"],
        status=body["status"],
        public={**_of(body, _OF_MEASURE), "target": _organisation(body["target"])},
        private=_rest(body, _OF_MEASURE, ("target", "status")),
        whole=True,
    )


def _certificates(said: Said) -> Iterator[Change]:
    action = said.body["action"]
    for key, item in said.body["items"].items():
        if action == "replaced" and "replaces" in item:
            yield Change(
                register=Register.CERTIFICATES,
                entry=f"{said.id}.{key}-before",
                number=item["replaces"],
                status=Status.REPLACED,
                unknown=Odd.NEVER_ISSUED,
            )
        yield Change(
            register=Register.CERTIFICATES,
            entry=f"{said.id}.{key}",
            number=item["certificate_no"],
            status=_ACTIONS[action],
            public=_of(item, _OF_CERTIFICATE),
            private=_rest(item, _OF_CERTIFICATE),
            place=f"/items/{key}",
            unknown=Odd.NEVER_ISSUED if action == "cancelled" else None,
        )


def _cancelled_results(said: Said) -> Iterator[Change]:
    """Yield an entry for each result of an exam that was cancelled for fraud."""
    for key, item in said.body.get("cancelled", {}).items():
        # Not found by its number: another body may have given the same one to another paper.
        yield Change(
            register=Register.CERTIFICATES,
            entry=f"{said.id}.{key}",
            status=Status.CANCELLED,
            private=item,
        )


def _field_suspension(said: Said) -> Iterator[Change]:
    # One that was lifted may be suspended again.
    anew = dict.fromkeys(_FOLLOWED_ON.values())
    yield _field_change(said, said.body["entry"], Status.ANNOUNCED, anew, begins=SUSPENDS)


# What the day is called from which a change or the end of a suspension holds; the suspension's own
# day stays beside it.
_FOLLOWED_ON: Final[Mapping[Status, str]] = MappingProxyType(
    {Status.AMENDED: "amended_on", Status.LIFTED: "lifted_on"}
)


def _field_change(said: Said, entry: str, status: Status, anew: Body, **rules: Any) -> Change:
    """Return what is public from the day on which the accepting side makes it so, not before."""
    named = _FOLLOWED_ON.get(status, "effective_from")
    body = _rest(said.body, ("effective_from",)) | {named: said.body["effective_from"]}
    is_public = body.get("public_from", "9999-12-31") <= said.day
    return Change(
        register=Register.SUSPENSIONS,
        entry=entry,
        status=status,
        public={**anew, **(body if is_public else {})},
        private={} if is_public else body,
        **rules,
    )


def _field_follow_up(status: Status) -> Callable[[Said], Iterator[Change]]:
    def rule(said: Said) -> Iterator[Change]:
        for entry in said.opened or (said.id,):
            yield _field_change(
                said,
                entry,
                status,
                {},
                unknown=Odd.NOT_IN_REGISTER,
                same=MappingProxyType({("field",): Odd.ANOTHER_FIELD}),
            )

    return rule


def _contact(said: Said) -> Iterator[Change]:
    yield Change(
        register=Register.CONTACTS,
        entry=said.body["party"],
        status=Status.ANNOUNCED,
        public=_of(said.body, ("effective_from",)),
        private=_rest(said.body, ("effective_from",)),
        is_anew=True,
    )


def _intermediary(said: Said) -> Iterator[Change]:
    yield Change(
        register=Register.INTERMEDIARIES,
        entry=f"{said.country}.{said.body['entry']}",
        status=Status.REPORTED,
        private=_rest(said.body),
    )


def _intermediary_update(said: Said) -> Iterator[Change]:
    for entry in said.opened or (said.id,):
        yield Change(
            register=Register.INTERMEDIARIES,
            entry=entry,
            private={"updates": {said.id: dict(said.body)}},
            unknown=Odd.NOT_IN_REGISTER,
        )


def _intermediary_result(said: Said) -> Iterator[Change]:
    for entry in said.opened or (said.id,):
        yield Change(
            register=Register.INTERMEDIARIES,
            entry=entry,
            status=said.body.get("finding", Status.CONCLUDED),
            private={"result": dict(said.body)},
            unknown=Odd.NOT_IN_REGISTER,
        )


# The types that bring a whole list, and the one that carries on with it.
LISTS: Final[Mapping[str, Register]] = MappingProxyType(
    {
        "sending-org.list": Register.SENDING_ORGS,
        "support-org.list": Register.SUPPORT_ORGS,
    }
)
LIST_PART: Final = "list.part"
_CONTACT: Final = "contact.update"

# What the entries of each register can be; a test compares it with the code lists.
STATUSES: Final[Mapping[Register, frozenset[str]]] = MappingProxyType(
    {
        register: frozenset({Status.WITHDRAWN, *statuses})
        for register, statuses in {
            Register.SENDING_ORGS: (Status.APPROVED, *_ENDINGS.values()),
            Register.SUPPORT_ORGS: ("active", "suspended", "abolished", "cancelled", "expired"),
            Register.MEASURES: ("ordered", "complied", "revoked", "escalated"),
            Register.SUSPENSIONS: (Status.ANNOUNCED, Status.AMENDED, Status.LIFTED),
            Register.CERTIFICATES: (Status.ISSUED, Status.CANCELLED, Status.REPLACED),
            Register.CONTACTS: (Status.ANNOUNCED,),
            Register.INTERMEDIARIES: (
                *(Status.REPORTED, Status.CONCLUDED),
                *("substantiated", "unsubstantiated", "unfounded"),
            ),
        }.items()
    }
)

# Every type that changes a register by itself; `types.row.register` names the register.
_RULES: Final[Mapping[str, Callable[[Said], Iterator[Change]]]] = MappingProxyType(
    {
        "sending-org.approval": _approval,
        "sending-org.change": _change,
        "sending-org.guidance": _guidance,
        "sending-org.suspension": _suspension,
        "sending-org.revocation": _revocation,
        "sending-org.reinstatement": _reinstatement,
        "measure.notice": _measure,
        "certification.notice": _certificates,
        "exam.fraud.result": _cancelled_results,
        "suspension.notice": _field_suspension,
        "suspension.amend": _field_follow_up(Status.AMENDED),
        "suspension.lift": _field_follow_up(Status.LIFTED),
        _CONTACT: _contact,
        "intermediary.report": _intermediary,
        "intermediary.update": _intermediary_update,
        "intermediary.result": _intermediary_result,
    }
)
