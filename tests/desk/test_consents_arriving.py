"""Consents as they arrive: kept whatever they are, used only where everything holds (clause 3)."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
import pytest

from gateway.delivery import consenting
from gateway.delivery.awaiting import Terms
from gateway.delivery.cards import take_card
from gateway.delivery.consents_for import consent_of, consents_for, state_of
from gateway.delivery.subjects import subject_of
from gateway.desk import Draft
from gateway.desk.consent_notices import ConsentNotices
from gateway.envelope import Environment, Officer, fingerprint, read_card, times
from gateway.envelope.consent import Instrument, sign_consent
from gateway.errors import InvalidError, PolicyError
from gateway.policy import Action, Allowed, Consent, Denied
from gateway.store import Transaction, consents, disclosures, messages, peers
from gateway.store.consents import ConsentState
from gateway.store.disclosures import Decided, Origin, Use
from tests.consenting import BUREAU, granted, instruments, named, terms
from tests.desk.dealing import View, attention, example, read, say
from tests.nodes import CATALOGUE, OFFICER, START, Keys, Node, Pair, alarms, facts, rows
from tests.nodes import changed as changed_tables
from tests.peer import SimulatedPeer, new_id

BASIS = "disclosure"
LATER = times.text(START + 7 * 86_400)
pytestmark = pytest.mark.clause("3")


async def told(pair: Pair) -> View:
    """Let Cambodia tell Japan something confidential, and Japan's officer read it."""
    asked = await say(pair.jp, "inquiry.request")
    await read(pair.kh, asked)
    body = example("inquiry.answer")
    questions = example("inquiry.request")["questions"]
    body["answers"] = {
        key: {"status": "unknown", "text": {"en": "No record."}} for key in questions
    }
    answer = await say(pair.kh, "inquiry.answer", asked, body | {"final": True})
    await read(pair.jp, answer)
    return answer


def request(message: View, **changes: Any) -> dict[str, Any]:
    """Return the body of a request for consent to pass on a message."""
    body = {
        "subject": {"messages": {"m1": named(message)}},
        "recipients": {"r1": BUREAU},
        "purpose": {"code": "ssw-operation", "text": {"en": "To inspect the employer."}},
        "mode": "verbatim",
        "until": times.text(START + 30 * 86_400),
        "basis": BASIS,
        "epoch": f"1.{'0' * 32}",
    }
    return body | changes


async def asked(pair: Pair, message: View, **changes: Any) -> View:
    """Let Japan ask for consent, and Cambodia's officer read it."""
    view = await say(pair.jp, "consent.request", body=request(message, **changes))
    await read(pair.kh, view)
    return view


def terms_for(pair: Pair, message: View, about: View | None, **changes: Any) -> dict[str, Any]:
    """Return the terms of Cambodia's consent to a request of Japan."""
    signed = None if about is None else {key: about[key] for key in ("id", "header_digest")}
    return terms("kh/molvt", "jp/isa", named(message), request=signed, **changes)


async def kept(node: Node, view: View, now: float = START) -> Consent | None:
    """Return the consent that a message gave, as a node takes it at a time."""

    def load(tx: Transaction) -> Consent | None:
        named = messages.find(tx, view["id"])
        row = consents.get(tx, named)
        assert row is not None
        return consent_of(tx, row, Terms(node.us.node, CATALOGUE), now=now)

    return await node.store.read(load)


async def usable(node: Node, message: View, now: float = START) -> list[str | None]:
    """Return the standing of each consent that a node finds for a message."""

    def load(tx: Transaction) -> list[str | None]:
        row = messages.get(tx, messages.find(tx, message["id"]))
        subject = subject_of(tx, row)
        found = consents_for(tx, subject, Terms(node.us.node, CATALOGUE), now=now)
        return [each.standing for each in found]

    return await node.store.read(load)


