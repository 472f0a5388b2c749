"""Sending onward: content of others inside a message of ours, over three real nodes."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consents_for
from gateway.delivery.subjects import sources_of, subject_of
from gateway.desk import Draft
from gateway.desk.marking import Wanted
from gateway.desk.onward import OnwardRefusedError
from gateway.desk.provenance import marked
from gateway.desk.undeclared import UndeclaredOriginError
from gateway.errors import InvalidError, NotFoundError, PolicyError
from gateway.policy import Action, Denied, Request, Withheld, decide, parse_marking
from gateway.store import Row, Transaction, messages
from tests.consenting import BUREAU, granted, named, terms
from tests.desk.test_revoked import revoke as revoke_pair
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    Node,
    alarms,
    changed,
    facts,
    inquiry,
    rows,
    three_nodes,
    until,
)
from tests.policy.asking import marking, source

SECRET = "Broker Sokha asked each of them for 4,000 US dollars."
NEPAL = {
    "org_id": "np/moless",
    "name": "Ministry of Labour, Employment and Social Security of Nepal",
    "country": "np",
    "kind": "authority",
}


GROUND = {
    "legal_basis": "Law on Labour, article 20",
    "destination_country": "np",
    "safeguards": "For the contact point alone.",
}
GROUND_IN_JAPAN = GROUND | {"destination_country": "jp"}


@pytest.fixture
async def trio(tmp_path):
    async with three_nodes(tmp_path) as trio:
        yield trio


def shared(to: str, text: str = SECRET, **changes: Any) -> dict[str, Any]:
    """Return a draft that shares information."""
    body = {"topic": "documents", "subject": {"en": "What we heard"}, "summary": {"en": text}}
    return {"type": "info.share", "to": to, "body": body} | changes


async def send(node: Node, draft: dict[str, Any], **options: Any) -> dict[str, Any]:
    return await node.desk.send(Draft.from_json(draft), OFFICER, **options)


async def received(node: Node, view: dict[str, Any]) -> dict[str, Any]:
    """Return a message as its recipient has it, once it is there."""

    async def there() -> dict[str, Any] | None:
        try:
            return await node.desk.message(view["id"])
        except NotFoundError:
            return None

    return await until(node, there)


async def from_cambodia(trio: Any, **changes: Any) -> dict[str, Any]:
    """Return a confidential message of Cambodia's as Japan has it."""
    return await received(trio.jp, await send(trio.kh, shared("jp/isa", **changes)))


async def ledger(node: Node) -> list[dict[str, Any]]:
    return await facts(node, "SELECT * FROM disclosures ORDER BY seq")


