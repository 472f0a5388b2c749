"""Release: default deny, deny overrides, and no key to content but the one made here."""

import copy
import pickle
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import Catalogue, Caveat, Level
from gateway.envelope.header import Header
from gateway.envelope.kinds import Environment
from gateway.policy import (
    Action,
    Allowed,
    Denied,
    Permitted,
    Purpose,
    Request,
    Subject,
    Withheld,
    decide,
)
from gateway.resources import schema_files

PARTIES = Catalogue.from_files(schema_files()).parties
NOW = 1_774_400_000
PAST, AHEAD = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"
PUBLISH_CAVEATS = ["personal-data", "source-protection", "no-tip-off", "no-publication"]
OUTSIDERS = ["jp/meti", "jp/otit", "jp/prometric", "kh/embassy-tokyo", "kh/moi"]


def request(
    audience="jp/isa",
    *,
    sender="kh/molvt",
    recipient="jp/isa",
    holder="jp/isa",
    action=Action.SHOW,
    purpose=Purpose.SSW_OPERATION,
    derived_from=(),
    **marking,
):
    """Ask for something Cambodia sent to Japan, unless told otherwise."""
    base = {"scheme": "moc-ssw/1", "level": "confidential", "originator": sender}
    return Request(
        action=action,
        subject=Subject(
            message_id="0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
            header_digest="sha-256:x",
            profile="moc-ssw/kh-jp/2019",
            sender=sender,
            recipient=recipient,
            marking=base | marking,
            derived_from=derived_from,
        ),
        holder=holder,
        audience=audience,
        purpose=purpose,
        now=NOW,
    )


def reason(asked):
    return decide(asked, PARTIES).reason


PERMITTED = [
    (request("jp/isa"), Allowed.CONTACT_POINT),
    (request("jp/isa", level="restricted"), Allowed.CONTACT_POINT),
    (request("jp/isa", action=Action.PRINT), Allowed.CONTACT_POINT),
    (request("jp/isa", action=Action.EXPORT), Allowed.CONTACT_POINT),
    (request("jp/isa", caveats=["unheard-of"]), Allowed.CONTACT_POINT),
    (request("jp/meti", level="public"), Allowed.PUBLIC),
    (request("xx/anybody", level="public"), Allowed.PUBLIC),
    (request("jp/isa", level="public", action=Action.PUBLISH), Allowed.PUBLIC),
    (request("jp/meti", handling_until=PAST, then="public"), Allowed.PUBLIC),
    (request("kh/molvt", action=Action.SEND), Allowed.RETURN_TO_ORIGINATOR),
    (request("kh/molvt", action=Action.SEND, level="restricted"), Allowed.RETURN_TO_ORIGINATOR),
    (request("jp/npa"), Allowed.INTERNAL_SIGNATORY),
    (request("jp/mofa", caveats=["personal-data"]), Allowed.INTERNAL_SIGNATORY),
    (request("jp/mhlw", caveats=["no-tip-off"]), Allowed.INTERNAL_SIGNATORY),
    (request("jp/meti", permitted_recipients=["jp/meti"]), Allowed.PRE_AUTHORISED),
    (
        request("jp/npa", level="restricted", permitted_recipients=["jp/npa"]),
        Allowed.PRE_AUTHORISED,
    ),
    (
        request(
            "kh/embassy-tokyo",
            permitted_recipients=["kh/embassy-tokyo"],
            purposes=["return-assistance"],
            purpose=Purpose.RETURN_ASSISTANCE,
        ),
        Allowed.PRE_AUTHORISED,
    ),
    (request("jp/isa", sender="jp/isa", recipient="kh/molvt"), Allowed.CONTACT_POINT),
    (
        request("jp/isa", sender="jp/isa", recipient="kh/molvt", derived_from=({"mode": "quote"},)),
        Allowed.CONTACT_POINT,
    ),
    (request("jp/meti", sender="jp/isa", recipient="kh/molvt"), Allowed.OWN_INFORMATION),
    (
        request("kh/molvt", sender="jp/isa", recipient="kh/molvt", action=Action.SEND),
        Allowed.OWN_INFORMATION,
    ),
    (
        request("jp/npa", derived_from=({"mode": "reference"},)),
        Allowed.INTERNAL_SIGNATORY,
    ),
]


@pytest.mark.parametrize(("asked", "why"), PERMITTED)
def test_what_a_rule_allows_is_permitted_for_that_reason(asked, why):
    outcome = decide(asked, PARTIES)
    assert isinstance(outcome, Permitted)
    assert outcome.reason is why
    assert (outcome.action, outcome.audience) == (asked.action, asked.audience)
    assert outcome.message_id == asked.subject.message_id
    assert outcome.header_digest == asked.subject.header_digest


