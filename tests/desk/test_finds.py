"""Nothing that one country told in confidence goes on to another unsaid, however it is typed."""

import copy
from functools import partial

import pytest

from gateway.delivery import fingerprinting
from gateway.delivery.awaiting import Terms
from gateway.delivery.scanning import Declared, scan
from gateway.desk import Actor
from gateway.desk.draft import Draft
from gateway.desk.undeclared import UndeclaredOriginError
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.store import fingerprints, meta
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    START,
    alarms,
    changed,
    close,
    facts,
    rows,
    three_nodes,
    until,
)
from tests.publishing import OPERATOR, example, say

SECOND = Actor(uid=1001, name="second")
PASSPORT = "N01234567"
NAME = "SOK PISEY"
TEXT = "/questions/q1/text/en"
AT = times.text(START)


def person(name=NAME, number=PASSPORT):
    document = {"type": "passport", "number": number, "issuing_country": "KH"}
    return {"name_latin": name, "nationality": "KH", "documents": {"d1": document}}


def asking(text="What do you know?", to="np/moless", **more):
    """An inquiry that names nobody but in its text."""
    body = copy.deepcopy(CATALOGUE.bodies.example("inquiry.request"))
    for name in ("persons", "organisations"):
        body.pop(name, None)
    body["questions"]["q1"]["text"] = {"en": text}
    body |= more.pop("body", {})
    return Draft.from_json({"type": "inquiry.request", "to": to, "body": body, **more})


def told(to="jp/isa", *persons):
    """An inquiry in confidence about persons."""
    named = persons or (person(),)
    return asking(to=to, body={"persons": {f"p{at}": each for at, each in enumerate(named, 1)}})


async def passed(sender, receiver, draft):
    """Send a draft and return its row at the receiver."""
    view = await sender.desk.send(draft, OFFICER)
    query = "SELECT * FROM messages WHERE id = ? AND direction = 'in'"
    return (await until(receiver, partial(facts, receiver, query, view["id"])))[0]


@pytest.fixture
async def trio(tmp_path):
    async with three_nodes(tmp_path) as trio:
        yield trio


@pytest.fixture
async def given(trio):
    """Japan has been told a passport number and a name by Cambodia."""
    return await passed(trio.kh, trio.jp, told())


async def refused(node, draft, actor=OFFICER):
    with pytest.raises(UndeclaredOriginError) as caught:
        await node.desk.send(draft, actor)
    return caught.value


TYPED = [
    "Do you know passport N01234567?",
    "passport Ｎ０１２３４５６７ please",
    "no. n 0123-4567, seen on 2026-03-31",
    "noN01234567expired",
    "N0 1 2 3 4 5 6 7",
    "Number N០១២៣៤៥៦៧",
    "Is sok pisey known to you?",
    "Sok\u00a0Pisey came",
    "SOK-PISEY",
]


async def test_what_was_told_in_confidence_goes_to_no_other_country(trio, given):
    for text in TYPED:
        error = await refused(trio.jp, asking(text))
        (problem,) = error.problems
        assert problem.where == TEXT
        assert "kh/molvt" in problem.text
        assert given["reference"] in problem.text
    assert await facts(trio.jp, "SELECT 1 FROM messages WHERE peer = 'np/moless'") == []


async def test_a_refusal_says_nothing_of_the_value(trio, given):
    error = await refused(trio.jp, asking(f"Do you know {PASSPORT} of {NAME}?"))
    said = f"{error} {error.problems} {error.hint}"
    kept = repr(await facts(trio.jp, "SELECT * FROM origin_hits"))
    page = repr(await trio.jp.desk.finds.page())
    for value in (PASSPORT, NAME):
        assert value.lower() not in (said + kept + page).lower()


async def test_a_note_and_an_identifying_leaf_are_looked_through_too(trio, given):
    error = await refused(trio.jp, asking(note=f"about {PASSPORT}"))
    assert [problem.where for problem in error.problems] == ["/note"]
    error = await refused(trio.jp, told("np/moless"))
    assert {problem.where for problem in error.problems} == {
        "/persons/p1/name_latin",
        "/persons/p1/documents/d1/number",
    }


