"""A refusal is told to an officer in words: what it means, and what to do."""

import pytest

from gateway.cli.refused import REASONS, told
from gateway.errors import RefusalCode


def test_every_code_has_words_and_advice():
    assert set(REASONS) == set(RefusalCode)
    for code, (meaning, advice) in REASONS.items():
        assert str(code) not in meaning
        assert meaning[0].islower()
        assert advice[0].isupper()
        assert not advice.endswith(".")


def test_f58_an_unknown_type_is_told_with_what_to_do_until_the_other_side_knows_it(run, desk):
    view = {"id": "0195c2a4", "direction": "out", "state": "refused", "refusal": "unknown-type"}
    desk.answers["/v1/messages/0195c2a4"] = (200, view)
    finished = run("--config", str(desk.config), "show", "--no-content", "0195c2a4")
    assert finished.code == 0
    (line,) = [each for each in finished.out.splitlines() if "Refused because" in each]
    assert "their node does not know this type of message yet (unknown-type)" in line
    assert "Ask the other contact point by telephone when it is brought up to date" in line
    assert "a refusal is final" in line


@pytest.mark.parametrize("code", ["a-newer-code", "", None])
def test_a_code_of_a_newer_node_stands_for_itself(code):
    assert told({"refusal": code}) == (code or "-")
