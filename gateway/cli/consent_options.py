"""The options that say what is to be passed on, and those by which the originator narrows it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click

from gateway.cli.failure import AnsweredError
from gateway.cli.times_shown import moment

_Command = Callable[..., Any]

_MODES: Final = ("verbatim", "redacted", "paraphrase", "aggregate")
_WIRE: Final = "%Y-%m-%dT%H:%M:%SZ"
# Where the node finds a fault, and the option that the caller gave it with.
_OPTIONS: Final[Mapping[str, str]] = {
    "/purpose": "--purpose",
    "/purpose/code": "--purpose",
    "/to": "--to",
    "/recipients": "--to",
    "/fields": "--field",
    "/subject": "--field",
    "/mode": "--mode",
    "/min_cell": "--min-cell",
    "/uses": "--uses",
    "/epoch": "--uses",
    "/until": "--until",
    "/validity/not_after": "--until",
    "/validity/not_before": "--from",
    "/basis": "--basis",
    "/reason": "--reason",
    "/text": "--text",
    "/standing": "--class",
    "/granted_by/org_id": "--organisation",
    "/personal_data": "--legal-basis",
}


def _all(*given: Callable[[_Command], _Command]) -> Callable[[_Command], _Command]:
    """Put several options on a command, in the order in which they are written."""

    def put(function: _Command) -> _Command:
        for option in reversed(given):
            function = option(function)
        return function

    return put


# What may be passed on, in what form and how long: of a request, and of what narrows it.
shared = _all(
    click.option(
        "--to",
        "to",
        multiple=True,
        metavar="ORG",
        help="The id of an organisation that is to have it (`gateway parties`); repeat for more.",
    ),
    click.option(
        "--field",
        "fields",
        multiple=True,
        metavar="POINTER",
        help="Only this part, such as /finding; repeat for more. Without it, all of the message.",
    ),
    click.option("--mode", type=click.Choice(_MODES), help="In what form; verbatim if not given."),
    click.option(
        "--min-cell",
        type=click.IntRange(2, 1000),
        metavar="NUMBER",
        help="With --mode aggregate: how many persons each number stands for at least.",
    ),
    click.option(
        "--uses", type=click.IntRange(1, 10_000), metavar="NUMBER", help="How often; else always."
    ),
    click.option("--from", "not_before", metavar="TIME", help="From when on; now if not given."),
    click.option(
        "--until", metavar="TIME", help="Until when: a day or a time; 90 days if not given."
    ),
    click.option("--legal-basis", metavar="TEXT", help="The law by which personal data may go."),
    click.option(
        "--destination", metavar="COUNTRY", help="The country that personal data go to, as in `jp`."
    ),
    click.option("--safeguards", metavar="TEXT", help="How personal data are protected there."),
)
# What a request and an offer say besides.
wished = _all(
    click.option("--purpose", metavar="CODE", help="What for: `gateway codes purposes`."),
    click.option("--purpose-text", metavar="TEXT", help="The purpose in words, in English."),
    click.option(
        "--publish",
        nargs=2,
        metavar="REGISTER MEDIUM",
        help="Instead of --to: to make it public from a register, in a place.",
    ),
    click.option(
        "--class",
        "is_class",
        is_flag=True,
        help="For all messages of this type from now on, not for this one alone.",
    ),
    click.option(
        "--also", "types", multiple=True, metavar="TYPE", help="With --class: this type too."
    ),
)
# What only the originator says.
narrowing = _all(
    click.option("--role", metavar="TEXT", help="The office of whoever gives the consent."),
    click.option("--authority", metavar="TEXT", help="The rule that gives the power to consent."),
    click.option(
        "--organisation", metavar="ORG", help="Who gives it, if not the contact point itself."
    ),
    click.option(
        "--redact",
        multiple=True,
        metavar="POINTER",
        help="Cut this part out before anything leaves; repeat for more.",
    ),
    click.option(
        "--pseudonymise",
        multiple=True,
        metavar="POINTER",
        help="Replace what stands there by a sign; repeat for more.",
    ),
    click.option(
        "--onward",
        type=click.Choice(("none", "same-terms")),
        help="Whether the recipient may pass it on; none if not given.",
    ),
    click.option(
        "--attribution",
        type=click.Choice(("must", "must-not", "may")),
        help="Whether you are named beside it; may if not given.",
    ),
    click.option("--embargo", metavar="TIME", help="Nothing leaves before this time."),
    click.option(
        "--report-within",
        type=click.IntRange(1, 366),
        metavar="DAYS",
        help="They report each use within so many days.",
    ),
    click.option(
        "--condition", metavar="TEXT", help="A condition in words; a person confirms it each time."
    ),
    click.option("--follow-corrections", is_flag=True, help="It also covers later corrections."),
    click.option("--text", metavar="TEXT", help="A remark to them, in English."),
)


def wish_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what somebody wants to pass on, as the node takes it."""
    members = _shared_of(given) | {
        "to": list(given["to"]),
        "purpose": given["purpose"],
        "purpose_text": given["purpose_text"],
        "basis": given.get("basis"),
        "reason": given.get("reason"),
    }
    if given["publish"]:
        register, medium = given["publish"]
        members |= {"publication": {"register": register, "medium": medium}, "to": []}
    if given["is_class"]:
        members["standing"] = {"types": list(given["types"])} if given["types"] else {}
    elif given["types"]:
        raise click.UsageError("--also goes with --class", click.get_current_context())
    return _without_none(members)


