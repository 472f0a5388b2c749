"""`gateway doctor` looks at everything a node needs, and what is not well can be mended."""

import dataclasses
import json
import os
import shlex
import shutil
import subprocess

import pytest

from gateway import config as configuration
from gateway import keyring
from gateway.cli import checks_node
from gateway.http import pinned_connector
from gateway.store import backup
from gateway.store.copying import sync
from tests.store.filled import harm
from tests.store.test_migrate import older
from tests.system.nodes import PASSPHRASE, make_pair


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two nodes that were made and never started."""
    return make_pair(tmp_path_factory.mktemp("pair"))


@pytest.fixture
def node(made, tmp_path):
    """A copy of one of them that a test may ruin."""
    shutil.copytree(made.jp.folder, tmp_path / "jp")
    return tmp_path / "jp"


def doctor(run, node, **environment):
    return run("--config", str(node / "config.toml"), "doctor", "--json", **environment)


def findings(finished, *grades):
    items = json.loads(finished.out)["items"]
    return [item for item in items if item["status"] in (grades or ("warn", "fail"))]


def the_only(finished, status, subject):
    """Return the one finding that is not well, beside the node that is down."""
    (found,) = [item for item in findings(finished) if item["subject"] != "node"]
    assert (found["status"], found["subject"]) == (status, subject), found
    assert found["mend"]
    return found


def test_a_node_that_is_down_is_the_only_thing_that_is_not_well(run, node):
    finished = doctor(run, node)
    assert finished.code == 10
    assert [item["subject"] for item in findings(finished)] == ["node"]
    (skipped,) = findings(finished, "skip")
    assert "reaching the peers" in skipped["text"]
    assert skipped["mend"].endswith(" serve")
    (resolved,) = [item for item in findings(finished, "ok") if item["subject"] == "kh/molvt"]
    assert resolved["text"].endswith(" is 127.0.0.1")


def test_every_subject_is_looked_at(run, node):
    subjects = {item["subject"] for item in findings(doctor(run, node), "ok", "warn", "skip")}
    assert subjects == {
        *("Python", "SQLite", "configuration", "keys", "socket", "passphrase", "clock", "disk"),
        *("store", "card", "message key", "encryption key", "TLS", "node", "kh/molvt"),
        *("memoranda", "calendars"),
    }


def test_each_way_to_mend_a_right_mends_it(run, node):
    data = node / "data"
    for path, mode in [
        (node / "config.toml", 0o620),
        (node / "keys" / "store.key", 0o604),
        (data, 0o770),
        (data / "gateway.db", 0o640),
    ]:
        path.chmod(mode)
    finished = doctor(run, node)
    assert finished.code == 1
    mends = [item["mend"] for item in findings(finished, "fail")]
    for name in ("config.toml", "store.key", "/data", "*.db*"):
        assert [mend for mend in mends if mend.strip("'").endswith(name)], name
    for mend in mends:
        assert shlex.split(mend)[0] == "chmod"
        subprocess.run(mend, shell=True, check=True)
    assert findings(doctor(run, node), "fail") == []


def test_a_copy_of_the_database_that_others_can_read_is_found(run, node):
    copy = node / "data" / "gateway.db.before-restore-20260101T000000Z"
    copy.write_bytes(b"")
    copy.chmod(0o644)
    found = the_only(doctor(run, node), "fail", "data")
    assert copy.name in found["text"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_accounts_data_is_told_with_whom_to_run_it(run, node):
    os.chown(node / "data", 12345, -1)
    found = the_only(doctor(run, node), "fail", "data")
    assert "run doctor as the account of the node" in found["mend"]


def test_a_group_that_does_not_exist_is_told(run, node):
    path = node / "config.toml"
    path.write_text(path.read_text().replace('# group = "gateway"', 'group = "no-such-group"'))
    found = the_only(doctor(run, node), "fail", "socket")
    assert found["mend"].startswith("groupadd no-such-group")


def test_a_clock_that_was_set_back_is_found(run, node):
    ahead = 4_000_000_000
    os.utime(node / "config.toml", (ahead, ahead))
    assert "time service" in the_only(doctor(run, node), "fail", "clock")["mend"]


def test_a_missing_database_is_told_with_the_way_to_restore_one(run, node):
    (node / "data" / "gateway.db").unlink()
    assert "db restore FILE" in the_only(doctor(run, node), "fail", "store")["mend"]


def test_a_database_that_is_none_is_told(run, node):
    (node / "data" / "gateway.db").write_bytes(b"\xff" * 5000)
    assert "cannot be read" in the_only(doctor(run, node), "fail", "store")["text"]


def test_another_nodes_database_is_found(run, node, made):
    shutil.copy(made.kh.database, node / "data" / "gateway.db")
    found = the_only(doctor(run, node), "fail", "store")
    assert "is a database of kh/molvt (test)" in found["text"]


def test_f25_a_database_of_an_older_version_is_a_warning(run, node):
    (node / "data" / "gateway.db").unlink()
    older(node / "data" / "gateway.db")
    found = the_only(doctor(run, node), "warn", "store")
    assert "format 1" in found["text"]
    assert "back it up first" in found["mend"]


def test_f20_a_damaged_database_is_found_by_a_quick_look(run, node):
    path = node / "data" / "gateway.db"
    with path.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096)
    sync(path)
    found = [item for item in findings(doctor(run, node), "fail") if item["subject"] == "store"]
    assert found
    assert "db restore FILE" in found[0]["mend"]


def test_a_store_that_is_sound_but_changed_is_for_db_check(run, node):
    harm(node / "data" / "gateway.db", "UPDATE evidence SET subject = 'x' WHERE position = 0")
    assert [item["subject"] for item in findings(doctor(run, node))] == ["node"]


@pytest.mark.parametrize(
    ("file", "subject"),
    [("message-1.key", "message key"), ("encryption-1.key", "encryption key")],
)
def test_a_key_file_that_the_card_needs_is_missed(run, node, file, subject):
    (node / "keys" / file).unlink()
    assert "backup" in the_only(doctor(run, node), "fail", subject)["mend"]


def test_a_certificate_that_is_not_on_the_card_is_no_certificate(run, node, made):
    for name in ("tls-1.pem", "tls-1.key", "tls-1.secret"):
        shutil.copy(made.kh.folder / "keys" / name, node / "keys" / name)
    assert the_only(doctor(run, node), "fail", "TLS")["text"].startswith("no file under keys/")


def test_without_a_card_nothing_is_said_of_the_keys_but_that(run, node):
    (node / "keys" / "card.json").write_bytes(b"{}")
    finished = doctor(run, node)
    assert finished.code in (1, 10)
    subjects = {item["subject"] for item in json.loads(finished.out)["items"]}
    assert "message key" not in subjects


def test_keys_that_end_soon_are_a_warning_and_ended_ones_a_failure(run, tmp_path):
    import time

    from gateway.cli import checks_keys
    from gateway.envelope import Environment

    pair = make_pair(tmp_path)
    loaded = configuration.load(pair.jp.config)
    shutil.rmtree(loaded.paths.keys)
    keyring.create(
        loaded.paths.keys,
        keyring.NewNode(
            node="jp/isa",
            environment=Environment.TEST,
            names={"en": "Office"},
            organisations=(),
            addresses=("https://127.0.0.1:1",),
        ),
        keyring.Passphrases(identity=b"signs the card", node=PASSPHRASE),
        now=time.time() - 340 * 86_400,
        log2_n=4,
    )
    found = list(checks_keys.run(loaded))
    grades = {each.subject: each.grade for each in found}
    assert grades == {
        "card": "warn",
        "message key": "warn",
        "encryption key": "fail",
        "TLS": "warn",
    }
    assert [each.mend.split()[-3:] for each in found] == [
        ["keys", "rotate", kind] for kind in ("all", "message", "encryption", "tls")
    ]


@pytest.mark.parametrize(
    ("days", "grade", "act"),
    [
        ((5, 364), "warn", "keys use-certificate"),
        ((-1, 364), "fail", "keys use-certificate"),
        ((5, 4), "warn", "keys rotate tls"),
        ((364, 5), "ok", ""),
    ],
)
def test_of_two_certificates_the_one_that_is_shown_counts(node, days, grade, act):
    from gateway.cli import checks_keys

    loaded = configuration.load(node / "config.toml")
    (key,) = [each for each in keyring.describe(loaded.paths.keys, now=0) if each.use == "tls"]
    keys = [
        dataclasses.replace(key, days_left=left, presented=is_shown)
        for left, is_shown in zip(days, (True, False), strict=True)
    ]
    (found,) = checks_keys._use(loaded, "tls", keys)
    assert (found.grade, found.text) == (grade, f"certificate that is shown, {days[0]} days left")
    assert found.mend.endswith(act)


def test_a_revoked_key_is_told_and_does_not_count(run, node):
    config, secret = str(node / "config.toml"), node / "identity-passphrase"
    secret.write_text("signs the card\n")
    secret.chmod(0o600)
    identity = ("--identity-passphrase-file", str(secret))
    revoked = run("--config", config, "keys", "revoke", "message-1.key", "--yes", *identity)
    assert revoked.code == 0, revoked.err
    texts = [(item["subject"], item["text"]) for item in findings(doctor(run, node), "ok")]
    assert ("message key", "1 on the card, 364 days left") in texts
    assert [text for subject, text in texts if subject == "card" and "is revoked from" in text]
    (node / "keys" / "message-2.key").unlink()
    assert the_only(doctor(run, node), "fail", "message key")


def test_a_name_that_cannot_be_resolved_is_told_also_without_the_node(run, node, tmp_path):
    found = checks_node._resolved("kh/molvt", "https://no-such-host.invalid:8470")
    assert (found.grade, found.subject) == ("warn", "kh/molvt")
    assert "no-such-host.invalid cannot be resolved" in found.text
    assert "name servers" in found.mend


STATUS = {"store": "ok", "alarms": [], "peers": []}
PEER = {"node": "kh/molvt", "enabled": True, "failures": 0, "last_contact": "2026-09-21T14:13:20Z"}
REACHED = {
    "peer": "kh/molvt",
    "address": "https://gateway.example:8470",
    "resolved": ["192.0.2.7"],
    "reached": True,
    "version": "0.0.9",
    "milliseconds": 12,
    "problem": None,
}


@pytest.fixture
def answered(desk, made):
    """A desk whose node has keys and a database, and answers as a test says."""
    shutil.copytree(made.jp.folder / "keys", desk.config.parent / "keys")
    shutil.copy(made.jp.database, desk.config.parent / "data" / "gateway.db")
    desk.config.write_text((made.jp.folder / "config.toml").read_text())
    shutil.copy(made.jp.folder / "passphrase", desk.config.parent / "passphrase")

    def answer(status=STATUS, health=None, checked=()):
        desk.answers["/v1/status"] = (200, status)
        desk.answers["/v1/health"] = (200, {"status": "pass", "checks": health or {}})
        desk.answers["/v1/peers/check"] = (200, {"items": list(checked)})
        return desk.config.parent

    return answer


def test_a_peer_that_answers_is_told_with_its_version_beside_ours(run, answered):
    node = answered({**STATUS, "peers": [PEER]}, checked=[REACHED])
    finished = doctor(run, node)
    assert finished.code == 0, finished.out
    first, second = [
        item["text"] for item in findings(finished, "ok") if item["subject"] == "kh/molvt"
    ]
    assert first == "last contact: 2026-09-21T14:13:20Z"
    assert "answers in 12 ms over TLS 1.3" in second
    assert "it runs 0.0.9, this node " in second


def test_a_peer_that_is_not_reached_is_a_warning_with_its_cause(run, answered):
    problem = "kh/molvt at https://gateway.example:8470 ended the connection"
    lost = REACHED | {"reached": False, "version": None, "problem": problem}
    finished = doctor(run, answered({**STATUS, "peers": [PEER]}, checked=[lost]))
    found = the_only(finished, "warn", "kh/molvt")
    assert found["text"] == f"{REACHED['address']} (192.0.2.7): ended the connection"
    assert "open-the-firewall" in found["mend"]


ADDRESS = REACHED["address"]


@pytest.mark.parametrize(
    ("problem", "text", "mend"),
    [
        (pinned_connector.pin_text("kh/molvt", ADDRESS), "shows a certificate", "peers confirm"),
        ("no TLS to kh/molvt is possible: ValueError", "no TLS", "clocks"),
        (f"kh/molvt at {ADDRESS} ended the connection with the TLS alert X", "ended", "clocks"),
        (f"kh/molvt at {ADDRESS} gave no answer: Connection refused", "gave", "open-the-firewall"),
        ("no answer within 15 seconds", "no answer", "open-the-firewall"),
    ],
)
def test_the_mend_fits_the_trouble_and_the_address_stands_once(problem, text, mend):
    found = checks_node._address(REACHED | {"reached": False, "problem": problem})
    assert found.text.startswith(f"{ADDRESS} (192.0.2.7): {text}")
    assert found.text.count(ADDRESS) == 1
    assert mend in found.mend


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"failures": 4}, "not reached in 4 tries"),
        ({"clock_offset": 83.0}, "its clock is 83 s ahead of ours"),
        ({"clock_offset": -83.0}, "its clock is 83 s behind ours"),
        ({"held": 2}, "2 held"),
    ],
)
def test_what_is_not_well_with_a_peer_is_told_in_words(run, answered, changes, words):
    node = answered({**STATUS, "peers": [PEER | changes]}, checked=[REACHED])
    found = the_only(doctor(run, node), "warn", "kh/molvt")
    assert words in found["text"]
    assert ("time service" in found["mend"]) is ("clock" in words)


def test_a_disabled_peer_is_not_tried(run, answered):
    finished = doctor(run, answered({**STATUS, "peers": [PEER | {"enabled": False}]}))
    assert finished.code == 0
    (skipped,) = findings(finished, "skip")
    assert skipped["mend"].endswith("peers enable kh/molvt")


def test_what_the_node_finds_wrong_with_itself_is_told_with_its_reason(run, answered):
    node = answered(
        {**STATUS, "peers": [PEER]},
        health={
            "store:writes": [{"status": "pass"}],
            "evidence:chains": [{"status": "fail", "output": "broken: local"}],
            "peer:kh/molvt:link": [{"status": "warn", "output": "told below"}],
            "keys:card-days-left": [{"status": "warn", "output": "told above"}],
            "keys:certificate-days-left": [{"status": "warn", "output": "ends soon"}],
        },
        checked=[REACHED],
    )
    found = findings(doctor(run, node))
    assert [(item["status"], item["subject"], item["mend"]) for item in found] == [
        ("fail", "node", "broken: local"),
        ("warn", "node", "ends soon"),
    ]


def test_alarms_are_told_with_the_command_that_lists_them(run, answered):
    alarms = [{"kind": "held"}, {"kind": "held"}, {"kind": "restored"}]
    found = findings(doctor(run, answered({**STATUS, "alarms": alarms, "peers": [PEER]})))
    assert [(item["subject"], item["text"]) for item in found] == [("alarms", "held, restored")]
    assert found[0]["mend"].endswith(" alarms")


def test_a_node_without_peers_is_told_how_to_add_one(run, answered):
    assert "peers add CARD" in the_only(doctor(run, answered()), "warn", "peers")["mend"]


@pytest.mark.parametrize(
    ("name", "subject", "mend"),
    [("keys", "keys", "restore the keys"), ("passphrase", "passphrase", "put the file back")],
)
def test_what_is_not_there_is_told_with_what_to_do(run, node, name, subject, mend):
    (node / name).rename(node / "elsewhere")
    found = [item for item in findings(doctor(run, node)) if item["subject"] == subject]
    assert "does not exist" in found[0]["text"]
    assert mend in found[0]["mend"]


def test_people_see_each_line_with_its_way_to_mend_it(run, node):
    finished = run("--config", str(node / "config.toml"), "doctor")
    assert finished.code == 10
    assert "\nwarn  node           the node is not running\n" in finished.out
    assert "      mend: " in finished.out


def test_nothing_was_changed_by_looking(run, node):
    before = backup.digest_of(node / "data" / "gateway.db")
    keys = {path: path.read_bytes() for path in (node / "keys").iterdir()}
    doctor(run, node)
    assert backup.digest_of(node / "data" / "gateway.db") == before
    assert {path: path.read_bytes() for path in (node / "keys").iterdir()} == keys


def test_how_far_the_holidays_are_known_is_said(run, node):
    well = findings(doctor(run, node), "ok")
    (found,) = [each for each in well if each["subject"] == "calendars"]
    assert found["text"] == "holidays are known: jp through 2027, kh through 2027"


def test_an_unknown_memorandum_is_what_is_not_well(run, node):
    path = node / "config.toml"
    path.write_text(path.read_text().replace("kh-jp/2019", "kh-jp/2020"))
    found = the_only(doctor(run, node), "fail", "memoranda")
    assert "moc-ssw/kh-jp/2020 is unknown here" in found["text"]
