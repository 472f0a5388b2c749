"""`gateway retry`: now, all at once, or under a new id."""

import pytest

ID = "01a20c12-3456-7000-8000-0123456789ab"
OLD = "01a20c11-0000-7000-8000-0123456789ab"
VIEW = {"id": ID, "type": "inquiry.request", "peer": "kh/molvt", "attempts": 4}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def test_a_message_is_tried_now(run, desk):
    desk.answers[f"/v1/messages/{ID}/retry"] = (200, VIEW | {"reissue_of": None})
    finished = run_at(run, desk, "retry", ID)
    assert (finished.code, finished.out) == (0, f"{ID}\n")
    assert finished.err == "inquiry.request to kh/molvt is tried now, after 4 tries\n"


def test_what_is_issued_anew_is_told_with_both_ids_and_the_new_reference(run, desk):
    anew = VIEW | {"reissue_of": OLD, "thread": ID, "reference": "JP-2026-000124"}
    desk.answers[f"/v1/messages/{OLD}/retry"] = (201, anew)
    finished = run_at(run, desk, "retry", OLD)
    assert (finished.code, finished.out) == (0, f"{ID}\n")
    assert finished.err == (
        f"inquiry.request to kh/molvt is issued anew; the earlier one was {OLD}\n"
        "its matter has a new reference: JP-2026-000124\n"
    )


def test_what_is_issued_anew_in_its_matter_keeps_the_reference(run, desk):
    anew = VIEW | {"reissue_of": OLD, "thread": OLD, "reference": "JP-2026-000124"}
    desk.answers[f"/v1/messages/{OLD}/retry"] = (201, anew)
    assert "reference" not in run_at(run, desk, "retry", OLD).err


def test_everything_to_a_node_is_tried_now(run, desk):
    desk.answers["/v1/peers/kh%2Fmolvt/retry"] = (200, {"peer": "kh/molvt", "messages": 12})
    finished = run_at(run, desk, "retry", "--all-to", "kh/molvt")
    assert (finished.code, finished.out) == (0, "")
    assert finished.err == "12 messages to kh/molvt are tried now\n"
    assert run_at(run, desk, "retry", "--all-to", "kh/molvt", "--json").json()["messages"] == 12


@pytest.mark.parametrize("arguments", [(), (ID, "--all-to", "kh/molvt")])
def test_one_message_or_one_node_is_named(run, desk, arguments):
    finished = run_at(run, desk, "retry", *arguments)
    assert finished.code == 2
    assert "give one of ID and --all-to" in finished.err
    assert desk.asked == []
