"""Log lines: one JSON object each, and nothing on them that is not on a list."""

import io
import json

import pytest
import structlog

from gateway import log


@pytest.fixture
def stream():
    """Send log lines to memory, and put logging back afterwards."""
    lines = io.StringIO()
    log.set_up("info", lines)
    yield lines
    structlog.reset_defaults()


def only_line(stream):
    (line,) = stream.getvalue().splitlines()
    return json.loads(line)


def test_a_line_is_one_json_object_with_its_event_and_fields(stream):
    log.info(log.Event.SENT, peer="kh/molvt", messages=3)
    line = only_line(stream)
    assert (line["event"], line["level"]) == ("envelopes.sent", "info")
    assert (line["peer"], line["messages"]) == ("kh/molvt", 3)
    assert line["timestamp"].endswith("Z")


def test_a_field_that_is_not_on_the_list_is_dropped_and_counted(stream):
    log.error(log.Event.HELD, id="x", body="SECRET", passport="N1234567")
    line = only_line(stream)
    assert "SECRET" not in stream.getvalue()
    assert "N1234567" not in stream.getvalue()
    assert line["dropped"] == 2


@pytest.mark.parametrize(
    "value",
    ['a\r\n{"event":"forged"}', "\x1b[31mred", "{}%s%(name)s", "\u2028\u0000", "x" * 1_000_000],
    ids=["line-end", "terminal", "format", "separator", "megabyte"],
)
def test_a142_a_hostile_value_stays_one_short_escaped_line(stream, value):
    log.warning(log.Event.LINK_DOWN, error=value)
    line = only_line(stream)
    assert line["event"] == "link.down"
    assert len(line["error"]) <= 200
    assert line["error"].isprintable()
    assert "\x1b" not in stream.getvalue()


def test_a_line_below_the_level_is_not_written():
    lines = io.StringIO()
    log.set_up("error", lines)
    log.warning(log.Event.LINK_DOWN, peer="kh/molvt")
    structlog.reset_defaults()
    assert lines.getvalue() == ""


def test_an_exception_as_a_value_is_its_text_alone(stream):
    log.error(log.Event.HTTP_FAILED, error=ValueError("what happened"))
    assert only_line(stream)["error"] == "what happened"
