"""Every way out is known, and each either asks `decide` or carries no content.

A new route, command, metric, log field, file writer or function that opens content fails here until
somebody has said which of the two it is; so does a row for what is not there any more.
"""

import pytest

from gateway.policy.release import Action
from tests.house import exits, ways_out
from tests.house.exits import Decided

FOUND = {
    "routes": (ways_out.routes, exits.ROUTES),
    "commands": (ways_out.commands, exits.COMMANDS),
    "ports": (ways_out.ports, exits.PORTS),
    "event members": (ways_out.event_members, exits.EVENT_MEMBERS),
    "metric labels": (ways_out.metric_labels, exits.METRIC_LABELS),
    "log fields": (ways_out.log_fields, exits.LOG_FIELDS),
    "openers": (ways_out.openers, exits.OPENERS),
    "writers": (ways_out.writers, exits.WRITERS),
    "processes": (ways_out.processes, exits.PROCESSES),
}
ROWS = {
    f"{kind} {name}": gate for kind, (_, table) in FOUND.items() for name, gate in table.items()
}
DECIDED = {name: gate for name, gate in ROWS.items() if isinstance(gate, Decided)}
# Where the answer of the evaluator is asked for: itself, and the two that ask it field by field.
ASKING = frozenset({"decide", "publishable", "judge"})
GATES = frozenset(gate.by.rpartition(":")[2].rpartition(".")[2] for gate in DECIDED.values())


@pytest.mark.parametrize("kind", FOUND)
def test_A128_every_way_out_has_a_gate_and_every_gate_is_there(kind):
    find, table = FOUND[kind]
    found = find()
    assert found - table.keys() == set(), f"say in tests/house/exits.py what leaves by these {kind}"
    assert table.keys() - found == set(), f"these {kind} are not there any more"


def test_the_peer_port_serves_no_path_beside_the_table():
    assert ways_out.served_to_peers() == {"ENVELOPES", "CARD"}


@pytest.mark.parametrize("by", sorted({gate.by for gate in DECIDED.values()}))
def test_a_gate_asks_the_evaluator(by):
    assert ways_out.calls_of(by) & ASKING


def test_a_function_that_opens_content_for_somebody_asks_its_gate():
    silent = {
        place
        for place, gate in exits.OPENERS.items()
        if isinstance(gate, Decided) and not ways_out.calls_of(place) & {*ASKING, *GATES}
    }
    assert silent == set()


@pytest.mark.parametrize("action", Action)
def test_every_action_leads_through_a_gate(action):
    assert action in {gate.action for gate in DECIDED.values()}


@pytest.mark.parametrize("name", [name for name in ROWS if name not in DECIDED])
def test_what_asks_nobody_says_why(name):
    assert len(ROWS[name].why) > 5


# --- that the search finds what it looks for -----------------------------------------------

PLANTED = [
    ("def leak(tx, row):\n    return messages.content_of(tx, row)\n", "openers"),
    ("def leak(tx, row):\n    return partial(content_of, tx, row)\n", "openers"),
    ("class Desk:\n    async def leak(self, tx):\n        tx.sealer.open(1, 2, 3)\n", "openers"),
    ("def leak(path):\n    path.write_text('x')\n", "writers"),
    ("def leak(path):\n    with path.open('ab') as file:\n        pass\n", "writers"),
    ("def leak(path):\n    os.open(path, os.O_CREAT)\n", "writers"),
    ("def leak(text):\n    subprocess.run(['mail', text])\n", "processes"),
    ("x = content_of(1, 2)\n", "openers"),
]


@pytest.mark.parametrize(("source", "kind"), PLANTED)
def test_the_search_finds_what_is_planted(tmp_path, source, kind, monkeypatch):
    package = tmp_path / "gateway"
    package.mkdir()
    (package / "planted.py").write_text(source, encoding="utf-8")
    monkeypatch.setattr(ways_out, "ROOT", tmp_path)
    monkeypatch.setattr(ways_out, "PACKAGE", package)
    (place,) = getattr(ways_out, kind)()
    assert place.startswith("gateway.planted:")
