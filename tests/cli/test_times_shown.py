"""Times in UTC and beside it in a zone; what people write, and what is refused."""

from datetime import UTC, datetime

import click
import pytest

from gateway.cli import times_shown

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def within(zone, function, **environment):
    """Return what a function says inside a command that was called with this zone."""
    found = []

    @click.command()
    @times_shown.zone_option
    def command():
        found.append(function())

    given = ["--zone", zone] if zone else []
    command.main(given, standalone_mode=False)
    return found[0]


SHOWN = [
    (None, "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
    ("UTC", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
    ("Etc/UTC", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
    ("JST", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z (18:00 JST)"),
    ("jst", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z (18:00 JST)"),
    ("ICT", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z (16:00 ICT)"),
    ("JST", "2026-11-24T15:00:00Z", "2026-11-24T15:00:00Z (2026-11-25 00:00 JST)"),
    ("JST", "2026-12-31T23:59:59Z", "2026-12-31T23:59:59Z (2027-01-01 08:59 JST)"),
    ("Asia/Tokyo", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z (18:00 JST)"),
    ("Asia/Phnom_Penh", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z (16:00 +07)"),
    ("Europe/Berlin", "2026-07-01T22:30:00Z", "2026-07-01T22:30:00Z (2026-07-02 00:30 CEST)"),
    ("JST", "soon", "soon"),
    ("JST", "2026-02-30T00:00:00Z", "2026-02-30T00:00:00Z"),
    ("JST", "\x1b[31m", "\\u001b[31m"),
]


@pytest.mark.parametrize(("zone", "text", "shown"), SHOWN)
def test_a_time_is_shown_in_utc_with_the_zones_beside_it(zone, text, shown):
    assert within(zone, lambda: times_shown.shown(text)) == shown


def test_a_time_is_told_in_words():
    def told():
        return times_shown.told("2026-11-04T20:05:00Z")

    assert within(None, told) == "4 Nov 2026 20:05 UTC"
    assert within("JST", told) == "4 Nov 2026 20:05 UTC (2026-11-05 05:05 JST)"


def test_a_time_for_a_narrow_table_leaves_out_the_year_that_it_is(monkeypatch):
    year = datetime.now(UTC).year
    this = within("JST", lambda: times_shown.brief(f"{year}-01-24T09:00:00Z"))
    assert this == "24 Jan 09:00 UTC (18:00 JST)"
    other = within(None, lambda: times_shown.brief(f"{year - 1}-01-24T09:00:00Z"))
    assert other == f"24 Jan {year - 1} 09:00 UTC"


def test_the_zones_of_both_sides_need_no_table_of_zones(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "zoneinfo", None)
    for zone in ("JST", "ICT", "UTC"):
        assert within(zone, lambda: times_shown.shown("2026-11-24T09:00:00Z"))


MOMENTS = [
    ("JST", "2026-11-24", False, "2026-11-23T15:00:00Z"),
    ("JST", "2026-11-24", True, "2026-11-24T15:00:00Z"),
    ("UTC", "2026-11-24", False, "2026-11-24T00:00:00Z"),
    ("ICT", "2026-11-24T09:00", False, "2026-11-24T02:00:00Z"),
    ("ICT", "2026-11-24 09:00", False, "2026-11-24T02:00:00Z"),
    ("ICT", "2026-11-24T09:00:30", False, "2026-11-24T02:00:30Z"),
    ("ICT", "2026-11-24T09:00Z", False, "2026-11-24T09:00:00Z"),
    ("ICT", "2026-11-24T09:00:00Z", True, "2026-11-24T09:00:00Z"),
    ("JST", "24h", False, "2026-11-23T09:00:00Z"),
    ("JST", "7d", False, "2026-11-17T09:00:00Z"),
    ("JST", "90m", False, "2026-11-24T07:30:00Z"),
    ("JST", "2w", False, "2026-11-10T09:00:00Z"),
    # Summer time began that night: the hour that was left out counts as the one after it.
    ("Europe/Berlin", "2026-03-29T02:30", False, "2026-03-29T01:30:00Z"),
]


@pytest.mark.parametrize(("zone", "text", "is_end", "wire"), MOMENTS)
def test_what_people_write_is_a_time_in_their_zone(zone, text, is_end, wire):
    found = within(zone, lambda: times_shown.moment(text, "--since", now=NOW, is_end=is_end))
    assert found.strftime("%Y-%m-%dT%H:%M:%SZ") == wire


def test_a_day_long_ago_is_written_as_the_node_takes_it():
    assert within("UTC", lambda: times_shown.span("0900-01-01", None))["since"] == (
        "0900-01-01T00:00:00Z"
    )


WRONG = ["yesterday", "24", "2026-02-30", "2026-11-24T25:00", "24.11.2026", "", "7y", "-1d"]
WRONG += ["99999w", "2026-11-24T09", "２０２６-11-24", "0000-01-01", "2026-11-24T09:00+07:00"]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_time_is_refused_with_what_would_be_one(text):
    with pytest.raises(click.BadParameter, match="2026-11-24T09:00") as caught:
        within("JST", lambda: times_shown.moment(text, "--since", now=NOW))
    assert "--since" in caught.value.format_message()


def test_an_end_before_the_beginning_is_refused():
    with pytest.raises(click.BadParameter, match="before --since"):
        within("JST", lambda: times_shown.span("2026-11-24", "2026-11-23"))
    same_day = within("JST", lambda: times_shown.span("2026-11-24", "2026-11-24"))
    assert same_day == {"since": "2026-11-23T15:00:00Z", "until": "2026-11-24T15:00:00Z"}


@pytest.mark.parametrize("zone", ["Nowhere/Town", "../../etc/passwd", "/etc/passwd", "J ST", "\n"])
def test_a_zone_that_is_none_is_refused_by_the_name_of_the_option(zone):
    with pytest.raises(click.BadParameter, match="JST, ICT") as caught:
        within(zone, times_shown.chosen)
    assert "--zone" in caught.value.format_message()


def test_a_wrong_zone_of_the_environment_is_told_by_its_variable(run, config):
    finished = run("--config", str(config), "inbox", GATEWAY_ZONE="Nowhere/Town")
    assert finished.code == 2
    assert "GATEWAY_ZONE" in finished.err


def test_an_option_wins_over_the_environment(run, desk):
    view = {"created": "2026-11-24T09:00:00Z"}
    desk.answers["/v1/messages/0195c2a4"] = (200, view)
    shown = ("--config", str(desk.config), "show", "--no-content", "0195c2a4")
    assert "(16:00 ICT)" in run(*shown, GATEWAY_ZONE="ICT").out
    assert "(18:00 JST)" in run(*shown, "--zone", "JST", GATEWAY_ZONE="ICT").out


def test_a_command_without_the_option_goes_by_the_environment(monkeypatch):
    def shown():
        found = []
        command = click.command()(lambda: found.append(times_shown.shown("2026-11-24T09:00:00Z")))
        command.main([], standalone_mode=False)
        return found[0]

    assert shown() == "2026-11-24T09:00:00Z"
    monkeypatch.setenv("GATEWAY_ZONE", "ICT")
    assert shown() == "2026-11-24T09:00:00Z (16:00 ICT)"
    monkeypatch.setenv("GATEWAY_ZONE", "Nowhere/Town")
    with pytest.raises(click.BadParameter, match="JST, ICT") as caught:
        shown()
    assert "GATEWAY_ZONE" in caught.value.format_message()