def terms_of(given: Mapping[str, Any], *, is_offer: bool) -> dict[str, Any]:
    """Return what the originator says, as the node takes it.

    Args:
        is_offer: What is passed on stands in the wish beside it.
    """
    for name in ("role", "authority"):
        if not given[name]:
            raise click.UsageError(f"--{name} is needed", click.get_current_context())
    by = {"org_id": given["organisation"], "role": given["role"], "authority": given["authority"]}
    members: dict[str, Any] = {
        "granted_by": _without_none(by),
        "conditions": _conditions(given),
        "follow_corrections": given["follow_corrections"] or None,
        "text": given["text"],
    }
    if not is_offer:
        members |= _shared_of(given) | {"recipients": list(given["to"])}
    return _without_none(members)


def by_option(error: AnsweredError, hint: str, *, is_better: bool = False) -> AnsweredError:
    """Return the error with the names of our options where the node named members.

    Args:
        is_better: The hint says more than the node's own, which stands in its place otherwise.
    """
    given = error.document.get("problems") or []
    problems = [{**each, "where": _option(str(each["where"]))} for each in given]
    if problems == given:
        return error
    theirs = error.document.get("hint")
    return AnsweredError(
        {**error.document, "problems": problems, "hint": hint if is_better else theirs or hint}
    )


def _option(where: str) -> str:
    """Return the option for a member of the body, wherever in it the fault lies."""
    where = where.removeprefix("/wish").removeprefix("/terms")
    known = [name for name in _OPTIONS if where == name or where.startswith(f"{name}/")]
    return _OPTIONS[max(known, key=len)] if known else where


def _shared_of(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "fields": list(given["fields"]) or None,
        "mode": given["mode"],
        "min_cell": given["min_cell"],
        "uses": given["uses"],
        "not_before": _time(given["not_before"], "--from"),
        "until": _time(given["until"], "--until", is_end=True),
        "personal_data": _ground(given),
    }


def _ground(given: Mapping[str, Any]) -> dict[str, Any] | None:
    names = ("legal_basis", "destination", "safeguards")
    if not any(given[name] for name in names):
        return None
    for name in names:
        if not given[name]:
            option = name.replace("_", "-")
            raise click.UsageError(
                f"--{option} is needed with the others about personal data",
                click.get_current_context(),
            )
    return {
        "legal_basis": given["legal_basis"],
        "destination_country": given["destination"],
        "safeguards": given["safeguards"],
    }


def _conditions(given: Mapping[str, Any]) -> dict[str, Any] | None:
    text = given["condition"]
    members = {
        "redact": list(given["redact"]) or None,
        "pseudonymise": list(given["pseudonymise"]) or None,
        "onward": given["onward"],
        "attribution": given["attribution"],
        "embargo_until": _time(given["embargo"], "--embargo"),
        "report_within": given["report_within"],
        "text": None if text is None else {"en": text},
    }
    return _without_none(members) or None


def _time(text: str | None, option: str, *, is_end: bool = False) -> str | None:
    if text is None:
        return None
    return moment(text, option, now=datetime.now(UTC), is_end=is_end).strftime(_WIRE)


def _without_none(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
