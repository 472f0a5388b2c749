"""What `deploy/` holds fits the program: names, labels, values, commands, paths and bounds."""

import configparser
import json
import re
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from gateway import resources
from gateway.cli.root import cli
from gateway.node.metrics import METRICS
from gateway.store.alarms import Alarm
from gateway.store.messages import State

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"

# A name, and the matchers after it if there are any.
SELECTOR = re.compile(r"\b((?:gateway|process)_\w+|up)\b(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"')
GROUPING = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
# Prometheus itself puts these on every sample.
FROM_PROMETHEUS = {"instance", "job"}
# Labels whose values are a closed list.
VALUES = {
    "state": {state.value for state in State},
    "direction": {"in", "out"},
    "file": {"database", "wal"},
    "port": {"peer", "control", "admin"},
    "kind": {kind.value for kind in Alarm},
}


def rules():
    document = yaml.safe_load((DEPLOY / "alerts.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def panels():
    return json.loads((DEPLOY / "dashboard.json").read_text("utf-8"))["panels"]


def targets():
    return [
        (f"{panel['title']} {target['refId']}", target["expr"])
        for panel in panels()
        for target in panel.get("targets", [])
    ]


EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in rules()] + targets()


@pytest.mark.parametrize("expr", [expr for _, expr in EXPRESSIONS], ids=[n for n, _ in EXPRESSIONS])
def test_every_name_and_label_of_an_expression_is_served(expr):
    found = SELECTOR.findall(expr)
    assert found
    known = set(FROM_PROMETHEUS)
    for name, matchers in found:
        labels = set() if name == "up" else set(METRICS[name].labels)
        known |= labels
        for label, value in MATCHER.findall(matchers):
            assert label in labels | FROM_PROMETHEUS, f"{name} has no label {label}"
            if label in VALUES and not value.startswith("$"):
                assert value in VALUES[label]
    for group in GROUPING.findall(expr):
        assert {label.strip() for label in group.split(",")} <= known


def test_every_number_that_an_operator_needs_is_in_an_alert_or_on_the_dashboard():
    used = {name for _, expr in EXPRESSIONS for name, _ in SELECTOR.findall(expr)}
    assert METRICS.keys() - used == set()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule):
    assert rule["labels"].keys() == {"severity"}
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["annotations"].keys() == {"summary", "action"}
    labels = {label for name, _ in SELECTOR.findall(rule["expr"]) for label in labels_of(name)}
    text = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", text)) <= labels | {"instance"}
    for page in re.findall(r"docs/[\w/.-]+\.md", text):
        assert (ROOT / page).is_file(), page


def labels_of(name):
    return METRICS[name].labels if name in METRICS else ()


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_a_command_that_an_alert_names_exists(rule):
    for line in re.findall(r"(?:^|; |run )(gateway [^;.,]*)", rule["annotations"]["action"]):
        words = line.split()[1:]
        context = click.Context(cli)
        found = cli.get_command(context, words[0])
        assert found is not None, line
        is_group = isinstance(found, click.Group)
        if is_group and len(words) > 1 and not words[1].startswith("-"):
            found = found.get_command(context, words[1])
            assert found is not None, line
        options = {option for each in found.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def test_the_panels_of_the_dashboard_do_not_cover_each_other():
    taken = {}
    for panel in panels():
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            assert x < 24
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
    assert len({panel["id"] for panel in panels()}) == len(panels())


def unit():
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "gateway.service", "utf-8")
    return parser["Service"]


def test_the_unit_starts_the_node_as_nobody_in_particular_and_gives_it_time_to_end():
    service = unit()
    assert service["ExecStart"].split()[1:] == ["--config", "/etc/gateway/config.toml", "serve"]
    assert service["User"] != "root"
    assert (service["UMask"], service["LimitCORE"]) == ("0077", "0")
    assert service["CapabilityBoundingSet"] == ""
    for name in ("NoNewPrivileges", "MemoryDenyWriteExecute", "ProtectHome", "PrivateTmp"):
        assert service[name] == "yes"
    assert service["ProtectSystem"] == "strict"
    # The node ends within ten seconds; only what hangs is killed.
    assert int(service["TimeoutStopSec"]) > 10
    assert "gateway-passphrase" in service["LoadCredential"]


def test_the_page_of_the_service_and_the_unit_name_the_same_places():
    page = (ROOT / "docs" / "how-to" / "run-as-a-service.md").read_text("utf-8")
    for place in ("/etc/gateway/config.toml", "/opt/gateway", "/run/gateway", "/var/lib/gateway"):
        assert place in page
    assert 'credential = "gateway-passphrase"' in page


def test_the_image_runs_as_nobody_in_particular_and_installs_nothing_unchecked():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    assert re.search(r"^USER \$\{UID\}", text, re.MULTILINE)
    assert "--no-index" in text
    assert "--require-hashes" in text
    assert "STOPSIGNAL SIGTERM" in text
    assert text.index("USER ${UID}") < text.index("ENTRYPOINT")


def test_the_script_of_the_wheels_is_sound_and_touches_nothing_that_is_there(tmp_path):
    script = DEPLOY / "wheels.sh"
    subprocess.run(["sh", "-n", script], check=True)
    (tmp_path / "wheels").mkdir()
    for arguments, words in [((), "name the folder"), (("wheels",), "is there already")]:
        ran = subprocess.run(
            [script, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 1
        assert words in ran.stderr
    assert list((tmp_path / "wheels").iterdir()) == []


def test_the_default_ports_of_the_image_are_those_of_the_configuration():
    text = (DEPLOY / "Containerfile").read_text("utf-8")
    example = resources.example_config()
    peer, admin = re.findall(r'^listen = "127\.0\.0\.1:(\d+)"', example, re.MULTILINE)
    assert f"EXPOSE {peer}\n" in text
    assert f"127.0.0.1:{admin}/readyz" in text


@pytest.mark.parametrize("path", sorted(DEPLOY.iterdir()), ids=lambda path: path.name)
def test_a_file_is_tidy(path):
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    assert "\t" not in text
    assert not re.search(r" +$", text, re.MULTILINE)
