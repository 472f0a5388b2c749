"""Content: it opens with the permit for its own message and with no other."""

import pytest

from gateway.errors import ExitCode, PolicyError
from gateway.policy import Action, Permitted, Request, Subject, decide, read_for

TEXT = '{"salt":"","body":{"name":"SOKHA"}}'


def permit_for(header_digest, parties) -> Permitted:
    subject = Subject(
        message_id="0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        header_digest=header_digest,
        profile="moc-ssw/kh-jp/2019",
        sender="kh/molvt",
        recipient="jp/isa",
        marking={"scheme": "moc-ssw/1", "level": "restricted", "originator": "kh/molvt"},
    )
    permit = decide(
        Request(action=Action.SHOW, subject=subject, holder="jp/isa", audience="jp/isa", now=0),
        parties,
    )
    assert isinstance(permit, Permitted)
    return permit


def test_the_permit_for_a_message_opens_its_content(parties):
    permit = permit_for("sha-256:a", parties)
    assert read_for(TEXT, permit, "sha-256:a") == TEXT


def test_the_permit_for_another_message_opens_nothing(parties):
    permit = permit_for("sha-256:b", parties)
    with pytest.raises(PolicyError) as caught:
        read_for(TEXT, permit, "sha-256:a")
    assert caught.value.exit_code is ExitCode.REFUSED_BY_POLICY
    assert "SOKHA" not in str(caught.value)
