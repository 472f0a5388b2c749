"""The package of a consent officer: nothing in it is believed for standing there."""

import asyncio
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.desk.consent_packages import check_package, parse_package
from gateway.envelope import read_card, times
from gateway.errors import ConflictError, InvalidError, LocalError, VerificationError
from gateway.store import Transaction, messages
from tests.consenting import instruments, parsed, prepared, signed
from tests.desk.dealing import example, say
from tests.nodes import Keys, two_nodes

Document = dict[str, Any]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Document, Keys]:
    """Return a package for a request, another one for another message, and Cambodia's keys."""

    async def make() -> tuple[Document, Document, Keys]:
        async with two_nodes(tmp_path_factory.mktemp("packages")) as pair:
            return await prepared(pair), await prepared(pair), pair.kh.keys

    return asyncio.run(make())


@pytest.fixture
def package(world: tuple[Document, Document, Keys]) -> Document:
    return copy.deepcopy(world[0])


@pytest.fixture
def other(world: tuple[Document, Document, Keys]) -> Document:
    return copy.deepcopy(world[1])


@pytest.fixture
def keys(world: tuple[Document, Document, Keys]) -> Keys:
    return world[2]


def test_a_package_as_it_was_prepared_holds(package: Document) -> None:
    checked = check_package(parsed(package))
    assert checked.request is not None
    assert checked.messages[0].body["questions"]
    assert (checked.card.node, checked.terms.grantee) == ("kh/molvt", "jp/isa")


def terms_in(package: Document) -> Document:
    found: Document = package["terms"]
    return found


def first(package: Document) -> Document:
    found: Document = package["messages"][0]
    return found


def changed_content(package: Document) -> None:
    content = json.loads(first(package)["content"])
    content["body"]["reason"]["en"] = "Something else."
    first(package)["content"] = json.dumps(content)


def more_uses(package: Document) -> None:
    terms_in(package)["uses"] = 5
    terms_in(package)["epoch"] = "9.00000000000000000000000000000000"


def other_recipient(package: Document) -> None:
    terms_in(package)["recipients"][0] |= {"org_id": "jp/press-example", "kind": "press"}


def look_alike(package: Document) -> None:
    terms_in(package)["recipients"][0]["name"] = "Osaka Labour  Bureau"


def other_digest(package: Document) -> None:
    digest = "sha-256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    terms_in(package)["subject"]["messages"][0]["header_digest"] = digest


def lost_pointer(package: Document) -> None:
    terms_in(package)["subject"]["messages"][0]["pointers"] = ["/nowhere"]


def lost_condition(package: Document) -> None:
    terms_in(package)["conditions"] = {"redact": ["/question"]}


def a_day_later(package: Document) -> None:
    validity = terms_in(package)["validity"]
    validity["not_after"] = times.text(times.parse(validity["not_after"]) + 86_400)


# What somebody between node and officer might do to the file, and how it is refused.
HARM: list[tuple[Callable[[Document], Any], type[LocalError], str]] = [
    (changed_content, VerificationError, "content of message .* was changed"),
    (lambda p: first(p).update(jws=p["request"]["jws"]), VerificationError, "not signed by"),
    (lambda p: p["request"].update(jws=first(p)["jws"]), VerificationError, "not signed by"),
    (lambda p: p.update(request=first(p)), VerificationError, "not signed by"),
    (lambda p: p.pop("request"), VerificationError, "request that the terms answer"),
    (lambda p: p.pop("peer_card"), VerificationError, "request that the terms answer"),
    (lambda p: p.update(peer_card=p["card"]), VerificationError, "another node's"),
    (lambda p: p.update(card=p["peer_card"]), VerificationError, "another node than the card"),
    (lambda p: terms_in(p).pop("request"), VerificationError, "request that the terms answer|ano"),
    (lambda p: terms_in(p).update(grantor="kh/other"), VerificationError, "another node"),
    (lambda p: terms_in(p).update(grantee="np/moless"), VerificationError, "not sent by us to"),
    (lambda p: p.update(messages=[]), VerificationError, "other messages"),
    (other_digest, VerificationError, "other messages"),
    (other_recipient, InvalidError, "more than was asked for"),
    (look_alike, InvalidError, "more than was asked for"),
    (more_uses, InvalidError, "more than was asked for"),
    (lambda p: terms_in(p)["purpose"].update(code="statistics"), InvalidError, "more than was"),
    (a_day_later, InvalidError, "more than was asked for"),
    (
        lambda p: terms_in(p)["validity"].update(not_after="2030-01-01T00:00:00Z"),
        InvalidError,
        "terms do not hold",
    ),
    (lost_condition, InvalidError, "not in the message"),
    (lost_pointer, InvalidError, "not in the message"),
    (lambda p: terms_in(p).update(mode="loud"), InvalidError, "terms do not hold"),
    (lambda p: terms_in(p).update(more=1), InvalidError, "terms do not hold"),
    (lambda p: p.update(instruments=["{}"]), VerificationError, "not signed over just"),
    (lambda p: p.update(format="gateway-consent/2"), InvalidError, "no package"),
    (lambda p: p.update(more=1), InvalidError, "no package"),
    (lambda p: p.update(card="x" * 300_000), InvalidError, "no package"),
]


