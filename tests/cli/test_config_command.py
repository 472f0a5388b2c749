"""`gateway config`: what is in force and why, and every fault at once."""

import json

import jsonschema_rs
import pytest

from gateway.config import load


def test_a_sound_configuration_is_said_to_be_so(run, config):
    finished = run("--config", str(config), "config", "check")
    assert (finished.code, finished.out, finished.err) == (0, f"{config} is valid\n", "")


def test_variables_that_stand_in_for_the_file_are_named(run, config):
    finished = run("--config", str(config), "config", "check", GATEWAY_LOG_LEVEL="debug")
    assert finished.code == 0
    assert "the environment stands in for it: GATEWAY_LOG_LEVEL" in finished.err
    told = run("--config", str(config), "config", "check", "--json", GATEWAY_LOG_LEVEL="debug")
    assert told.json() == {
        "config": str(config),
        "valid": True,
        "variables": ["GATEWAY_LOG_LEVEL"],
    }


def test_faults_of_file_and_environment_are_told_together_and_change_nothing(run, config):
    text = config.read_text().replace('level = "info"', 'level = "loud"')
    config.write_text(text)
    finished = run(
        "--config",
        str(config),
        "config",
        "check",
        GATEWAY_LIMITS_IN_FLIGHT="many",
        GATEWAY_PASSPHRASE="correct horse",
    )
    line = 1 + text[: text.index("level =")].count("\n")
    assert finished.code == 3
    assert f"{config}:{line}: log.level must be" in finished.err
    assert "GATEWAY_LIMITS_IN_FLIGHT: limits.in_flight must be a whole number" in finished.err
    assert "GATEWAY_PASSPHRASE: is not a setting" in finished.err
    assert "correct horse" not in finished.out + finished.err
    assert config.read_text() == text


def test_what_is_shown_is_a_configuration_that_says_the_same(run, config, tmp_path):
    shown = run("--config", str(config), "config", "show", GATEWAY_LIMITS_IN_FLIGHT="7")
    again = tmp_path / "again.toml"
    again.write_text(shown.out)
    ours = load(config, {"GATEWAY_LIMITS_IN_FLIGHT": "7"})
    theirs = load(again, {})
    for name in ("node", "paths", "control", "passphrase", "delivery", "limits", "log"):
        assert getattr(theirs, name) == getattr(ours, name)


def test_each_value_is_shown_with_the_place_it_comes_from(run, config):
    text = config.read_text()
    line = 1 + text[: text.index("name =")].count("\n")
    finished = run("--config", str(config), "config", "show", "--origin", GATEWAY_LOG_LEVEL="debug")
    lines = {each.partition(" ")[0]: each.partition("  # ")[2] for each in finished.out.split("\n")}
    assert lines["node.name"] == f"{config}:{line}"
    assert lines["log.level"] == "GATEWAY_LOG_LEVEL"
    assert "# control.group is not set" in finished.out


def test_a_default_is_called_one(run, config):
    config.write_text('[node]\nname = "jp/isa"\nenvironment = "test"\n')
    told = run("--config", str(config), "config", "show", "--origin", "--json").json()
    assert told["limits"]["in_flight"] == {"value": 4, "origin": "default", "place": None}
    assert told["node"]["name"] == {"value": "jp/isa", "origin": "file", "place": f"{config}:2"}
    plain = run("--config", str(config), "config", "show", "--json").json()
    assert plain["limits"]["in_flight"] == 4


@pytest.mark.parametrize("arguments", [["config", "schema"], ["config", "schema", "--json"]])
def test_the_schema_is_printed_without_any_configuration(run, tmp_path, root, arguments):
    finished = run("--config", str(tmp_path / "none.toml"), *arguments)
    assert finished.out.encode() == (root / "schemas/config.schema.json").read_bytes()
    jsonschema_rs.meta.validate(json.loads(finished.out))


def test_a_new_node_and_the_demo_take_no_notice_of_variables(run, tmp_path):
    (tmp_path / "passphrase").write_text("one\n")
    (tmp_path / "identity").write_text("another\n")
    for name in ("passphrase", "identity"):
        (tmp_path / name).chmod(0o600)
    elsewhere = {"GATEWAY_PATHS_KEYS": str(tmp_path / "k"), "GATEWAY_PATHS_DATA": str(tmp_path)}
    made = run(
        *("init", "--node", "jp/isa", "--name", "Office", "--environment", "test"),
        *("--address", "https://127.0.0.1:18499", "--folder", str(tmp_path / "jp")),
        *("--passphrase-file", str(tmp_path / "passphrase")),
        *("--identity-passphrase-file", str(tmp_path / "identity")),
        **elsewhere,
    )
    assert made.code == 0, made.err
    assert (tmp_path / "jp/keys/card.json").is_file()
    assert not (tmp_path / "k").exists()
    played = run("demo", "--once", "--folder", str(tmp_path / "demo"), **elsewhere)
    assert played.code == 0, played.err
    assert "GATEWAY_PATHS_KEYS is left out" in played.err
    assert (tmp_path / "demo/jp/keys/card.json").is_file()
    assert not (tmp_path / "k").exists()


def test_a_memorandum_that_nobody_knows_is_named_with_the_known_ones(run, config):
    config.write_text(
        '[node]\nname = "jp/isa"\nenvironment = "test"\nprofiles = ["moc-ssw/vn-jp/2019"]\n'
    )
    finished = run("--config", str(config), "config", "check")
    assert (finished.code, finished.out) == (3, "")
    assert "[node] profiles: moc-ssw/vn-jp/2019 is unknown here; known are moc" in finished.err


def test_a_calendar_that_is_broken_is_named_with_its_place(run, config):
    folder = config.parent / "calendars"
    folder.mkdir()
    (folder / "kh.json").write_text('{"country": "kh"}')
    text = config.read_text()
    config.write_text(text.replace("[paths]\n", '[paths]\ncalendars = "calendars"\n'))
    finished = run("--config", str(config), "config", "check")
    assert (finished.code, finished.out) == (3, "")
    assert "calendars/kh.json#/utc_offset" in finished.err
