"""The form in an editor: written from the schema, read back to what was meant, faults at lines."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import TYPES
from gateway.cli.form import Field, Kind, walk
from gateway.cli.form_places import line_of, places
from gateway.cli.form_read import (
    UnreadableFormError,
    at_lines,
    is_empty,
    marked,
    read,
    without_marks,
)
from gateway.cli.form_toml import GUIDE, written
from tests.cli.test_form import INQUIRY, form_of, schema_of

EMPTY = written(INQUIRY, {})


def line_with(text, start):
    (number,) = [n for n, line in enumerate(text.split("\n"), 1) if line.startswith(start)][:1]
    return number


def filled(text, **values):
    """Return the form with texts put between the first empty quotation marks of each name."""
    for name, value in values.items():
        for empty in (f'\n{name} = ""', f'\n{name} = """\n"""'):
            if empty in text:
                text = text.replace(empty, f"\n{name} = {value}", 1)
                break
        else:
            raise AssertionError(name)
    return text


# --- writing -----------------------------------------------------------------------------


# What a command makes has no form, unless it may be corrected.
WRITTEN = [name for name, row in TYPES.items() if row.made_by is None or row.updatable]


@pytest.mark.parametrize("name", WRITTEN)
def test_every_field_of_every_type_stands_in_its_form(name):
    form = Field.of(schema_of(name))
    text = written(form, {}, head=GUIDE)
    known = places(text)
    for path, field in walk(form):
        is_value_in_list = path and path[-1] == "0" and field.kind is not Kind.GROUP
        if path and field.kind not in {Kind.KEYED, Kind.OPEN} and not is_value_in_list:
            assert path in known, path
            assert field.label in text


def test_a_field_is_explained_above_its_line():
    lines = EMPTY.split("\n")
    at = lines.index('birth_date = ""')
    assert lines[at - 2 : at] == [
        "# Date of birth: As in the passport; partial where the passport is.",
        "#   A date such as 2026-03-31, 2026-03 or 2026",
    ]
    assert "# Name in Latin script (required): As in the passport." in lines
    assert "# --- Questions ---" in EMPTY


def test_codes_are_listed_with_their_words():
    assert "#   One of: person (A person), organization (An organisation)," in EMPTY


def test_no_line_of_explanation_is_wider_than_a_page():
    assert max(map(len, EMPTY.split("\n"))) <= 102


def test_what_to_say_on_an_entry_stands_above_it():
    form = Field.of(schema_of("inquiry.answer"))
    about = {("answers", "q1"): "Was it\nissued?"}
    text = written(form, {"answers": {"q1": {}, "q2": {}}}, about=about)
    assert "# Answer q1 Was it\\nissued?\n[answers.q1]" in text
    assert "# Answer q2\n[answers.q2]" in text


def test_what_the_form_does_not_know_stands_there_too():
    text = written(INQUIRY, {"tea": {"sugar": 2}, "reason": {"fr": "x"}})
    assert "tea = {sugar = 2}" in text
    assert 'reason.fr = "x"' in text
    values, faults = read(INQUIRY, text)
    assert values["tea"] == {"sugar": 2}
    assert {fault.path: fault.text for fault in faults}[("tea",)] == "is not expected here"


def test_what_would_turn_a_line_in_the_editor_is_shown_as_an_escape():
    text = written(INQUIRY, {"reason": {"en": "a\u202eb\x1b[2J\tc"}})
    assert "\u202e" not in text
    assert "\x1b" not in text
    assert read(INQUIRY, text)[0]["reason"]["en"] == "a\u202eb\x1b[2J\tc"


# --- there and back ----------------------------------------------------------------------


@pytest.mark.parametrize("name", TYPES)
def test_the_example_of_every_type_comes_back_from_its_form(name):
    schema = schema_of(name)
    form, example = Field.of(schema), schema["examples"][0]
    assert read(form, written(form, example, head=GUIDE)) == (example, ())


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
HARD = st.sampled_from(
    ['"""', "\\", '\\"', "\n", "\r\n", "'''", '"', "#>> x", "#>>", "a = b", "[x]", "\t"]
)


@given(st.lists(TEXTS | HARD, min_size=1, max_size=5).map("".join).filter(str.strip))
def test_any_text_comes_back_as_it_was(text):
    form = form_of(long={"type": "string"}, short={"type": "string", "maxLength": 400})
    for value in ({"long": text}, {"short": text}):
        assert read(form, written(form, value))[0] == value


@pytest.mark.parametrize("text", ["#>>", "#>> x\ny", "a\n#>> b", "# a\n\n#>>"])
def test_a_line_of_a_text_that_looks_like_a_fault_stays(text):
    value = {"reason": {"en": text}}
    assert read(INQUIRY, written(INQUIRY, value))[0] == value


@given(
    st.dictionaries(
        st.sampled_from(["a", "b-c", "d e", 'f"g', "h.i"]),
        st.recursive(TEXTS.filter(str.strip) | st.booleans() | st.integers(-9, 9), st.lists),
        max_size=3,
    )
)
def test_what_no_field_describes_comes_back_too(value):
    expected = {name: each for name, each in value.items() if each != []}
    form = form_of(x={"type": "object", "additionalProperties": True})
    text = written(form, {"x": value})
    found = read(form, text)[0].get("x", {})
    assert found == _without_empty(expected)


def _without_empty(value):
    match value:
        case dict():
            cleaned = {name: _without_empty(each) for name, each in value.items()}
            return {name: each for name, each in cleaned.items() if each not in (None, [])}
        case list():
            return [each for each in map(_without_empty, value) if each not in (None, [])]
    return value


# --- reading -----------------------------------------------------------------------------


def test_an_entry_that_a_list_takes_off_comes_back_as_one():
    form = Field.of(schema_of("list.part"))
    delta = Field.of(schema_of("sending-org.list"))
    for field, entries in ((form, {"so-0046": None}), (delta, {"so-0045": {}, "so-0046": None})):
        example = schema_of("sending-org.list")["examples"][0]["entries"]
        entries = {key: example[key] if each == {} else each for key, each in entries.items()}
        text = written(field, {"entries": entries})
        assert '"taken off"' in text
        values, _ = read(field, text)
        assert values["entries"] == entries


def test_nothing_but_an_entry_of_a_list_can_be_taken_off():
    values, _ = read(INQUIRY, EMPTY.replace('partial_ok = ""', 'partial_ok = "taken off"'))
    assert values["partial_ok"] == "taken off"


def test_what_is_left_empty_is_left_out():
    text = filled(EMPTY, inquiry_type='"law"', expected='"text"')
    text = text.replace('reason.en = """\n"""', 'reason.en = "Because."', 1)
    text = text.replace('text.en = """\n"""', 'text.en = "Which law?"', 1)
    assert read(INQUIRY, text) == (
        {
            "inquiry_type": "law",
            "questions": {"q1": {"text": {"en": "Which law?"}, "expected": "text"}},
            "reason": {"en": "Because."},
        },
        (),
    )


MEANT = {
    "a date without quotation marks": ("birth_date", "1998-04-30", "1998-04-30"),
    "a date with slashes": ("birth_date", '"1998/4/30"', "1998-04-30"),
    "a country in small letters": ("nationality", '"kh"', "KH"),
    "a number where a text is wanted": ("name_latin", "12", "12"),
}


@pytest.mark.parametrize(("name", "typed", "value"), MEANT.values(), ids=MEANT)
def test_a_value_is_taken_as_it_is_meant(name, typed, value):
    values, _ = read(INQUIRY, filled(EMPTY, **{name: typed}))
    assert values["persons"]["p1"][name] == value


@pytest.mark.parametrize(("typed", "value"), [("true", True), ('"no"', False), ('"true"', True)])
def test_a_yes_or_no_is_read_with_and_without_quotation_marks(typed, value):
    assert read(INQUIRY, filled(EMPTY, partial_ok=typed))[0]["partial_ok"] is value


def test_a_time_is_read_as_the_time_in_utc():
    due = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"}
    form = form_of(due=due)
    assert read(form, "due = 2026-04-30T18:00:00+09:00")[0] == {"due": "2026-04-30T09:00:00Z"}
    assert read(form, "due = 18:00:00")[1][0].text.startswith("is no value of a form")


FAULTS = {
    "a code that is none": ("inquiry_type", '"tea"', "is not one of: person"),
    "a date that is none": ("birth_date", '"soon"', "is not a date such as"),
    "neither yes nor no": ("partial_ok", '"perhaps"', "is neither yes nor no"),
    "a part of a day": ("issued_on", "18:00:00", "is no value of a form"),
}


@pytest.mark.parametrize(("name", "typed", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_at_its_line(name, typed, words):
    text = filled(EMPTY, **{name: typed})
    _, faults = read(INQUIRY, text)
    (fault,) = [each for each in faults if words in each.text]
    assert fault.line == line_with(text, f"{name} = ")


def test_a_missing_field_is_told_where_it_would_stand():
    text = filled(EMPTY, name_latin='"CHAN DARA"')
    _, faults = read(INQUIRY, text)
    where = {fault.path: fault.line for fault in faults}
    assert where["inquiry_type",] == line_with(text, "inquiry_type = ")
    assert where["questions",] == line_with(text, "[questions.q1]")
    assert where["persons", "p1", "nationality"] == line_with(text, "nationality = ")


def test_faults_of_the_node_find_their_lines_too():
    (fault,) = at_lines(EMPTY, {("persons", "p1", "birth_date"): "lies ahead"})
    assert fault.line == line_with(EMPTY, "birth_date = ")
    (far,) = at_lines(EMPTY, {("nowhere", "at", "all"): "x"})
    assert far.line == 1


BROKEN = {
    "a quotation mark too few": ('inquiry_type = "law', "quotation mark is missing"),
    "a quotation mark inside": ('inquiry_type = "the "law""', "cannot be read"),
    "no quotation marks": ("inquiry_type = law", "cannot be read"),
    "a backslash": ('inquiry_type = "C:\\law"', "backslash in a text"),
    "yes": ("inquiry_type = yes", "write true or false"),
    "twice": ('inquiry_type = "law"\ninquiry_type = "law"', "stands twice"),
    "a block twice": ("[questions.q1]\n[questions.q1]", "stands twice"),
    "three marks never closed": ('inquiry_type = """law', "quotation mark is missing"),
    "nonsense": ("hello", "cannot be read"),
}


@pytest.mark.parametrize(("lines", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_form_any_more_is_told_in_words_at_a_line(lines, words):
    text = f"# a form\n\n{lines}\n"
    with pytest.raises(tomllib.TOMLDecodeError):
        tomllib.loads(text)
    with pytest.raises(UnreadableFormError, match=words) as caught:
        read(INQUIRY, text)
    assert 3 <= caught.value.fault.line <= 5


@pytest.mark.parametrize("text", ["a = " + "[" * 5000, "a = " + "9" * 5000, "\x00", "a = nan"])
def test_what_is_meant_to_break_the_reader_is_refused_as_well(text):
    try:
        values, faults = read(INQUIRY, text)
    except UnreadableFormError:
        return
    assert faults
    assert values is not None


def test_faults_are_written_above_their_lines_and_taken_out_again():
    text = filled(EMPTY, birth_date='"soon"')
    faults = read(INQUIRY, text)[1]
    shown = marked(text, faults, INQUIRY)
    lines = shown.split("\n")
    assert lines[0].startswith(f"#>> {len(faults)} places need another look")
    at = lines.index('birth_date = "soon"')
    assert lines[at - 1].startswith("#>> Date of birth: is not a date such as")
    assert without_marks(shown) == without_marks(text)
    assert marked(shown, faults, INQUIRY) == shown


def test_windows_line_ends_and_a_byte_order_mark_do_no_harm():
    text = "\ufeff" + filled(EMPTY, inquiry_type='"law"').replace("\n", "\r\n")
    assert read(INQUIRY, text)[0]["inquiry_type"] == "law"
    assert without_marks("\ufeffa\r\nb\r\n") == "a\nb\n"


@pytest.mark.parametrize("text", ["", "\n \n", "# a\n\n  # b"])
def test_an_emptied_form_is_known_as_one(text):
    assert is_empty(text)
    assert not is_empty(f"{text}\na = 1")


def test_lines_are_found_in_lists_and_past_long_texts():
    text = '[[m]]\na = """\nb = 1\nc = 2\n"""\n[m.c]\nd = 1\n[[m]]\n# e = 1\na.f = 2\n"g h" = 3\n'
    known = places(text)
    assert known == {
        ("m", "0"): 1,
        ("m", "0", "a"): 2,
        ("m", "0", "c"): 6,
        ("m", "0", "c", "d"): 7,
        ("m", "1"): 8,
        ("m", "1", "a"): 10,
        ("m", "1", "a", "f"): 10,
        ("m", "1", "g h"): 11,
    }
    assert line_of(("m", "1", "a"), known) == 10
    assert line_of(("m", "1", "x"), known) == 8
    assert line_of(("m",), known) == 1