WITHHELD = [
    (request("jp/npa", level="restricted"), Denied.NO_CONSENT),
    (request("jp/meti"), Denied.NO_CONSENT),
    (request("jp/meti", permitted_recipients=["jp/maff"]), Denied.NO_CONSENT),
    (
        request("jp/meti", permitted_recipients=["jp/meti"], purpose=Purpose.STATISTICS),
        Denied.NO_CONSENT,
    ),
    (request("kh/moi"), Denied.NO_CONSENT),
    (request("kh/embassy-tokyo"), Denied.NO_CONSENT),
    (request("jp/isa", action=Action.PUBLISH), Denied.NO_CONSENT),
    (
        request("jp/meti", permitted_recipients=["jp/meti"], action=Action.PUBLISH),
        Denied.NO_CONSENT,
    ),
    (request("kh/molvt", action=Action.PUBLISH), Denied.NO_CONSENT),
    (request("jp/meti", handling_until=PAST), Denied.NO_CONSENT),
    (request("jp/meti", handling_until=PAST, then="review"), Denied.NO_CONSENT),
    (request("jp/meti", handling_until=AHEAD, then="public"), Denied.NO_CONSENT),
    (request("jp/npa", handling_until=PAST, then="destroy"), Denied.CAVEAT_FORBIDS),
    (request("jp/unknown"), Denied.UNKNOWN_RECIPIENT),
    (request("vn/dolab"), Denied.UNKNOWN_RECIPIENT),
    (request("JP/ISA"), Denied.UNKNOWN_RECIPIENT),
    (request("jp/npa", caveats=["unheard-of"]), Denied.UNKNOWN_CAVEAT),
    (request("jp/npa", caveats=["unheard-of"], level="public"), Denied.UNKNOWN_CAVEAT),
    (request("jp/npa", scheme="moc-ssw/9", level="public"), Denied.NO_CONSENT),
    (request("jp/npa", level="secret"), Denied.MARKER_INVALID),
    (request("jp/npa", originator="jp/isa"), Denied.MARKER_INVALID),
    (
        request("jp/npa", granular=[{"pointer": "/persons/p1", "level": "restricted"}]),
        Denied.NO_CONSENT,
    ),
    (request("jp/npa", caveats=["contact-first"]), Denied.CAVEAT_FORBIDS),
    (
        request("jp/meti", permitted_recipients=["jp/meti"], caveats=["each-time"]),
        Denied.CAVEAT_FORBIDS,
    ),
    (
        request("jp/prometric", permitted_recipients=["jp/prometric"], caveats=["no-tip-off"]),
        Denied.CAVEAT_FORBIDS,
    ),
    (
        request("kh/molvt", sender="jp/isa", action=Action.SEND, derived_from=({"mode": "quote"},)),
        Denied.UNDECLARED_ORIGIN,
    ),
    (request("jp/npa", derived_from=({},)), Denied.UNDECLARED_ORIGIN),
]


@pytest.mark.clause("3")
@pytest.mark.parametrize(("asked", "why"), WITHHELD)
def test_what_no_rule_allows_is_withheld_with_a_stable_code(asked, why):
    outcome = decide(asked, PARTIES)
    assert isinstance(outcome, Withheld)
    assert outcome.reason is why


@pytest.mark.parametrize("caveat", PUBLISH_CAVEATS)
def test_a_caveat_forbids_even_the_publication_of_what_is_public(caveat):
    asked = request("jp/isa", level="public", action=Action.PUBLISH, caveats=[caveat])
    assert reason(asked) is Denied.CAVEAT_FORBIDS


def test_a_node_that_is_no_end_of_the_message_is_not_at_home_in_it():
    asked = request("jp/otit", holder="jp/otit", recipient="jp/isa")
    assert reason(asked) is Denied.NO_CONSENT


def test_the_subject_is_the_message_of_the_signed_header():
    header = Header(
        profile="moc-ssw/kh-jp/2019",
        environment=Environment.TEST,
        id="0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        type="inquiry.answer",
        from_="kh/molvt",
        to="jp/isa",
        created="2026-03-25T00:00:00Z",
        expires="2026-06-25T00:00:00Z",
        thread="0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        content_digest="sha-256:y",
        body_schema={},
        marking=request().subject.marking,
    )
    found = Subject.of(header, "sha-256:x")
    assert found == replace(request().subject, type=header.type, thread=header.thread)


def test_without_a_marking_nothing_is_shown_to_anybody():
    asked = request("jp/isa")
    bare = replace(asked, subject=replace(asked.subject, marking=None))
    assert reason(bare) is Denied.MARKER_MISSING


def test_both_sides_are_judged_alike():
    mirror = {"jp/isa": "kh/molvt", "kh/molvt": "jp/isa"}
    for level in Level:
        for action in Action:
            for audience in mirror:
                ours = request(audience, level=level.value, action=action)
                theirs = request(
                    mirror[audience],
                    sender="jp/isa",
                    recipient="kh/molvt",
                    holder="kh/molvt",
                    level=level.value,
                    action=action,
                )
                assert reason(ours) is reason(theirs), (level, action, audience)