async def test_a_rehearsal_is_refused_as_the_sending_is(trio, given):
    with pytest.raises(UndeclaredOriginError, match="undeclared-origin"):
        await trio.jp.desk.send(asking(PASSPORT), OFFICER, dry_run=True)


async def test_a_refusal_stands_in_the_ledger_and_changes_nothing_else(trio, given):
    before = await rows(trio.jp)
    await refused(trio.jp, asking(PASSPORT))
    after = await rows(trio.jp)
    assert changed(before, after) <= {
        "origin_hits", "disclosures", "disclosure_sources", "evidence", "chains", "counters"
    }  # fmt: skip
    (row,) = await facts(trio.jp, "SELECT * FROM disclosures")
    assert (row["reason"], row["audience"], row["uid"]) == ("undeclared-origin", "np/moless", 1000)


async def test_returning_to_the_originator_is_free(trio, given):
    view = await trio.jp.desk.send(asking(f"Is {NAME} still there?", to="kh/molvt"), OFFICER)
    assert view["state"] == "queued"


async def test_returning_it_does_not_make_it_ours(trio, given):
    await trio.jp.desk.send(told("kh/molvt"), OFFICER)
    await refused(trio.jp, asking(PASSPORT))


async def test_what_we_said_before_a_peer_told_it_is_ours(trio):
    await trio.jp.desk.send(told("kh/molvt"), OFFICER)
    await passed(trio.kh, trio.jp, told())
    view = await trio.jp.desk.send(asking(f"{PASSPORT}, {NAME}"), OFFICER)
    assert view["state"] == "queued"


async def test_a_peer_that_tells_our_numbers_back_forbids_us_nothing(trio):
    view = await passed(trio.jp, trio.np, told("np/moless"))
    await passed(trio.kh, trio.jp, told())
    again = await trio.jp.desk.send(asking(f"{view['reference']}: {PASSPORT}"), OFFICER)
    assert again["state"] == "queued"


async def test_two_peers_that_told_the_same_can_both_be_answered(trio, given):
    await passed(trio.np, trio.jp, told())
    for to in ("kh/molvt", "np/moless"):
        view = await trio.jp.desk.send(asking(f"{PASSPORT}?", to=to), OFFICER)
        assert view["state"] == "queued"


async def test_names_of_organisations_and_our_own_officers_forbid_us_nothing(trio):
    office = {
        "party": "jp/isa",
        "office": {"en": "Immigration Services Agency"},
        "people": {"c1": {"role": "officer", "contact": {"name": {"en": "Taro Testsaki"}}}},
        "effective_from": "2026-10-01",
    }
    draft = {"type": "contact.update", "to": "kh/molvt", "body": office}
    await trio.jp.desk.send(Draft.from_json(draft), OFFICER)
    ministry = CATALOGUE.parties.of("kh/molvt").names["en"]
    poison = [person(name, f"X{at}99999") for at, name in enumerate(("Taro Testsaki", ministry))]
    await passed(trio.kh, trio.jp, told("jp/isa", *poison))
    view = await trio.jp.desk.send(asking(f"Ask Taro Testsaki or the {ministry}."), OFFICER)
    assert view["state"] == "queued"


async def test_common_words_sent_as_names_forbid_us_no_text(trio):
    words = ["information", "residence", "certificate", "immigration", "employment"]
    dates = ["2026-03-31", "31.03.2026", "202603", "2026"]
    poison = [person(word, dates[at % 4]) for at, word in enumerate(words)]
    await passed(trio.kh, trio.jp, told("jp/isa", *poison))
    text = "Information on residence and employment, certificate of 2026-03-31 (31.03.2026)"
    assert (await trio.jp.desk.send(asking(text), OFFICER))["state"] == "queued"


async def test_a_message_that_names_too_many_is_cut_off_with_an_alarm(trio, monkeypatch):
    monkeypatch.setattr(fingerprinting, "MOST_NAMES", 2)
    poison = [person(f"PERSON NUMBER {chr(65 + at)}", f"A0000{at}") for at in range(4)]
    arrived = await passed(trio.kh, trio.jp, told("jp/isa", *poison))
    assert await alarms(trio.jp) == ["fingerprints-full"]
    (alarm,) = await facts(trio.jp, "SELECT peer, subject FROM alarms")
    assert alarm == {"peer": "kh/molvt", "subject": arrived["id"]}
    kinds = await facts(trio.jp, "SELECT kind FROM fingerprints WHERE by = 'kh/molvt'")
    assert sorted(each["kind"] for each in kinds) == ["document"] * 4 + ["name"] * 2


