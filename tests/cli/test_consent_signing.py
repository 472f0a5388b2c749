"""A consent officer at a machine without a node: a key, a package, and what is not signed."""

import asyncio
import copy
import json
import stat
import time
from typing import Any

import pytest

from gateway.desk.consent_asking import Wish
from gateway.desk.consent_packages import check_package
from gateway.envelope import KeyValidity, Officer, fingerprint, read_card, times
from gateway.keyring.officers import officer_file, read_public, sealing_at
from tests.cli.conftest import Finished
from tests.cli.terminal import Terminal
from tests.consenting import NARROWED, officer_key, parsed
from tests.desk.dealing import example, say
from tests.nodes import OFFICER, Keys, two_nodes

DAY = 86_400
NOW = time.time()


def card_of(keys: Keys, **validity: Any) -> str:
    """Return a card whose officers count today; commands go by the clock of the machine."""
    held = {"not_before": times.text(NOW - DAY), "not_after": times.text(NOW + DAY)} | validity
    officers = tuple(
        Officer(id=id, capability="consent", pair=pair.public, validity=KeyValidity(**held))
        for id, pair in keys.officers.items()
    )
    return keys.issue(officers=officers).decode()


@pytest.fixture(scope="module")
def offered(tmp_path_factory):
    """Return a package of Japan, where two officers sign, and the keys of Japan."""

    async def make():
        async with two_nodes(tmp_path_factory.mktemp("offered")) as pair:
            sent = await say(pair.jp, "inquiry.request", body=example("inquiry.request"))
            wish = Wish(purpose="ssw-operation", to=("kh/moi",), fields=("/questions",))
            found = await pair.jp.desk.consents.offer(sent["id"], wish, NARROWED, OFFICER)
            return found["package"], pair.jp.keys

    package, keys = asyncio.run(make())
    package["card"] = card_of(keys)
    package["terms"]["validity"] = {
        "not_before": times.text(NOW - DAY),
        "not_after": times.text(NOW + DAY),
    }
    return package, keys


@pytest.fixture
def place(offered, tmp_path):
    """Lay out what an officer has: the package, two keys and their passphrase."""
    package, keys = copy.deepcopy(offered[0]), offered[1]
    for name in keys.officers:
        raw = officer_file(officer_key(keys, name), b"secret", sealing_at(NOW, log2_n=4))
        (tmp_path / f"{name}.key").write_bytes(raw)
    (tmp_path / "passphrase").write_text("secret")
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    write(tmp_path, package)
    return tmp_path


def write(place, package):
    (place / "package.json").write_text(json.dumps(package))


def document(place):
    return json.loads((place / "package.json").read_text())


def words(place, officer="officer-1", *more: str) -> tuple[str, ...]:
    return (
        "consent",
        "sign",
        str(place / "package.json"),
        "--key",
        str(place / f"{officer}.key"),
        "--passphrase-file",
        str(place / "passphrase"),
        *more,
    )


def test_two_officers_sign_one_after_the_other_and_read_what_they_permit(run, place):
    first: Finished = run(*words(place, "officer-1", "--yes"))
    assert first.code == 0, first.err
    for said in (
        "jp/isa (test) permits kh/molvt, of its own accord:",
        "these parts alone:",
        "Question",
        "(kh/moi), authority in kh: a third party",
        "Office: Director",
        "1 more must sign",
    ):
        assert said in first.err
    assert "Reason:" not in first.err.partition("under these terms")[0]
    assert first.out == ""
    second = run(*words(place, "officer-2", "--yes", "--json"))
    assert {name: second.json()[name] for name in ("officer", "signed", "missing")} == {
        "officer": "officer-2",
        "signed": 2,
        "missing": 0,
    }
    assert len(check_package(parsed(document(place))).instruments) == 2
    assert stat.S_IMODE((place / "package.json").stat().st_mode) == 0o600
    again = run(*words(place, "officer-2", "--yes"))
    assert (again.code, "has signed this package already" in again.err) == (6, True)


def test_an_officer_who_says_no_signs_nothing(place):
    before = document(place)
    terminal = Terminal(*words(place))
    terminal.expect("Do you give this consent?").type("n")
    assert terminal.finish() == 1
    assert "nothing was signed" in terminal.text
    assert document(place) == before


