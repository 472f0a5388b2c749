"""A form asked question by question: what is asked, what an answer does, and the way back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.catalogue import TYPES
from gateway.cli.form import Field, Kind
from gateway.cli.form_answers import UnfitError
from gateway.cli.form_interview import Interview
from gateway.cli.form_questions import Ask
from tests.cli.test_form import INQUIRY, form_of, schema_of

REASON = {"en": "Because."}


def answered(form, *texts, start=None):
    """Return the interview after these answers; `-` and `!` are the ways back and out."""
    interview = Interview(form, start)
    for text in texts:
        if text == "-":
            interview.back()
        elif text == "!":
            interview.leave_out()
        else:
            interview.answer(text)
    return interview


def asked(interview):
    question = interview.question
    return None if question is None else (question.ask.value, question.pointer)


SHORTEST = ["3", "Issued?", "", "", "bool", "n", "n", "n", "n", "Because.", "", "", ""]


def test_the_shortest_inquiry_is_made_of_what_is_required():
    interview = answered(INQUIRY, *SHORTEST)
    assert interview.question is None
    assert interview.so_far() == {
        "inquiry_type": "certification",
        "questions": {"q1": {"text": {"en": "Issued?"}, "expected": "bool"}},
        "reason": REASON,
    }
    assert INQUIRY.faults(interview.so_far()) == ()


def test_the_questions_come_in_the_order_of_the_form():
    seen, interview = [], Interview(INQUIRY)
    for text in SHORTEST:
        seen.append(asked(interview))
        interview.answer(text)
    assert seen == [
        ("value", "/inquiry_type"),
        ("value", "/questions/q1/text/en"),
        ("value", "/questions/q1/text/ja"),
        ("value", "/questions/q1/text/km"),
        ("value", "/questions/q1/expected"),
        ("another", "/questions/q2"),
        ("add", "/persons"),
        ("add", "/organisations"),
        ("add", "/documents"),
        ("value", "/reason/en"),
        ("value", "/reason/ja"),
        ("value", "/reason/km"),
        ("value", "/partial_ok"),
    ]


def test_another_entry_gets_the_next_id_by_itself():
    more = ["y", "When?", "", "", "date", "n"]
    interview = answered(INQUIRY, *SHORTEST[:5], *more)
    assert list(interview.so_far()["questions"]) == ["q1", "q2"]
    assert asked(interview) == ("add", "/persons")


def test_a_question_knows_the_groups_it_stands_in():
    interview = answered(INQUIRY, "3")
    labels = [heading.label for heading in interview.question.trail]
    assert labels == ["Questions", "Question q1", "Text"]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([""], "is needed"),
        (["tea"], "is not one of"),
        (["3", "Issued?", "", "", "5"], "is not one of"),
        (["3", "Issued?", "", "", "bool", "perhaps"], "neither yes nor no"),
    ],
)
def test_an_answer_that_does_not_fit_changes_nothing(texts, words):
    *good, bad = texts
    interview = answered(INQUIRY, *good)
    before = (asked(interview), interview.so_far())
    with pytest.raises(UnfitError, match=words):
        interview.answer(bad)
    assert (asked(interview), interview.so_far()) == before


def test_the_way_back_leads_through_every_question_with_its_answer():
    interview = answered(INQUIRY, *SHORTEST)
    whole = interview.so_far()
    for _ in SHORTEST:
        assert interview.back()
    assert asked(interview) == ("value", "/inquiry_type")
    assert not interview.back()
    while interview.question is not None:
        interview.answer("")
    assert interview.so_far() == whole


def test_after_going_back_another_answer_takes_the_place_of_the_first():
    interview = answered(INQUIRY, "3", "Isued?", "-", "Issued?")
    assert interview.so_far()["questions"] == {"q1": {"text": {"en": "Issued?"}}}
    assert asked(interview) == ("value", "/questions/q1/text/ja")


def test_what_is_optional_can_be_left_out_although_it_was_there():
    start = {"reason": REASON | {"ja": "理由"}}
    interview = answered(form_of(reason=INQUIRY.at(["reason"]).schema), "", "", "!", start=start)
    assert interview.so_far() == {"reason": REASON}
    needed = answered(INQUIRY)
    with pytest.raises(UnfitError, match="cannot be left out"):
        needed.leave_out()


def test_a_group_nobody_wants_is_left_out_with_all_it_held():
    persons = {"p1": {"name_latin": "CHAN DARA", "nationality": "KH"}}
    form = form_of(persons=INQUIRY.at(["persons"]).schema)
    assert answered(form, "n", start={"persons": persons}).so_far() == {}
    kept = answered(form, "", "n", "n", start={"persons": persons})
    assert kept.so_far() == {}  # the one entry was not kept, and nothing is left


def test_an_optional_group_without_anything_in_it_is_left_out():
    form = form_of(organisation={**INQUIRY.at(["organisations", "o1", "identifiers"]).schema})
    interview = answered(form, "y", *[""] * 7)
    # A group that needs at least one member says so, until it has one or is left.
    assert asked(interview) is None
    assert interview.so_far() == {}


def test_what_a_rule_between_fields_wants_is_asked_as_required():
    form = INQUIRY.at(["organisations"])
    form = form_of(organisations={**form.schema})
    interview = answered(form, "y", "")
    assert asked(interview) == ("value", "/organisations/o1/name/en")
    assert interview.question.must_answer
    by_id = answered(form, "y", "jp/isa")
    assert asked(by_id) == ("add", "/organisations/o1/name")


def test_what_is_still_missing_at_the_end_of_a_group_is_asked_again():
    either = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
    form = Field.of({"type": "object", **either, "dependentRequired": {"b": ["a"]}})
    interview = answered(form, "", "x")
    assert asked(interview) == ("value", "/a")
    assert interview.question.remark == "is missing"
    interview.answer("y")
    assert interview.so_far() == {"a": "y", "b": "x"}


def test_what_nothing_can_be_asked_about_is_left_to_the_check_of_the_whole():
    form = Field.of(schema_of("correction"))
    interview = answered(form, "Wrong name.", "", "")
    assert interview.question is None
    assert [fault.pointer for fault in form.faults(interview.so_far())] == ["/body"]


def test_a_constant_is_not_asked():
    form = form_of(version={"const": 1, "needed": True}, note={"type": "string"})
    interview = answered(form, "x")
    assert interview.so_far() == {"version": 1, "note": "x"}


def test_a_list_of_groups_and_a_list_of_texts_are_asked_entry_by_entry():
    measure = {"type": "object", "title": "Measure", "properties": {"t": {"type": "string"}}}
    form = form_of(
        measures={"type": "array", "items": measure},
        names={"type": "array", "items": {"type": "string"}},
    )
    interview = answered(form, "y", "one", "y", "two", "n", "y", "Co., Ltd.", "y", "B", "n")
    assert interview.so_far() == {
        "measures": [{"t": "one"}, {"t": "two"}],
        "names": ["Co., Ltd.", "B"],
    }


def test_an_entry_in_the_middle_that_is_not_kept_leaves_no_gap():
    form = form_of(names={"type": "array", "items": {"type": "string"}})
    start = {"names": ["a", "b", "c"]}
    interview = answered(form, "y", "", "", "n", "", "", "n", start=start)
    assert interview.so_far() == {"names": ["a", "c"]}
    assert interview.question is None


def test_an_entry_that_a_list_takes_off_is_kept_or_given_up_and_never_filled_in():
    entry = {"type": ["null", "object"], "properties": {"n": {"type": "integer"}}}
    form = form_of(e={"type": "object", "patternProperties": {"^[a-z]$": entry}})
    interview = Interview(form, {"e": {"a": None, "b": {"n": 1}}})
    assert asked(answered(form, "y", start={"e": {"a": None}})) == ("keep", "/e/a")
    for text in ("y", "y", "y", "1", "n"):
        interview.answer(text)
    assert interview.so_far() == {"e": {"a": None, "b": {"n": 1}}}
    assert interview.question is None
    given_up = answered(form, "y", "n", "y", "1", "n", start={"e": {"a": None, "b": {"n": 1}}})
    assert given_up.so_far() == {"e": {"b": {"n": 1}}}


def test_an_id_that_cannot_be_made_is_asked():
    keyed = {"type": "object", "patternProperties": {"^[a-z]{2}$": {"type": "string"}}}
    form = form_of(texts={**keyed, "additionalProperties": False})
    interview = answered(form, "y")
    assert interview.question.ask is Ask.KEY
    with pytest.raises(UnfitError, match="no id"):
        interview.answer("X9")
    interview.answer("en")
    interview.answer("Hello")
    interview.answer("n")
    assert interview.so_far() == {"texts": {"en": "Hello"}}


# --- numbers that contradict themselves ---------------------------------------------------


IDENTIFIERS = INQUIRY.at(["organisations", "o1", "identifiers"]).schema["properties"]


def test_a_number_that_contradicts_itself_is_refused_where_it_is_typed():
    form = form_of(identifiers={"type": "object", "properties": IDENTIFIERS})
    interview = answered(form, "y")
    with pytest.raises(UnfitError, match="check digit"):
        interview.answer("4011001098994")
    assert interview.so_far() == {"identifiers": {}}
    interview.answer("4011001098993")
    assert interview.so_far() == {"identifiers": {"jp-houjin": "4011001098993"}}


def test_a_doubtful_number_is_asked_again_and_taken_if_it_is_meant():
    only = {"kh-tax": IDENTIFIERS["kh-tax"]}
    form = form_of(identifiers={"type": "object", "properties": only})
    interview = answered(form, "y", "12345")
    assert "unlike most tax numbers" in interview.question.remark
    assert interview.so_far() == {"identifiers": {}}
    assert answered(form, "y", "12345", "").so_far() == {"identifiers": {"kh-tax": "12345"}}
    mended = answered(form, "y", "12345", "L001-100123456")
    assert mended.so_far() == {"identifiers": {"kh-tax": "L001-100123456"}}


def test_a_residence_card_is_known_by_the_type_beside_its_number():
    form = form_of(document=INQUIRY.at(["documents", "d1"]).schema)
    with pytest.raises(UnfitError, match="two letters"):
        answered(form, "y", "residence-card", "12345")
    assert answered(form, "y", "ocwc", "12345").question.remark == ""


# --- going on ----------------------------------------------------------------------------


def test_going_on_stops_at_the_first_thing_that_is_missing():
    start = {"inquiry_type": "law", "questions": {"q1": {"text": {"en": "Which law?"}}}}
    interview = Interview(INQUIRY, start)
    interview.go_on()
    assert asked(interview) == ("value", "/questions/q1/expected")


def test_going_on_returns_to_where_its_author_stopped():
    stopped = answered(INQUIRY, *SHORTEST[:7])
    interview = Interview(INQUIRY, stopped.so_far())
    interview.go_on("/organisations")
    assert asked(interview) == ("add", "/organisations")


def test_going_on_from_a_place_that_is_gone_stops_at_what_is_missing():
    interview = Interview(INQUIRY, {"inquiry_type": "law"})
    interview.go_on("/nowhere")
    assert asked(interview) == ("value", "/questions/q1/text/en")


def test_going_on_with_everything_there_asks_nothing():
    example = schema_of("inquiry.request")["examples"][0]
    interview = Interview(INQUIRY, example)
    interview.go_on()
    assert interview.question is None
    assert interview.so_far() == example


def test_going_on_ends_also_where_what_is_known_breaks_a_rule_as_a_whole():
    names = {"type": "object", "patternProperties": {"^n[0-9]$": {"type": "string"}}}
    form = form_of(names={**names, "maxProperties": 2, "needed": True})
    interview = Interview(form, {"names": {"n1": "a", "n2": "b", "n3": "c"}})
    interview.go_on()
    assert asked(interview) == ("keep", "/names/n1")
    assert interview.question.remark == "has more than 2 members"
    inner = {"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}}
    whole = Interview(form_of(x={**inner, "needed": True}), {"x": {"a": "b"}})
    whole.go_on()
    assert asked(whole) == ("value", "/x/a")
    deeper = {
        "type": "object",
        "properties": {"g": inner | {"not": False}},
        "not": {"required": ["g"]},
    }
    far = Interview(form_of(x={**deeper, "needed": True}), {"x": {"g": {"a": "b"}}})
    far.go_on()
    assert asked(far) == ("add", "/x/g")


def test_going_on_stops_at_a_value_that_does_not_fit():
    interview = Interview(INQUIRY, {"inquiry_type": "tea"})
    interview.go_on()
    assert asked(interview) == ("value", "/inquiry_type")
    with pytest.raises(UnfitError, match="is not one of"):
        interview.answer("")


def test_what_the_form_does_not_know_is_named_and_not_asked():
    start = {"inquiry_type": "law", "tea": 1, "reason": {"xx": "?"}, "questions": "none"}
    assert set(Interview(INQUIRY, start).dropped) == {"/tea", "/reason/xx", "/questions"}


@pytest.mark.parametrize("name", TYPES)
def test_the_example_of_every_type_comes_back_when_everything_is_kept(name):
    schema = schema_of(name)
    example = schema["examples"][0]
    interview = Interview(Field.of(schema), example)
    while interview.question is not None:
        interview.answer("")
    assert interview.dropped == ()
    assert interview.so_far() == example


# --- whatever people do ------------------------------------------------------------------

ANSWERS = ["", "y", "n", "1", "2", "KH", "x", "2026-03-31", "4011001098994", "Khmr", "-", "!"]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(TYPES)), st.lists(st.sampled_from(ANSWERS), max_size=60))
def test_whatever_is_typed_the_body_holds_only_what_its_fields_take(name, texts):
    form = Field.of(schema_of(name))
    interview = Interview(form)
    for text in texts:
        if interview.question is None:
            break
        try:
            if text == "-":
                interview.back()
            elif text == "!":
                interview.leave_out()
            else:
                interview.answer(text)
        except UnfitError:
            continue
    body = interview.so_far()
    json.dumps(body)
    for fault in form.faults(body):
        # Unfinished, or a rule of the whole group; never a value that no field would take.
        assert "is missing" in fault.text or "fewer" in fault.text, fault
    if interview.question is None and not any(f.kind is Kind.OPEN for f in form.members()):
        assert form.faults(body) == ()