async def test_a_peer_that_has_told_too_much_is_cut_off_with_an_alarm(trio, monkeypatch):
    monkeypatch.setattr(fingerprinting, "MOST_OF_A_PEER", 1)
    await passed(trio.kh, trio.jp, told())
    assert await alarms(trio.jp) == ["fingerprints-full"]
    assert len(await facts(trio.jp, "SELECT 1 FROM fingerprints WHERE by = 'kh/molvt'")) == 1


async def claimed(trio):
    await refused(trio.jp, asking(PASSPORT))
    ((find,), desk) = ((await trio.jp.desk.finds.page())["items"], trio.jp.desk.finds)
    return desk, str(find["find"])


async def test_two_people_free_what_is_known_from_elsewhere(trio, given):
    desk, number = await claimed(trio)
    view = await desk.claim(number, "In our own register since 2024.", OFFICER)
    assert (view["state"], view["reason"]) == ("claimed", "In our own register since 2024.")
    assert view["source"]["reference"] == given["reference"]
    await refused(trio.jp, asking(PASSPORT))
    assert (await desk.judge(number, SECOND, approves=True))["judged_by"] == 1001
    assert (await trio.jp.desk.send(asking(PASSPORT), OFFICER))["state"] == "queued"
    said = await facts(trio.jp, "SELECT record FROM evidence WHERE record LIKE '%find-%'")
    assert len(said) >= 2
    assert "register since" not in repr(said)


async def test_nobody_claims_and_approves_alone(trio, given):
    desk, number = await claimed(trio)
    await desk.claim(number, "In our own register.", OFFICER)
    claims_for_another = Actor(uid=OFFICER.uid, name="officer", on_behalf_of="somebody else")
    for actor in (OFFICER, claims_for_another):
        with pytest.raises(ConflictError, match="does not approve"):
            await desk.judge(number, actor, approves=True)
    await refused(trio.jp, asking(PASSPORT))


async def test_a_claim_that_was_rejected_frees_nothing(trio, given):
    desk, number = await claimed(trio)
    await desk.claim(number, "In our own register.", OFFICER)
    await desk.judge(number, SECOND, approves=False)
    await refused(trio.jp, asking(PASSPORT))


async def test_whoever_asks_again_after_a_broken_connection_hears_the_same(trio, given):
    desk, number = await claimed(trio)
    said = "In our own register."
    first = await desk.claim(number, said, OFFICER)
    assert await desk.claim(number, f" {said}", OFFICER) == first
    for reason, actor in (("Another reason.", OFFICER), (said, SECOND)):
        with pytest.raises(ConflictError, match="is claimed already"):
            await desk.claim(number, reason, actor)
    for approves, other in ((False, OFFICER), (True, SECOND)):
        judged = await desk.judge(number, SECOND, approves=approves)
        before = await facts(trio.jp, "SELECT count(*) AS n FROM evidence")
        assert await desk.judge(number, SECOND, approves=approves) == judged
        with pytest.raises(ConflictError, match="nobody's claim"):
            await desk.judge(number, other, approves=not approves)
        assert await facts(trio.jp, "SELECT count(*) AS n FROM evidence") == before
        if not approves:
            await desk.claim(number, said, OFFICER)
    assert (await desk.claim(number, said, OFFICER))["state"] == "approved"


async def test_a_claim_without_reason_or_find_is_refused(trio, given):
    desk, number = await claimed(trio)
    for reason in (" ", "x" * 2_001):
        with pytest.raises(InvalidError, match="reason"):
            await desk.claim(number, reason, OFFICER)
    for wrong in ("999", "abc", "-1", "9" * 40):
        with pytest.raises(NotFoundError):
            await desk.claim(wrong, "reason", OFFICER)
    with pytest.raises(ConflictError, match="nobody's claim"):
        await desk.judge(number, SECOND, approves=True)


