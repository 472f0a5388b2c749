"""`--set`: one field by its dotted name, typed by the schema."""

import pytest

from gateway.cli.form_set import with_set
from gateway.errors import InvalidError
from tests.cli.test_form import INQUIRY, form_of


def test_fields_are_set_by_their_dotted_names_as_the_schema_types_them():
    body = with_set(
        INQUIRY,
        {"reason": {"en": "Because."}},
        [
            "questions.q1.text.en=Was it issued = or not?",
            "questions.q1.expected=1",
            "persons.p1.birth_date=1998/4/30",
            "partial_ok=no",
        ],
    )
    assert body == {
        "reason": {"en": "Because."},
        "questions": {"q1": {"text": {"en": "Was it issued = or not?"}, "expected": "bool"}},
        "persons": {"p1": {"birth_date": "1998-04-30"}},
        "partial_ok": False,
    }


def test_an_empty_value_takes_a_field_out():
    start = {"reason": {"en": "a", "ja": "b"}}
    assert with_set(INQUIRY, start, ["reason.ja="]) == {"reason": {"en": "a"}}
    assert start == {"reason": {"en": "a", "ja": "b"}}


def test_lists_are_set_by_number_and_codes_in_one_line():
    form = form_of(
        fields={"type": "array", "items": {"enum": ["care", "fishery"]}},
        steps={
            "type": "array",
            "items": {"type": "object", "properties": {"t": {"type": "string"}}},
        },
    )
    body = with_set(form, {}, ["fields=care, 2", "steps.0.t=a", "steps.1.t=b", "fields.0=fishery"])
    assert body == {"fields": ["fishery", "fishery"], "steps": [{"t": "a"}, {"t": "b"}]}
    assert with_set(form, body, ["fields.0="])["fields"] == ["fishery"]
    with pytest.raises(InvalidError) as caught:
        with_set(form, {}, ["steps.7.t=x"])
    assert "leaves a gap" in caught.value.problems[0].text


WRONG = {
    "a slip": ("qestions.q1=x", "did you mean questions?"),
    "the right name in the wrong place": ("name_latin=x", "did you mean persons.p1.name_latin?"),
    "an id of another form": ("questions.1.expected=bool", "has no entry 1: write q1"),
    "a group": ("reason=why", "is made of other fields: en, ja, km"),
    "a list": ("questions=why", "is made of other fields: such as q1"),
    "beyond a value": ("reason.en.x=y", "is too long: reason.en is one value"),
    "a value that does not fit": ("inquiry_type=tea", "is not one of"),
    "no value": ("reason.en", "has no =: write FIELD=VALUE"),
}


@pytest.mark.parametrize(("setting", "words"), WRONG.values(), ids=WRONG)
def test_a_wrong_setting_is_told_with_what_to_write(setting, words):
    body = {"reason": {"en": "Because."}}
    with pytest.raises(InvalidError) as caught:
        with_set(INQUIRY, body, ["partial_ok=yes", setting])
    (problem,) = caught.value.problems
    assert problem.where == f"--set {setting.partition('=')[0]}"
    assert words in problem.text
    assert body == {"reason": {"en": "Because."}}


def test_every_wrong_setting_is_named_at_once():
    with pytest.raises(InvalidError) as caught:
        with_set(INQUIRY, {}, ["tea=x", "partial_ok=tea"])
    assert len(caught.value.problems) == 2
