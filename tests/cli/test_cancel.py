"""`gateway cancel`, `hold`, `release`: what people read, and what programs get."""

import pytest

from gateway.cli import output

ID = "01a20c12-3456-7000-8000-0123456789ab"
VIEW = {"id": ID, "short": ID[:13], "type": "inquiry.request", "peer": "kh/molvt"}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


TRANSCRIPTS = [
    (
        "cancel",
        "cancelled",
        [
            "cancelled inquiry.request to kh/molvt: it never left",
            f"to send it after all: gateway retry {ID[:13]}",
        ],
    ),
    (
        "hold",
        "held",
        [
            "held inquiry.request to kh/molvt, and its matter behind it",
            f"to let it go on: gateway release {ID[:13]}",
        ],
    ),
    ("release", "queued", ["released inquiry.request to kh/molvt: it is queued"]),
]


@pytest.mark.parametrize(("command", "state", "talk"), TRANSCRIPTS)
def test_an_act_says_what_it_did_and_what_helps(run, desk, command, state, talk):
    desk.answers[f"/v1/messages/JP-2026-000123/{command}"] = (200, VIEW | {"state": state})
    finished = run_at(run, desk, command, "JP-2026-000123")
    assert (finished.code, finished.out) == (0, f"{ID}\n")
    assert finished.err.splitlines() == talk


@pytest.mark.parametrize("command", ["cancel", "hold", "release"])
def test_a_program_gets_the_view_and_no_talk(run, desk, command):
    desk.answers[f"/v1/messages/{ID}/{command}"] = (200, VIEW)
    finished = run_at(run, desk, command, ID, "--json")
    assert (finished.code, finished.err) == (0, "")
    assert finished.json() == VIEW


def test_what_cannot_be_cancelled_any_more_says_what_can_be_done(run, desk):
    answer = {
        "detail": "too late: it has left or may have left for kh/molvt",
        "exit_code": 6,
        "hint": f"gateway reply {ID} --type withdrawal",
    }
    desk.answers[f"/v1/messages/{ID}/cancel"] = (409, answer)
    finished = run("--config", str(desk.config), "cancel", ID)
    line = output.line_for(desk.config, "reply", ID, "--type", "withdrawal")
    assert finished.code == 6
    assert finished.out == ""
    assert finished.err == (
        f"error: too late: it has left or may have left for kh/molvt\nnext: {line}\n"
    )


def test_the_next_step_is_one_on_the_node_that_was_named(run, desk):
    desk.answers[f"/v1/messages/{ID}/hold"] = (200, VIEW)
    finished = run("--config", str(desk.config), "hold", ID)
    assert finished.err.endswith(f": {output.line_for(desk.config, 'release', ID[:13])}\n")
