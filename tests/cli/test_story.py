"""A matter told from its beginning: who, what, when, how far, what was missed, whose turn it is."""

import click
import pytest

from gateway.catalogue import TYPES, Channel
from gateway.cli import refused, story, times_shown


def message(**changes):
    return {
        "id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        "short": "0195c2a4-7b1e",
        "thread": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        "direction": "out",
        "type": "irregularity.report",
        "title": "Report of an irregularity",
        "clauses": ["5(5)"],
        "created": "2026-11-24T09:12:00Z",
        "state": "delivered",
        "levels": {
            "received": "2026-11-24T09:12:01Z",
            "handed-over": "2026-11-24T09:15:00Z",
            "accepted": "2026-11-25T10:02:00Z",
            "declined": None,
            "answered": None,
        },
        "missed": [],
        "deadlines": {},
    } | changes


def matter(*messages, **changes):
    return {
        "thread": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        "short": "0195c2a4-7b1e",
        "node": "jp/isa",
        "peer": "kh/molvt",
        "kind": "irregularity",
        "state": "accepted",
        "reference": "JP-2026-000123",
        "opened_by": "jp/isa",
        "opened": "2026-11-24T09:12:00Z",
        "next": "kh/molvt is to investigate",
        "next_node": "kh/molvt",
        "due": "2027-01-23T09:12:00Z",
        "messages": list(messages),
    } | changes


OPENED = "Report of an irregularity, clause 5(5)"


def told(view, notes=(), zone=None):
    found = []

    @click.command()
    @times_shown.zone_option
    def command():
        found.extend(story.told(view, notes))

    command.main(["--zone", zone] if zone else [], standalone_mode=False)
    return found


def test_a_matter_is_told_with_its_steps_levels_and_whose_turn_it_is():
    assert told(matter(message()), zone="JST") == [
        "JP-2026-000123: irregularity with Cambodia (kh/molvt), accepted",
        f"Opened 24 Nov 2026 09:12 UTC (18:12 JST) by Japan (jp/isa): {OPENED}",
        "Handled here by nobody",
        "",
        "24 Nov 2026",
        "  09:12 UTC (18:12 JST)  Japan reported an irregularity  [0195c2a4-7b1e]",
        "                         arrived 09:12, read 09:15, accepted 25 Nov 2026 10:02",
        "",
        "Next: Cambodia (kh/molvt) is to investigate, by 23 Jan 2027 09:12 UTC (18:12 JST)",
    ]


def test_notes_stand_at_their_time_and_are_marked_as_never_sent():
    later = message(created="2026-11-26T08:00:00Z", type="reminder", levels={}, short="0195dddd")
    note = {"at": "2026-11-25T07:30:00Z", "author": "dara", "text": "Call Ms Sok.\nAgain."}
    lines = told(matter(message(), later, assignee="dara"), [note])
    assert "Handled here by dara" in lines
    start = lines.index("25 Nov 2026")
    assert lines[start : start + 4] == [
        "25 Nov 2026",
        "  07:30 UTC  note by dara (internal, never sent):",
        "             Call Ms Sok.",
        "             Again.",
    ]
    assert lines.index("26 Nov 2026") > start


def test_a_note_of_the_same_second_stands_below_the_message_it_is_about():
    note = {"at": "2026-11-24T09:12:00Z", "author": "dara", "text": "x"}
    lines = told(matter(message()), [note])
    assert lines.index("  09:12 UTC  note by dara (internal, never sent):") > lines.index(
        "  09:12 UTC  Japan reported an irregularity  [0195c2a4-7b1e]"
    )


def test_what_was_missed_and_what_is_still_due_is_told_for_each_level():
    view = message(
        missed=["accepted"],
        deadlines={"accepted": "2026-11-27T09:12:00Z", "answered": "2027-01-23T09:12:00Z"},
        levels={},
    )
    lines = told(matter(view, overdue=True))
    assert "             MISSED: to be accepted by 27 Nov 2026 09:12 UTC" in lines
    assert "             to be answered by 23 Jan 2027 09:12 UTC" in lines
    assert "(a deadline was missed)" in lines[-1]


def test_corrections_and_withdrawals_are_told_at_the_message_they_concern():
    new = "0195ffff-7b1e-7c3a-9f00-6a5d4c3b2a10"
    correction = message(type="correction", id=new, short=new[:13], levels={})
    lines = told(
        matter(message(superseded_by=new, superseded_mode="correct", levels={}), correction)
    )
    assert "             corrected since: [0195ffff-7b1e]" in lines
    assert "  09:12 UTC  Japan corrected an earlier message  [0195ffff-7b1e]" in lines
    withdrawn = told(matter(message(superseded_by=new, superseded_mode="withdraw", levels={})))
    assert "             withdrawn since: [0195ffff-7b1e]" in withdrawn


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("queued", "it has not arrived yet"),
        ("refused", f"the other side refused it: {refused.told({'refusal': 'unknown-type'})}"),
        ("held", "it is held until somebody releases it"),
    ],
)
def test_what_has_not_arrived_says_so(state, words):
    view = message(state=state, refusal="unknown-type", levels={})
    assert f"             {words}" in told(matter(view))


def test_a_closed_matter_needs_nobody():
    view = matter(message(), next="nobody: the matter is closed", next_node=None, due=None)
    assert told(view)[-1] == "Nobody has to act: the matter is closed"


def test_what_the_other_side_wrote_is_told_as_theirs():
    view = matter(message(direction="in"), opened_by="kh/molvt", node="jp/isa")
    assert any("Cambodia reported" in line for line in told(view))


def test_a_country_that_is_not_in_the_table_is_named_by_its_node():
    lines = told(matter(message(direction="in"), peer="xx/ministry"))
    assert lines[0] == "JP-2026-000123: irregularity with xx/ministry, accepted"
    assert any("xx/ministry reported" in line for line in lines)


def test_no_text_of_another_person_can_move_the_cursor():
    evil = "\x1b[2J\u202e"
    view = matter(
        message(attention=evil, title=evil, type="no.such"), attention=evil, assignee=evil
    )
    note = {"at": evil, "author": evil, "text": evil}
    text = "\n".join(told(view, [note]))
    assert "\x1b" not in text
    assert "\u202e" not in text


@pytest.mark.parametrize(
    "name", [name for name, row in TYPES.items() if row.channel is Channel.THREAD]
)
def test_every_type_that_stands_in_a_matter_has_its_words(name):
    assert name in story._ACTS
