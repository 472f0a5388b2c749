"""What can be done next, as the line to type."""

import pytest

from gateway.catalogue import NEXT, TYPES, Channel, Side, ThreadState
from gateway.cli import next_step

ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"
SHORT = "0195c2a4-7b1e"
DECLINE = f"gateway decline {SHORT} --reason CODE --text TEXT"
OPENER = {"id": ID, "thread": ID, "short": SHORT, "direction": "in", "type": "inquiry.request"}
OURS = {"id": ID, "short": SHORT, "direction": "out"}
REPORT = OPENER | {"type": "irregularity.report"}
INVESTIGATION = [
    f"gateway reply {SHORT} --type investigation.status",
    f"gateway reply {SHORT} --type investigation.result",
]


@pytest.fixture(autouse=True)
def short_lines(monkeypatch):
    monkeypatch.setattr("gateway.cli.options.line", lambda *words: " ".join(("gateway", *words)))


STEPS = [
    (OPENER | {"state": "received"}, [f"gateway show {SHORT}"]),
    (OPENER | {"state": "handed-over"}, [f"gateway accept {SHORT}", DECLINE]),
    (OPENER | {"state": "accepted"}, [f"gateway reply {SHORT}"]),
    (OPENER | {"state": "answered"}, []),
    (REPORT | {"state": "accepted"}, INVESTIGATION),
    (
        OPENER | {"state": "accepted", "type": "sending-org.revocation"},
        [f"gateway publish {SHORT}"],
    ),
    (OPENER | {"state": "accepted", "type": "sending-org.guidance"}, []),
    # A node of a later version may have it; nothing is to be published with a part of a list.
    (OPENER | {"state": "accepted", "type": "of-a-later-version"}, []),
    (OPENER | {"state": "accepted", "type": "list.part"}, []),
    (
        OPENER | {"state": "accepted", "type": "consent.request"},
        [
            f"gateway consent grant {SHORT} --prepare FILE",
            f"gateway consent deny {SHORT} --reason CODE",
        ],
    ),
    # It has a denial of its own, and need not be accepted before.
    (
        OPENER | {"state": "handed-over", "type": "consent.request"},
        [
            f"gateway consent grant {SHORT} --prepare FILE",
            f"gateway consent deny {SHORT} --reason CODE",
            f"gateway accept {SHORT}",
        ],
    ),
    (
        OPENER | {"state": "handed-over", "thread": "another", "type": "disclosure.request"},
        [f"gateway disclose report {SHORT}"],
    ),
    (OPENER | {"state": "answered", "thread": "another", "type": "disclosure.request"}, []),
    # What only joins a matter is neither accepted nor answered for it.
    (OPENER | {"state": "handed-over", "thread": "another"}, []),
    (OPENER | {"state": "handed-over", "superseded_by": "0195ffff"}, ["gateway show 0195ffff"]),
    (
        OPENER | {"state": "answered", "attention": "out-of-order"},
        [f"gateway thread {SHORT} --attention-done"],
    ),
    (OURS | {"state": "queued", "attempts": 0}, [f"gateway cancel {SHORT}"]),
    # What was tried may have arrived, and is not taken back.
    (OURS | {"state": "queued", "attempts": 1}, []),
    (OURS | {"state": "held", "attempts": 4}, [f"gateway release {SHORT}"]),
    (OURS | {"state": "refused"}, [f"gateway retry {SHORT}"]),
    (OURS | {"state": "expired"}, [f"gateway retry {SHORT}"]),
    (OURS | {"state": "cancelled", "reissued_as": "0195ffff"}, ["gateway show 0195ffff"]),
    (OURS | {"state": "delivered"}, []),
]


@pytest.mark.parametrize(("view", "lines"), STEPS)
def test_the_next_step_with_a_message_is_a_command_to_type(view, lines):
    assert [line for _, line in next_step.after(view)] == lines


def matter(state, opener, **changes):
    view = {"node": "kh/molvt", "peer": "jp/isa", "next_node": "kh/molvt", "thread": ID}
    return view | {"reference": "JP-2026-000123", "state": state, "messages": [opener]} | changes


MATTERS = [
    (matter("requested", OPENER | {"state": "received"}), [f"gateway show {SHORT}"]),
    (
        matter("reported", REPORT | {"state": "handed-over"}),
        [f"gateway accept {SHORT}", DECLINE],
    ),
    (matter("in-progress", OPENER | {"state": "accepted"}), [f"gateway reply {SHORT}"]),
    (matter("investigating", REPORT | {"state": "accepted"}), INVESTIGATION),
    (matter("answered", OPENER | {"state": "answered"}, next_node=None), []),
    (matter("requested", OPENER | {"state": "received"}, next_node="jp/isa"), []),
    (
        matter("answered", OPENER, next_node=None, attention="out-of-order"),
        ["gateway thread JP-2026-000123 --attention-done"],
    ),
    (matter("requested", {}, messages=[]), []),
    (
        matter("proposed", OPENER | {"state": "handed-over", "type": "review.propose"}),
        [f"gateway accept {SHORT}", DECLINE],
    ),
    (
        matter("agreed", OPENER | {"direction": "out", "type": "consultation.propose"}),
        [f"gateway reply {SHORT} --type consultation.minutes"],
    ),
    (
        matter("consented-by-other", OPENER | {"direction": "out", "type": "amendment.propose"}),
        [f"gateway reply {SHORT} --type amendment.consent"],
    ),
    (matter("requested", OPENER | {"direction": "out"}), []),
    (
        matter(
            "countered",
            {},
            messages=[
                OPENER | {"direction": "out", "type": "consultation.propose"},
                {"id": "0195ffff", "short": "0195ffff", "direction": "in", "state": "received"},
            ],
        ),
        ["gateway show 0195ffff", f"gateway reply {SHORT} --type consultation.reply"],
    ),
]


@pytest.mark.parametrize(("view", "lines"), MATTERS)
def test_the_next_step_in_a_matter_is_a_command_to_type(view, lines):
    assert [line for _, line in next_step.in_matter(view)] == lines


@pytest.mark.parametrize("name", [name for name, row in TYPES.items() if row.opens is not None])
def test_every_matter_says_how_it_is_answered_or_needs_no_answer(name):
    after_acceptance = NEXT[TYPES[name].opens, ThreadState.ACCEPTED]
    replies = next_step._REPLIES.get(name, ())
    is_followed = bool(replies) or next_step._is_published(name)
    assert is_followed == (after_acceptance.side is not None)
    for _, type_name in replies:
        fitting = [
            row.name
            for row in TYPES.values()
            if name in row.replies_to and row.channel is Channel.THREAD and row.event is not None
        ]
        assert (type_name or fitting[0]) in fitting


def test_who_opened_a_matter_is_told_what_to_send_wherever_the_word_is_with_it():
    ours = {
        (name, state.value)
        for name, row in TYPES.items()
        for (kind, state), following in NEXT.items()
        if row.opens is kind and following.side is Side.OPENER
    }
    assert set(next_step._ONWARD) == ours
    for (name, _), (words, type_name) in next_step._ONWARD.items():
        assert name in TYPES[type_name].replies_to
        assert TYPES[name].senders & TYPES[type_name].senders
        assert words in next_step._WORDS