CAVEATS = st.lists(st.sampled_from([*map(str, Caveat), "unheard-of"]), unique=True)
EVERYBODY = st.sampled_from([party.id for party in PARTIES.all()])
MARKINGS = st.fixed_dictionaries(
    {"level": st.sampled_from([level.value for level in Level]), "caveats": CAVEATS},
    optional={
        "permitted_recipients": st.lists(st.sampled_from(OUTSIDERS), unique=True),
        "purposes": st.lists(st.sampled_from([*map(str, Purpose)]), unique=True),
        "handling_until": st.sampled_from([PAST, AHEAD]),
        "then": st.sampled_from(["review", "public", "destroy"]),
    },
)


@pytest.mark.clause("3")
@given(marking=MARKINGS, audience=EVERYBODY, action=st.sampled_from(Action))
def test_an_outsider_gets_only_what_is_public_or_meant_for_it(marking, audience, action):
    asked = request(audience, action=action, **marking)
    outcome = decide(asked, PARTIES)
    if isinstance(outcome, Permitted) and audience in OUTSIDERS:
        assert outcome.reason in {Allowed.PUBLIC, Allowed.PRE_AUTHORISED}
        if outcome.reason is Allowed.PRE_AUTHORISED:
            assert audience in marking["permitted_recipients"]
        else:
            assert marking["level"] == "public" or marking["then"] == "public"


@given(marking=MARKINGS, caveat=CAVEATS, audience=EVERYBODY, action=st.sampled_from(Action))
def test_one_more_caveat_never_opens_anything(marking, caveat, audience, action):
    more = marking | {"caveats": sorted({*marking["caveats"], *caveat})}
    before = decide(request(audience, action=action, **marking), PARTIES)
    after = decide(request(audience, action=action, **more), PARTIES)
    if isinstance(before, Withheld):
        assert isinstance(after, Withheld)


@given(marking=MARKINGS, audience=EVERYBODY, action=st.sampled_from(Action))
def test_a_stricter_level_never_opens_anything(marking, audience, action):
    outcomes = [
        isinstance(
            decide(request(audience, action=action, **marking | {"level": level}), PARTIES),
            Permitted,
        )
        for level in ("public", "confidential", "restricted")
    ]
    assert outcomes == sorted(outcomes, reverse=True)


@pytest.mark.clause("3")
@given(marking=MARKINGS, audience=EVERYBODY, action=st.sampled_from(Action))
def test_what_is_not_public_is_never_published_for_the_other_country(marking, audience, action):
    outcome = decide(request(audience, action=Action.PUBLISH, **marking), PARTIES)
    if isinstance(outcome, Permitted):
        assert outcome.reason is Allowed.PUBLIC
        assert not set(PUBLISH_CAVEATS) & set(marking["caveats"])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(
    marking=ANYTHING,
    sender=ANYTHING,
    recipient=ANYTHING,
    holder=ANYTHING,
    audience=ANYTHING,
    derived_from=ANYTHING,
    now=ANYTHING,
)
def test_deciding_never_raises_and_nonsense_opens_nothing(
    marking, sender, recipient, holder, audience, derived_from, now
):
    asked = request()
    subject = replace(
        asked.subject,
        marking=marking,
        sender=sender,
        recipient=recipient,
        derived_from=derived_from,
    )
    asked = replace(asked, subject=subject, holder=holder, audience=audience, now=now)
    assert isinstance(decide(asked, PARTIES), Withheld)


@given(sources=ANYTHING, consents=ANYTHING, standing=ANYTHING, part=ANYTHING, mode=ANYTHING)
def test_nonsense_beside_a_message_opens_nothing(sources, consents, standing, part, mode):
    asked = request("jp/meti", action=Action.DISCLOSE)
    subject = replace(asked.subject, sources=sources, standing=standing)
    asked = replace(asked, subject=subject, part=part, mode=mode)
    assert isinstance(decide(asked, PARTIES, consents), Withheld)


def test_a_broken_evaluator_withholds():
    class NoRegistry:
        def of(self, party_id):
            raise ZeroDivisionError

    outcome = decide(request("jp/npa"), NoRegistry())
    assert isinstance(outcome, Withheld)
    assert outcome.reason is Denied.EVALUATOR_ERROR


def test_nobody_else_makes_a_permit():
    with pytest.raises(TypeError):
        Permitted(
            action=Action.SHOW,
            audience="jp/meti",
            message_id="x",
            header_digest="sha-256:x",
            reason=Allowed.PUBLIC,
            made_here=object(),
        )


def test_a_permit_cannot_be_turned_into_one_for_another():
    permit = decide(request("jp/isa"), PARTIES)
    with pytest.raises(FrozenInstanceError):
        permit.audience = "jp/meti"
    with pytest.raises((TypeError, ValueError)):
        replace(permit, audience="jp/meti")
    assert copy.copy(permit) == permit
    assert pickle.loads(pickle.dumps(permit)) == permit
