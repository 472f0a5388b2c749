"""The page on confidentiality says what the program decides, in every row of its tables."""

import re
from pathlib import Path

import click
import pytest

from gateway.catalogue import Caveat, Level
from gateway.cli.root import cli
from gateway.policy import Action, Allowed, Denied, Permitted, Request, Subject, decide
from gateway.policy.consents import Consent
from gateway.policy.terms import parse_terms
from tests.consenting import named, terms
from tests.docs.pages import DOCS, code, codes, tables
from tests.nodes import CATALOGUE, START

PAGE = "confidentiality.md"
TESTS = Path(__file__).parents[1]
MESSAGE = {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10", "header_digest": f"sha-256:{'A' * 43}"}
PEER = {"kh/molvt": "jp/isa", "jp/isa": "kh/molvt"}
# Each hard case of the page, and the test that has it happen.
HARD_CASES = {
    "A quote inside a new message to a third party": (
        "test_quote_in_a_new_message_needs_the_consent_of_its_originator"
    ),
    "A paraphrase, or a bare reference": "test_a_reference_is_free_unless_nobody_may_be_tipped_off",
    "Statistics": "test_aggregate_or_statistics_of_what_is_confidential",
    "A grant that arrives after its own last day": ("test_a_grant_arrives_after_its_own_last_day"),
    "A grant that arrives after the refusal": (
        "test_a_grant_arrives_after_the_disclosure_was_refused"
    ),
    "A revocation after the disclosure": "test_revoked_after_the_disclosure",
    "A revocation while something is on its way": (
        "test_A125_a_revocation_between_decision_and_fetch_stops_it"
    ),
    "A forged or repeated consent": "test_a_forged_consent_is_kept_and_permits_nothing",
    "A consent by the wrong party": "test_consent_by_wrong_party",
    "Another recipient, a subsidiary, a successor": (
        "test_different_recipient_subsidiary_or_successor_body"
    ),
    "Consent to some of the fields": "test_part_of_the_fields",
    "Content of several originators": (
        "test_every_originator_of_a_multi_originator_message_has_to_consent"
    ),
    "Your own words back to you": (
        "test_what_is_quoted_back_to_its_originator_is_free_and_keeps_its_marking"
    ),
    "A public register": "test_nothing_but_the_public_fields_is_ever_written",
    "What everybody knows already": (
        "test_publishing_already_public_facts_needs_the_originators_own_word"
    ),
    "A court or a law demands it": "test_what_a_court_took_is_refused_here_kept_and_reported",
    "A corrected message": "test_corrected_envelope_with_a_new_digest",
    "The marking becomes stricter after a disclosure": (
        "test_level_raised_after_disclosure_is_obeyed_and_the_disclosures_are_reported"
    ),
    "One node between many countries": (
        "test_a_consent_to_japan_lets_nothing_go_to_a_third_country_hub_with_many_peers"
    ),
}


def rows(heading):
    (found,) = tables(PAGE, heading)
    return found


def subject_of(sender, marked):
    """Return a message marked as a cell says: level, caveats, and for whom."""
    words, _, recipients = marked.partition(" for ")
    level, *caveats = codes(words)
    marking = {"scheme": "moc-ssw/1", "level": level, "originator": sender, "caveats": caveats}
    if recipients:
        marking["permitted_recipients"] = codes(recipients)
    return Subject(
        message_id=MESSAGE["id"],
        header_digest=MESSAGE["header_digest"],
        profile="moc-ssw/kh-jp/2019",
        sender=sender,
        recipient=PEER[sender],
        marking=marking,
    )


def consent_to(organisation):
    """Return a consent of Cambodia to tell one organisation all of the message."""
    party = CATALOGUE.parties.of(organisation)
    recipient = {
        "org_id": party.id,
        "name": party.names["en"],
        "country": party.id[:2],
        "kind": party.kind.value,
    }
    wanted = terms("kh/molvt", "jp/isa", named(MESSAGE), recipients=[recipient])
    return Consent(terms=parse_terms(wanted), digest="", kids=())


@pytest.mark.parametrize("row", rows("Examples"), ids=" ".join)
def test_an_example_is_what_the_program_decides(row):
    sender, marked, action, audience, consent, answer = row
    decision = decide(
        Request(
            action=Action(code(action)),
            subject=subject_of(code(sender), marked),
            holder="jp/isa",
            audience=code(audience),
            now=int(START),
        ),
        CATALOGUE.parties,
        [consent_to(each) for each in codes(consent)],
    )
    said = "allowed" if isinstance(decision, Permitted) else "refused"
    assert f"{said}: `{decision.reason}`" == answer


@pytest.mark.parametrize(
    ("heading", "words"), [("Why it may leave", Allowed), ("Why it was refused", Denied)]
)
def test_every_code_is_said_in_words_and_no_other(heading, words):
    told = [code(row[0]) for row in rows(heading)]
    assert sorted(told) == sorted(words)
    assert all(len(cell.split()) > 0 for row in rows(heading) for cell in row)


def test_a_word_for_conditions_is_given_by_one_name_whatever_passes_content_on():
    (row,) = (row for row in rows("Why it was refused") if "consent-condition-unmet" in row[0])
    name = codes(row[2])[-1]
    for command in ("disclose", "send"):
        named = {
            each for one in cli.get_command(click.Context(cli), command).params for each in one.opts
        }
        assert name in named, command


def test_the_questions_lead_to_every_reason():
    asked = [code(row[1]) for row in rows("The decision") if codes(row[1])]
    assert sorted(asked) == sorted(Allowed)


def test_every_level_and_caveat_is_explained():
    told = {word for row in rows("What a marking says") for word in codes(row[0])}
    assert told == {*Level, *Caveat}


def test_every_hard_case_has_its_test():
    known = set()
    for path in TESTS.rglob("test_*.py"):
        text = path.read_text("utf-8")
        known |= set(re.findall(r"^(?:async )?def (test_\w+)", text, re.MULTILINE))
    assert {row[0] for row in rows("Hard cases")} == HARD_CASES.keys()
    assert set(HARD_CASES.values()) <= known


def test_the_page_is_led_to_from_the_overview():
    assert "](confidentiality.md)" in (DOCS / "README.md").read_text("utf-8")
