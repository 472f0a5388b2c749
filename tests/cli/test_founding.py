"""`init`, `keys`, `peers`, `config`, `doctor`: everything that works without a running node."""

import re
from pathlib import Path

import pytest

from gateway import config as configuration
from gateway.cli import new_node, peers
from gateway.envelope import fingerprint, read_card
from gateway.errors import VerificationError

DIGITS = re.compile(r"(\d{5} ){11}\d{5}\n")


@pytest.fixture(scope="session")
def founded(tmp_path_factory):
    """Two nodes that were made and never started."""
    folder = tmp_path_factory.mktemp("nodes")
    for name, node, port in (("jp", "jp/isa", 21001), ("kh", "kh/molvt", 21002)):
        plan = new_node.Plan(
            node=node,
            environment="test",
            names={"en": f"Office of {node}"},
            organisations=(node,),
            address=f"https://127.0.0.1:{port}",
            listen=f"127.0.0.1:{port}",
            admin=f"127.0.0.1:{port + 100}",
            passphrase_file="passphrase",
            passphrase=b"one",
            identity_passphrase=b"two",
            files={"passphrase": b"one\n"},
        )
        new_node.make(folder / name, plan)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def secret(path: Path, text: str) -> str:
    path.write_text(text + "\n")
    path.chmod(0o600)
    return str(path)


@pytest.fixture
def init(run, tmp_path):
    """`gateway init` with everything right but for what the test changes."""

    def init(**changed):
        given = {
            "node": "jp/isa",
            "name": "Immigration Services Agency",
            "address": "https://127.0.0.1:21003",
            "environment": "test",
            "folder": str(tmp_path / "jp"),
            "passphrase-file": secret(tmp_path / "p1", "one"),
            "identity-passphrase-file": secret(tmp_path / "p2", "two"),
        } | {name.replace("_", "-"): value for name, value in changed.items()}
        options = [f"--{name}={value}" for name, value in given.items() if value is not None]
        return run("init", *options)

    return init


def test_init_makes_a_folder_that_only_its_owner_can_read(init, tmp_path):
    finished = init()
    assert finished.code == 0, finished.err
    assert DIGITS.fullmatch(finished.out)
    assert f"--config {tmp_path}/jp/config.toml serve" in finished.err
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "jp").rglob("*")}
    assert modes == {0o700, 0o600}
    names = {path.name for path in (tmp_path / "jp").iterdir()}
    assert names == {"config.toml", "keys", "data"}


def test_init_for_a_node_of_another_memorandum_names_that_one(init, tmp_path):
    folder = tmp_path / "np"
    finished = init(node="np/moless", name="Ministry of Labour", folder=str(folder))
    assert finished.code == 0, finished.err
    made = configuration.load(folder / "config.toml")
    assert made.node.profiles == ("moc-ssw/np-jp/2019",)
    (found,) = read_card((folder / "keys" / "card.json").read_bytes()).organisations
    assert (found.id, found.is_signatory) == ("np/moless", True)


@pytest.mark.parametrize(("node", "is_told"), [("jp/isa", True), ("kh/molvt", False)])
def test_init_says_how_a_peer_of_another_memorandum_is_added(init, node, is_told):
    finished = init(node=node)
    assert finished.code == 0, finished.err
    line = "for peers under moc-ssw/np-jp/2019: see docs/how-to/add-a-second-peer.md"
    assert (line in finished.err) is is_told
    assert Path("docs/how-to/add-a-second-peer.md").is_file()


def test_init_leaves_a_folder_that_is_there_as_it_is(init, tmp_path):
    (tmp_path / "jp").mkdir()
    (tmp_path / "jp" / "letter.txt").write_text("mine")
    before = contents(tmp_path / "jp")
    finished = init()
    assert (finished.code, finished.out) == (6, "")
    assert contents(tmp_path / "jp") == before


WRONG = {
    "node": ("Japan", 3),
    "address": ("http://127.0.0.1:80", 3),
    "environment": ("both", 2),
    "organisation": ("jp/nobody", 3),
    "listen": ("everywhere", 3),
    "passphrase_file": ("/none/at/all", 3),
}


@pytest.mark.parametrize(("name", "given"), WRONG.items(), ids=WRONG.keys())
def test_init_with_one_thing_wrong_makes_nothing(init, tmp_path, name, given):
    value, code = given
    finished = init(**{name: value})
    assert (finished.code, finished.out) == (code, "")
    assert {path.name for path in tmp_path.iterdir()} == {"p1", "p2"}


