"""Configuration: defaults, and every fault named by file, line, key and what is allowed."""

import dataclasses
import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import resources
from gateway.config import Address, Environment, LogLevel, load, with_values
from gateway.config.lines import line_of
from gateway.errors import ExitCode, InvalidError, NotFoundError
from gateway.passphrase import PassphraseSource, SourceKind

MINIMAL = '[node]\nname = "kh/molvt"\nenvironment = "test"\n'


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "config.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def problem_of(path):
    with pytest.raises(InvalidError) as caught:
        load(path)
    assert caught.value.exit_code is ExitCode.INVALID
    (problem,) = caught.value.problems
    return problem


def test_the_example_shows_exactly_the_defaults(written):
    example = load(written(resources.example_config()))
    minimal = load(written('[node]\nname = "jp/isa"\nenvironment = "test"\n'))
    assert example == minimal


def test_the_example_shows_every_setting_that_the_schema_allows(root):
    text = (root / "config.toml").read_text()
    document = tomllib.loads(text)
    # What is commented out counts as shown.
    switched_on = tomllib.loads(
        with_values(
            text,
            {
                "control.group": "gateway",
                "passphrase.file": "passphrase",
                "passphrase.descriptor": 3,
                "passphrase.credential": "gateway-passphrase",
                "notify.command": ["/usr/local/bin/tell-the-office"],
                "folder.path": "exchange",
                "paths.calendars": "calendars",
                "publication.folder": "public",
                "publication.address": "https://www.example.go.jp/ssw",
            },
        )
    )
    schema = settings_of_schema(root)
    assert set(document) == set(schema)
    assert {table: set(keys) for table, keys in switched_on.items()} == schema


def settings_of_schema(root):
    schema = json.loads((root / "schemas/config.schema.json").read_text())
    return {table: set(part["properties"]) for table, part in schema["properties"].items()}


