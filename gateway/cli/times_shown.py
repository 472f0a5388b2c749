"""Times as officers read and write them: in UTC, and beside it in a zone of their choice.

Everything is kept and exchanged in UTC. `--zone`, or GATEWAY_ZONE for all commands, adds the time
of a place: `2026-11-24T09:00:00Z (18:00 JST)`. Japan and Cambodia have no summer time, so JST and
ICT are fixed offsets and need no table of zones; other places are looked up in the system's.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any, Final

import click

from gateway.cli import output

ZONE_KEY: Final = "gateway.zone"
_GIVEN_KEY: Final = "gateway.zone.given"
VARIABLE: Final = "GATEWAY_ZONE"

_FIXED: Final = {
    "UTC": UTC,
    "JST": timezone(timedelta(hours=9), "JST"),
    "ICT": timezone(timedelta(hours=7), "ICT"),
}
_WIRE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(Z?)")
_AGO: Final = re.compile(r"([0-9]{1,4})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)
# What people see of a time, in one place for whoever translates it.
_WORDS: Final = {
    "day": "{day} {month} {year}",
    "in_zone": "{time} ({there})",
    "forms": "write 2026-11-24, 2026-11-24T09:00, 2026-11-24T09:00:00Z; or 90m, 24h, 7d, 2w ago",
    "zones": "use UTC, JST, ICT, or a name such as Asia/Phnom_Penh",
}

type_of_command = Callable[..., Any]


def zone_option(function: type_of_command) -> type_of_command:
    """Give a command `--zone`."""

    def remember(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
        if value:
            is_typed = ctx.get_parameter_source("zone") is click.core.ParameterSource.COMMANDLINE
            ctx.meta[ZONE_KEY] = _zone(value, "--zone" if is_typed else VARIABLE)
            if is_typed:
                ctx.meta[_GIVEN_KEY] = value

    return click.option(
        "--zone",
        metavar="ZONE",
        envvar=VARIABLE,
        show_envvar=True,
        is_eager=True,
        expose_value=False,
        callback=remember,
        help="Show times in this zone too: JST, ICT, UTC, or a name such as Asia/Tokyo.",
    )(function)


def span_options(function: type_of_command) -> type_of_command:
    """Give a list `--since` and `--until`; `span` reads them."""
    since = click.option(
        "--since",
        metavar="TIME",
        help="Only from then on: 2026-11-24, 2026-11-24T09:00 (in the zone), or 24h, 7d ago.",
    )
    until = click.option("--until", metavar="TIME", help="Only before then; a day is included.")
    return since(until(function))


def span(since: str | None, until: str | None) -> dict[str, str | None]:
    """Return both ends as the node takes them.

    Raises:
        BadParameter: One of them is no time, or the end is not after the beginning.
    """
    now = datetime.now(UTC)
    first = None if since is None else moment(since, "--since", now=now)
    last = None if until is None else moment(until, "--until", now=now, is_end=True)
    if first is not None and last is not None and first >= last:
        raise _wrong("--until", "ends before --since begins")
    return {
        "since": None if first is None else _wire(first),
        "until": None if last is None else _wire(last),
    }


def moment(text: str, option: str, *, now: datetime, is_end: bool = False) -> datetime:
    """Return the time that somebody wrote, in the chosen zone unless it says `Z`.

    Args:
        is_end: A day stands for its end, so that `--until` a day includes it.

    Raises:
        BadParameter: It is no time; the text says what is.
    """
    try:
        if (ago := _AGO.fullmatch(text)) is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text) + timedelta(days=1 if is_end else 0)
            return day.replace(tzinfo=chosen()).astimezone(UTC)
        if (parts := _MOMENT.fullmatch(text)) is not None:
            time = datetime.fromisoformat(f"{parts[1]}T{parts[2]}{parts[3] or ':00'}")
            return time.replace(tzinfo=UTC if parts[4] else chosen()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _wrong(option, f"is no day or time of the calendar; {_WORDS['forms']}") from None
    raise _wrong(option, f"is no time; {_WORDS['forms']}")


def chosen() -> tzinfo:
    """Return the zone the caller chose, UTC if none.

    A command without `--zone` that shows a time goes by the environment alone.

    Raises:
        BadParameter: The environment names no zone.
    """
    meta = click.get_current_context().meta
    if ZONE_KEY not in meta:
        name = os.environ.get(VARIABLE)
        meta[ZONE_KEY] = _zone(name, VARIABLE) if name else UTC
    zone: tzinfo = meta[ZONE_KEY]
    return zone


def given_zone() -> tuple[str, ...]:
    """Return `--zone` as the caller gave it, for the line that asks for more of the same."""
    name = click.get_current_context().meta.get(_GIVEN_KEY)
    return () if name is None else ("--zone", str(name))


def shown(text: object) -> str:
    """Return a time of the node with the chosen zone's beside it.

    What is no time of ours (a newer node may say something else) is returned as it is.
    """
    time = parsed(text)
    if time is None:
        return output.inline(text)
    return _beside(str(text), time, time.astimezone(chosen()))


def told(text: object, *, day: bool = True) -> str:
    """Return a time in words: `24 Nov 2026 09:12 UTC (18:12 JST)`, perhaps without its day."""
    time = parsed(text)
    if time is None:
        return output.inline(text)
    before = f"{day_of(text)} " if day else ""
    return _beside(f"{before}{time:%H:%M} UTC", time, time.astimezone(chosen()))


def brief(text: object, *, is_narrow: bool = False) -> str:
    """Return a time in the fewest words: `24 Nov 09:12 UTC (18:12 JST)`, the year if it is another.

    A table at a terminal has little room, and the reader knows the year.

    Args:
        is_narrow: Write `09:12Z`, as on the wire, for `09:12 UTC`.
    """
    time = parsed(text)
    if time is None:
        return output.inline(text)
    day = _day(time)
    if time.year == datetime.now(UTC).year:
        day = day.removesuffix(f" {time.year}")
    zone = "Z" if is_narrow else " UTC"
    return _beside(f"{day} {time:%H:%M}{zone}", time, time.astimezone(chosen()))


def day_of(text: object) -> str:
    """Return the day of a time, in UTC and in words."""
    time = parsed(text)
    return output.inline(text) if time is None else _day(time)


def parsed(text: object) -> datetime | None:
    """Return a time as the node writes it, None if it is none."""
    if not isinstance(text, str) or not _WIRE.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _beside(text: str, time: datetime, there: datetime) -> str:
    if there.tzname() == "UTC":
        return text
    day = "" if there.date() == time.date() else f"{there:%Y-%m-%d} "
    local = f"{day}{there:%H:%M} {there.tzname()}"
    return _WORDS["in_zone"].format(time=text, there=local)


def _day(time: datetime) -> str:
    return _WORDS["day"].format(day=time.day, month=_MONTHS[time.month - 1], year=time.year)


def _wire(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _zone(name: str, place: str) -> tzinfo:
    if (fixed := _FIXED.get(name.upper())) is not None:
        return fixed
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        # Without a table of zones on this machine, only the fixed ones are there.
        text = f"names no time zone that this machine knows; {_WORDS['zones']}"
        raise _wrong(place, text) from None


def _wrong(option: str, text: str) -> click.BadParameter:
    return click.BadParameter(text, param_hint=option, ctx=click.get_current_context())