BAD = {
    "node": ("JP/ISA", "--node: must be a node name"),
    "name": ("", "--name: must be a text of 1 to 200"),
    "name_ja": ("x" * 201, "--name-ja: must be a text of 1 to 200"),
    "address": ("https://127.0.0.1:21003/a", "--address: must be https://host:port"),
    "listen": ("localhost:1", "--listen: must be an IP address and a port"),
    "admin": ("127.0.0.1:99999", "--admin: must be an IP address and a port"),
}


def test_init_names_every_wrong_option_at_once_and_no_file(init, tmp_path):
    finished = init(**{name: value for name, (value, _) in BAD.items()})
    assert (finished.code, finished.out) == (3, "")
    lines = finished.err.splitlines()
    assert len(lines) == 1 + len(BAD)
    for name, (_, words) in BAD.items():
        assert len([line for line in lines if line.startswith(f"  {words}")]) == 1, name
    assert ".tmp" not in finished.err
    assert not (tmp_path / "jp").exists()


@pytest.mark.parametrize(
    "address",
    [
        "https://gateway.example:99999",
        "https://gateway.example:0",
        "https://gateway.example",
        "https://[::1",
        "https://u:p@gateway.example:1",
        "https://Gateway.example:1",
        "https://gateway.example:1\n",
        "",
    ],
)
def test_init_names_an_address_that_no_peer_could_use_once(init, address):
    finished = init(address=address)
    assert finished.code == 3
    assert [line.partition(":")[0] for line in finished.err.splitlines()[1:]] == ["  --address"]


def test_init_listens_everywhere_only_for_the_name_of_a_host(init, tmp_path, run):
    assert init(address="https://gateway.example:21004").code == 0
    assert configuration.load(tmp_path / "jp/config.toml").peer_port.host == "0.0.0.0"
    assert "listens on all interfaces" in " ".join(run("init", "--help").out.split())


def test_init_refuses_one_passphrase_for_both_kinds_of_keys(init, tmp_path):
    assert init(identity_passphrase_file=str(tmp_path / "p1")).code == 3
    assert not (tmp_path / "jp").exists()


def test_init_refuses_a_passphrase_that_others_can_read(init, tmp_path):
    path = Path(secret(tmp_path / "open", "three"))
    path.chmod(0o644)
    finished = init(passphrase_file=str(path))
    assert finished.code == 3
    assert f"chmod 0600 '{path}'" in finished.err


def test_init_without_a_terminal_asks_for_no_passphrase(init, tmp_path):
    finished = init(passphrase_file=None)
    assert finished.code == 1
    assert "--passphrase-file" in finished.err
    assert not (tmp_path / "jp").exists()


def test_the_keys_are_listed_without_a_passphrase(run, founded):
    listed = run("--config", str(founded / "jp/config.toml"), "keys", "list", "--json").json()
    assert {key["use"] for key in listed["items"]} == {
        "identity",
        "message",
        "encryption",
        "store",
        "tls",
    }


def test_the_card_is_printed_byte_for_byte(run, founded):
    printed = run("--config", str(founded / "jp/config.toml"), "keys", "card")
    assert printed.out.encode() == (founded / "jp/keys/card.json").read_bytes()


def test_keys_that_others_can_read_are_refused(run, founded):
    path = founded / "kh/keys/message-1.key"
    path.chmod(0o640)
    try:
        finished = run("--config", str(founded / "kh/config.toml"), "keys", "list")
    finally:
        path.chmod(0o600)
    assert (finished.code, finished.out) == (3, "")
    assert f"chmod 0600 '{path}'" in finished.err


@pytest.fixture
def add(run, founded):
    def add(*arguments, card=None):
        config = str(founded / "jp/config.toml")
        file = card or str(founded / "kh/keys/card.json")
        return run("--config", config, "peers", "add", file, *arguments)

    return add


def peers_of(run, founded):
    return run("--config", str(founded / "jp/config.toml"), "peers", "list", "--json").json()