async def test_what_a_declared_source_says_itself_is_no_find(trio, given):
    look = partial(scan, values=[("/a", PASSPORT)], audience_peer="np/moless")
    read = trio.jp.store.read
    assert await read(look) != ()
    assert await read(partial(look, declared=[Declared(seq=given["seq"])])) == ()


async def test_a_source_explains_the_part_taken_over_where_it_is_said_to_stand(trio, given):
    """Somebody declares the name and copies the number of the passport beside it."""
    values = [("/a", PASSPORT), ("/b/c", NAME), ("/bc", NAME)]
    found = {}
    for part, target in (("/persons/p1/name_latin", "/b"), ("/reason", ""), ("/persons/p1", "/a")):
        declared = [Declared(seq=given["seq"], part=part, target=target)]
        look = partial(scan, values=values, audience_peer="np/moless", declared=declared)
        found[part] = [hit.pointer for hit in await trio.jp.store.read(look)]
    assert found == {
        "/persons/p1/name_latin": ["/a", "/bc"],
        "/reason": ["/a", "/b/c", "/bc"],
        "/persons/p1": ["/b/c", "/bc"],
    }


async def test_the_name_of_a_message_alone_explains_nothing(trio, given):
    source = {"source": given["id"], "mode": "reference"}
    error = await refused(trio.jp, asking(f"{PASSPORT}?", derived_from=[source]))
    assert [problem.where for problem in error.problems] == [TEXT]


async def test_what_our_own_source_has_declared_explains_what_stands_there(trio, given):
    """Our answer to Cambodia quotes the person; the number in its text is not declared."""
    source = {"source": given["id"], "source_pointer": "/persons", "target_pointer": "/persons"}
    body = {"persons": {"p1": person()}}
    draft = asking(f"{PASSPORT}?", to="kh/molvt", body=body, derived_from=[source])
    view = await trio.jp.desk.send(draft, OFFICER)
    query = "SELECT seq FROM messages WHERE id = ? AND direction = 'out'"
    (row,) = await facts(trio.jp, query, view["id"])
    look = partial(scan, values=[("/a", PASSPORT)], audience_peer="np/moless")
    found = {}
    for part in ("", "/persons", "/questions"):
        declared = [Declared(seq=row["seq"], part=part)]
        found[part] = await trio.jp.store.read(partial(look, declared=declared))
    assert (found[""], found["/persons"]) == ((), ())
    assert [hit.seq for hit in found["/questions"]] == [given["seq"]]


async def test_phrases_of_a_letter_sent_as_names_forbid_us_no_text(trio):
    phrases = ("IN ACCORDANCE WITH", "WOULD YOU PLEASE", "THE MEMORANDUM OF COOPERATION")
    poison = [person(each, f"N765432{at}") for at, each in enumerate((*phrases, "特定技能"))]
    await passed(trio.kh, trio.jp, told("jp/isa", *poison))
    text = "In accordance with the Memorandum of Cooperation would you please look: 特定技能の運用"
    assert (await trio.jp.desk.send(asking(text), OFFICER))["state"] == "queued"
    error = await refused(trio.jp, told("np/moless", person(phrases[0], "X5555555")))
    assert [problem.where for problem in error.problems] == ["/persons/p1/name_latin"]


async def test_making_it_public_ourselves_frees_nothing_told_in_confidence(trio, given):
    measure = copy.deepcopy(CATALOGUE.bodies.example("measure.notice")) | {"measure_no": PASSPORT}
    draft = {"type": "measure.notice", "to": "kh/molvt", "body": measure}
    await trio.jp.desk.send(Draft.from_json(draft), OFFICER)
    await refused(trio.jp, asking(PASSPORT))


async def test_what_we_sent_back_explains_nothing(trio, given):
    view = await trio.jp.desk.send(told("kh/molvt"), OFFICER)
    query = "SELECT seq FROM messages WHERE id = ? AND direction = 'out'"
    (row,) = await facts(trio.jp, query, view["id"])
    look = partial(scan, values=[("/a", PASSPORT)], audience_peer="np/moless")
    found = await trio.jp.store.read(partial(look, declared=[Declared(seq=row["seq"])]))
    assert [hit.seq for hit in found] == [given["seq"]]