def test_relative_paths_start_at_the_folder_of_the_file(written, tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    config = load(
        written(
            MINIMAL
            + '[paths]\ndata = "d"\nkeys = "/k"\ncalendars = "c"\n'
            + '[passphrase]\nfile = "secret"\n'
        )
    )
    assert config.source == tmp_path / "config.toml"
    assert config.paths.data == tmp_path / "d"
    assert str(config.paths.keys) == "/k"
    assert config.paths.calendars == tmp_path / "c"
    assert config.control.socket == tmp_path / "d" / "control.sock"
    assert config.passphrase == PassphraseSource(SourceKind.FILE, str(tmp_path / "secret"))


def test_values_arrive_in_our_types(written):
    config = load(
        written(
            MINIMAL
            + 'profiles = ["moc-ssw/kh-jp/2019", "moc-ssw/jp-vn/2019"]\n'
            + '[peer_port]\nlisten = "[::1]:0"\n[log]\nlevel = "debug"\n'
            + "[delivery]\nretry_base_seconds = 0.05\nretry_cap_seconds = 1\n"
            + '[control]\nsocket = "/run/g/s"\ngroup = "gateway"\n[passphrase]\ndescriptor = 3\n'
        )
    )
    assert config.node.environment is Environment.TEST
    assert config.node.profiles == ("moc-ssw/kh-jp/2019", "moc-ssw/jp-vn/2019")
    assert config.peer_port == Address("::1", 0)
    assert str(config.peer_port) == "[::1]:0"
    assert config.log.level is LogLevel.DEBUG
    assert config.delivery.retry_base_seconds == 0.05
    assert config.control.group == "gateway"
    assert config.passphrase == PassphraseSource(SourceKind.DESCRIPTOR, "3")


FAULTS = [
    # text, line, words that the problem has
    ('[node]\nname = "jp/isa"\n', 1, "node.environment is missing"),
    ('[node]\nenvironment = "test"\n', 1, "node.name is missing"),
    ("", 1, "node is missing"),
    ('[node]\nname = "JP/isa"\nenvironment = "test"\n', 2, "node.name must be a node name"),
    ('[node]\nname = "jp/isa\\n"\nenvironment = "test"\n', 2, "node.name must be a node name"),
    (MINIMAL.replace('"test"', '"demo"'), 3, 'must be "production" or "test"'),
    (MINIMAL + 'profile = "x"\n', 4, "node.profile is not a setting; allowed here: name,"),
    (MINIMAL + "[nodes]\nx = 1\n", 4, "nodes is not a setting; allowed here: node,"),
    (MINIMAL + "profiles = []\n", 4, "node.profiles must be a list"),
    (MINIMAL + 'profiles = [\n "a/b",\n "B",\n]\n', 4, "node.profiles must be a profile name"),
    (MINIMAL + "\n[limits]\n\nin_flight = 0\n", 7, "limits.in_flight must be a whole number"),
    (MINIMAL + "[limits]\nin_flight = 4.5\n", 5, "limits.in_flight must be a whole number"),
    (MINIMAL + "[limits]\nin_flight = true\n", 5, "limits.in_flight must be a whole number"),
    (MINIMAL + "[limits]\nin_flight = 99999999999999999999\n", 5, "limits.in_flight must be"),
    (MINIMAL + "[limits]\nin_flight = 2026-01-05\n", 5, "limits.in_flight must be a whole number"),
    (MINIMAL + "[delivery]\nretry_cap_seconds = inf\n", 5, "delivery.retry_cap_seconds must be"),
    (MINIMAL + "[delivery]\nretry_cap_seconds = nan\n", 5, "delivery.retry_cap_seconds must be"),
    (
        MINIMAL + "[delivery]\nretry_base_seconds = 5\nretry_cap_seconds = 4\n",
        6,
        "must not be below delivery.retry_base_seconds",
    ),
    (MINIMAL + '[folder]\npath = "data"\n', 5, "neither paths.data"),
    (MINIMAL + '[folder]\npath = "data/exchange"\n', 5, "neither paths.data"),
    (MINIMAL + '[folder]\npath = "x/../keys/x"\n', 5, "neither paths.keys"),
    (MINIMAL + '[publication]\nfolder = "keys"\n', 5, "publication.folder must be neither paths"),
    (
        MINIMAL + '[folder]\npath = "x"\n[publication]\nfolder = "x/public"\n',
        7,
        "publication.folder must be neither folder.path",
    ),
    (MINIMAL + '[publication]\naddress = "www.example.go.jp"\n', 5, "must be an address such as"),
    (MINIMAL + '[publication]\naddress = "https://a.example/"\n', 5, "without a slash at its end"),
    (MINIMAL + '[publication]\nautomatic = ["inquiry.request"]\n', 5, "a type that is made public"),
    (
        MINIMAL + '[paths]\ndata = "d"\nkeys = "exchange/keys"\n[folder]\npath = "exchange"\n',
        8,
        "neither paths.keys",
    ),
    (MINIMAL + "limits = 3\n", 4, "node.limits is not a setting"),
    ("limits = 3\n" + MINIMAL, 1, "limits must be a table"),
    (MINIMAL + '[peer_port]\nlisten = "localhost:1"\n', 5, "must be an IP address and a port"),
    (MINIMAL + '[peer_port]\nlisten = "127.0.0.1"\n', 5, "must be an IP address and a port"),
    (MINIMAL + '[peer_port]\nlisten = "127.0.0.1:65536"\n', 5, "must be an IP address"),
    (MINIMAL + '[admin]\nlisten = "::1:80"\n', 5, "admin.listen must be an IP address"),
    (MINIMAL + '[passphrase]\nfile = "a"\nprompt = true\n', 4, "exactly one of file,"),
    (MINIMAL + "[passphrase]\n", 4, "exactly one of file,"),
    (MINIMAL + "[passphrase]\nprompt = false\n", 5, "passphrase.prompt must be true"),
    (MINIMAL + "[passphrase]\ndescriptor = 1\n", 5, "passphrase.descriptor must be the number"),
    (MINIMAL + '[passphrase]\ncredential = "../x"\n', 5, "passphrase.credential must be the name"),
    (MINIMAL + '[paths]\ndata = "a\\u0000b"\n', 5, "paths.data must be the path of a folder"),
    (MINIMAL + "[log]\nlevel = loud\n", 5, "is not TOML: Invalid value"),
    (MINIMAL + 'name = "x"\n', 4, "is not TOML"),
    (MINIMAL + "[log\n", 4, "is not TOML"),
    (MINIMAL + 'x = """\n\n', 5, "is not TOML"),
    (MINIMAL.encode() + b"# \xff\n", 4, "must be UTF-8 text"),
    (MINIMAL + 'node.extra = 1\n[log]\nlevel = "info"\n', 4, "node.node is not a setting"),
    ('log.level = "loud"\n' + MINIMAL, 1, "log.level must be"),
    (MINIMAL + '["log"]\n"level" = "loud"\n', 5, "log.level must be"),
]


@pytest.mark.parametrize(("text", "line", "words"), FAULTS)
def test_a_fault_is_named_by_file_line_and_what_is_allowed(written, text, line, words):
    path = written(text)
    problem = problem_of(path)
    assert problem.where == f"{path}:{line}"
    assert words in problem.text


def test_all_faults_are_told_at_once(written):
    with pytest.raises(InvalidError) as caught:
        load(written('[node]\nname = 1\n[log]\nlevel = "loud"\ncolour = 1\n'))
    assert len(caught.value.problems) == 4


def test_no_fault_repeats_the_value(written):
    problem = problem_of(written(MINIMAL + '[passphrase]\nfile = ["correct horse"]\n'))
    assert "correct horse" not in problem.text


def test_a_missing_file_is_not_found_and_a_folder_is_not_read(tmp_path):
    with pytest.raises(NotFoundError, match="no configuration at"):
        load(tmp_path / "config.toml")
    with pytest.raises(InvalidError, match="cannot be read"):
        load(tmp_path)


def test_a_file_of_another_size_is_not_a_configuration(written):
    with pytest.raises(InvalidError, match="larger than"):
        load(written("#" * 300_000))


def test_the_configuration_cannot_be_changed(written):
    config = load(written(MINIMAL))
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.limits.in_flight = 1


def test_a_new_configuration_keeps_the_comments_of_the_example(written):
    text = with_values(
        resources.example_config(),
        {
            "node.name": "kh/molvt",
            "node.profiles": ["moc-ssw/kh-jp/2019"],
            "peer_port.listen": "127.0.0.1:0",
            "passphrase.prompt": None,
            "passphrase.file": 'a "quoted" \\ name',
        },
    )
    config = load(written(text))
    assert config.node.name == "kh/molvt"
    assert config.peer_port.port == 0
    assert config.passphrase.value.endswith('/a "quoted" \\ name')
    assert text.count("\n") == resources.example_config().count("\n")


def test_a_setting_that_the_example_lacks_cannot_be_given():
    with pytest.raises(NotFoundError, match=r"node\.colour"):
        with_values(resources.example_config(), {"node.colour": "red"})


MULTILINE = """\
a = '''
[node]
'''
b = [
  "]", # [
  {x = 1},
]
[node] # the node
"name" = \"\"\"
environment = 1
\"\"\"
environment = "test"
[log]
level.x = 1
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 1),
        (("b",), 4),
        (("node",), 8),
        (("node", "name"), 9),
        (("node", "environment"), 12),
        (("node", "absent"), 8),
        (("log", "level", "x"), 14),
        (("absent",), 1),
    ],
)
def test_the_line_of_a_setting_is_found_past_values_of_many_lines(path, line):
    tomllib.loads(MULTILINE)
    assert line_of(MULTILINE, path) == line


@given(st.text())
def test_no_text_breaks_the_search_for_a_line(text):
    assert 1 <= line_of(text, ("node", "name")) <= max(1, len(text.splitlines()))


HOSTILE = ["0" * 99_999, "a." * 50_000, " " * 99_999 + "x", "[ " * 50_000, 'a="' + '\\"' * 50_000]


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_makes_the_search_for_a_line_slow(text):
    assert line_of(text, ("node", "name")) == 1