def test_a_peer_of_another_memorandum_needs_a_line_that_is_named(add, run, founded, tmp_path):
    plan = new_node.Plan(
        node="np/moless",
        environment="test",
        names={"en": "Ministry of Labour"},
        organisations=("np/moless",),
        address="https://127.0.0.1:21004",
        listen="127.0.0.1:21004",
        admin="127.0.0.1:21104",
        passphrase_file="passphrase",
        passphrase=b"one",
        identity_passphrase=b"two",
        files={"passphrase": b"one\n"},
    )
    digits = new_node.make(tmp_path / "np", plan).fingerprint
    card = str(tmp_path / "np/keys/card.json")
    finished = add("--fingerprint", digits, card=card)
    assert finished.code == 7
    config = founded / "jp/config.toml"
    both = '["moc-ssw/kh-jp/2019", "moc-ssw/np-jp/2019"]'
    assert "does not speak under moc-ssw/np-jp/2019, the memorandum with np/moless" in finished.err
    assert f"write profiles = {both} below [node] in {config}" in finished.err
    before = config.read_text(encoding="utf-8")
    try:
        config.write_text(before.replace('["moc-ssw/kh-jp/2019"]', both), encoding="utf-8")
        assert add("--fingerprint", digits, card=card).code == 0
    finally:
        config.write_text(before, encoding="utf-8")


WRONG_DIGITS = ["", "1", "0" * 60, "12345 " * 12, "-" * 60]


@pytest.mark.parametrize("digits", WRONG_DIGITS)
def test_another_fingerprint_adds_no_peer(add, run, founded, digits):
    before = peers_of(run, founded)
    finished = add("--fingerprint", digits)
    assert (finished.code, finished.out) == (8, "")
    assert peers_of(run, founded) == before


def test_a_fingerprint_nobody_typed_adds_no_peer(add):
    finished = add()
    assert finished.code == 1
    assert "--fingerprint" in finished.err


def test_a_card_that_was_changed_adds_no_peer(add, tmp_path, founded):
    raw = (founded / "kh/keys/card.json").read_text()
    changed = tmp_path / "card.json"
    changed.write_text(raw.replace('"payload":"ey', '"payload":"eyA', 1))
    assert add("--fingerprint", "0" * 60, card=str(changed)).code == 8


@pytest.mark.parametrize(("content", "code"), [(b"", 8), (b"{}", 8), (b"\xff" * 300_000, 8)])
def test_what_is_no_card_adds_no_peer(add, tmp_path, content, code):
    path = tmp_path / "card.json"
    path.write_bytes(content)
    assert add("--fingerprint", "0" * 60, card=str(path)).code == code


def test_a_card_file_that_is_not_there_ends_with_exit_4(add):
    assert add("--fingerprint", "0" * 60, card="none.json").code == 4


def test_a_confirmed_peer_is_listed_and_can_be_disabled(add, run, founded):
    jp, kh = (("--config", str(founded / f"{name}/config.toml")) for name in ("jp", "kh"))
    digits = run(*kh, "keys", "fingerprint").out
    added = add("--fingerprint", digits.replace(" ", "-"))
    assert added.code == 0, added.err
    again = add("--fingerprint", digits)
    assert again.code == 6
    assert f"peers confirm {founded}/kh/keys/card.json" in again.err
    shown = run(*jp, "peers", "show", "kh/molvt", "--json").json()
    assert (shown["node"], shown["enabled"]) == ("kh/molvt", True)
    assert shown["fingerprint"] == digits.strip()
    assert run(*jp, "peers", "disable", "kh/molvt").code == 0
    assert "disabled" in run(*jp, "peers", "list").out
    assert run(*jp, "peers", "enable", "kh/molvt").code == 0
    assert run(*jp, "peers", "disable", "th/nobody").code == 4
    assert run(*jp, "peers", "show", "th/nobody").code == 4


def test_another_identity_of_a_known_peer_is_not_offered_for_confirming(
    add, run, tmp_path, founded
):
    digits = run("--config", str(founded / "kh/config.toml"), "keys", "fingerprint").out
    add("--fingerprint", digits)
    plan = new_node.Plan(
        node="kh/molvt",
        environment="test",
        names={"en": "Somebody else"},
        organisations=("kh/molvt",),
        address="https://127.0.0.1:21002",
        listen="127.0.0.1:21002",
        admin="127.0.0.1:21102",
        passphrase_file=None,
        passphrase=b"one",
        identity_passphrase=b"two",
    )
    other = new_node.make(tmp_path / "other", plan)
    card = str(tmp_path / "other/keys/card.json")
    finished = add("--fingerprint", other.fingerprint, card=card)
    assert (finished.code, finished.out) == (6, "")
    assert "another identity" in finished.err
    assert "peers confirm" not in finished.err


