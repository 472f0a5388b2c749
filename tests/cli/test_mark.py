"""`gateway mark` and `--derived`: what people type, and what the node is asked."""

import click
import pytest

from gateway.catalogue import Caveat, Level
from gateway.catalogue.kinds import Purpose
from gateway.cli import derived, mark, review, show
from gateway.policy.subject import Derivation

ID = "01a20c12-3456-7000-8000-0123456789ab"
ABOUT = "01a20c12-0000-7000-8000-0123456789ab"
VIEW = {"id": ID, "short": ID[:13], "type": "marking.change", "peer": "kh/molvt"}
COMPARED = {
    "before": {"level": "confidential"},
    "after": {
        "level": "restricted",
        "caveats": ["no-judicial"],
        "permitted_recipients": ["jp/npa"],
    },
    "opens": False,
}
VIEW |= {"in_reply_to": ABOUT, "direction": "out", "reference": "JP-2026-000123"}


def run_at(run, desk, *arguments):
    return run(*arguments, GATEWAY_CONFIG=str(desk.config))


def test_the_other_side_is_told_and_the_officer_hears_what_holds(run, desk):
    desk.answers["/v1/messages/JP-2026-000123/mark"] = (201, VIEW | COMPARED)
    now = {"marking": "restricted", "caveats": ["no-judicial"]}
    desk.answers[f"/v1/messages/{ABOUT}"] = (200, VIEW | now)
    finished = run_at(
        run, desk, "mark", "JP-2026-000123", "--level", "restricted", "--caveat", "no-judicial",
        "--permit", "jp/npa", "--publish", "none", "--reason", "tightened", "--text", "A witness.",
    )  # fmt: skip
    assert finished.code == 0
    compared, told, history = finished.err.splitlines()
    assert compared == "confidential -> restricted, no-judicial, permitted: jp/npa"
    assert told.startswith(f"kh/molvt is told that {ABOUT} is now restricted, no-judicial;")
    assert history == f"how it was marked: gateway show {ABOUT}"
    (body,) = (body for _, path, body in desk.asked if path.endswith("/mark"))
    assert desk.asked[0][1] == "/v1/messages/JP-2026-000123/mark?dry_run=1"
    assert body == {
        "level": "restricted",
        "caveats": ["no-judicial"],
        "permit": ["jp/npa"],
        "unpublished": True,
        "reason": "tightened",
        "text": "A witness.",
    }


OPENED = {
    "before": {"level": "restricted", "publish": [{"pointer": ""}]},
    "after": {"level": "public"},
    "opens": True,
}


def test_what_opens_a_message_is_shown_and_asked_for_first(run, desk):
    desk.answers[f"/v1/messages/{ID}/mark"] = (201, VIEW | OPENED)
    desk.answers[f"/v1/messages/{ABOUT}"] = (200, VIEW | {"marking": "public"})
    opened = ("mark", ID, "--level", "public", "--reason", "loosened")
    finished = run_at(run, desk, *opened)
    assert finished.code == 2
    assert "restricted, parts of it may be made public -> public" in finished.err
    assert "give --yes" in finished.err
    assert [path for _, path, _ in desk.asked] == [f"/v1/messages/{ID}/mark?dry_run=1"]
    finished = run_at(run, desk, *opened, "--yes")
    assert (finished.code, finished.out.strip()) == (0, ID)
    assert f"/v1/messages/{ID}/mark" in [path for _, path, _ in desk.asked]


def test_a_dry_run_shows_how_it_is_marked_and_would_be(run, desk):
    desk.answers[f"/v1/messages/{ID}/mark"] = (200, VIEW | OPENED)
    finished = run_at(
        run, desk, "mark", ID, "--level", "public", "--reason", "loosened", "--dry-run"
    )
    assert finished.code == 0
    assert "-> public" in finished.err
    assert len(desk.asked) == 1


def test_an_organisation_nobody_knows_is_told_by_the_option_that_named_it(run, desk):
    problem = {"where": "/permit", "text": "'Osaka' is not the id of an organisation"}
    document = {"title": "that is no marking", "exit_code": 3, "problems": [problem]}
    desk.answers[f"/v1/messages/{ID}/mark"] = (422, document)
    finished = run_at(run, desk, "mark", ID, "--permit", "Osaka", "--reason", "loosened")
    assert finished.code == 3
    assert "--permit: 'Osaka' is not the id" in finished.err


def test_a_reason_is_asked_for(run, desk):
    finished = run_at(run, desk, "mark", ID, "--level", "public")
    assert finished.code == 2
    assert "--reason" in finished.err


def test_the_words_of_the_command_line_are_those_of_the_catalogue():
    assert set(mark.LEVELS) == set(Level)
    assert set(mark.CAVEATS) == set(Caveat)
    assert set(derived.MODES) == set(Derivation)
    assert set(derived.PURPOSES) == set(Purpose)


FORMS = {
    "KH-2026-000007": {"source": "KH-2026-000007"},
    "0195c2a4-7b1e#/findings/f1": {
        "source": "0195c2a4-7b1e",
        "source_pointer": "/findings/f1",
    },
    "0195c2a4-7b1e=/summary": {"source": "0195c2a4-7b1e", "target_pointer": "/summary"},
    "0195c2a4-7b1e#/a=/b:aggregate": {
        "source": "0195c2a4-7b1e",
        "source_pointer": "/a",
        "target_pointer": "/b",
        "mode": "aggregate",
    },
    "0195c2a4-7b1e:reference": {"source": "0195c2a4-7b1e", "mode": "reference"},
}


@pytest.mark.parametrize(("word", "said"), FORMS.items(), ids=FORMS.keys())
def test_one_word_says_what_was_taken_from_where_to_where_and_how(word, said):
    assert derived.read(word) == said


@pytest.mark.parametrize(
    "word", ["", "#/a", "0195c2a4#a", "0195c2a4=b", "0195c2a4:steal", "0195c2a4 #/a"]
)
def test_a_word_of_another_form_is_refused_before_anything_is_read(word):
    with pytest.raises(click.BadParameter, match="MODE is one of"):
        derived.read(word)


def test_a_message_shows_how_it_was_marked_and_where_its_content_came_from(desk):
    given = {"by": ABOUT, "at": "2026-09-21T00:00:00Z", "reason": None}
    provenance = {
        "markings": [
            {**given, "level": "confidential", "caveats": ["personal-data"]},
            {**given, "by": ID, "level": "restricted", "caveats": [], "reason": "tightened"},
        ],
        "derived_from": [
            {
                "id": ABOUT,
                "originator": "kh/molvt",
                "reference": "KH-2026-000007",
                "is_here": True,
                "mode": "quote",
                "source_pointer": "/findings/f1",
                "target_pointer": "/summary",
            }
        ],
        "derived": [{"id": ID, "peer": "np/moless", "direction": "out", "state": "delivered"}],
    }
    assert list(show.provenance(VIEW | {"provenance": provenance})) == [
        ("Marked before", f"confidential, personal-data, by {ABOUT}"),
        ("Taken over", "/summary: quoted from KH-2026-000007 of kh/molvt, /findings/f1"),
        ("Taken over by", f"{ID} (out, np/moless, delivered)"),
    ]


def test_the_review_says_whose_content_would_leave():
    taken = {"id": ABOUT, "from": "kh/molvt", "name": "Ministry of Labour", "mode": "paraphrase"}
    view = {"peer": "np/moless", "marking": "confidential", "taken_over": [taken]}
    facts = dict(review._facts(view, {}))
    assert facts["taken_over"] == [
        f"the message as a whole: in other words from {ABOUT} of Ministry of Labour"
    ]
