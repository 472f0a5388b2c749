"""The same under a new id: what changes, what stays, and what must come along."""

from dataclasses import replace

import orjson
import pytest

from gateway.catalogue import TYPES, WEEKDAYS
from gateway.delivery.reissue import Renamed, groups, new_due, new_expiry, renamed
from gateway.envelope import SigningPair, Typ, digest, sign, times
from tests.envelope.samples import ID, OTHER_ID, header

DAY = 86_400
CREATED = times.parse(header().created)
TYPE = TYPES["inquiry.request"]
LIFE, TERM = TYPE.life * DAY, TYPE.response["routine"]


def text(offset):
    return times.text(CREATED + offset)


@pytest.mark.parametrize(
    ("expires", "now", "expected"),
    [
        (text(LIFE), CREATED + 5 * DAY, text(5 * DAY + LIFE)),
        (text(20 * DAY), CREATED + 5 * DAY, text(20 * DAY)),
        (text(20 * DAY), CREATED + 20 * DAY, text(40 * DAY)),
        (text(20 * DAY), CREATED + 25 * DAY, text(45 * DAY)),
    ],
)
def test_a_span_is_given_again_and_a_chosen_day_is_kept_while_it_lies_ahead(expires, now, expected):
    assert new_expiry(header(expires=expires), TYPE, now) == expected


@pytest.mark.parametrize(
    ("due", "now", "expected"),
    [
        (None, CREATED + 5 * DAY, None),
        (
            times.text(TERM.end(CREATED, WEEKDAYS)),
            CREATED + 6 * DAY,
            times.text(TERM.end(CREATED + 6 * DAY, WEEKDAYS)),
        ),
        (text(9 * DAY), CREATED + 5 * DAY, text(9 * DAY)),
        (text(9 * DAY), CREATED + 9 * DAY, text(18 * DAY)),
        (text(9 * DAY), CREATED + 10 * DAY, text(19 * DAY)),
    ],
)
def test_the_day_of_an_answer_follows_the_same_rule(due, now, expected):
    assert new_due(header(due=due), TYPE, now, WEEKDAYS) == expected


NEW = "01980000-0000-7000-8000-00000000000a"


def test_what_opens_a_matter_opens_another_one_without_a_reference_yet():
    fresh = renamed(replace(header(), id=NEW), header(), Renamed())
    assert (fresh.thread, fresh.reference) == (NEW, None)


def test_what_stands_in_a_matter_stays_there_and_speaks_of_the_same():
    old = header(id=OTHER_ID, in_reply_to=ID, parent_thread=ID)
    assert renamed(old, old, Renamed()) == old


def test_what_speaks_of_a_renamed_message_speaks_of_its_new_name():
    first = header()
    anew = replace(first, id=NEW, thread=NEW, reference="JP-2026-000009")
    names = Renamed()
    names.note(first, anew)
    taken = {"id": ID, "header_digest": digest(first.payload()), "mode": "correct"}
    old = header(id=OTHER_ID, in_reply_to=ID, parent_thread=ID, supersedes=taken)
    fresh = renamed(old, old, names)
    assert (fresh.thread, fresh.in_reply_to, fresh.parent_thread) == (NEW, NEW, NEW)
    assert fresh.reference == "JP-2026-000009"
    assert fresh.supersedes == {
        "id": NEW,
        "header_digest": digest(anew.payload()),
        "mode": "correct",
    }


OLD_PAIR, NEW_PAIR = SigningPair.generate(), SigningPair.generate()
JWS = {pair.kids: sign(b"{}", pair, Typ.MESSAGE) for pair in (OLD_PAIR, NEW_PAIR)}


def row(seq, thread, pair=OLD_PAIR, *, reply=None, moved=(), peer="kh/molvt"):
    return {
        "seq": seq,
        "peer": peer,
        "thread": thread,
        "id": f"m{seq}",
        "in_reply_to": reply,
        "jws": JWS[pair.kids],
        "moved": orjson.dumps(list(moved)).decode(),
    }


def grouped(*rows, names=None):
    found = groups(rows, set(OLD_PAIR.kids), names or Renamed())
    return [[each.seq for each in group] for group in found]


GROUPS = {
    "nothing": ([], []),
    "another pair": ([row(1, "t", NEW_PAIR)], []),
    "two matters": ([row(1, "t"), row(2, "u")], [[1], [2]]),
    "one matter": ([row(1, "t"), row(2, "t")], [[1, 2]]),
    "the same name with another peer": (
        [row(1, "t"), row(2, "t", NEW_PAIR, peer="vn/dolab")],
        [[1]],
    ),
    "what waits behind": ([row(1, "t", NEW_PAIR), row(2, "t"), row(3, "t", NEW_PAIR)], [[2, 3]]),
    "what speaks of it": ([row(1, "t"), row(2, "u", NEW_PAIR, reply="m1")], [[1, 2]]),
    "what moved the same thread after it": (
        [row(1, "control", moved=["t"]), row(2, "t", NEW_PAIR, moved=["t"])],
        [[1, 2]],
    ),
    "what moved it before": (
        [row(1, "t", NEW_PAIR, moved=["t"]), row(2, "control", moved=["t"])],
        [[2]],
    ),
    "two that a third one ties": (
        [row(1, "t"), row(2, "u"), row(3, "control", moved=["t", "u"]), row(4, "v")],
        [[1, 2, 3], [4]],
    ),
    "a chain of replies": (
        [row(1, "t"), row(2, "u", reply="m1"), row(3, "v", NEW_PAIR, reply="m2")],
        [[1, 2, 3]],
    ),
}


@pytest.mark.parametrize("name", GROUPS)
def test_what_hangs_together_comes_along_in_one_group(name):
    rows, expected = GROUPS[name]
    assert grouped(*rows) == expected


def test_what_speaks_of_something_issued_anew_before_comes_along():
    names = Renamed()
    names.ids["m1"] = ("n1", "sha-256:x")
    names.threads["t"] = ("n1", None)
    assert grouped(row(2, "u", NEW_PAIR, reply="m1"), row(3, "t", NEW_PAIR), names=names) == [
        [2],
        [3],
    ]