@pytest.mark.parametrize(("harm", "error", "words"), HARM)
def test_a_package_that_was_changed_is_not_signed(
    package: Document, harm: Callable[[Document], Any], error: type[LocalError], words: str
) -> None:
    harm(package)
    with pytest.raises(error, match=words):
        check_package(parsed(package))


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"format": 1, "format": 2}', b"\xff"])
def test_what_is_no_package_is_told_so(raw: bytes) -> None:
    with pytest.raises(InvalidError, match="no package"):
        parse_package(raw)


def test_the_request_of_another_package_does_not_fit(package: Document, other: Document) -> None:
    package["request"] = other["request"]
    with pytest.raises(VerificationError, match="another request"):
        check_package(parsed(package))


async def test_another_message_of_theirs_is_no_request(tmp_path: Path) -> None:
    async with two_nodes(tmp_path) as pair:
        package = await prepared(pair)
        sent = await say(pair.jp, "inquiry.request", body=example("inquiry.request"))

        def held(tx: Transaction) -> Document:
            row = messages.get(tx, messages.find(tx, sent["id"]))
            package["request"] = {"jws": row["jws"], "content": messages.content_of(tx, row)}
            return {"id": row["id"], "header_digest": row["header_digest"]}

        terms_in(package)["request"] = await pair.kh.store.read(held)
        with pytest.raises(VerificationError, match="no request to us"):
            check_package(parsed(package))


def test_an_instrument_over_other_terms_is_not_taken_on(
    package: Document, other: Document, keys: Keys
) -> None:
    package["instruments"] = signed(keys, other)["instruments"]
    with pytest.raises(VerificationError, match="over just the terms"):
        check_package(parsed(package))


def test_true_is_not_one_in_signed_terms(package: Document, keys: Keys) -> None:
    package["instruments"] = list(
        instruments(keys, terms_in(package) | {"follow_corrections": True}).values()
    )
    terms_in(package)["follow_corrections"] = 1
    with pytest.raises(InvalidError, match="terms do not hold"):
        check_package(parsed(package))


def test_who_is_on_no_card_signs_nothing(package: Document, keys: Keys) -> None:
    stranger = Keys("kh/molvt")
    package["instruments"] = list(instruments(stranger, terms_in(package)).values())
    with pytest.raises(VerificationError):
        check_package(parsed(package))


def test_an_officer_signs_under_no_other_name(package: Document, keys: Keys) -> None:
    borrowed = Keys("kh/molvt", officers={"officer-2": keys.officers["officer-1"]})
    package["instruments"] = list(
        instruments(borrowed, terms_in(package), officers=["officer-2"]).values()
    )
    with pytest.raises(VerificationError, match="whose key on the card"):
        check_package(parsed(package))


def test_two_officers_sign_and_neither_twice(package: Document, keys: Keys) -> None:
    once = signed(keys, package)
    with pytest.raises(ConflictError, match="signed this package already"):
        signed(keys, once)
    both = signed(keys, once, "officer-2")
    checked = check_package(parsed(both))
    assert [each.officer for each in checked.instruments] == ["officer-1", "officer-2"]
    # What is signed is word for word what will be sent.
    assert checked.package.body()["terms"] == package["terms"]


def test_a_third_signature_has_no_place(package: Document, keys: Keys) -> None:
    both = signed(keys, package, "officer-1", "officer-2")
    both["instruments"].append(both["instruments"][0])
    with pytest.raises(InvalidError, match="instruments"):
        parsed(both)


def test_a_message_signed_under_an_older_card_of_ours_holds_by_that_card(
    package: Document, keys: Keys
) -> None:
    card = read_card(package["card"].encode())
    newer = Keys("kh/molvt", identity=keys.identity, officers=keys.officers)
    package["older_cards"] = [package["card"]]
    package["card"] = newer.card().decode()
    assert check_package(parsed(package)).messages[0].header.from_ == card.node
    package["older_cards"] = []
    with pytest.raises(VerificationError, match="not signed by"):
        check_package(parsed(package))
    package["older_cards"] = [Keys("kh/molvt", message=keys.message).card().decode()]
    with pytest.raises(VerificationError):
        check_package(parsed(package))
