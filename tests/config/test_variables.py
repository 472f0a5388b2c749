"""Settings from the environment: named after the setting, checked like it, and never a secret."""

import re

import pytest

from gateway.config import Environment, LogLevel, load, load_with_places
from gateway.config.described import settings
from gateway.config.variables import FAMILIES, OTHERS
from gateway.errors import ExitCode, InvalidError
from gateway.passphrase import PassphraseSource, SourceKind

MINIMAL = '[node]\nname = "kh/molvt"\nenvironment = "test"\n'


@pytest.fixture
def written(tmp_path):
    def write(text=MINIMAL):
        path = tmp_path / "config.toml"
        path.write_text(text)
        return path

    return write


def problems_of(path, environment):
    with pytest.raises(InvalidError) as caught:
        load(path, environment)
    assert caught.value.exit_code is ExitCode.INVALID
    return {problem.where: problem.text for problem in caught.value.problems}


def test_no_two_settings_share_a_variable_and_none_is_taken():
    names = [each.variable for each in settings().values()]
    assert len(set(names)) == len(names)
    assert not set(names) & set(OTHERS)
    assert not [name for name in names if name.startswith(tuple(FAMILIES))]
    assert all(re.fullmatch(r"GATEWAY(_[A-Z]+)+", name) for name in names)


def test_every_variable_that_the_code_reads_is_known(root):
    known = {each.variable for each in settings().values()} | set(OTHERS)
    named = {
        found
        for path in (root / "gateway").rglob("*.py")
        for found in re.findall(r"\bGATEWAY_[A-Z][A-Z_]*[A-Z]\b", path.read_text("utf-8"))
    }
    assert named - known == {"GATEWAY_TIMEOUT"}  # a status of HTTP


