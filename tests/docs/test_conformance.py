"""The memorandum, clause by clause: carried by types, kept in registers, proved by tests."""

import ast
import json
import re

import pytest

from docs.reference.writers import conformance, proofs
from gateway import resources
from gateway.catalogue import TYPES
from gateway.catalogue.clauses import CLAUSES
from tests.docs.pages import DOCS

PROOFS = proofs.proofs()
SKIPPING = {"skip", "skipif", "xfail", "importorskip"}


@pytest.mark.parametrize("number", CLAUSES)
def test_every_clause_is_proved_by_a_test(number):
    assert PROOFS.get(number), f"no test carries pytest.mark.clause({number!r})"


def test_a_mark_names_a_clause_that_there_is():
    assert set(PROOFS) <= set(CLAUSES)


@pytest.mark.parametrize("proof", sorted({each for tests in PROOFS.values() for each in tests}))
def test_what_proves_a_clause_is_never_skipped(proof):
    name, _, test = proof.partition("::")
    module = ast.parse((DOCS.parent / name).read_text("utf-8"))
    function = next(node for node in module.body if getattr(node, "name", "") == test)
    used = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    assert not used & SKIPPING


@pytest.mark.parametrize("row", TYPES.values(), ids=TYPES)
def test_a_type_serves_clauses_of_the_memorandum(row):
    assert {number for numbers in row.clauses.values() for number in numbers} <= set(CLAUSES)


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES)
def test_a_clause_is_served_by_a_type_or_says_by_what_else(clause):
    assert bool(conformance.served_by(clause)) != bool(clause.by)


@pytest.mark.parametrize(
    "clause", [each for each in CLAUSES.values() if each.code], ids=lambda each: each.number
)
def test_the_code_of_a_lettered_item_is_in_its_list_and_in_a_schema_of_its_types(clause):
    name, value = clause.code
    codes = json.loads(resources.schema_file(f"codes/{name}.json"))["codes"]
    assert value in codes
    schemas = (
        resources.schema_file(f"types/{row.name}.schema.json").decode()
        for row in conformance.served_by(clause)
    )
    assert any(f'"{value}"' in schema for schema in schemas)


def test_the_memorandum_has_no_clause_that_is_missing_here():
    # Clause 1 is the purpose and obliges nobody; 5 and 6 have seven and five commitments.
    expected = {"2", "3", "4(1)", "4(2)", "7", "8", "9", "10"}
    expected |= {f"4(1)({letter})" for letter in "abcde"}
    expected |= {f"4(2)({letter})" for letter in "abcdef"}
    expected |= {f"5({number})" for number in range(1, 8)}
    expected |= {f"6({number})" for number in range(1, 6)}
    assert set(CLAUSES) == expected


def test_the_page_leads_to_each_clause():
    text = conformance.write()
    heads = {
        re.sub(r"[^a-z0-9 -]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^## (.+)$", text, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) == heads
