"""The ledger as plain values that the local API and the CLI show, and the package for a recipient.

A view never holds content. The package does: only what was decided, with the marking and the
conditions that go with it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from gateway.catalogue import Parties, country_of, short, type_of
from gateway.delivery.awaiting import Terms
from gateway.desk.disclosure_wishes import Judged, alike
from gateway.policy import Denied, Request
from gateway.policy.codes import Action
from gateway.policy.disclosing import Disclosure, Obligation
from gateway.policy.label import Label, join, to_marking
from gateway.policy.origins import label_of, origins, own_marking
from gateway.policy.release import Permitted
from gateway.policy.terms import Attribution, Onward
from gateway.store import Row, Transaction, disclosures, messages
from gateway.store.disclosures import State

View = dict[str, Any]

FORMAT: Final = "moc-disclosure/1"
# What of a marking concerns its reader.
_SHOWN: Final = ("level", "caveats", "handling_until", "then")
_ASKABLE: Final = frozenset(
    each
    for each in Denied
    if each.value.startswith("consent-") or each in (Denied.NO_CONSENT, Denied.MULTI_ORIGIN_MISSING)
)


def decision_view(judged: Judged, terms: Terms, *, ledger: int | None) -> View:
    """Return what was decided about a wish.

    Args:
        ledger: The number under which it is kept, None of a question alone.
    """
    row, wish, found = judged.row, judged.wish, judged.found
    nearest = found.withheld if found is not None else None
    return {
        "ledger": ledger,
        "is_allowed": judged.is_allowed,
        "reason": judged.reason,
        **_message(row),
        "to": recipient(judged),
        "purpose": wish.purpose,
        "mode": wish.mode,
        "fields": list(wish.fields),
        "refused": [
            {
                "pointer": pointer,
                "reason": withheld.reason,
                "country": withheld.country,
                "nearest": withheld.nearest,
            }
            for pointer, withheld in judged.refused
        ],
        "redactions": [] if found is None else list(found.redactions),
        "pseudonymised": [] if found is None else list(found.pseudonymised),
        "consents": [] if found is None else list(found.consents),
        "obligations": [] if found is None else list(obligations_of(found)),
        "country": None if nearest is None else nearest.country,
        "nearest": None if nearest is None else nearest.nearest,
        "ask_about": _ask_about(judged, terms),
        "alike": [] if judged.party is not None else alike(terms.catalogue.parties, wish.to),
        "newer": row["superseded_by"],
    }


def recipient(judged: Judged) -> View:
    """Return who would learn it, as the registry names it."""
    party = judged.party
    if party is None:
        return {"org_id": judged.wish.audience, "name": None, "country": None}
    return {"org_id": party.id, "name": party.names["en"], "country": party.country}


def row_view(tx: Transaction, row: Row) -> View:
    """Return one row of the ledger."""
    known = None if row["message"] is None else messages.shown(tx, row["message"])
    return {
        "ledger": row["seq"],
        "at": row["at"],
        "action": row["action"],
        "is_allowed": bool(row["is_allowed"]),
        "state": row["state"],
        "reason": row["reason"],
        "id": row["message_id"],
        "short": short(row["message_id"]),
        "reference": None if known is None else known["reference"],
        "peer": row["peer"],
        "to": {
            "org_id": row["audience"],
            "name": row["audience_name"],
            "country": row["audience_country"] or None,
        },
        "register": row["register"],
        "purpose": row["purpose"] or None,
        "mode": row["mode"],
        "pointers": orjson.loads(row["pointers"]),
        "redactions": orjson.loads(row["redactions"]),
        "obligations": orjson.loads(row["obligations"]),
        "consents": [each.consent_id for each in disclosures.uses_of(tx, row["seq"])],
        "country": row["country"],
        "nearest": row["nearest"],
        "uid": row["uid"],
        "approved_uid": row["approved_by"],
        "is_outside": bool(row["is_outside"]),
        "header_digest": row["header_digest"],
        "label_digest": row["label_digest"],
        "content_digest": row["content_digest"],
        "policy_version": row["policy_version"],
        "transmitted": row["transmitted"],
        "stopped": row["stopped"],
        "stopped_for": row["stopped_for"],
        "recalled": row["recalled"],
    }


def obligations_of(found: Disclosure) -> Iterable[str]:
    """Yield what binds the recipient and us, as codes; words stand in the package alone."""
    for each in found.obligations:
        conditions, id = each.conditions, short(each.consent_id)
        yield f"{id}:onward={conditions.onward}"
        if conditions.attribution is not Attribution.MAY:
            yield f"{id}:attribution={conditions.attribution}"
        if conditions.report_within is not None:
            yield f"{id}:report-within={conditions.report_within}"
        if conditions.text is not None:
            yield f"{id}:text"


def package_of(judged: Judged, row: Row, terms: Terms) -> View:
    """Return what the recipient gets, for a decision that allows it."""
    found, subject = judged.found, judged.subject
    if found is None or subject is None or judged.leaving is None:
        return {}
    obligations = found.obligations
    is_named = all(each.conditions.attribution is not Attribution.MUST_NOT for each in obligations)
    source: View = {"type": judged.row["type"], "title": type_of(judged.row["type"]).title}
    if is_named:
        source |= {
            "originators": sorted(_label(judged, terms).originators),
            "reference": judged.row["reference"],
            "created": judged.row["created"],
            "header_digest": subject.header_digest,
        }
    return {
        "format": FORMAT,
        "ledger": row["seq"],
        "disclosed_by": {"node": terms.node, "name": _name(terms.catalogue.parties, terms.node)},
        "to": recipient(judged),
        "at": row["at"],
        "purpose": row["purpose"],
        "mode": row["mode"],
        "source": source,
        "marking": _marking(judged, row, terms),
        "conditions": conditions_of(obligations),
        "is_partial": bool(found.redactions or judged.wish.fields),
        "is_pseudonymised": bool(found.pseudonymised),
        **judged.leaving,
        "content_digest": row["content_digest"],
        "policy_version": row["policy_version"],
    }


def conditions_of(obligations: Iterable[Obligation]) -> View:
    """Return what binds the recipient: the strictest of what every consent asks."""
    every = [each.conditions for each in obligations]
    texts = [each.text for each in every if each.text is not None]
    attributions = {each.attribution for each in every}
    return {
        "onward": Onward.SAME_TERMS
        if every and all(each.onward is Onward.SAME_TERMS for each in every)
        else Onward.NONE,
        "attribution": next(
            (each for each in (Attribution.MUST_NOT, Attribution.MUST) if each in attributions),
            Attribution.MAY,
        ),
        "texts": texts,
    }


def recall_of(row: Row, terms: Terms, *, at: str, is_named: bool) -> View:
    """Return the notice that takes a disclosure back, for its recipient; it holds no content."""
    notice: View = {
        "format": "moc-recall/1",
        "ledger": row["seq"],
        "recalled_by": {"node": terms.node, "name": _name(terms.catalogue.parties, terms.node)},
        "to": {
            "org_id": row["audience"],
            "name": row["audience_name"],
            "country": row["audience_country"],
        },
        "disclosed_at": row["at"],
        "recalled_at": at,
        "purpose": row["purpose"],
        "content_digest": row["content_digest"],
    }
    return notice | ({"header_digest": row["header_digest"]} if is_named else {})


def is_final(row: Row) -> bool:
    """Tell whether nothing can be fetched of a row any more."""
    return row["state"] in {State.REFUSED, State.STOPPED, State.RECALLED}


def _message(row: Row) -> View:
    return {
        "id": row["id"],
        "short": short(row["id"]),
        "reference": row["reference"],
        "type": row["type"],
        "title": type_of(row["type"]).title,
        "direction": row["direction"],
        "peer": row["peer"],
    }


def _ask_about(judged: Judged, terms: Terms) -> str | None:
    """Return the message that a consent is to be asked for; None where none would help."""
    subject = judged.subject
    withheld = None if judged.found is None else judged.found.withheld
    if subject is None or withheld is None or withheld.reason not in _ASKABLE:
        return None
    every = [(subject.sender, subject.message_id)]
    every += [(source.originator, source.message_id) for source in subject.sources]
    asked = [
        id
        for node, id in every
        if node != terms.node and withheld.country in (None, country_of(node))
    ]
    return next(iter(asked), None)


def _label(judged: Judged, terms: Terms) -> Label:
    """Return the label of what leaves, as all its originators have it together."""
    found, subject = judged.found, judged.subject
    if found is None or subject is None:
        return Label()
    request = Request(
        action=Action.DISCLOSE,
        subject=subject,
        holder=terms.node,
        audience=judged.wish.to,
        purpose=judged.wish.purpose,
        mode=judged.wish.mode,
        now=0,
    )
    signed = own_marking(subject)
    return join(
        label_of(origins(replace(request, part=each.pointer or None), signed), terms.node)
        for each in found.atoms
        if isinstance(each.decision, Permitted)
    )


def _marking(judged: Judged, row: Row, terms: Terms) -> Mapping[str, Any]:
    made = to_marking(
        _label(judged, terms), originator=terms.node, marked_by="disclosure", at=row["at"]
    )
    return {name: made[name] for name in _SHOWN if name in made}


def _name(parties: Parties, node: str) -> str:
    return str(parties.of(node).names["en"])