async def consent(trio: Any, message: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Have Cambodia consent, unasked, to what Japan may do with a message."""
    changes = {"recipients": [NEPAL], "personal_data": GROUND} | changes
    said = terms("kh/molvt", "jp/isa", named(message), **changes)
    draft = {"type": "consent.offer", "to": "jp/isa", "body": granted(trio.kh.keys, said)}
    await received(trio.jp, await send(trio.kh, draft))
    return said


def by(message: dict[str, Any]) -> dict[str, str]:
    return {"source": message["id"]}


async def mark(trio: Any, message: dict[str, Any], **wanted: Any) -> None:
    """Have Cambodia mark a message of its own anew, and Japan hear of it."""
    change = await trio.kh.desk.marking.mark(message["id"], Wanted.from_json(wanted), OFFICER)
    await received(trio.jp, change)


async def tell_nobody(trio: Any, message: dict[str, Any]) -> None:
    await mark(trio, message, caveats=["no-tip-off"], reason="tightened")


async def restrict(trio: Any, message: dict[str, Any]) -> None:
    await mark(trio, message, level="restricted", reason="tightened")


def entry(message: dict[str, Any]) -> dict[str, str]:
    """Return an entry of a provenance that takes over all of a message."""
    places = {"source_pointer": "", "target_pointer": "", "mode": "quote"}
    named = {"message_id": message["id"], "header_digest": message["header_digest"]}
    return named | places


def row_of(tx: Transaction, id: str) -> Row:
    return messages.get(tx, messages.find(tx, id))


async def test_quote_in_a_new_message_needs_the_consent_of_its_originator(trio):
    source = await from_cambodia(trio)
    draft = shared("np/moless", "As we heard.", derived_from=[{"source": source["id"]}])
    before = await rows(trio.jp)
    with pytest.raises(OnwardRefusedError, match="no-consent") as refused:
        await send(trio.jp, draft)
    assert f"gateway consent request {source['short']}" in refused.value.hint
    assert "--to np/moless" in refused.value.hint
    (row,) = await ledger(trio.jp)
    assert (row["is_allowed"], row["reason"], row["country"]) == (0, "no-consent", "kh")
    after = await rows(trio.jp)
    assert not changed(before, after) & {"messages", "outbox", "threads", "derivations"}
    said = await consent(trio, source)
    sent = await send(trio.jp, draft)
    _, row = await ledger(trio.jp)
    assert (row["is_allowed"], row["reason"], row["audience"]) == (1, "consent", "np/moless")
    assert row["message_id"] == sent["id"]
    (use,) = await facts(trio.jp, "SELECT peer, consent_id FROM disclosure_uses")
    assert use == {"peer": "kh/molvt", "consent_id": said["consent_id"]}
    there = await received(trio.np, sent)
    assert there["marking"] == "confidential"


async def test_a_consent_to_japan_lets_nothing_go_to_a_third_country_hub_with_many_peers(trio):
    source = await from_cambodia(trio)
    await consent(trio, source, recipients=[BUREAU], personal_data=GROUND_IN_JAPAN)
    draft = shared("np/moless", derived_from=[{"source": source["id"]}])
    with pytest.raises(OnwardRefusedError, match="consent-other-recipient"):
        await send(trio.jp, draft)
    assert (await ledger(trio.jp))[-1]["nearest"] is not None


async def test_a_paraphrase_needs_the_same_consent_as_a_quote(trio):
    source = await from_cambodia(trio)
    taken = {"source": source["id"], "mode": "paraphrase"}
    draft = shared("np/moless", "A broker took money.", derived_from=[taken])
    with pytest.raises(OnwardRefusedError, match="no-consent"):
        await send(trio.jp, draft)
    await consent(trio, source)
    with pytest.raises(OnwardRefusedError, match="consent-other-mode"):
        await send(trio.jp, draft)
    await consent(trio, source, mode="paraphrase")
    await received(trio.np, await send(trio.jp, draft))


async def test_a_reference_is_free_unless_nobody_may_be_tipped_off(trio):
    taken = [{"source": (await from_cambodia(trio))["id"], "mode": "reference"}]
    sent = await send(trio.jp, shared("np/moless", "See there.", derived_from=taken))
    assert sent["caveats"] == ["personal-data"]
    assert await ledger(trio.jp) == []
    source = await from_cambodia(trio, text="Somebody told us.")
    await tell_nobody(trio, source)
    taken = [{"source": source["id"], "mode": "reference"}]
    with pytest.raises(OnwardRefusedError, match="no-consent"):
        await send(trio.jp, shared("np/moless", "See there.", derived_from=taken))


async def test_what_is_quoted_back_to_its_originator_is_free_and_keeps_its_marking(trio):
    source = await from_cambodia(trio)
    await tell_nobody(trio, source)
    draft = shared("kh/molvt", derived_from=[{"source": source["id"]}])
    sent = await send(trio.jp, draft)
    assert "no-tip-off" in sent["caveats"]
    (row,) = await ledger(trio.jp)
    assert (row["reason"], row["audience"]) == ("return-to-originator", "kh/molvt")
    there = await received(trio.kh, sent)
    history = await trio.kh.desk.marking.history(there["id"])
    assert [each["is_here"] for each in history["derived_from"]] == [True]
    # And from the source one finds what took over from it.
    history = await trio.kh.desk.marking.history(source["id"])
    assert [each["id"] for each in history["derived"]] == [sent["id"]]


async def test_every_originator_of_a_multi_originator_message_has_to_consent(trio):
    cambodian = await from_cambodia(trio)
    nepalese = await received(trio.jp, await send(trio.np, shared("jp/isa", "Heard in Kathmandu.")))
    await consent(trio, cambodian, recipients=[BUREAU, NEPAL], personal_data=GROUND_IN_JAPAN)

    def judged(tx: Transaction) -> Any:
        entries = tuple(entry(each) for each in (cambodian, nepalese))
        ours = subject_of(tx, row_of(tx, cambodian["id"]))
        own = replace(
            ours,
            message_id="",
            sender="jp/isa",
            recipient="kh/molvt",
            marking=ours.marking | {"originator": "jp/isa"},
            derived_from=entries,
            sources=sources_of(tx, entries),
        )
        request = Request(
            action=Action.DISCLOSE,
            subject=own,
            holder="jp/isa",
            audience="jp/labour-bureau-osaka",
            now=int(trio.clock.now),
        )
        found = consents_for(tx, own, Terms("jp/isa", CATALOGUE), now=trio.clock.now)
        return decide(request, CATALOGUE.parties, found)

    decision = await trio.jp.store.read(judged)
    assert (decision.reason, decision.country) == (Denied.MULTI_ORIGIN_MISSING, "np")


async def test_content_stays_its_originators_through_however_many_hands(trio):
    source = await from_cambodia(trio)
    quoted = {"source": source["id"], "target_pointer": "/summary"}
    ours = await send(trio.jp, shared("kh/molvt", derived_from=[quoted]))
    through = {"source": ours["id"], "source_pointer": "/summary"}
    with pytest.raises(OnwardRefusedError, match="no-consent"):
        await send(trio.jp, shared("np/moless", derived_from=[through]))
    # What stands beside the quotation is our own.
    beside = {"source": ours["id"], "source_pointer": "/subject"}
    await received(trio.np, await send(trio.jp, shared("np/moless", "x", derived_from=[beside])))


async def test_only_the_part_where_it_stands_is_marked_like_its_source(trio):
    source = await from_cambodia(trio)
    await restrict(trio, source)
    taken = {"source": source["id"], "target_pointer": "/summary"}
    sent = await send(trio.jp, shared("kh/molvt", derived_from=[taken]))
    marking = await trio.jp.store.read(lambda tx: subject_of(tx, row_of(tx, sent["id"])).marking)
    assert marking["level"] == "confidential"
    (part,) = marking["granular"]
    assert (part["pointer"], part["level"]) == ("/summary", "restricted")
    whole = await send(trio.jp, shared("kh/molvt", derived_from=[{"source": source["id"]}]))
    marking = await trio.jp.store.read(lambda tx: subject_of(tx, row_of(tx, whole["id"])).marking)
    assert (marking["level"], marking.get("granular")) == ("restricted", None)


async def test_a_corrected_envelope_is_another_message_and_needs_another_consent(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    body = {"reason": {"en": "A slip."}, "body": shared("jp/isa", "Corrected.")["body"]}
    change = {"type": "correction", "in_reply_to": source["id"], "body": body}
    newer = await received(trio.jp, await send(trio.kh, change))
    with pytest.raises(OnwardRefusedError, match="source-superseded"):
        await send(trio.jp, shared("np/moless", derived_from=[{"source": source["id"]}]))
    # What the consent spoke of stands in the body of the correction.
    taken = {"source": newer["id"], "source_pointer": "/body"}
    draft = shared("np/moless", derived_from=[taken])
    with pytest.raises(OnwardRefusedError, match="consent-digest-mismatch"):
        await send(trio.jp, draft)
    await consent(trio, source, follow_corrections=True)
    await received(trio.np, await send(trio.jp, draft))


async def test_what_its_sender_took_back_goes_nowhere(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    gone = {"type": "withdrawal", "in_reply_to": source["id"], "body": {"reason": {"en": "x"}}}
    await received(trio.jp, await send(trio.kh, gone))
    with pytest.raises(OnwardRefusedError, match="source-withdrawn"):
        await send(trio.jp, shared("np/moless", derived_from=[{"source": source["id"]}]))


async def test_already_public_facts_are_opened_by_their_originator_alone(trio):
    source = await from_cambodia(trio, text="The ministry has announced it.")
    draft = shared("np/moless", "It was announced.", derived_from=[{"source": source["id"]}])
    with pytest.raises(OnwardRefusedError):
        await send(trio.jp, draft)
    await mark(
        trio, source, level="public", no_caveats=["personal-data"], reason="published-elsewhere"
    )
    await received(trio.np, await send(trio.jp, draft))
    assert [row["is_allowed"] for row in await ledger(trio.jp)] == [0, 1]
    assert await facts(trio.jp, "SELECT 1 FROM disclosure_uses") == []


async def test_a_consent_for_one_use_serves_one_message(trio):
    source = await from_cambodia(trio)
    await consent(trio, source, uses=1, epoch=f"1.{'0' * 32}")
    draft = shared("np/moless", derived_from=[{"source": source["id"]}])
    await send(trio.jp, draft)
    with pytest.raises(OnwardRefusedError, match="consent-exhausted"):
        await send(trio.jp, draft)


async def test_level_raised_after_disclosure_is_obeyed_and_the_disclosures_are_reported(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    await received(trio.np, await send(trio.jp, shared("np/moless", derived_from=[by(source)])))
    await restrict(trio, source)
    assert "marking-tightened" in await alarms(trio.jp)
    (notice,) = await facts(trio.jp, "SELECT * FROM consent_notices WHERE what = 'raised'")
    assert (notice["kind"], notice["message_id"]) == ("report", source["id"])


async def test_a_copy_that_has_not_left_is_stopped_by_a_marking_that_is_tightened(trio):
    source = await from_cambodia(trio)
    await mark(trio, source, level="public", no_caveats=["personal-data"], reason="mistake")
    await trio.jp.stop()
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    change = Wanted.from_json({"level": "restricted", "reason": "tightened"})
    change = await trio.kh.desk.marking.mark(source["id"], change, OFFICER)
    await received(trio.jp, change)
    await trio.jp.start()

    async def held() -> bool:
        return (await trio.jp.desk.message(sent["id"]))["state"] == "held"

    await until(trio.jp, held)
    assert "release-stopped" in await alarms(trio.jp)
    with pytest.raises(NotFoundError):
        await trio.np.desk.message(sent["id"])


def corrected(message: dict[str, Any], text: str, **changes: Any) -> dict[str, Any]:
    """Return a draft that corrects what was shared with Nepal."""
    body = {"reason": {"en": "A slip."}, "body": shared("np/moless", text)["body"]}
    return {"type": "correction", "in_reply_to": message["id"], "body": body} | changes


async def test_a_correction_stays_under_the_sources_of_what_it_corrects(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    taken = [by(source) | {"target_pointer": "/summary"}]
    sent = await send(trio.jp, shared("np/moless", derived_from=taken))
    await received(trio.np, sent)
    newer = await send(trio.jp, corrected(sent, "Broker Sokha asked for 4,500."))
    (entry,) = (await trio.jp.desk.marking.history(newer["id"]))["derived_from"]
    assert (entry["id"], entry["target_pointer"]) == (source["id"], "/body/summary")
    newest = await send(trio.jp, corrected(sent, "Broker Sokha asked for 4,600."))
    (entry,) = (await trio.jp.desk.marking.history(newest["id"]))["derived_from"]
    assert entry["target_pointer"] == "/body/summary"
    assert [row["message_id"] for row in await ledger(trio.jp)] == [
        each["id"] for each in (sent, newer, newest)
    ]
    await received(trio.np, newest)
    offer = (await facts(trio.jp, "SELECT id FROM messages WHERE type = 'consent.offer'"))[0]
    await revoke(trio, offer["id"], "kh/molvt")
    with pytest.raises(OnwardRefusedError, match="consent-revoked"):
        await send(trio.jp, corrected(sent, SECRET))


async def test_a_correction_may_name_other_sources_than_what_it_corrects(trio):
    source = await from_cambodia(trio)
    other = await from_cambodia(trio, text="Another matter.")
    await consent(trio, source)
    await consent(trio, other)
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    await received(trio.np, sent)
    newer = await send(trio.jp, corrected(sent, "Another matter.", derived_from=[by(other)]))
    (entry,) = (await trio.jp.desk.marking.history(newer["id"]))["derived_from"]
    assert entry["id"] == other["id"]


async def revoke(trio: Any, offer: str, grantor: str) -> None:
    """Have Cambodia revoke the consent that it offered, and Japan hear of it."""
    (row,) = await facts(trio.jp, "SELECT consent_id FROM consents WHERE peer = ?", grantor)
    body = {"consent_id": row["consent_id"], "reason": "changed"}
    draft = {"type": "consent.revoke", "to": "jp/isa", "body": body, "in_reply_to": offer}
    await received(trio.jp, await send(trio.kh, draft))


LOOSER = {
    "a lower level": {"level": "public", "reason": "loosened"},
    "fewer caveats": {"no_caveats": ["no-judicial"], "reason": "loosened"},
    "more recipients": {"permit": ["jp/labour-bureau-osaka"], "reason": "loosened"},
}


@pytest.mark.parametrize("wanted", LOOSER.values(), ids=LOOSER.keys())
async def test_nobody_opens_by_a_marking_of_ours_what_others_keep_more_closely(trio, wanted):
    source = await from_cambodia(trio)
    await mark(trio, source, caveats=["no-judicial"], reason="tightened")
    sent = await send(trio.jp, shared("kh/molvt", derived_from=[by(source)]))
    await received(trio.kh, sent)
    with pytest.raises(PolicyError, match="kh/molvt, which keeps it more closely"):
        await trio.jp.desk.marking.mark(sent["id"], Wanted.from_json(wanted), OFFICER)
    assert (await trio.jp.desk.message(sent["id"]))["caveats"] == ["no-judicial", "personal-data"]
    query = "SELECT 1 FROM messages WHERE type = 'marking.change' AND direction = 'out'"
    assert await facts(trio.jp, query) == []
    tighter = Wanted.from_json({"level": "restricted", "reason": "tightened"})
    await received(trio.kh, await trio.jp.desk.marking.mark(sent["id"], tighter, OFFICER))


async def test_what_stands_around_content_of_others_is_ours_to_open(trio):
    source = await from_cambodia(trio)
    taken = [by(source) | {"target_pointer": "/summary"}]
    sent = await send(trio.jp, shared("kh/molvt", derived_from=taken))
    await received(trio.kh, sent)
    opened = Wanted.from_json({"level": "public", "reason": "loosened"})
    await received(trio.kh, await trio.jp.desk.marking.mark(sent["id"], opened, OFFICER))
    found = await trio.jp.store.read(lambda tx: subject_of(tx, row_of(tx, sent["id"])))
    assert found.marking["level"] == "public"
    assert [(each["pointer"], each["level"]) for each in found.marking["granular"]] == [
        ("/summary", "confidential")
    ]


NARROW = {
    "the same for both": (["np/dofe"], ["np/dofe"], ["np/dofe"]),
    "more allowed by others": (["np/dofe"], ["np/dofe", "np/moless"], ["np/dofe"]),
    "less allowed by others": (["np/dofe", "np/moless"], ["np/dofe"], ["np/dofe"]),
    "nobody by its author": (None, ["np/dofe"], []),
}


@pytest.mark.parametrize(("ours", "theirs", "both"), NARROW.values(), ids=NARROW.keys())
def test_a_marking_opens_content_of_ours_to_nobody_whom_its_author_has_not_chosen(
    ours, theirs, both
):
    own = marking("jp/isa") | ({} if ours is None else {"permitted_recipients": ours})
    taken = source(marking=marking(permitted_recipients=theirs))
    assert marked(own, [taken])["permitted_recipients"] == both
    # Where it stands in one part alone, the rest goes to whom its author has chosen.
    part = marked(own, [replace(taken, target_pointer="/summary")])
    assert part.get("permitted_recipients") == ours
    read = parse_marking(part, originator_country="jp").of_all("/summary")
    assert read.permitted_recipients == set(both)


def test_purposes_that_nobody_shares_open_nothing():
    own = marking("jp/isa", permitted_recipients=["np/dofe"], purposes=["statistics"])
    taken = source(marking=marking(permitted_recipients=["np/dofe"], purposes=["ssw-operation"]))
    made = marked(own, [taken])
    assert (made["permitted_recipients"], made.get("purposes")) == ([], None)


async def test_a_part_of_others_cannot_be_marked_more_openly_by_a_marking_of_ours(trio):
    source = await from_cambodia(trio)
    taken = [by(source) | {"target_pointer": "/summary"}]
    sent = await send(trio.jp, shared("kh/molvt", derived_from=taken))
    await received(trio.kh, sent)
    found = await trio.jp.store.read(lambda tx: subject_of(tx, row_of(tx, sent["id"])))
    marking = {name: each for name, each in found.marking.items() if name != "granular"}
    of = {"id": sent["id"], "header_digest": sent["header_digest"]}
    body = {"of": of, "marking": marking | {"level": "public"}, "reason": "mistake"}
    with pytest.raises(PolicyError, match="kh/molvt, which keeps it more closely"):
        await send(trio.jp, {"type": "marking.change", "in_reply_to": sent["id"], "body": body})


async def test_what_its_originators_have_opened_may_be_opened_by_a_marking_of_ours(trio):
    source = await from_cambodia(trio)
    sent = await send(trio.jp, shared("kh/molvt", derived_from=[by(source)]))
    await received(trio.kh, sent)
    await mark(trio, source, level="public", no_caveats=["personal-data"], reason="mistake")
    wanted = {"level": "public", "no_caveats": ["personal-data"], "reason": "mistake"}
    change = await trio.jp.desk.marking.mark(sent["id"], Wanted.from_json(wanted), OFFICER)
    await received(trio.kh, change)


async def test_what_is_passed_on_is_reported_where_its_originator_asks_for_it(trio):
    source = await from_cambodia(trio)
    said = await consent(trio, source, conditions={"report_within": 7})
    await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    (notice,) = await facts(trio.jp, "SELECT * FROM consent_notices WHERE kind = 'report'")
    assert (notice["what"], notice["consent_id"]) == ("condition", said["consent_id"])


async def test_the_last_use_by_a_message_is_told_to_whoever_consented(trio):
    source = await from_cambodia(trio)
    said = await consent(trio, source, uses=1, epoch=f"1.{'0' * 32}")
    query = "SELECT consent_id FROM consent_notices WHERE what = 'exhausted'"
    assert await facts(trio.jp, query) == []
    await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    assert await facts(trio.jp, query) == [{"consent_id": said["consent_id"]}]


async def test_what_may_not_be_said_again_is_refused_in_the_ledger(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    await trio.jp.stop()
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    await trio.jp.desk.queue.cancel(sent["id"], OFFICER)
    offer = (await facts(trio.jp, "SELECT id FROM messages WHERE type = 'consent.offer'"))[0]
    await revoke(trio, offer["id"], "kh/molvt")
    with pytest.raises(OnwardRefusedError):
        await trio.jp.desk.queue.retry(sent["id"], OFFICER)
    assert [(row["is_allowed"], row["reason"]) for row in await ledger(trio.jp)] == [
        (1, "consent"),
        (0, "consent-revoked"),
    ]


async def test_what_may_not_be_signed_anew_is_refused_in_the_ledger(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    await trio.jp.settled()
    await trio.jp.stop()
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    offer = (await facts(trio.jp, "SELECT id FROM messages WHERE type = 'consent.offer'"))[0]
    await revoke(trio, offer["id"], "kh/molvt")
    replaced = await trio.jp.desk.queue.reissue_signed_by(await revoke_pair(trio), OFFICER)
    assert sent["id"] not in dict(replaced)
    assert (await trio.jp.desk.message(sent["id"]))["state"] == "cancelled"
    assert (await ledger(trio.jp))[-1]["reason"] == "consent-revoked"
    assert "not-issued-anew" in await alarms(trio.jp)


async def test_what_was_told_in_confidence_since_is_found_when_a_message_is_said_again(trio):
    await trio.jp.stop()
    sent = await send(trio.jp, shared("np/moless", "Passport N01234567?"))
    await trio.jp.desk.queue.cancel(sent["id"], OFFICER)
    body = inquiry("jp/isa")["body"]
    document = {"type": "passport", "number": "N01234567", "issuing_country": "KH"}
    someone = {"name_latin": "SOK PISEY", "nationality": "KH", "documents": {"d1": document}}
    told = {"type": "inquiry.request", "to": "jp/isa", "body": body | {"persons": {"p1": someone}}}
    await received(trio.jp, await send(trio.kh, told))
    with pytest.raises(UndeclaredOriginError, match="undeclared-origin"):
        await trio.jp.desk.queue.retry(sent["id"], OFFICER)
    assert [row["reason"] for row in await ledger(trio.jp)] == ["undeclared-origin"]
    assert len(await facts(trio.jp, "SELECT 1 FROM origin_hits")) == 1


async def test_a_message_that_took_over_from_a_third_side_can_be_quoted_back_to_its_sender(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    await received(trio.np, sent)
    back = await send(trio.np, shared("jp/isa", "You said so.", derived_from=[by(sent)]))
    assert back["marking"] == "confidential"
    await received(trio.jp, back)
    (row,) = await ledger(trio.np)
    assert (row["reason"], row["audience"]) == ("return-to-originator", "jp/isa")


async def test_a_rehearsal_tells_what_would_be_refused_and_keeps_nothing(trio):
    source = await from_cambodia(trio)
    before = await rows(trio.jp)
    draft = shared("np/moless", derived_from=[{"source": source["id"]}])
    with pytest.raises(OnwardRefusedError) as refused:
        await send(trio.jp, draft, dry_run=True)
    assert [(each.where, each.text) for each in refused.value.problems] == [
        ("", "may not leave: no-consent (kh)")
    ]
    assert not changed(before, await rows(trio.jp))
    home = await send(
        trio.jp, shared("kh/molvt", derived_from=[{"source": source["id"]}]), dry_run=True
    )
    (taken,) = home["taken_over"]
    assert (taken["id"], taken["from"], taken["mode"]) == (source["id"], "kh/molvt", "quote")


WRONG = {
    "no list": ({"source": "x"}, "/derived_from"),
    "no source": ([{"mode": "quote"}], "/derived_from/0/source"),
    "another mode": ([{"source": "0195c2a4", "mode": "steal"}], "/derived_from/0/mode"),
    "no pointer": (
        [{"source": "0195c2a4", "target_pointer": "summary"}],
        "/derived_from/0/target_pointer",
    ),
    "another member": ([{"source": "0195c2a4", "level": "public"}], "/derived_from/0"),
    "no texts": ([{"source": 1}], "/derived_from/0"),
    "too many": ([{"source": "0195c2a4"}] * 33, "/derived_from"),
}


@pytest.mark.parametrize(("value", "where"), WRONG.values(), ids=WRONG.keys())
def test_a_provenance_of_another_form_is_named(value, where):
    with pytest.raises(InvalidError) as caught:
        Draft.from_json(shared("np/moless", derived_from=value))
    assert [each.where for each in caught.value.problems] == [where]


async def test_a_provenance_that_leads_nowhere_protects_nothing_and_is_refused(trio):
    source = await from_cambodia(trio)
    places = {"source_pointer": "/nowhere", "target_pointer": "/summary/kh"}
    with pytest.raises(InvalidError) as caught:
        await send(trio.jp, shared("kh/molvt", derived_from=[{"source": source["id"], **places}]))
    assert [each.where for each in caught.value.problems] == [
        "/derived_from/0/source_pointer",
        "/derived_from/0/target_pointer",
    ]
    with pytest.raises(NotFoundError):
        await send(trio.jp, shared("kh/molvt", derived_from=[{"source": "0195c2a4-7b1e-7c3a"}]))


async def test_what_came_from_somewhere_unknown_here_is_passed_on_to_nobody(trio):
    source = await from_cambodia(trio)
    await consent(trio, source)
    sent = await send(trio.jp, shared("np/moless", derived_from=[by(source)]))
    there = await received(trio.np, sent)
    assert (await trio.np.desk.fetch(there["id"], OFFICER))["content"]["body"]
    (taken,) = (await trio.np.desk.marking.history(there["id"]))["derived_from"]
    assert (taken["originator"], taken["is_here"]) == ("kh/molvt", False)

    def judged(tx: Transaction) -> Any:
        subject = subject_of(tx, row_of(tx, there["id"]))
        request = Request(
            action=Action.DISCLOSE,
            subject=subject,
            holder="np/moless",
            audience="np/dofe",
            now=int(trio.clock.now),
        )
        return decide(request, CATALOGUE.parties)

    assert isinstance(await trio.np.store.read(judged), Withheld)
