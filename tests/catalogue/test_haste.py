"""What a message says can make it more urgent, never less."""

import pytest

from gateway.catalogue import TYPES, Priority, haste_of, is_less_urgent

REPORT = TYPES["intermediary.report"]


def acts(*codes):
    return {"acts": {f"a{number}": {"code": code} for number, code in enumerate(codes)}}


@pytest.mark.parametrize(
    ("codes", "priority"),
    [
        ((), None),
        (("opaque-fees", "property-management"), None),
        (("forged-documents",), Priority.URGENT),
        (("forged-documents", "human-rights"), Priority.EMERGENCY),
        (("human-rights", "forged-documents"), Priority.EMERGENCY),
    ],
)
def test_the_most_urgent_act_decides(codes, priority):
    assert haste_of(REPORT, acts(*codes)) is priority


def test_a_word_in_a_text_is_no_code():
    assert haste_of(REPORT, {"summary": {"en": "human-rights"}}) is None


def test_a_type_without_such_codes_is_never_hastened():
    assert haste_of(TYPES["inquiry.request"], acts("human-rights")) is None


def test_priorities_are_compared_by_the_time_they_leave():
    assert is_less_urgent(Priority.ROUTINE, Priority.URGENT)
    assert is_less_urgent(Priority.URGENT, Priority.EMERGENCY)
    assert not is_less_urgent(Priority.EMERGENCY, Priority.EMERGENCY)