# A value for each setting that differs from its default, and what it becomes.
VALUES = {
    "node.name": ("jp/isa", "jp/isa"),
    "node.environment": ("production", Environment.PRODUCTION),
    "node.profiles": ('["a/b", "c/d"]', ("a/b", "c/d")),
    "delivery.retry_base_seconds": ("0.5", 0.5),
    "delivery.retry_cap_seconds": ("60", 60),
    "delivery.batch_lines": ("8", 8),
    "delivery.batch_bytes": ("16384", 16384),
    "delivery.request_timeout_seconds": ("1", 1),
    "delivery.allow_private_addresses": ("true", True),
    "delivery.expiry_grace_days": ("0", 0),
    "limits.in_flight": ("8", 8),
    "limits.queue_bytes": ("4194305", 4194305),
    "limits.per_peer_connections": ("2", 2),
    "notify.command": ('["/bin/tell", "a,b"]', ("/bin/tell", "a,b")),
    "notify.timeout_seconds": ("5", 5),
    "folder.scan_seconds": ("0.2", 0.2),
    "log.level": ("debug", LogLevel.DEBUG),
    "control.group": ("gateway", "gateway"),
    "duties.reminders": ("false", False),
    "publication.address": ("https://www.example.go.jp", "https://www.example.go.jp"),
    "publication.automatic": ('["measure.notice"]', ("measure.notice",)),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_variable_stands_in_for_its_setting(written, name):
    table, _, key = name.partition(".")
    variable = settings()[table, key].variable
    text, value = VALUES[name]
    config = load(written(), {variable: text})
    assert getattr(getattr(config, table), key) == value
    assert type(getattr(getattr(config, table), key)) is type(value)


def test_the_other_settings_have_variables_too(written, tmp_path):
    config = load(
        written(MINIMAL + '[paths]\ndata = "d"\n[passphrase]\nprompt = true\n'),
        {
            "GATEWAY_PATHS_DATA": "/d",
            "GATEWAY_PATHS_KEYS": "k",
            "GATEWAY_PEER_PORT_LISTEN": "[::1]:1",
            "GATEWAY_ADMIN_LISTEN": "127.0.0.1:2",
            "GATEWAY_CONTROL_SOCKET": "s",
            "GATEWAY_FOLDER_PATH": "exchange",
            "GATEWAY_PUBLICATION_FOLDER": "public",
            "GATEWAY_PASSPHRASE_DESCRIPTOR": "3",
        },
    )
    assert (str(config.paths.data), config.paths.keys) == ("/d", tmp_path / "k")
    assert (str(config.peer_port), str(config.admin)) == ("[::1]:1", "127.0.0.1:2")
    assert (config.control.socket, config.folder.path) == (tmp_path / "s", tmp_path / "exchange")
    assert config.publication.folder == tmp_path / "public"
    # Only one way may be given: the one of the environment takes the place of the file's.
    assert config.passphrase == PassphraseSource(SourceKind.DESCRIPTOR, "3")


def test_every_setting_is_tried_above():
    others = {"paths", "peer_port", "admin", "passphrase"}
    left = {each.name for each in settings().values() if each.table not in others}
    in_the_file_s_folder = {"control.socket", "folder.path", "publication.folder"}
    assert left - VALUES.keys() == in_the_file_s_folder


def test_what_only_the_environment_says_need_not_stand_in_the_file(written):
    said = {"GATEWAY_NODE_NAME": "jp/isa", "GATEWAY_NODE_ENVIRONMENT": "test"}
    assert load(written(""), said) == load(written('[node]\nname="jp/isa"\nenvironment="test"\n'))


WRONG = [
    # variable, value, words of the problem
    ("GATEWAY_LIMITS_IN_FLIGHT", "many", "limits.in_flight must be a whole number"),
    ("GATEWAY_LIMITS_IN_FLIGHT", "", "limits.in_flight must be a whole number"),
    ("GATEWAY_LIMITS_IN_FLIGHT", "65", "from 1 to 64"),
    ("GATEWAY_LIMITS_IN_FLIGHT", "4.0", "limits.in_flight must be a whole number"),
    ("GATEWAY_LIMITS_IN_FLIGHT", "9" * 5000, "limits.in_flight must be a whole number"),
    ("GATEWAY_DELIVERY_RETRY_CAP_SECONDS", "NaN", "delivery.retry_cap_seconds must be a number"),
    ("GATEWAY_DELIVERY_ALLOW_PRIVATE_ADDRESSES", "yes", "must be true or false"),
    ("GATEWAY_PASSPHRASE_PROMPT", "false", "passphrase.prompt must be true"),
    ("GATEWAY_NODE_NAME", "", "node.name must be a node name"),
    ("GATEWAY_NODE_NAME", "jp/isa\n", "node.name must be a node name"),
    ("GATEWAY_NODE_PROFILES", "a/b,c/d", 'such as ["moc-ssw/kh-jp/2019"]'),
    ("GATEWAY_NODE_PROFILES", '["a/b", "B"]', "node.profiles must be a profile name"),
    ("GATEWAY_NOTIFY_COMMAND", "[" * 100_000, "notify.command must be a list"),
    ("GATEWAY_NOTIFY_COMMAND", '"/bin/tell"', "notify.command must be a list"),
    ("GATEWAY_PEER_PORT_LISTEN", "localhost:1", "must be an IP address and a port"),
    ("GATEWAY_LOG_LEVEL", "loud", '"debug", "info", "warning" or "error"'),
]


@pytest.mark.parametrize(("variable", "value", "words"), WRONG)
def test_a_wrong_value_is_named_by_its_variable_and_what_is_allowed(
    written, variable, value, words
):
    problems = problems_of(written(), {variable: value})
    assert list(problems) == [variable]
    assert words in problems[variable]


def test_a_fault_of_the_file_keeps_its_line_beside_a_variable_of_the_same_table(written):
    path = written(MINIMAL + "[limits]\ncolour = 1\n")
    assert list(problems_of(path, {"GATEWAY_LIMITS_IN_FLIGHT": "4"})) == [f"{path}:5"]
    path = written("limits = 3\n" + MINIMAL)
    assert list(problems_of(path, {"GATEWAY_LIMITS_IN_FLIGHT": "4"})) == [f"{path}:1"]


def test_two_ways_to_a_passphrase_are_named_by_their_variables(written):
    said = {"GATEWAY_PASSPHRASE_FILE": "a", "GATEWAY_PASSPHRASE_DESCRIPTOR": "3"}
    (where,) = problems_of(written(), said)
    assert sorted(where.split(", ")) == sorted(said)


STRANGE = [
    ("GATEWAY_LOG_LEVELS", "the nearest is GATEWAY_LOG_LEVEL"),
    ("GATEWAY_DELIVERY_BATCHLINES", "the nearest is GATEWAY_DELIVERY_BATCH_LINES"),
    ("GATEWAY_CONFIGURATION", "the nearest is GATEWAY_CONFIG"),
    ("GATEWAY_", "neither a setting nor another variable"),
    ("GATEWAY_PASSPHRASE", "never the value of a variable: GATEWAY_PASSPHRASE_FILE"),
    ("GATEWAY_IDENTITY_PASSPHRASE", "never the value of a variable"),
]


@pytest.mark.parametrize(("variable", "words"), STRANGE)
def test_a_variable_that_fits_no_setting_is_refused_without_its_value(written, variable, words):
    problems = problems_of(written(), {variable: "correct horse"})
    assert words in problems[variable]
    assert "correct horse" not in str(problems)


def test_the_other_variables_and_those_of_others_are_let_pass(written):
    said = dict.fromkeys(OTHERS, "x") | {f"{each}KIND": "x" for each in FAMILIES}
    said |= {"gateway_log_level": "x", "MY_GATEWAY_X": "x", "PATH": "x"}
    assert load(written(), said) == load(written(), {})


def test_the_environment_of_the_process_counts_unless_another_is_given(written, monkeypatch):
    monkeypatch.setenv("GATEWAY_LOG_LEVEL", "error")
    assert load(written()).log.level is LogLevel.ERROR
    assert load(written(), {}).log.level is LogLevel.INFO


def test_each_setting_is_found_where_it_was_said(written):
    path = written(MINIMAL + '[log]\nlevel = "debug"\n')
    loaded = load_with_places(path, {"GATEWAY_LOG_LEVEL": "error"})
    assert loaded.variables == {("log", "level"): "GATEWAY_LOG_LEVEL"}
    assert loaded.lines == {
        ("node", "name"): f"{path}:2",
        ("node", "environment"): f"{path}:3",
    }
