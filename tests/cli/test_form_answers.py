"""What people type: taken as they mean it where that is plain, refused in words where it is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.form import Field
from gateway.cli.form_answers import UnfitError, fitting, option_labels, typed, yes_or_no
from tests.cli.test_form import INQUIRY, form_of, schema_of

BIRTH = INQUIRY.at(["persons", "p1", "birth_date"])
ISSUED = INQUIRY.at(["persons", "p1", "documents", "d1", "issued_on"])
COUNTRY = INQUIRY.at(["persons", "p1", "nationality"])
SCRIPT = INQUIRY.at(["persons", "p1", "name_native", "script"])
KIND = INQUIRY.at(["inquiry_type"])
SCHEMES = INQUIRY.at(["organisations", "o1", "identifiers"])

MEANT = {
    "a date": (BIRTH, "1998-04-30", "1998-04-30"),
    "with slashes": (BIRTH, "1998/4/30", "1998-04-30"),
    "with points": (BIRTH, "1998.4.30", "1998-04-30"),
    "in Japanese": (BIRTH, "1998年4月30日", "1998-04-30"),
    "a month in Japanese": (BIRTH, "1998年4月", "1998-04"),
    "in full-width digits": (BIRTH, "１９９８－０４－３０", "1998-04-30"),
    "in Khmer digits": (BIRTH, "១៩៩៨-០៤-៣០", "1998-04-30"),
    "with spaces around": (ISSUED, "  2026-02-10 ", "2026-02-10"),
    "a country": (COUNTRY, "kh", "KH"),
    "a script": (SCRIPT, "khmr", "Khmr"),
    "a code": (KIND, "certification", "certification"),
    "a code in capitals": (KIND, "Certification", "certification"),
    "a code by number": (KIND, "3", "certification"),
    "a code by a full-width number": (KIND, "３", "certification"),
    "a code by its words": (KIND, "a certificate", "certification"),
    "a code by its beginning": (KIND, "cert", "certification"),
    "a corporate number with hyphens": (
        SCHEMES.below("jp-houjin"),
        "4011-0010-98993",
        "4011001098993",
    ),
    "a support organisation": (SCHEMES.below("jp-rso"), "19登2", "19登-000002"),
    "an LEI": (SCHEMES.below("lei"), "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
}


@pytest.mark.parametrize(("field", "text", "value"), MEANT.values(), ids=MEANT)
def test_what_is_plainly_meant_is_taken(field, text, value):
    assert typed(field, text) == value


REFUSED = {
    "the day first": (BIRTH, "30.4.1998", "is not a date such as"),
    "a month with 31 days that has none": (ISSUED, "2026-02-30", "date"),
    "a country in words": (COUNTRY, "Cambodia", "is not a country code such as KH"),
    "a code that is none": (KIND, "tea", "is not one of: person, organization"),
    "a beginning of two": (KIND, "c", "is not one of: certification, contract"),
    "number 0": (KIND, "0", "is not one of"),
    "a number too high": (KIND, "9", "is not one of"),
    "too long a text": (INQUIRY.at(["reason", "en"]), "x" * 4001, "is longer than 4000 characters"),
    "a group": (INQUIRY.at(["reason"]), "why", "has fields of its own"),
}


@pytest.mark.parametrize(("field", "text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(field, text, words):
    with pytest.raises(UnfitError, match=words):
        typed(field, text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=50))
def test_free_text_is_taken_as_it_is(text):
    assert typed(INQUIRY.at(["persons", "p1", "name_latin"]), text) == text


@pytest.mark.parametrize("text", ["y", "Yes", " TRUE ", "ｙ"])
def test_yes(text):
    assert yes_or_no(text) is True


@pytest.mark.parametrize("text", ["n", "No", "false"])
def test_no(text):
    assert yes_or_no(text) is False


@pytest.mark.parametrize("text", ["", "maybe", "1", "0"])
def test_neither(text):
    with pytest.raises(UnfitError, match="type y or n"):
        yes_or_no(text)


def test_a_whole_number_keeps_to_its_bounds():
    field = form_of(n={"type": "integer", "minimum": 0, "maximum": 9}).members()[0]
    assert typed(field, " ៧ ") == 7
    for text, words in (("10", "greater than 9"), ("-1", "less than 0"), ("1.5", "whole number")):
        with pytest.raises(UnfitError, match=words):
            typed(field, text)


def test_letters_may_be_typed_small_where_the_form_wants_large_ones():
    field = form_of(x={"type": "string", "pattern": "^[A-Z]{2}-[0-9]{2}$"}).members()[0]
    assert typed(field, "ab-12") == "AB-12"


def test_several_codes_stand_in_one_line():
    codes = {
        "type": "array",
        "items": {"enum": ["care", "fishery", "railway"]},
        "uniqueItems": True,
    }
    field = form_of(fields=codes).members()[0]
    assert typed(field, "1, Fishery、railway") == ["care", "fishery", "railway"]
    with pytest.raises(UnfitError, match="same entry twice"):
        typed(field, "care, 1")


def test_codes_have_the_words_of_the_list_that_has_exactly_these():
    reasons = Field.of(schema_of("acknowledgement.declined")).at(["reason", "code"]).codes()
    assert option_labels(reasons)["unknown-subject"].startswith("The person or organisation")
    assert option_labels(reasons[1:]) == {}


def test_a_value_is_let_through_only_if_it_fits():
    assert fitting(COUNTRY, "KH") == "KH"
    with pytest.raises(UnfitError):
        fitting(COUNTRY, "kh")
