"""The form of a message: its header beside its body, drafts in and out, names for pointers."""

import pytest

from gateway.catalogue import TYPES
from gateway.cli.form import Field, Kind
from gateway.cli.form_message import BODY, MessageForm
from gateway.cli.form_prefill import answering, naming
from gateway.cli.form_read import read
from gateway.cli.form_toml import written
from tests.cli.test_form import schema_of

INQUIRY = MessageForm.of(TYPES["inquiry.request"], peers=["kh/molvt"])
EXAMPLE = schema_of("inquiry.request")["examples"][0]


def names(form):
    return [member.name for member in form.field.members()]


def test_a_message_that_waits_for_an_answer_has_a_priority_and_a_due_time():
    assert names(INQUIRY) == ["to", "priority", "due", BODY, "note"]
    assert names(MessageForm.of(TYPES["ping"])) == ["to", BODY, "note"]


def test_a_reply_does_not_say_for_whom_it_is():
    assert names(MessageForm.of(TYPES["inquiry.answer"], is_reply=True)) == [BODY, "note"]


def test_a_correction_has_the_fields_of_what_it_corrects():
    form = MessageForm.of(TYPES["correction"], is_reply=True, corrects="inquiry.request")
    assert form.field.at([BODY, "body", "questions", "q1", "text", "en"]).label == "English"
    assert form.field.at([BODY, "body"]).kind is Kind.GROUP
    values = {BODY: {"reason": {"en": "Wrong name."}, "body": EXAMPLE}}
    assert form.faults(values) == {}
    assert read(form.field, written(form.field, values)) == (values, ())


def test_a_draft_and_the_values_of_its_form_are_two_sides_of_one():
    draft = {"type": "inquiry.request", "to": "kh/molvt", "priority": "urgent", "body": EXAMPLE}
    values = INQUIRY.values_of(draft)
    assert values == {"to": "kh/molvt", "priority": "urgent", "body": EXAMPLE}
    assert INQUIRY.draft_of(values, draft) == draft


def test_a_field_that_was_emptied_is_not_taken_from_the_draft_again():
    draft = {"type": "inquiry.request", "to": "kh/molvt", "note": "old", "body": EXAMPLE}
    values = {"to": "kh/molvt", "body": EXAMPLE}
    assert "note" not in INQUIRY.draft_of(values, draft)


def test_what_the_form_does_not_show_stays_in_the_draft():
    form = MessageForm.of(TYPES["inquiry.answer"], is_reply=True)
    base = {"in_reply_to": "0195c2a4", "expires": "2027-01-01T00:00:00Z", "at": "/x", "form": "#"}
    assert form.draft_of({"body": {}}, base) == {
        "type": "inquiry.answer",
        "in_reply_to": "0195c2a4",
        "expires": "2027-01-01T00:00:00Z",
        "body": {},
    }


@pytest.mark.parametrize(
    ("pointer", "name"),
    [
        ("/persons/p1/birth_date", "Date of birth (/persons/p1/birth_date)"),
        ("/reason/en", "English (/reason/en)"),
        ("/to", "To (/to)"),
        ("/due", "Wanted by (/due)"),
        ("/note", "Note (/note)"),
        ("", "Inquiry (/)"),
        ("/tea", "/tea"),
        ("/persons/p1/tea", "/persons/p1/tea"),
    ],
)
def test_a_pointer_is_told_with_the_label_of_its_field(pointer, name):
    assert INQUIRY.named(pointer) == name


def test_faults_have_the_pointers_that_the_node_would_use():
    body = {**EXAMPLE, "persons": {"p1": {"name_latin": "X", "nationality": "KH", "sex": "?"}}}
    assert INQUIRY.faults({"priority": "soon", "body": body}) == {
        "/to": "is missing",
        "/priority": "is not one of: routine, urgent, emergency",
        "/persons/p1/sex": "is not one of: F, M, X",
    }


def test_what_the_command_line_settles_is_not_in_the_form_that_is_asked():
    asked = INQUIRY.without(frozenset({"to", "note"}))
    assert [member.name for member in asked.members()] == ["priority", "due", BODY]


@pytest.mark.parametrize("name", [row.name for row in TYPES.values() if not row.lists])
def test_every_type_that_people_write_has_a_form(name):
    form = MessageForm.of(TYPES[name], peers=["kh/molvt"])
    values = {"to": "kh/molvt", "body": schema_of(name)["examples"][0]}
    assert form.faults(values) == {}
    assert read(form.field, written(form.field, values)) == (values, ())


# --- what a reply takes over -------------------------------------------------------------


def test_an_answer_begins_with_the_ids_of_the_questions_and_says_what_was_asked():
    answer = Field.of(schema_of("inquiry.answer"))
    start, about = answering(answer, Field.of(schema_of("inquiry.request")), EXAMPLE)
    assert start == {"answers": {"q1": {}, "q2": {}}}
    assert about == {
        ("answers", "q1"): "Was this registration certificate issued by your ministry?",
        ("answers", "q2"): "On what date was it issued?",
    }


def test_a_list_that_answers_has_no_more_entries_than_were_asked():
    form = MessageForm.of(TYPES["inquiry.answer"], is_reply=True).with_entries({"answers": 2})
    assert form.body.at(["answers"]).most == 2
    three = {key: {"status": "unknown"} for key in ("q1", "q2", "q3")}
    values = {"body": {"answers": three, "final": True}}
    assert form.faults(values) == {"/answers": "has more than 2 members"}


def test_a_consent_begins_with_the_version_that_it_is_given_to():
    consent = Field.of(schema_of("amendment.consent"))
    version = {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10", "header_digest": "sha-256:x"}
    assert naming(consent, {**version, "state": "received"}) == {"proposal": version}
    assert naming(consent, {"id": version["id"]}) == {}
    assert naming(Field.of(schema_of("reminder")), version) == {}


def test_a_reply_without_a_list_to_answer_begins_empty():
    reply = Field.of(schema_of("reminder"))
    assert answering(reply, Field.of(schema_of("inquiry.request")), EXAMPLE) == ({}, {})


def test_an_optional_list_whose_ids_look_alike_is_not_taken_over():
    report = Field.of(schema_of("irregularity.report"))
    start, _ = answering(report, Field.of(schema_of("inquiry.request")), EXAMPLE)
    assert "victims" not in start