def test_without_anybody_to_ask_the_word_has_to_be_given(run, place):
    finished = run(*words(place))
    assert (finished.code, "give --yes" in finished.err) == (2, True)


def stranger(place, package):
    package["card"] = card_of(Keys("jp/isa"))


def ended(place, package):
    package["card"] = card_of(place.keys, not_after=times.text(NOW - 60))


def revoked(place, package):
    package["card"] = card_of(place.keys, revoked_at=times.text(NOW - 60))


def to_come(place, package):
    package["card"] = card_of(place.keys, not_before=times.text(NOW + 600))


def removed(place, package):
    package["card"] = place.keys.issue(officers=()).decode()


def over(place, package):
    package["terms"]["validity"]["not_after"] = times.text(NOW - 60)


def other_content(place, package):
    package["messages"][0]["content"] = package["messages"][0]["content"].replace("bool", "date")


def look_alike(place, package):
    package["terms"]["recipients"][0]["name"] += " "


@pytest.mark.parametrize(
    ("harm", "code", "says"),
    [
        (stranger, 8, "another identity than the one you compared"),
        (ended, 8, "your key ended at"),
        (revoked, 8, "your key ended at"),
        (to_come, 8, "does not count yet"),
        (removed, 8, "does not stand on the card"),
        (over, 6, "its time was over"),
        (other_content, 8, "was changed"),
        (look_alike, 3, "described otherwise than in our registry"),
    ],
)
def test_what_does_not_hold_is_not_signed(run, place, offered, harm, code, says):
    class Place:
        keys = offered[1]

    package = document(place)
    harm(Place, package)
    write(place, package)
    finished = run(*words(place, "officer-1", "--yes"))
    assert (finished.code, finished.out) == (code, "")
    assert says in finished.err
    assert document(place) == package


@pytest.mark.parametrize(
    ("name", "content", "code", "says"),
    [
        ("passphrase", "another", 3, "does not open"),
        ("package.json", "{}", 3, "no package"),
        ("officer-1.key", "{}", 3, "not the key file of an officer"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_named(run, place, name, content, code, says):
    (place / name).write_text(content)
    finished = run(*words(place, "officer-1", "--yes"))
    assert (finished.code, finished.out) == (code, "")
    assert says in finished.err


def test_a_key_that_others_can_read_is_not_opened(run, place):
    (place / "officer-1.key").chmod(0o644)
    finished = run(*words(place, "officer-1", "--yes"))
    assert (finished.code, "others could get at it" in finished.err) == (3, True)


def make_key(run, tmp_path, keys, digits):
    (tmp_path / "card.json").write_bytes(keys.card())
    (tmp_path / "new").write_text("secret")
    (tmp_path / "new").chmod(0o600)
    return run(
        *("consent", "key", str(tmp_path / "o.key"), "--officer", "officer-1"),
        *("--card", str(tmp_path / "card.json"), "--fingerprint", digits),
        *("--passphrase-file", str(tmp_path / "new")),
    )


def test_a_key_is_made_for_the_node_whose_identity_was_compared(run, tmp_path):
    keys = Keys("jp/isa")
    digits = fingerprint(read_card(keys.card()).identity)
    finished = make_key(run, tmp_path, keys, digits)
    assert (finished.code, finished.out) == (0, "")
    assert "keys officers add o.key.pub.json --until DATE" in finished.err
    assert stat.S_IMODE((tmp_path / "o.key").stat().st_mode) == 0o600
    public = read_public((tmp_path / "o.key.pub.json").read_bytes())
    assert (public.pinned.officer, public.pinned.node) == ("officer-1", "jp/isa")
    again = make_key(run, tmp_path, keys, digits)
    assert (again.code, "is there already" in again.err) == (6, True)


def test_no_key_is_made_for_an_identity_that_nobody_has_compared(run, tmp_path):
    finished = make_key(run, tmp_path, Keys("jp/isa"), "12345 67890")
    assert (finished.code, finished.out) == (8, "")
    assert "not the fingerprint of the card of jp/isa" in finished.err
    assert not (tmp_path / "o.key").exists()