def test_the_own_card_is_no_peer(add, founded, run):
    digits = run("--config", str(founded / "jp/config.toml"), "keys", "fingerprint").out
    card = str(founded / "jp/keys/card.json")
    finished = add("--fingerprint", digits, card=card)
    assert (finished.code, finished.out) == (6, "")
    assert "own card" in finished.err


@pytest.mark.parametrize("script", ["0123456789", "０１２３４５６７８９", "០១២៣៤៥៦៧៨៩"])
def test_a_fingerprint_may_be_typed_in_the_digits_of_any_of_the_languages(founded, script):
    card = read_card((founded / "kh/keys/card.json").read_bytes())
    typed = fingerprint(card.identity).translate(str.maketrans("0123456789", script))
    peers.compare(card, typed)
    with pytest.raises(VerificationError):
        peers.compare(card, typed[:-1])


def test_no_peers_are_said_to_be_none(run, founded):
    finished = run("--config", str(founded / "kh/config.toml"), "peers", "list")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err.startswith("no peers yet")


def test_a_wrong_passphrase_changes_no_peer(add, run, founded):
    before = peers_of(run, founded)
    passphrase = founded / "jp/passphrase"
    passphrase.write_text("wrong\n")
    try:
        digits = run("--config", str(founded / "kh/config.toml"), "keys", "fingerprint").out
        finished = add("--fingerprint", digits)
    finally:
        passphrase.write_text("one\n")
    assert finished.code == 3
    assert peers_of(run, founded) == before


def test_config_show_gives_every_setting_in_force(run, founded):
    shown = run("--config", str(founded / "jp/config.toml"), "config", "show", "--json").json()
    settings = configuration.load(founded / "jp/config.toml")
    assert shown["node"]["name"] == settings.node.name
    assert shown["paths"]["keys"] == str(settings.paths.keys)
    assert "one" not in shown["passphrase"].values()


def test_the_doctor_says_how_to_start_a_node_that_is_down(run, founded):
    config = founded / "jp/config.toml"
    finished = run("--config", str(config), "doctor")
    assert finished.code == 10, finished.out
    assert f"--config {config} serve" in finished.out


def test_the_doctor_fails_without_a_data_folder(run, founded):
    data = founded / "kh/data"
    data.rename(founded / "kh/elsewhere")
    try:
        finished = run("--config", str(founded / "kh/config.toml"), "doctor")
    finally:
        (founded / "kh/elsewhere").rename(data)
    assert finished.code == 1
    assert f"{data} is not there" in finished.out


def test_the_doctor_fails_on_a_key_that_others_can_read(run, founded):
    path = founded / "jp/keys/store.key"
    path.chmod(0o604)
    try:
        finished = run("--config", str(founded / "jp/config.toml"), "doctor", "--json")
    finally:
        path.chmod(0o600)
    assert finished.code == 1
    (finding,) = [each for each in finished.json()["items"] if each["status"] == "fail"]
    assert finding["mend"] == f"chmod 0600 '{path}'"


def test_the_doctor_names_the_line_of_a_wrong_configuration(run, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text("[node]\nname = 'jp/isa'\ncolour = 'red'\nenvironment = 'test'\n")
    finished = run("--config", str(path), "doctor")
    assert finished.code == 1
    assert f"{path}:3" in finished.out


def test_the_types_are_listed_and_explained(run):
    listed = run("types", "--json").json()["items"]
    assert {"inquiry.request", "ping"} <= {row["type"] for row in listed}
    explained = run("types", "inquiry.request")
    assert explained.code == 0
    assert "questions.*.expected" in explained.out
    wrong = run("types", "inquiry.requests")
    assert wrong.code == 4
    assert "did you mean inquiry.request?" in wrong.err


@pytest.mark.parametrize("name", ["inquiry.request", "inquiry.answer", "problem.report", "ping"])
def test_a_template_is_a_body_of_its_type(run, name):
    from gateway import resources
    from gateway.catalogue import Catalogue

    body = run("template", name).json()
    Catalogue.from_files(resources.schema_files()).bodies.check(name, body, day="2026-09-21")


def test_a_file_that_is_no_card_is_named_with_what_a_card_is(run, founded, tmp_path):
    (tmp_path / "letter.txt").write_text("Dear colleagues")
    config = str(founded / "kh/config.toml")
    finished = run("--config", config, "peers", "add", str(tmp_path / "letter.txt"))
    assert finished.code == 8
    assert f"{tmp_path / 'letter.txt'} is no card" in finished.err
    assert "keys/card.json" in finished.err
