"""The description of the local API is whole, and a real node keeps to it whatever it is asked."""

import json
from collections import Counter

import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from gateway.catalogue import Schema
from gateway.desk import Draft, draft
from gateway.http import openapi
from gateway.http.routes import ROUTES
from gateway.http.routes.checking import plain
from gateway.http.routes.messages import DRAFT
from tests.http.described import resolved, validator
from tests.http.unix_session import unix_session
from tests.local_api import blocking, served
from tests.nodes import OFFICER, inquiry

EXAMPLES = 10
# A timed-out wait (504) and a busy node (503) are stated answers and no faults.
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
# The events never end (tests/http/test_events.py reads them); a desk without a whole node around
# it has no key files (tests/system/test_outward.py asks one that has).
ELSEWHERE = ("/v1/events", "/v1/keys")


def operations():
    return [
        (path, method, stated)
        for path, methods in openapi.document()["paths"].items()
        for method, stated in methods.items()
    ]


def named(operation):
    path, method, _ = operation
    return f"{method} {path}"


# --- the document itself -------------------------------------------------------------------


def test_every_route_is_described_and_nothing_else():
    stated = {(method.upper(), path) for path, method, _ in operations()}
    assert stated == {(route.method, openapi.path_of(route)) for route in ROUTES}
    assert len(stated) == len(ROUTES)


def test_every_reference_leads_somewhere_and_every_component_is_used():
    document = openapi.document()
    text = json.dumps(document)
    used = set()
    for part in text.split('"$ref": "')[1:]:
        reference = part.partition('"')[0]
        assert resolved({"$ref": reference})
        used.add(reference)
    stated = {
        f"#/components/{kind}/{name}"
        for kind, components in document["components"].items()
        for name in components
    }
    assert stated - used == set()


def test_the_document_is_plain_json_and_needs_no_running_node():
    document = openapi.document()
    assert json.loads(json.dumps(document)) == document
    assert document["openapi"] == "3.1.0"


def test_what_is_for_operators_says_so():
    said = {
        (method.upper(), path)
        for path, method, stated in operations()
        if "For operators" in stated.get("description", "")
    }
    assert said == {(each.method, openapi.path_of(each)) for each in ROUTES if each.is_operators}
    assert said


def test_names_of_operations_are_unique():
    counted = Counter(stated["operationId"] for _, _, stated in operations())
    assert set(counted.values()) == {1}


@pytest.mark.parametrize("operation", operations(), ids=named)
def test_everything_that_a_caller_must_know_stands_there(operation):
    _, method, stated = operation
    assert stated["summary"].endswith(".")
    parameters = [resolved(parameter) for parameter in stated["parameters"]]
    assert all(parameter["description"] for parameter in parameters)
    assert {"400", "403", "500", "503"} <= set(stated["responses"])
    assert all(resolved(answer)["description"] for answer in stated["responses"].values())
    is_change = method in {"post", "put"}
    assert is_change == ("requestBody" in stated)
    if is_change:
        assert {"413", "415", "422"} <= set(stated["responses"])


@pytest.mark.parametrize("name", openapi.document()["components"]["schemas"])
def test_a_component_is_a_schema_and_its_examples_fit(name):
    schema = openapi.document()["components"]["schemas"][name]
    jsonschema_rs.meta.validate({"$schema": openapi.document()["jsonSchemaDialect"], **schema})
    for example in schema.get("examples", []):
        validator(f"#/components/schemas/{name}").validate(example)


@pytest.mark.parametrize(
    "route", [each for each in ROUTES if each.body], ids=lambda each: f"{each.method} {each.path}"
)
def test_a_body_is_a_schema_with_an_example_that_fits(route):
    schema = Schema(json.dumps(plain(route.body)).encode(), where=route.path)
    examples = schema.document.get("examples", [])
    assert examples, "no example"
    for example in examples:
        assert schema.faults(example) == ()


def test_a_draft_is_described_as_it_is_read():
    assert set(DRAFT["properties"]) == draft._MEMBERS


# --- a real node ---------------------------------------------------------------------------


def tame(case):
    """Let no generated request wait for long."""
    if isinstance(case.query, dict) and isinstance(case.query.get("timeout"), int | float):
        case.query["timeout"] = min(case.query["timeout"], 0.01)
    wait = case.body.get("wait_seconds") if isinstance(case.body, dict) else None
    if isinstance(wait, int) and not isinstance(wait, bool) and 0 < wait <= 300:
        case.body["wait_seconds"] = 0


def fuzz(operation, session, mode, **known):
    seen = Counter()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, **known))
    def run(case):
        tame(case)
        answer = case.call(base_url="http://localhost", session=session)
        seen[answer.status_code] += 1
        assert answer.status_code != 500
        case.validate_response(answer, checks=CHECKS)

    run()
    return seen


def known_of(operation, id):
    """Return the selectors to try: what the generator makes up, and one that is there."""
    if "{selector}" not in operation.path:
        return [{}]
    is_name = any(word in operation.path for word in ("consumers", "drafts"))
    return [{}, {"path_parameters": {"selector": "some-name" if is_name else id}}]


@pytest.mark.filterwarnings("ignore")
async def test_a_node_answers_whatever_it_is_asked_as_it_is_stated(tmp_path):
    async with served(tmp_path) as api:
        sent = await api.node.desk.send(Draft.from_json(inquiry()), OFFICER)
        await api.node.desk.wait(sent["id"], "received", 5)
        schema = schemathesis.openapi.from_dict(openapi.document())
        seen = Counter()

        def ask_everything():
            with unix_session(api.socket) as session:
                for found in schema.get_all_operations():
                    operation = found.ok()
                    if operation.path.startswith(ELSEWHERE):
                        continue
                    for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
                        for known in known_of(operation, sent["id"]):
                            seen.update(fuzz(operation, session, mode, **known))

        await blocking(ask_everything)
        assert api.errors == []
        # The generator reached more than the first check of each route.
        assert {200, 201, 400, 404, 409, 422} <= set(seen)
