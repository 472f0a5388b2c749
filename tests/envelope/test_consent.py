"""Instruments of consent: a kind of its own, whole, and signed by both keys of one officer."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    Environment,
    Instrument,
    Typ,
    among,
    base64url,
    limits,
    read_consent,
    sign,
    sign_consent,
)
from gateway.errors import InvalidError, VerificationError
from tests.envelope.samples import JP, JP_NEXT

PAIRS = among([JP.public, JP_NEXT.public])
INSTRUMENT = Instrument(
    environment=Environment.TEST,
    officer="officer-1",
    signed_at="2026-03-25T00:00:00Z",
    terms={"consent_id": "x", "text": {"en": "同意 យល់ព្រម"}},
)
TEXT = sign_consent(INSTRUMENT, JP)
PAYLOAD = orjson.loads(base64url.decode(orjson.loads(TEXT)["payload"]))


def read(text, **changes):
    return read_consent(text, **({"environment": Environment.TEST, "pairs": PAIRS} | changes))


def signed(typ=Typ.CONSENT, **changes):
    """Sign other members than an honest officer would."""
    members = {name: value for name, value in (PAYLOAD | changes).items() if value is not None}
    return sign(orjson.dumps(members), JP, typ)


def test_an_instrument_comes_back_as_it_was_signed_with_the_keys_that_signed():
    assert read(TEXT) == replace(INSTRUMENT, kids=JP.public.kids)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "\ud800",
        TEXT[:-1],
        TEXT + " " * limits.CONSENT,
        signed(Typ.EVIDENCE),
        signed(Typ.CARD),
        signed(suite=2),
        signed(suite=None),
        signed(environment="production"),
        signed(environment="elsewhere"),
        signed(officer=None),
        signed(officer=7),
        signed(signed_at="2026-03-25"),
        signed(terms=[]),
        signed(terms=None),
        signed(note="x"),
    ],
)
def test_another_form_environment_or_kind_is_no_instrument(text):
    with pytest.raises(VerificationError):
        read(text)


def test_a_key_that_nobody_confirmed_signs_nothing():
    with pytest.raises(VerificationError):
        read(TEXT, pairs=among([JP_NEXT.public]))


@pytest.mark.parametrize("signature", [0, 1])
def test_one_signature_of_another_pair_is_one_too_few(signature):
    members = orjson.loads(TEXT)
    other = orjson.loads(sign_consent(INSTRUMENT, JP_NEXT))
    members["signatures"][signature] = other["signatures"][signature]
    with pytest.raises(VerificationError):
        read(orjson.dumps(members).decode())


@pytest.mark.parametrize("changes", [{"officer": ""}, {"signed_at": "now"}])
def test_what_no_reader_takes_is_not_signed(changes):
    with pytest.raises(InvalidError):
        sign_consent(replace(INSTRUMENT, **changes), JP)


def test_an_instrument_does_not_print_its_terms():
    assert "consent_id" not in repr(INSTRUMENT)
