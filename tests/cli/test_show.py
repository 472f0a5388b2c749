"""One message as text: what became of it first, then what is known, what it says, what to do."""

import pytest

from tests.cli.two_desks import two_desks
from tests.nodes import answer_to

ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


def shown(run, desk, view, *arguments):
    desk.answers["/v1/messages/0195c2a4"] = (200, {"id": ID, **view})
    return run("--config", str(desk.config), "show", "--no-content", "0195c2a4", *arguments)


@pytest.mark.parametrize(
    ("caveats", "line"),
    [
        ({"caveats": ["personal-data", "no-tip-off"]}, "confidential, personal-data, no-tip-off"),
        ({"caveats": []}, "confidential"),
        ({}, "confidential"),
    ],
)
def test_a_message_is_shown_with_the_limits_on_its_use(run, desk, caveats, line):
    finished = shown(run, desk, {"marking": "confidential", **caveats})
    assert f"\n  {'Marking':<20}{line}\n" in finished.out


@pytest.mark.parametrize(
    ("mode", "words"), [("correct", "CORRECTED"), ("withdraw", "WITHDRAWN by its sender")]
)
def test_what_was_replaced_says_so_first_and_names_what_took_its_place(run, desk, mode, words):
    new = "0195ffff-7b1e-7c3a-9f00-6a5d4c3b2a10"
    view = {"title": "Inquiry", "superseded_by": new, "superseded_mode": mode}
    finished = shown(run, desk, view)
    first = finished.out.splitlines()[0]
    assert first.startswith(words)
    assert new in first
    assert finished.err.endswith(f"show {new}\n")


def test_deadlines_and_missed_ones_stand_with_the_levels(run, desk):
    view = {
        "direction": "in",
        "state": "received",
        "levels": {"received": "2026-11-24T09:00:00Z"},
        "deadlines": {"answered": "2026-12-29T09:00:00Z", "accepted": "2026-11-20T09:00:00Z"},
        "missed": ["accepted"],
    }
    lines = shown(run, desk, view, "--zone", "ICT").out.splitlines()
    start = lines.index(f"  {'State':<20}received; nobody here has read it")
    assert lines[start + 1 : start + 4] == [
        f"  {'Received here':<20}2026-11-24T09:00:00Z (16:00 ICT)",
        f"  {'To be accepted by':<20}2026-11-20T09:00:00Z (16:00 ICT) MISSED",
        f"  {'To be answered by':<20}2026-12-29T09:00:00Z (16:00 ICT)",
    ]


def test_a_message_of_a_newer_node_is_shown_as_far_as_it_is_understood(run, desk):
    view = {"type": "no.such", "state": "teleported", "levels": {"beamed": "soon"}, "missed": None}
    finished = shown(run, desk, view)
    assert finished.code == 0
    assert "teleported" in finished.out


def test_a_received_inquiry_is_read_by_reference_and_the_next_steps_follow(tmp_path):
    with two_desks(tmp_path) as desks:
        sent = desks.ask()
        finished = desks.cli("kh", "show", sent["reference"], "--zone", "ICT")
        assert finished.code == 0, finished.err
        lines = finished.out.splitlines()
        assert lines[0] == "Inquiry (inquiry.request), from jp/isa"
        assert f"  {'State':<20}read here" in lines
        assert any(line.startswith(f"  {'Read here':<20}2026-") for line in lines)
        body = lines[lines.index("") + 1 :]
        assert body[0] == "Type of inquiry: A certificate (certification)"
        assert body[2] == "Questions:"
        accept, _ = finished.err.splitlines()
        assert accept.startswith("Next: accept it: ")
        assert accept.endswith(f"accept {sent['short']}")
        assert desks.cli("kh", *accept.split()[-2:]).code == 0
        again = desks.cli("kh", "show", sent["id"])
        assert again.err.endswith(f"reply {sent['short']}\n")


def test_both_parts_of_a_matter_are_shown_with_their_labels(tmp_path):
    with two_desks(tmp_path) as desks:
        sent = desks.ask()
        desks.cli("kh", "show", sent["id"])
        answer = desks.send("kh", answer_to(sent))
        finished = desks.cli("jp", "show", answer["id"])
        assert "Answers:" in finished.out
        assert "No record was found." in finished.out
        assert f"  {'In reply to':<20}{sent['id']}" in finished.out
