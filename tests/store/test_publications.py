"""What waits to be public and what is: by message, so that each can be taken back alone."""

import pytest

from gateway.catalogue import PublishRule, Register
from gateway.store import publications
from gateway.store.publications import Action, Decision, Progress, Shown
from gateway.store.sealing import CorruptError
from tests.store.tables import PEER, message, sql

AT = "2026-09-21T14:13:20Z"
ORGS = Register.SENDING_ORGS


def note(tx, seq, *, slot=None, action=Action.PUBLISHED, due=None):
    publications.note(
        tx,
        seq,
        slot=slot or seq,
        peer=PEER,
        register=ORGS,
        action=action,
        rule=PublishRule.REQUIRED,
        at=AT,
        due=due,
    )


def show(tx, seq, entry="so-1", fields=None, status="approved"):
    shown = Shown(entry=entry, status=status, fields=fields, seq=seq, since=AT)
    publications.show(tx, seq, peer=PEER, register=ORGS, shown=shown, at=AT)


def shown(tx):
    return {each.entry: each.fields for each in publications.shown(tx, PEER, ORGS)}


def decision(action=Action.PUBLISHED, place="https://a.example"):
    return Decision(action=action, at=AT, uid=1, place=place, fields=("/licence",))


def seqs(tx, number):
    return [message(tx)[0] for _ in range(number)]


def test_the_newest_message_that_lets_an_entry_be_read_is_shown(tx):
    first, second = seqs(tx, 2)
    show(tx, second, fields={"a": 2})
    show(tx, first, fields={"a": 1})
    assert shown(tx) == {"so-1": {"a": 2}}
    note(tx, second)
    assert [each.seq for each in publications.close_versions(tx, second, AT)] == [second]
    assert shown(tx) == {"so-1": {"a": 1}}


def test_an_entry_that_a_list_leaves_out_is_not_shown(tx):
    first, second = seqs(tx, 2)
    show(tx, first, fields={"a": 1})
    show(tx, second, fields=None)
    assert shown(tx) == {}
    assert publications.has_any(tx, PEER, ORGS)
    assert not publications.has_any(tx, "np/moless", ORGS)


def test_registers_of_two_peers_do_not_mix(tx):
    (seq,) = seqs(tx, 1)
    show(tx, seq, fields={"a": 1})
    assert list(publications.shown(tx, "np/moless", ORGS)) == []
    assert list(publications.shown(tx, PEER, Register.MEASURES)) == []


def test_a_register_longer_than_a_page_is_shown_whole(tx):
    (seq,) = seqs(tx, 1)
    for number in range(1001):
        show(tx, seq, entry=f"so-{number:04}", fields={"a": number})
    assert [each.entry for each in publications.shown(tx, PEER, ORGS)] == [
        f"so-{number:04}" for number in range(1001)
    ]


def test_a_later_version_takes_the_place_of_what_waits_and_inherits_its_place(tx):
    first, second, third = seqs(tx, 3)
    note(tx, first)
    assert publications.decide(tx, first, decision())
    publications.finish(tx, first, "told")
    note(tx, second, slot=first, action=Action.AMENDED)
    note(tx, third, slot=first, action=Action.WITHDRAWN)
    states = [publications.get(tx, seq)["state"] for seq in (first, second, third)]
    assert states == [Progress.DONE, Progress.REPLACED, Progress.WAITING]
    assert publications.newest_of(tx, first)["place"] == "https://a.example"


def test_the_first_decision_stands(tx):
    (seq,) = seqs(tx, 1)
    note(tx, seq)
    assert publications.decide(tx, seq, decision(Action.NOT_PUBLISHED, None))
    assert not publications.decide(tx, seq, decision())
    publications.finish(tx, seq, None)
    assert publications.get(tx, seq)["state"] == Progress.REFUSED


def test_only_what_waits_is_held_back(tx):
    (seq,) = seqs(tx, 1)
    note(tx, seq)
    assert publications.hold_back(tx, seq, "removes-many")
    publications.decide(tx, seq, decision())
    assert publications.get(tx, seq)["remark"] is None
    assert not publications.hold_back(tx, seq, "removes-many")


def test_what_waits_is_counted_per_peer_with_the_first_day(tx):
    first, second, third = seqs(tx, 3)
    note(tx, first, due="2026-09-30T00:00:00Z")
    note(tx, second, due="2026-09-25T00:00:00Z")
    note(tx, third)
    publications.decide(tx, third, decision())
    (row,) = publications.counts(tx)
    assert tuple(row) == (PEER, 2, "2026-09-25T00:00:00Z")


@pytest.mark.parametrize("column", ["status", "fields"])
def test_what_was_changed_on_the_disk_is_not_shown(tx, column):
    (seq,) = seqs(tx, 1)
    show(tx, seq, fields={"a": 1})
    sql(tx, f"UPDATE published SET {column} = '{{}}'")
    with pytest.raises(CorruptError, match="so-1"):
        shown(tx)
    with pytest.raises(CorruptError):
        publications.of_entry(tx, PEER, ORGS, "so-1")


def test_the_message_that_changed_the_register_last_is_shown_whenever_it_came(tx):
    first, second = seqs(tx, 2)
    show(tx, second, fields={"a": 2})
    later = Shown(entry="so-1", status="revoked", fields={"a": 1}, seq=first, since="2026-09-22Z")
    publications.show(tx, first, peer=PEER, register=ORGS, shown=later, at=AT)
    assert shown(tx) == {"so-1": {"a": 1}}
    read = publications.of_entry(tx, PEER, ORGS, "so-1")
    assert [each.seq for each in read] == [first, second]


def test_the_words_of_a_reason_are_sealed_and_go_once_a_message_keeps_them(tx):
    told, untold = seqs(tx, 2)
    reason = {"code": "law", "text": {"en": "A court forbids."}}
    closed = Decision(action=Action.NOT_PUBLISHED, at=AT, uid=1, reason=reason)
    for seq, message_id in ((told, "told"), (untold, None)):
        note(tx, seq)
        publications.decide(tx, seq, closed)
        assert publications.reason_of(tx, publications.get(tx, seq)) == reason
        assert b"court" not in publications.get(tx, seq)["reason_text"]
        publications.finish(tx, seq, message_id)
    assert publications.reason_of(tx, publications.get(tx, told)) == {"code": "law"}
    assert publications.reason_of(tx, publications.get(tx, untold)) == reason


def test_only_what_was_closed_at_that_time_is_opened_again(tx):
    first, second = seqs(tx, 2)
    for seq, at in ((first, AT), (second, "2026-09-22T00:00:00Z")):
        note(tx, seq, slot=first)
        show(tx, seq, entry=f"so-{seq}", fields={"a": seq})
        publications.close_versions(tx, first, at)
    publications.reopen_versions(tx, first, "2026-09-22T00:00:00Z")
    assert shown(tx) == {f"so-{second}": {"a": second}}
    assert publications.pages(tx) == 1