async def test_a_consent_that_holds_is_found_for_the_message_it_names(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await say(
        pair.kh, "consent.grant", about, granted(pair.kh.keys, terms_for(pair, message, about))
    )
    assert await usable(pair.jp, message) == [None]
    consent = await kept(pair.jp, view)
    assert consent is not None
    assert state_of(consent, START) is ConsentState.ACTIVE
    assert await attention(pair.jp, view) is None
    assert "consent-refused" not in await alarms(pair.jp)


async def given(pair: Pair, message: View, about: View, **changes: Any) -> View:
    """Let Cambodia grant a request with terms that are changed as a test wants it."""
    body = granted(pair.kh.keys, terms_for(pair, message, about, **changes))
    return await say(pair.kh, "consent.grant", about, body)


async def tell(pair: Pair) -> list[dict[str, Any]]:
    """Let Japan's node say what it owes, and return what Cambodia has heard of consents."""
    await notices(pair.jp).say_all()
    await pair.jp.settled()
    found = await facts(
        pair.kh, "SELECT id FROM messages WHERE type IN ('consent.status', 'disclosure.report')"
    )
    return [(await pair.kh.desk.fetch(row["id"], OFFICER))["content"]["body"] for row in found]


def notices(node: Node) -> ConsentNotices:
    """Return what says by itself what a grantor is to hear."""
    return ConsentNotices(
        us=node.us,
        store=node.store,
        directory=node.directory,
        catalogue=CATALOGUE,
        ports=node.desk._ports,
        changes=node.changes,
        wake=node.delivery.wake,
    )


async def test_the_grantor_hears_how_its_consent_stands(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about, uses=2, epoch=pair.jp.us.epoch)
    (status,) = await tell(pair)
    (row,) = await facts(pair.jp, "SELECT consent_id FROM consents")
    assert (status["state"], status["uses_left"]) == ("active", 2)
    assert status["consent_id"] == row["consent_id"]
    assert len(await tell(pair)) == 1, "what was said is said once"
    assert (await pair.jp.desk.thread(view["thread"]))["state"] == "granted"


async def arrives(pair: Pair, type_name: str, body: dict[str, Any], about: View) -> View:
    """Let a message come from Cambodia's node that an honest one would not have sent."""
    peer = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    place = {"thread": about["thread"], "in_reply_to": about["id"], "reference": about["reference"]}
    letter = peer.letter(type_name, body, **place | {"clauses": ["3"]})
    reply = await pair.jp.receiver.receive("kh/molvt", peer.seal(letter) + b"\n")
    assert reply.status == 200
    return await pair.jp.desk.message(letter.id)


Made = tuple[dict[str, Any], dict[str, str]]


def forged(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    made = instruments(pair.kh.keys, terms)
    jws = orjson.loads(made["o1"])
    first = jws["signatures"][0]["signature"]
    jws["signatures"][0]["signature"] = ("A" if first[0] != "A" else "B") + first[1:]
    return terms, {"o1": orjson.dumps(jws).decode()}


def widened_after_signing(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    return terms | {"mode": "paraphrase"}, instruments(pair.kh.keys, terms)


def signed_by_whoever_asked(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    return terms, instruments(pair.jp.keys, terms)


def signed_by_a_third_country(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    return terms, instruments(Keys("np/moless"), terms)


def signed_by_the_node(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    instrument = Instrument(
        environment=Environment.TEST, officer="officer-1", signed_at=times.text(START), terms=terms
    )
    return terms, {"o1": sign_consent(instrument, pair.kh.keys.message)}


def changed(**changes: Any) -> Callable[..., Made]:
    """Return terms that differ, signed as they are."""

    def make(pair: Pair, terms: dict[str, Any], message: View) -> Made:
        return terms | changes, instruments(pair.kh.keys, terms | changes)

    return make


def of_another_digest(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    other = named(message) | {"header_digest": "sha-256:" + "A" * 43}
    return changed(subject={"messages": [other]})(pair, terms, message)


def of_an_unknown_message(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    other = named(message) | {"id": new_id()}
    return changed(subject={"messages": [other]})(pair, terms, message)


def of_another_request(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    other = terms["request"] | {"header_digest": "sha-256:" + "A" * 43}
    return changed(request=other)(pair, terms, message)


def of_no_request(pair: Pair, terms: dict[str, Any], message: View) -> Made:
    made = {name: value for name, value in terms.items() if name != "request"}
    return made, instruments(pair.kh.keys, made)


_BY_A_MINISTRY = {"org_id": "kh/moi", "role": "Director", "authority": "Decree"}
_BY_NEPAL = {"org_id": "np/moless", "role": "Director", "authority": "Decree"}
_OVER = {"not_before": times.text(START - 60), "not_after": times.text(START - 1)}
BAD = [
    (forged, Denied.CONSENT_BAD_SIGNATURE),
    (widened_after_signing, Denied.CONSENT_BAD_SIGNATURE),
    (signed_by_whoever_asked, Denied.CONSENT_KEY_NOT_AUTHORISED),
    (signed_by_a_third_country, Denied.CONSENT_KEY_NOT_AUTHORISED),
    (signed_by_the_node, Denied.CONSENT_KEY_NOT_AUTHORISED),
    (changed(granted_by=_BY_A_MINISTRY), Denied.CONSENT_KEY_NOT_AUTHORISED),
    (changed(grantor="np/moless", granted_by=_BY_NEPAL), Denied.CONSENT_WRONG_ORIGINATOR),
    (changed(grantee="jp/mhlw"), Denied.CONSENT_OTHER_GRANTEE),
    (changed(profile="moc-ssw/np-jp/2019"), Denied.CONSENT_INVALID),
    (changed(uses=1, epoch=f"2.{'1' * 32}"), Denied.CONSENT_OTHER_EPOCH),
    (changed(validity=_OVER), Denied.CONSENT_EXPIRED),
    (of_another_digest, Denied.CONSENT_DIGEST_MISMATCH),
    (of_an_unknown_message, Denied.CONSENT_DIGEST_MISMATCH),
    (of_another_request, Denied.CONSENT_DIGEST_MISMATCH),
    (of_no_request, Denied.CONSENT_INVALID),
    (changed(conditions={"redact": ["/nowhere"]}), Denied.CONSENT_INVALID),
    (changed(conditions={"pseudonymise": ["/nowhere"]}), Denied.CONSENT_INVALID),
]
HARMLESS = {Denied.CONSENT_OTHER_EPOCH, Denied.CONSENT_EXPIRED}


@pytest.mark.parametrize(("make", "code"), BAD)
async def test_a_consent_that_does_not_hold_is_kept_told_and_never_used(pair, make, code):
    message = await told(pair)
    about = await asked(pair, message)
    wanted, signed = make(pair, terms_for(pair, message, about), message)
    view = await arrives(pair, "consent.grant", {"terms": wanted, "instruments": signed}, about)
    assert view["attention"] == code
    assert (await pair.jp.desk.thread(about["thread"]))["state"] == "requested"
    consent = await kept(pair.jp, view)
    assert consent is None or consent.standing == code
    assert None not in await usable(pair.jp, message)
    assert ("consent-refused" in await alarms(pair.jp)) is (code not in HARMLESS)
    recorded = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'consent-refused'")
    assert [orjson.loads(row["record"])["detail"]["code"] for row in recorded] == [code]
    (status,) = await facts(pair.jp, "SELECT what, code FROM consent_notices")
    is_late = code is Denied.CONSENT_EXPIRED
    assert status == {"what": "expired" if is_late else "refused", "code": code}


async def test_an_instrument_counts_once_whatever_message_brings_it(pair):
    message = await told(pair)
    about = await asked(pair, message)
    first = granted(pair.kh.keys, terms_for(pair, message, about))
    await say(pair.kh, "consent.grant", about, first)
    again = await arrives(pair, "consent.grant", first, about)
    other = first["terms"] | {"mode": "paraphrase"}
    third = await arrives(pair, "consent.grant", granted(pair.kh.keys, other), about)
    assert [again["attention"], third["attention"]] == [Denied.CONSENT_REPLAYED] * 2
    assert sorted(map(str, await usable(pair.jp, message))) == [
        "None",
        Denied.CONSENT_REPLAYED,
        Denied.CONSENT_REPLAYED,
    ]


async def test_a_further_consent_takes_the_place_of_the_one_before(pair):
    message = await told(pair)
    about = await asked(pair, message)
    first = await given(pair, message, about)
    second = await given(pair, message, about, mode="paraphrase")
    assert [(await kept(pair.jp, view)).standing for view in (first, second)] == [
        Denied.CONSENT_SUPERSEDED,
        None,
    ]
    told_of = await facts(pair.jp, "SELECT what FROM consent_notices ORDER BY number")
    assert [row["what"] for row in told_of] == ["active", "superseded", "active"]


async def test_a_worthless_consent_takes_the_place_of_none(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about)
    bad = granted(pair.jp.keys, terms_for(pair, message, about))
    await arrives(pair, "consent.grant", bad, about)
    assert None in await usable(pair.jp, message)


async def test_a_consent_is_worth_nothing_from_its_revocation_on(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    assert await revoked(pair, view)
    assert await usable(pair.jp, message) == [Denied.CONSENT_REVOKED]
    assert (await pair.jp.desk.thread(about["thread"]))["state"] == "revoked"
    assert [status["state"] for status in await tell(pair)] == ["active", "revoked"]
    assert "recall" not in await alarms(pair.jp), "nobody had used it"


async def revoked(pair: Pair, view: View, consent_id: str | None = None) -> View:
    """Let Cambodia revoke the consent of a message, or another one in its matter."""
    if consent_id is None:
        (row,) = await facts(
            pair.kh,
            "SELECT c.consent_id FROM consents AS c JOIN messages AS m ON m.seq = c.seq "
            "WHERE m.id = ?",
            view["id"],
        )
        consent_id = row["consent_id"]
    body = {"consent_id": consent_id, "reason": "other"}
    return await say(pair.kh, "consent.revoke", view, body)


async def test_a_revocation_that_overtakes_its_consent_holds(pair):
    message = await told(pair)
    about = await asked(pair, message)
    wanted = terms_for(pair, message, about)
    body = {"consent_id": wanted["consent_id"], "reason": "other"}
    early = await arrives(pair, "consent.revoke", body, about)
    assert early["attention"] == "consent-not-known"
    view = await arrives(pair, "consent.grant", granted(pair.kh.keys, wanted), about)
    assert view["attention"] == Denied.CONSENT_REVOKED
    assert await usable(pair.jp, message) == [Denied.CONSENT_REVOKED]
    assert (await pair.jp.desk.thread(about["thread"]))["state"] == "revoked"
    assert "consent-refused" not in await alarms(pair.jp)


async def test_only_the_side_that_gave_a_consent_revokes_it(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    (row,) = await facts(pair.kh, "SELECT consent_id FROM consents")
    draft = {
        "type": "consent.revoke",
        "in_reply_to": about["id"],
        "body": {"consent_id": row["consent_id"], "reason": "other"},
    }
    with pytest.raises(PolicyError):
        await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    consent = await kept(pair.kh, view)
    assert consent is not None
    assert consent.standing is None


async def updated(pair: Pair, officers: tuple[Officer, ...]) -> bytes:
    """Let a newer card of Cambodia come to Japan by itself, with other officers."""
    raw = pair.kh.keys.next_card(officers=officers)
    at = times.text(START)
    await pair.jp.store.write(partial(take_card, node="kh/molvt", raw=raw, at=at))
    return raw


async def confirmed(pair: Pair, raw: bytes) -> None:
    """Let an operator in Japan confirm a card of Cambodia."""
    card = read_card(raw)
    print_ = fingerprint(card.identity)
    await pair.jp.store.write(
        lambda tx: peers.confirm(
            tx, "kh/molvt", fingerprint=print_, card=raw.decode(), serial=card.serial
        )
    )


async def test_what_an_officer_signed_is_worth_nothing_once_its_key_is_revoked(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about)
    assert await usable(pair.jp, message) == [None]
    officers = tuple(
        replace(each, validity=replace(each.validity, revoked_at=times.text(START + 10)))
        for each in read_card(pair.kh.keys.card()).officers
    )
    raw = await updated(pair, officers)
    assert await usable(pair.jp, message, START) == [None]
    late = await usable(pair.jp, message, START + 20)
    assert late == [Denied.CONSENT_KEY_NOT_AUTHORISED], "what ends needs nobody's confirmation"
    await confirmed(pair, raw)
    assert await usable(pair.jp, message, START) == [None]
    assert await usable(pair.jp, message, START + 20) == [Denied.CONSENT_KEY_NOT_AUTHORISED]


async def test_an_officer_whom_a_newer_card_leaves_out_counts_for_nothing_at_once(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about)
    before = read_card(pair.kh.keys.card()).officers
    await updated(pair, tuple(each for each in before if each.id != "officer-1"))
    assert await usable(pair.jp, message) == [Denied.CONSENT_KEY_NOT_AUTHORISED]


async def test_an_officer_on_a_card_that_nobody_confirmed_gives_no_consent(pair):
    message = await told(pair)
    about = await asked(pair, message)
    before = read_card(pair.kh.keys.card()).officers
    stranger = replace(before[0], id="officer-9", pair=pair.jp.keys.officers["officer-1"].public)
    raw = await updated(pair, (*before, stranger))
    wanted = terms_for(pair, message, about)
    instrument = Instrument(
        environment=Environment.TEST, officer="officer-9", signed_at=times.text(START), terms=wanted
    )
    body = {
        "terms": wanted,
        "instruments": {"o1": sign_consent(instrument, pair.jp.keys.officers["officer-1"])},
    }
    view = await arrives(pair, "consent.grant", body, about)
    assert view["attention"] == Denied.CONSENT_KEY_NOT_AUTHORISED
    assert None not in await usable(pair.jp, message)
    assert raw


async def test_a_counted_consent_does_not_outlive_the_database_that_counts(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about, uses=1, epoch=pair.jp.us.epoch)
    assert await usable(pair.jp, message) == [None]
    await pair.jp.store.write(lambda tx: tx.run("restoring.set_epoch", epoch=f"2.{'1' * 32}"))
    assert await usable(pair.jp, message) == [Denied.CONSENT_OTHER_EPOCH]


async def test_the_grantor_hears_when_the_time_of_its_consent_is_over(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about)
    assert [status["state"] for status in await tell(pair)] == ["active"]
    pair.clock.now = START + 30 * 86_400
    await notices(pair.jp).say_all()
    rows = await facts(pair.jp, "SELECT what FROM consent_notices ORDER BY number")
    assert [row["what"] for row in rows] == ["active", "expired"]
    await notices(pair.jp).say_all()
    assert len(await facts(pair.jp, "SELECT what FROM consent_notices")) == 2


async def test_a_consent_that_is_not_valid_yet_says_so(pair):
    message = await told(pair)
    about = await asked(pair, message)
    validity = {"not_before": times.text(START + 60), "not_after": LATER}
    view = await given(pair, message, about, validity=validity)
    consent = await kept(pair.jp, view)
    assert state_of(consent, START) is ConsentState.NOT_YET_VALID
    assert state_of(consent, START + 60) is ConsentState.ACTIVE
    assert state_of(consent, times.parse(LATER)) is ConsentState.EXPIRED
    assert [status["state"] for status in await tell(pair)] == ["not-yet-valid"]


async def uses(pair: Pair, message: View, view: View) -> None:
    """Let Japan use the consent of a message once."""
    consent = await kept(pair.jp, view)
    assert consent is not None
    origin = Origin(
        originator="kh/molvt", message_id=message["id"], header_digest=message["header_digest"]
    )
    use = Use(peer="kh/molvt", consent_id=consent.terms.consent_id, digest=consent.digest)

    def record(tx: Transaction) -> None:
        disclosures.note(
            tx,
            Decided(
                at=times.text(START),
                action=Action.DISCLOSE,
                reason=Allowed.CONSENT,
                message=messages.find(tx, message["id"]),
                message_id=message["id"],
                header_digest=message["header_digest"],
                peer="kh/molvt",
                audience=BUREAU["org_id"],
                audience_name=BUREAU["name"],
                audience_country="jp",
                purpose="ssw-operation",
                mode="verbatim",
                pointers=("",),
                origins=(origin,),
                uses=(use,),
                uid=1000,
            ),
        )
        terms = Terms("jp/isa", CATALOGUE)
        consenting.used(tx, "kh/molvt", [use.consent_id], terms, now=START)

    await pair.jp.store.write(record)


async def test_the_grantor_hears_that_the_last_use_was_made(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about, uses=1, epoch=pair.jp.us.epoch)
    await uses(pair, message, view)
    assert state_of(await kept(pair.jp, view), START) is ConsentState.EXHAUSTED
    assert [(each["state"], each["uses_left"]) for each in await tell(pair)] == [
        ("active", 1),
        ("exhausted", 0),
    ]


async def test_each_use_is_reported_where_the_consent_asks_for_it(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about, conditions={"report_within": 7})
    await uses(pair, message, view)
    _, report = await tell(pair)
    assert (report["why"], report["complete"]) == ("condition", True)
    (entry,) = report["disclosures"].values()
    assert entry["recipient"] == {name: BUREAU[name] for name in ("org_id", "name", "country")}
    assert entry["message_id"] == message["id"]
    assert entry["pointers"] == [""]


async def test_a_revocation_after_use_calls_the_recipients_back_and_is_reported(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    await uses(pair, message, view)
    await revoked(pair, view)
    (ledger,) = await facts(pair.jp, "SELECT seq FROM disclosures")
    calls = await facts(pair.jp, "SELECT subject FROM alarms WHERE kind = 'recall'")
    assert [row["subject"] for row in calls] == [str(ledger["seq"])]
    *_, report = await tell(pair)
    assert report["why"] == "revoked"
    assert len(report["disclosures"]) == 1
    (row,) = await facts(pair.jp, "SELECT state FROM shown_disclosures")
    assert row["state"] == "decided", "what was lawful stays so"


async def test_a_consent_whose_row_was_changed_on_the_disk_permits_nothing(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    await revoked(pair, view)

    def give_back(tx: Transaction) -> None:
        tx._database.execute("UPDATE consents SET code = NULL, ended = NULL, ended_by = NULL")
        tx._database.execute("DELETE FROM consent_revocations")
        tx._database.execute("UPDATE threads SET state = 'granted' WHERE kind = 'consent'")

    await pair.jp.store.write(give_back)
    assert await usable(pair.jp, message) == [Denied.SOURCE_CHANGED]


@pytest.mark.parametrize("is_revoked", [True, False])
async def test_an_earlier_row_of_a_consent_that_is_put_back_permits_nothing(pair, is_revoked):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    (before,) = await facts(pair.jp, "SELECT seq, mark FROM consents")
    if is_revoked:
        await revoked(pair, view)
    else:
        await given(pair, message, about, mode="paraphrase")

    def put_back(tx: Transaction) -> None:
        tx._database.execute("DELETE FROM consent_revocations")
        tx._database.execute(
            "UPDATE consents SET code = NULL, ended = NULL, ended_by = NULL, mark = ? "
            "WHERE seq = ?",
            (before["mark"], before["seq"]),
        )
        tx._database.execute("UPDATE threads SET state = 'granted' WHERE kind = 'consent'")

    await pair.jp.store.write(put_back)
    consent = await kept(pair.jp, view)
    assert consent is not None
    ended = Denied.CONSENT_REVOKED if is_revoked else Denied.CONSENT_SUPERSEDED
    assert consent.standing == ended


async def test_a_consent_of_ours_counts_again_when_its_revocation_never_left(pair):
    """Only for consents of others the evidence of an end is final."""
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    await pair.kh.stop()
    ours = (await pair.kh.desk.consents.page())["items"][0]
    sent = await pair.kh.desk.consents.revoke(ours["short"], "changed", None, OFFICER)
    await pair.kh.desk.queue.cancel(sent["id"], OFFICER)
    assert (await kept(pair.kh, view)).standing is None


async def test_a_consent_revoked_while_the_line_was_down_never_counts(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await pair.kh.settled()
    await pair.kh.stop()
    body = granted(pair.kh.keys, terms_for(pair, message, about))
    draft = {"type": "consent.grant", "body": body, "in_reply_to": about["id"]}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    ours = (await pair.kh.desk.consents.page())["items"][0]
    revocation = await pair.kh.desk.consents.revoke(ours["short"], "changed", None, OFFICER)
    assert None not in await usable(pair.jp, message)
    await pair.kh.start()
    await pair.kh.desk.wait(revocation["id"], "received", 10)
    await pair.kh.settled()
    assert None not in await usable(pair.jp, message)
    heard = await facts(pair.jp, "SELECT what FROM consent_notices ORDER BY number")
    assert "active" not in [row["what"] for row in heard]


async def test_a_decision_examines_no_more_consents_than_its_bound(pair, monkeypatch):
    monkeypatch.setattr("gateway.delivery.consents_for._MOST", 2)
    message = await told(pair)
    views = [
        await say(
            pair.kh, "consent.offer", body=granted(pair.kh.keys, terms_for(pair, message, None))
        )
        for _ in range(3)
    ]
    assert await usable(pair.jp, message) == [None, None]
    await revoked(pair, views[2])
    assert await usable(pair.jp, message) == [None, None], "what stands comes before what ended"


async def test_a_revocation_is_taken_although_the_row_of_its_consent_was_changed(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    await pair.jp.store.write(
        lambda tx: tx._database.execute("UPDATE consents SET noted = ''").rowcount
    )
    await revoked(pair, view)
    assert "stored-bytes-changed" in await alarms(pair.jp)
    assert None not in await usable(pair.jp, message)


async def test_a_consent_to_a_request_that_was_withdrawn_permits_nothing(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await pair.jp.settled()
    await pair.jp.stop()
    why = {"reason": {"en": "It is not needed."}}
    draft = {"type": "withdrawal", "in_reply_to": about["id"], "body": why}
    taken_back = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    view = await arrives(
        pair, "consent.grant", granted(pair.kh.keys, terms_for(pair, message, about)), about
    )
    assert view["attention"] is not None
    assert await usable(pair.jp, message) == [Denied.CONSENT_WITHDRAWN]
    await pair.jp.desk.queue.cancel(taken_back["id"], OFFICER)
    assert await usable(pair.jp, message) == [None], "the withdrawal never left"
    rows = await facts(pair.jp, "SELECT what FROM consent_notices ORDER BY number")
    assert [row["what"] for row in rows] == ["refused", "active"]


async def test_a_standing_consent_is_found_for_every_message_of_its_originator(pair):
    message = await told(pair)
    about = await asked(pair, message)
    subject = {
        "class": {
            "types": ["inquiry.answer"],
            "received_from": times.text(START - 60),
            "received_until": LATER,
        }
    }
    await given(pair, message, about, subject=subject)
    assert await usable(pair.jp, message) == [None]
    assert await usable(pair.jp, about) == [], "ours needs nobody's consent"


async def test_a_consent_given_unasked_opens_a_matter_of_its_own(pair):
    message = await told(pair)
    offer = granted(pair.kh.keys, terms_for(pair, message, None))
    view = await say(pair.kh, "consent.offer", body=offer)
    assert await usable(pair.jp, message) == [None]
    await revoked(pair, view)
    assert await usable(pair.jp, message) == [Denied.CONSENT_REVOKED]


async def test_a_consent_to_others_than_asked_counts_and_is_shown_to_a_person(pair):
    message = await told(pair)
    about = await asked(pair, message)
    police = {"org_id": "jp/npa", "name": "Police", "country": "jp", "kind": "authority"}
    view = await given(pair, message, about, recipients=[BUREAU, police])
    assert await usable(pair.jp, message) == [None]
    shown = await pair.jp.desk.message(view["id"])
    assert shown["attention"] == "consent-other-than-asked"


async def test_a_consent_of_ours_that_nobody_could_use_stays_here(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await pair.kh.settled()
    before = await rows(pair.kh)
    body = granted(pair.jp.keys, terms_for(pair, message, about))
    draft = {"type": "consent.grant", "in_reply_to": about["id"], "body": body}
    with pytest.raises(InvalidError, match="consent-key-not-authorised"):
        await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert changed_tables(before, await rows(pair.kh)) == set()


async def test_a_revocation_that_never_left_revokes_nothing(pair):
    message = await told(pair)
    about = await asked(pair, message)
    view = await given(pair, message, about)
    await pair.kh.stop()
    (row,) = await facts(pair.kh, "SELECT consent_id FROM consents")
    body = {"consent_id": row["consent_id"], "reason": "other"}
    draft = {"type": "consent.revoke", "in_reply_to": view["id"], "body": body}
    sent = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    consent = await kept(pair.kh, view)
    assert consent is not None
    assert consent.standing == Denied.CONSENT_REVOKED
    await pair.kh.desk.queue.cancel(sent["id"], OFFICER)
    consent = await kept(pair.kh, view)
    assert consent is not None
    assert consent.standing is None


async def test_four_eyes_see_a_consent_of_a_country_that_asks_for_them(pair):
    message = await say(pair.jp, "inquiry.request")
    await read(pair.kh, message)
    osaka = {"org_id": "kh/moi", "name": "Ministry of Interior", "country": "kh"}
    about = await say(
        pair.kh,
        "consent.request",
        body=request(message, recipients={"r1": osaka | {"kind": "authority"}}),
    )
    await read(pair.jp, about)
    asked_for = {key: about[key] for key in ("id", "header_digest")}
    wanted = terms("jp/isa", "kh/molvt", named(message), request=asked_for)
    alone = granted(pair.jp.keys, wanted)
    twice = {
        "terms": wanted,
        "instruments": alone["instruments"] | {"o2": alone["instruments"]["o1"]},
    }
    for body in (alone, twice):
        draft = {"type": "consent.grant", "in_reply_to": about["id"], "body": body}
        with pytest.raises(InvalidError, match="consent-officer-missing"):
            await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    both = granted(pair.jp.keys, wanted, officers=("officer-1", "officer-2"))
    await say(pair.jp, "consent.grant", about, both)
    assert await usable(pair.kh, message) == [None]


async def test_a_consent_refused_once_stays_refused_in_whatever_message_comes_back(pair):
    message = await told(pair)
    about = await asked(pair, message)
    wanted = terms_for(pair, message, about)
    first = {"terms": wanted, "instruments": instruments(pair.jp.keys, wanted)}
    await arrives(pair, "consent.grant", first, about)
    view = await arrives(pair, "consent.grant", granted(pair.kh.keys, wanted), about)
    assert view["attention"] == Denied.CONSENT_REPLAYED


async def test_our_own_message_is_not_the_grantors_to_permit(pair):
    message = await told(pair)
    about = await asked(pair, message)
    wanted = terms_for(pair, message, about) | {"subject": {"messages": [named(about)]}}
    view = await arrives(pair, "consent.grant", granted(pair.kh.keys, wanted), about)
    assert view["attention"] == Denied.CONSENT_WRONG_ORIGINATOR


async def test_a_consent_given_unasked_answers_no_request(pair):
    message = await told(pair)
    about = await asked(pair, message)
    offer = granted(pair.kh.keys, terms_for(pair, message, about))
    draft = {"type": "consent.offer", "to": "jp/isa", "body": offer}
    with pytest.raises(InvalidError, match="consent-invalid"):
        await pair.kh.desk.send(Draft.from_json(draft), OFFICER)


async def test_the_grantor_sees_that_the_other_side_refuses_its_consent(pair):
    message = await told(pair)
    about = await asked(pair, message)
    # Japan knows another officer of Cambodia by that name: it has not confirmed the newest card.
    before = read_card(pair.kh.keys.card()).officers
    older = tuple(
        replace(each, pair=pair.jp.keys.officers["officer-1"].public) for each in before[:1]
    )
    await confirmed(pair, pair.kh.keys.next_card(officers=older))
    view = await given(pair, message, about)
    (ours,) = (await pair.kh.desk.consents.page())["items"]
    assert (ours["state"], ours["told"]) == ("active", None)
    await tell(pair)
    (ours,) = (await pair.kh.desk.consents.page(state="refused"))["items"]
    assert (ours["told"], ours["told_code"]) == ("refused", Denied.CONSENT_KEY_NOT_AUTHORISED)
    assert "consent-refused" in await alarms(pair.kh)
    assert ours["message"] == view["id"]


async def test_what_the_other_side_said_earlier_of_a_consent_does_not_come_after_the_later(pair):
    message = await told(pair)
    about = await asked(pair, message)
    await given(pair, message, about)
    (row,) = await facts(pair.kh, "SELECT seq FROM consents")

    def hear(tx: Transaction, state: ConsentState, at: float) -> bool:
        return consents.hear(tx, row["seq"], state, code=None, at=times.text(int(at)))

    write = pair.kh.store.write
    assert await write(partial(hear, state=ConsentState.EXHAUSTED, at=START + 2))
    assert not await write(partial(hear, state=ConsentState.ACTIVE, at=START + 1))
    (ours,) = (await pair.kh.desk.consents.page())["items"]
    assert ours["state"] == "exhausted"
