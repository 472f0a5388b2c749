"""Consent at the command line, against real desks: asked for, prepared, given, listed, revoked."""

import json
import stat

import pytest

from tests.cli.two_desks import two_desks
from tests.consenting import BUREAU, signed
from tests.nodes import inquiry

BY = ("--role", "Director", "--authority", "Prakas 12/2026")
GROUND = ("--legal-basis", "APPI 69", "--destination", "jp", "--safeguards", "Locked away.")
ASK = ("--to", BUREAU["org_id"], "--purpose", "ssw-operation", "--reason", "To inspect.")


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    with two_desks(tmp_path_factory.mktemp("desks")) as found:
        yield found


@pytest.fixture
def asked(desks):
    """Let Cambodia send an inquiry and Japan ask for consent; return both ids."""
    sent = desks.send("kh", inquiry("jp/isa"))
    finished = desks.cli("jp", "consent", "request", sent["id"], *ASK)
    assert finished.code == 0, finished.err
    request = finished.out.strip()
    desks.do(desks.pair.jp.desk.wait(request, "received", 5))
    return sent["id"], request


def sign(desks, path):
    """Sign a package as an officer of Cambodia does, at the time of the nodes."""
    package = signed(desks.pair.kh.keys, json.loads(path.read_text()))
    path.write_text(json.dumps(package))


def test_a_consent_from_the_request_to_the_revocation(desks, asked, tmp_path):
    _, request = asked
    path = tmp_path / "package.json"
    prepared = desks.cli("kh", "consent", "grant", request, "--prepare", str(path), *BY, *GROUND)
    assert (prepared.code, prepared.out) == (0, "")
    assert f"consent sign {path} --key FILE" in prepared.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600

    early = desks.cli("kh", "consent", "grant", "--signed", str(path))
    assert (early.code, early.out) == (6, "")
    assert "1 of 1 officers still have to sign; nothing was sent" in early.err

    sign(desks, path)
    given = desks.cli("kh", "consent", "grant", "--signed", str(path))
    assert given.code == 0, given.err
    assert "the consent is on its way to jp/isa" in given.err
    desks.do(desks.pair.kh.desk.wait(given.out.strip(), "received", 5))

    listed = desks.cli("jp", "consent", "list", "--theirs", "--state", "active")
    assert listed.out.splitlines()[0].split() == [
        *("ID", "GIVEN", "STATE", "UNTIL", "USES", "REFERENCE")
    ]
    short = listed.out.splitlines()[-1].split()[0]
    assert "Osaka" not in listed.out
    shown = desks.cli("jp", "consent", "show", short)
    assert "given by kh/molvt: active" in shown.out
    assert "Osaka Labour Bureau" in shown.out

    asked_first = desks.cli("kh", "consent", "revoke", short, "--reason", "changed")
    assert (asked_first.code, asked_first.out) == (2, "")
    assert "give --yes" in asked_first.err
    revoked = desks.cli("kh", "consent", "revoke", short, "--reason", "changed", "--yes")
    assert revoked.code == 0, revoked.err
    assert "what it passed on before stays lawful" in revoked.err
    desks.do(desks.pair.kh.desk.wait(revoked.out.strip(), "received", 5))
    ended = desks.cli("jp", "consent", "status", short)
    assert "given by kh/molvt: revoked" in ended.out


def test_a_request_is_looked_at_before_it_is_sent(desks):
    sent = desks.send("kh", inquiry("jp/isa"))
    before = len(desks.cli("jp", "outbox", "--json").json()["items"])
    finished = desks.cli("jp", "consent", "request", sent["id"], *ASK, "--uses", "1", "--check")
    assert "Uses: 1" in finished.out
    assert "Osaka Labour Bureau" in finished.out
    assert len(desks.cli("jp", "outbox", "--json").json()["items"]) == before


def test_a_name_instead_of_an_id_is_answered_with_the_ids_that_may_be_meant(desks):
    sent = desks.send("kh", inquiry("jp/isa"))
    words = [word if word != BUREAU["org_id"] else "Osaka Labour Bureau" for word in ASK]
    finished = desks.cli("jp", "consent", "request", sent["id"], *words)
    assert (finished.code, finished.out) == (3, "")
    assert "--to" in finished.err
    assert BUREAU["org_id"] in finished.err


def test_a_request_is_denied_with_a_reason_of_the_list(desks, asked):
    _, request = asked
    desks.cli("kh", "show", request)
    slip = desks.cli("kh", "consent", "deny", request, "--reason", "because")
    assert slip.code == 3
    assert "--reason" in slip.err
    assert "gateway codes consent-denials" in slip.err
    denied = desks.cli("kh", "consent", "deny", request, "--reason", "law", "--json")
    assert (denied.code, denied.json()["type"]) == (0, "consent.deny")


def test_a_package_is_not_written_over_another_file(desks, asked, tmp_path):
    path = tmp_path / "package.json"
    path.write_text("mine")
    finished = desks.cli("kh", "consent", "grant", asked[1], "--prepare", str(path), *BY)
    assert finished.code == 6
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("grant", "0195c2a4-7b1e"), 2, "--prepare FILE"),
        (("grant", "--prepare", "a"), 2, "ID is needed"),
        (("grant", "0195c2a4-7b1e", "--signed", "a"), 2, "leave ID out"),
        (("grant", "0195c2a4-7b1e", "--prepare", "a"), 2, "--role is needed"),
        (("grant", "--signed", "/nowhere/package.json"), 4, "no file"),
        (("request", "0195c2a4-7b1e", *ASK), 4, "no message"),
        (("request", "0195c2a4-7b1e", "--reason", "a"), 2, "--purpose is needed"),
        (("show", "0195c2a4-7b1e"), 4, "no consent"),
        (("list", "--ours", "--theirs"), 2, "give neither"),
    ],
)
def test_what_is_wrong_is_told_with_what_to_do(desks, words, code, says):
    finished = desks.cli("jp", "consent", *words)
    assert (finished.code, finished.out) == (code, "")
    assert says in finished.err


def test_where_no_consent_fits_the_list_says_so(desks):
    finished = desks.cli("jp", "consent", "list", "--ours")
    assert (finished.code, finished.out, finished.err) == (0, "", "nothing fits\n")
