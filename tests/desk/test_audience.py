"""What is said before signing: who gets it, and who may see it there without asking us."""

from dataclasses import replace

import pytest

from gateway.desk import Draft, audience
from gateway.errors import NotFoundError
from gateway.policy import Action, Permitted, Request, Subject, decide
from tests.desk.conftest import read
from tests.nodes import CATALOGUE, OFFICER, answer_to, inquiry
from tests.peer import SimulatedPeer, marking

JAPANESE = {"jp/isa", "jp/mhlw", "jp/mofa", "jp/moj", "jp/npa"}


def whys(view):
    return {each["party"]: each["why"] for each in view["may_see"]}


async def rehearsed(node, draft):
    return await node.desk.send(Draft.from_json(draft), OFFICER, dry_run=True)


async def test_before_an_inquiry_the_officer_learns_who_gets_it_and_who_may_see_it(pair):
    view = await rehearsed(pair.jp, inquiry())
    assert view["recipient"] == {
        "node": "kh/molvt",
        "name": "Ministry of Labour and Vocational Training of Cambodia",
        "office": CATALOGUE.profile("moc-ssw/kh-jp/2019").office_of("kh/molvt")["en"],
    }
    assert whys(view) == {"kh/molvt": "contact-point"}
    assert (view["onward"], view["marked_as_a_whole"]) == ("consent", "confidential")
    assert view["size"] > len("CHAN DARA")


async def test_what_goes_to_japan_may_be_seen_by_the_signatories_there(pair):
    sent = await read(pair)
    view = await rehearsed(pair.kh, answer_to(sent))
    assert whys(view) == {
        party: "contact-point" if party == "jp/isa" else "internal-signatory" for party in JAPANESE
    }
    assert view["reference"] == sent["reference"]
    assert view["thread"] == sent["thread"]


def facts_of(pair, **changes):
    header = SimulatedPeer(pair.kh.keys, pair.jp.keys).header("inquiry.answer", "{}")
    header = replace(header, marking=marking("kh/molvt", **changes))
    profile = CATALOGUE.profile_for("jp/isa", "kh/molvt")
    return header, audience.facts(header, "{}", profile, CATALOGUE.parties)


async def test_what_is_restricted_stays_with_the_contact_point(pair):
    _, view = facts_of(pair, level="restricted")
    assert whys(view) == {"jp/isa": "contact-point"}
    assert view["onward"] == "consent"


async def test_whom_we_allow_beforehand_is_named(pair):
    _, view = facts_of(pair, level="restricted", permitted_recipients=["jp/meti"])
    assert whys(view) == {"jp/isa": "contact-point", "jp/meti": "pre-authorised"}


async def test_a_part_that_is_marked_more_closely_closes_the_whole(pair):
    _, view = facts_of(pair, granular=[{"pointer": "/victims", "level": "restricted"}])
    assert whys(view) == {"jp/isa": "contact-point"}
    assert view["marked_as_a_whole"] == "restricted"
    assert view["parts"] == {"/victims": "restricted"}


async def test_what_is_public_may_be_given_to_anybody(pair):
    _, view = facts_of(pair, level="public")
    assert view["onward"] == "anybody"


@pytest.mark.parametrize(
    "changes",
    [
        {"level": "confidential"},
        {"level": "restricted", "permitted_recipients": ["jp/meti", "jp/moj"]},
        {"level": "confidential", "caveats": ["contact-first"]},
        {"level": "confidential", "caveats": ["no-tip-off"]},
    ],
)
async def test_the_list_is_what_the_other_node_will_decide(pair, changes):
    header, view = facts_of(pair, **changes)
    subject = Subject.of(header, "sha-256:x")
    for party in CATALOGUE.parties.all():
        request = Request(
            action=Action.DISCLOSE,
            subject=subject,
            holder="jp/isa",
            audience=party.id,
            now=1_790_000_000,
        )
        is_given = isinstance(decide(request, CATALOGUE.parties), Permitted)
        if party.country == "jp" and party.id != "jp/isa":
            assert (party.id in whys(view)) == is_given


async def test_a_sent_draft_goes_with_the_transaction_that_keeps_the_message(pair):
    desk = pair.jp.desk
    await desk.drafts.put("chan", inquiry(), OFFICER)
    await desk.send(Draft.from_json(inquiry()), OFFICER, dry_run=True, kept_as="chan")
    assert (await desk.drafts.get("chan", OFFICER))["name"] == "chan"
    await desk.send(Draft.from_json(inquiry()), OFFICER, kept_as="chan")
    with pytest.raises(NotFoundError):
        await desk.drafts.get("chan", OFFICER)
    await desk.send(Draft.from_json(inquiry()), OFFICER, kept_as="never-was")
