"""The ledger as plain values that the local API and the CLI show, and the package for a recipient.

A view never holds content. The package does: only what was decided, with the marking and the
conditions that go with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Final

import orjson

from gateway.catalogue import Parties, country_of, short, type_of
from gateway.delivery.awaiting import Terms
from gateway.desk.disclosure_wishes import Judged, Wish, alike
from gateway.policy import Denied
from gateway.policy.disclosing import Disclosure, Obligation
from gateway.policy.label import Label, to_marking
from gateway.policy.terms import Attribution, Onward
from gateway.store import Row, Transaction, consents, disclosures, markings, messages
from gateway.store.disclosures import Bound, Part, State
from gateway.store.messages import Direction

View = dict[str, Any]

FORMAT: Final = "moc-disclosure/1"
# What of a marking concerns its reader.
_SHOWN: Final = ("level", "caveats", "purposes", "handling_until", "then")
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
        "refused": [_part(asdict(each)) for each in parts_of(judged)],
        "redactions": [] if found is None else list(found.redactions),
        "pseudonymised": [] if found is None else list(found.pseudonymised),
        "consents": [] if found is None else [id for _, id in sorted(found.used)],
        "obligations": [] if found is None else [asdict(each) for each in obligations_of(found)],
        "country": None if nearest is None else nearest.country,
        "nearest": None if nearest is None else nearest.nearest,
        "condition": _condition(judged),
        "ask_about": _ask_about(judged, terms),
        "alike": [] if judged.party is not None else alike(terms.catalogue.parties, wish.to),
        "newer": row["superseded_by"],
    }


def parts_of(judged: Judged) -> Iterator[Part]:
    """Yield each part that may not leave, with why."""
    for pointer, withheld in judged.refused:
        country, nearest = withheld.country, withheld.nearest
        yield Part(pointer=pointer, reason=withheld.reason, country=country, nearest=nearest)


def kept_view(tx: Transaction, row: Row, wish: Wish, terms: Terms) -> View:
    """Return what was decided about a wish from its row alone, as it was told the first time.

    What it was decided about may have been changed, revoked or erased since.
    """
    known, kept = messages.shown(tx, row["message"]), row_view(tx, row)
    told = (
        *("ledger", "is_allowed", "reason", "to", "purpose", "mode", "redactions"),
        *("pseudonymised", "consents", "obligations", "country", "nearest"),
    )
    refused = [each for each in orjson.loads(row["refused"]) if each["find"] is None]
    parties = terms.catalogue.parties
    is_named = row["audience_name"] is not None
    askable = not kept["is_allowed"] and row["reason"] in _ASKABLE
    own = known["peer"] if known["direction"] == Direction.IN else terms.node
    named = [(own, row["message_id"]), *disclosures.sources_of(tx, row["seq"])]
    return {
        **_message(known),
        **{name: kept[name] for name in told},
        "fields": list(wish.fields),
        "refused": [_part(each) for each in refused],
        "condition": None,
        "ask_about": _missing(named, row["country"], terms) if askable else None,
        "alike": [] if is_named else alike(parties, wish.to),
        "newer": known["superseded_by"],
    }


def _part(part: View) -> View:
    return {name: part[name] for name in ("pointer", "reason", "country", "nearest")}


def _missing(named: Iterable[tuple[str, str]], country: str | None, terms: Terms) -> str | None:
    """Return the first message of another side, or of the country named."""
    asked = (id for node, id in named if node != terms.node and country in (None, country_of(node)))
    return next(asked, None)


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
        "to": _audience(row),
        "register": row["register"],
        "purpose": row["purpose"] or None,
        "mode": row["mode"],
        "pointers": orjson.loads(row["pointers"]),
        "parts": _parts_left(tx, row),
        "redactions": orjson.loads(row["redactions"]),
        "pseudonymised": orjson.loads(row["pseudonymised"]),
        "obligations": orjson.loads(row["obligations"]),
        "consents": [each.consent_id for each in disclosures.uses_of(tx, row["seq"])],
        "country": row["country"],
        "nearest": row["nearest"],
        "uid": row["uid"],
        "vouched_uid": row["vouched_uid"],
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


def _audience(row: Row) -> View:
    country = row["audience_country"] or None
    return {"org_id": row["audience"], "name": row["audience_name"], "country": country}


def _parts_left(tx: Transaction, row: Row) -> list[str]:
    """Return the parts that a decision let leave, or refused."""
    named: list[str] = orjson.loads(row["pointers"])
    left = disclosures.parts_of(tx, row["seq"], row["message_id"]) if row["is_allowed"] else []
    return left or named


def obligations_of(found: Disclosure) -> Iterator[Bound]:
    """Yield what binds the recipient and us, as codes; words stand in the package alone."""
    for each in found.obligations:
        conditions, bound = each.conditions, partial(Bound, consent_id=each.consent_id)
        yield bound(what="onward", value=conditions.onward.value)
        if conditions.attribution is not Attribution.MAY:
            yield bound(what="attribution", value=conditions.attribution.value)
        if conditions.report_within is not None:
            yield bound(what="report-within", value=str(conditions.report_within))
        if conditions.text is not None:
            yield bound(what="text")


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
            "originators": sorted(found.label.originators),
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
        "marking": _marking(found.label, row, terms),
        "conditions": conditions_of(obligations),
        "consents": list(_permissions(judged, found, is_named=is_named)),
        "is_partial": bool(found.redactions or judged.wish.fields),
        "is_pseudonymised": bool(found.pseudonymised),
        **judged.leaving,
        "content_digest": row["content_digest"],
        "policy_version": row["policy_version"],
    }


def _permissions(judged: Judged, found: Disclosure, *, is_named: bool) -> Iterator[View]:
    """Yield each consent that was used: until when, and on what ground personal data goes further.

    Where its originator is not to be named, neither is its law.
    """
    for terms in (each.terms for each in judged.consents):
        if (terms.grantor, terms.consent_id) not in found.used:
            continue
        view: View = {"consent_id": terms.consent_id, "until": terms.not_after}
        if (personal := terms.personal_data) is not None:
            view["destination_country"] = personal.destination_country
            view["safeguards"] = personal.safeguards
            if is_named:
                view["legal_basis"] = personal.legal_basis
        yield view


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


def recall_of(tx: Transaction, row: Row, terms: Terms, *, is_named: bool) -> View:
    """Return the notice that takes a disclosure back, for its recipient; it holds no content."""
    known = messages.shown(tx, row["message"])
    source: View = {"type": known["type"], "title": type_of(known["type"]).title}
    if is_named:
        source["reference"] = known["reference"]
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
        "recalled_at": row["recalled"],
        "ended_at": _ended(tx, row),
        "source": source,
        "purpose": row["purpose"],
        "content_digest": row["content_digest"],
    }
    return notice | ({"header_digest": row["header_digest"]} if is_named else {})


def _ended(tx: Transaction, row: Row) -> str | None:
    """Return when its originator ended it, by a revocation or a marking; None where it did not."""
    by = [each["by"] for each in markings.changes_of(tx, row["message"])]
    for use in disclosures.uses_of(tx, row["seq"]):
        found = consents.revocation(tx, use.peer, Direction.IN, use.consent_id)
        by += [] if found is None else [found["seq"]]
    times = [messages.shown(tx, seq)["created"] for seq in by]
    return max((at for at in times if row["at"] <= at <= row["recalled"]), default=None)


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


def _condition(judged: Judged) -> str | None:
    """Return what the nearest consent asks for in words, if nobody has vouched for it yet."""
    withheld = None if judged.found is None else judged.found.withheld
    if withheld is None or withheld.reason is not Denied.CONSENT_CONDITION_UNMET:
        return None
    every = [each.terms for each in judged.consents if each.terms.consent_id == withheld.nearest]
    texts = [each.conditions.text for each in every if not judged.wish.is_confirmed]
    return next(iter(texts), None)


def _ask_about(judged: Judged, terms: Terms) -> str | None:
    """Return the message that a consent is to be asked for; None where none would help."""
    subject = judged.subject
    withheld = None if judged.found is None else judged.found.withheld
    if subject is None or withheld is None or withheld.reason not in _ASKABLE:
        return None
    every = [(subject.sender, subject.message_id)]
    every += [(source.originator, source.message_id) for source in subject.sources]
    return _missing(every, withheld.country, terms)


def _marking(label: Label, row: Row, terms: Terms) -> Mapping[str, Any]:
    made = to_marking(label, originator=terms.node, marked_by="disclosure", at=row["at"])
    return {name: made[name] for name in _SHOWN if name in made}


def _name(parties: Parties, node: str) -> str:
    return str(parties.of(node).names["en"])
