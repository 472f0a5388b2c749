"""Clause 3 in the demo: refused, asked for, consented to, given with parts left out, taken back.

Every step is what `gateway disclose` and `gateway consent` do for an officer. The consent is signed
by Cambodia's officer with a key that lies on no node (`demo_officer`).
"""

import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any, Final

from gateway.cli import demo_bodies as bodies
from gateway.cli import demo_officer
from gateway.cli.demo_bodies import example
from gateway.cli.demo_nodes import DemoNode
from gateway.cli.demo_play import Stage, Step
from gateway.errors import LocalError

Steps = Iterator[Step]

TITLE: Final = "Clause 3: what Cambodia told in confidence, and a labour bureau that wants it"

_BUREAU: Final = "jp/labour-bureau-osaka"
_PURPOSE: Final = "ssw-operation"
_FIELDS: Final = ("/finding", "/measures")
_GROUND: Final = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Read by the inspector alone, and kept with the file of the inspection.",
}
_BY: Final = {"role": "Director of the contact point", "authority": "Delegation of 1 April 2026"}
_DAYS: Final = 30
_PATIENCE: Final = 20.0
_LOOK: Final = 0.02
_DAY: Final = 86_400


def play(stage: Stage) -> Steps:
    """Play one disclosure from its refusal to its end."""
    japan, cambodia = stage.japan, stage.cambodia
    result = yield from _result(stage)
    yield decides(stage, "its officer asks: may it leave?", result)
    request = stage.posts(
        japan,
        "asks Cambodia for its consent",
        ("messages", result.message, "consent-request"),
        _wish(),
    )
    yield request
    yield stage.fetches(cambodia, "its officer fetches the request", request)
    grant = _granted(stage, request)
    yield grant
    yield stage.fetches(japan, "its officer fetches the consent", grant)
    yield decides(stage, "its officer asks for all of it", result)
    yield decides(stage, "asks for what is consented to", result, redact=True)
    consent = cambodia.client.consents(message=result.message)["items"][0]["consent_id"]
    revoked = stage.posts(
        cambodia, "takes the consent back", ("consents", consent, "revoke"), {"reason": "changed"}
    )
    yield revoked
    yield stage.fetches(japan, "its officer fetches it", revoked)
    report = _reported(stage, revoked)
    yield report
    yield stage.fetches(cambodia, "its officer fetches it", report)
    yield decides(stage, "its officer asks again", result, redact=True)


def decides(stage: Stage, text: str, about: Step, *, redact: bool = False) -> Step:
    """Have Japan decide whether the labour bureau may have it; hand over what is allowed."""
    node = stage.japan
    started = time.perf_counter()
    view = node.client.disclose(
        about.message,
        to=_BUREAU,
        purpose=_PURPOSE,
        mode="redacted" if redact else None,
    )
    said = [f"{_BUREAU}: {'ALLOWED' if view['is_allowed'] else 'REFUSED'}, {view['reason']}"]
    if view["is_allowed"]:
        package: Mapping[str, Any] = node.client.disclosure_package(str(view["ledger"]))
        said.append(f"it gets {', '.join(sorted(package['body']))}")
        said.append(f"left out: {', '.join(view['redactions'])}")
    return Step(
        at=time.strftime("%H:%M:%S"),
        node=node.name,
        text=text,
        type="disclose",
        message=about.message,
        level="allowed" if view["is_allowed"] else "refused",
        milliseconds=round((time.perf_counter() - started) * 1000, 1),
        said=tuple(said),
    )


def _result(stage: Stage) -> Generator[Step, None, Step]:
    """Play what the disclosure is about: a report, and its result in confidence."""
    japan, cambodia = stage.japan, stage.cambodia
    said = bodies.report(bodies.new_organisation(cambodia))
    report = stage.says(japan, "reports an irregularity", said, to=cambodia)
    yield report
    yield stage.fetches(cambodia, "its officer fetches it", report)
    yield stage.accepts(cambodia, "its officer accepts it", report)
    said = example("investigation.result")
    result = stage.says(cambodia, "reports the result", said, about=report)
    yield result
    yield stage.fetches(japan, "its officer fetches the result", result)
    return result


def _granted(stage: Stage, request: Step) -> Step:
    """Let Cambodia's officer sign the package of a request, away from the node, and send it."""
    node: DemoNode = stage.cambodia
    given = {"granted_by": _BY, "personal_data": _GROUND}
    package = node.client.prepare_consent(request.message, given)
    signed = demo_officer.sign(node, package["package"])
    return stage.posts(node, "its consent officer consents", ("consents",), {"package": signed})


def _reported(stage: Stage, revoked: Step) -> Step:
    """See what Japan's node says by itself once a consent is taken back: who had what."""
    node = stage.japan
    thread = node.client.message(revoked.message)["thread"]
    end = time.monotonic() + _PATIENCE
    while True:
        found = node.client.messages(box="outbox", type="disclosure.report", thread=thread)
        if found["items"]:
            sent = found["items"][0]["id"]
            return stage.sees_of(node, "reports what it disclosed", sent, "received")
        if time.monotonic() > end:
            raise LocalError(f"{node.name} did not report its disclosures")
        time.sleep(_LOOK)


def _wish() -> dict[str, Any]:
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + _DAYS * _DAY))
    return {
        "purpose": _PURPOSE,
        "to": [_BUREAU],
        "fields": list(_FIELDS),
        "uses": 2,
        "until": until,
        "reason": "To inspect the employer in Osaka.",
        "personal_data": _GROUND,
    }