async def test_our_own_confidence_counts_before_publication_alone(trio):
    await trio.jp.desk.send(told("kh/molvt"), OFFICER)
    look = partial(scan, values=[("/a", PASSPORT)], audience_peer=None)
    assert await trio.jp.store.read(look) == ()
    (hit,) = await trio.jp.store.read(partial(look, own=True))
    assert hit.by == fingerprints.US


async def test_a_file_of_an_older_version_is_looked_through_at_the_start(trio, given):
    def forget(tx):
        tx._database.execute("DELETE FROM fingerprints")
        tx._database.execute("DELETE FROM fingerprint_counts")
        tx._database.execute("INSERT INTO meta (name, value) VALUES ('to-do.fingerprints', '9')")

    write = trio.jp.store.write
    await write(forget)
    assert (await trio.jp.desk.send(asking(PASSPORT), OFFICER))["state"] == "queued"
    await write(forget_own)
    step = partial(fingerprinting.catch_up, terms=Terms("jp/isa", CATALOGUE), at=AT)
    assert await write(step)
    assert not await write(step)
    assert not await trio.jp.store.read(lambda tx: meta.is_to_do(tx, "fingerprints"))
    await refused(trio.jp, asking(PASSPORT))


def forget_own(tx):
    """Forget what was sent meanwhile, which only the test made possible."""
    tx._database.execute("DELETE FROM fingerprints")
    tx._database.execute("DELETE FROM fingerprint_counts")


async def test_a_correction_is_known_again_as_what_it_corrects(trio, given):
    body = copy.deepcopy(asking().body) | {"persons": {"p1": person("KEO MONIKA", "N55555555")}}
    correction = Draft.from_json(
        {
            "type": "correction",
            "in_reply_to": given["id"],
            "body": {"reason": {"en": "Another person."}, "body": body},
        }
    )
    await passed(trio.kh, trio.jp, correction)
    await refused(trio.jp, asking("N55555555"))
    await refused(trio.jp, asking("Keo Monika"))


def marked(view, level, reason):
    """A change of the marking of a message, by whoever sent it."""
    marking = {"scheme": "moc-ssw/1", "level": level, "originator": "kh/molvt"}
    of = {name: view[name] for name in ("id", "header_digest")}
    body = {"of": of, "marking": marking, "reason": reason}
    return Draft.from_json({"type": "marking.change", "in_reply_to": view["id"], "body": body})


async def test_what_its_originator_makes_public_is_free_until_it_is_closed_again(trio, given):
    await passed(trio.kh, trio.jp, marked(given, "public", "published-elsewhere"))
    assert (await trio.jp.desk.send(asking(PASSPORT), OFFICER))["state"] == "queued"
    trio.clock.now += 60
    await passed(trio.kh, trio.jp, marked(given, "restricted", "mistake"))
    await refused(trio.jp, asking(NAME))


async def test_the_index_survives_a_restart(trio, given):
    await close(trio.jp)
    await trio.open(trio.wire.nodes["jp/isa"].keys)
    await refused(trio.jp, asking(PASSPORT))


async def test_nothing_told_in_confidence_is_made_public(trio):
    """The name of an approved organisation bears a number that another country told."""
    await passed(trio.np, trio.jp, told())
    named = {"name": {"en": f"Sample Manpower {PASSPORT}"}, "kind": "sending-org", "country": "KH"}
    approval = example("sending-org.approval") | {"organisation": named}
    view = await say(trio.kh, "sending-org.approval", approval)
    publications = trio.jp.desk.publications
    with pytest.raises(UndeclaredOriginError) as caught:
        await publications.publish(view["id"], OPERATOR, place="https://www.ministry.example/a")
    (problem,) = caught.value.problems
    assert "np/moless" in problem.text
    assert [item["state"] for item in (await publications.page())["items"]] == ["waiting"]
    assert await facts(trio.jp, "SELECT 1 FROM published") == []
    (row,) = await facts(trio.jp, "SELECT action, audience, reason FROM disclosures")
    assert tuple(row.values()) == ("publish", "public", "undeclared-origin")
