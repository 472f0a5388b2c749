"""Private keys at rest: only the passphrase opens them, and a file cannot ask for too much."""

import time

import orjson
import pytest

from gateway.envelope import WrongPassphraseError, base64url, open_private, seal_private
from gateway.errors import InvalidError

PLAIN = b"two seeds of a pair, 64 bytes long in reality" + bytes(19)
WORD = b"correct horse battery staple"
RAW = seal_private(PLAIN, WORD, log2_n=4, use="message")
MEMBERS = orjson.loads(RAW)


def test_a_key_comes_back_for_its_passphrase_and_use():
    assert open_private(RAW, WORD, use="message") == PLAIN
    assert PLAIN not in RAW


def test_the_default_cost_is_the_one_for_people():
    kdf = orjson.loads(seal_private(PLAIN, WORD))["kdf"]
    assert (kdf["name"], kdf["log2_n"], kdf["r"], kdf["p"]) == ("scrypt", 15, 8, 1)


def test_sealing_twice_gives_two_files():
    again = orjson.loads(seal_private(PLAIN, WORD, log2_n=4, use="message"))
    assert again["nonce"] != MEMBERS["nonce"]
    assert again["kdf"]["salt"] != MEMBERS["kdf"]["salt"]


@pytest.mark.parametrize("word", [b"", b"correct horse", WORD + b"\n", WORD.upper()])
def test_another_passphrase_does_not_open_it(word):
    with pytest.raises(WrongPassphraseError):
        open_private(RAW, word, use="message")


def test_a_file_for_one_use_does_not_open_for_another():
    with pytest.raises(InvalidError):
        open_private(RAW, WORD, use="identity")


def test_a_file_whose_use_was_rewritten_does_not_open():
    with pytest.raises(WrongPassphraseError):
        open_private(RAW.replace(b'"message"', b'"identity"'), WORD, use="identity")


def altered(**changes):
    return orjson.dumps(MEMBERS | changes)


def kdf(**changes):
    return altered(kdf=MEMBERS["kdf"] | changes)


REFUSED = {
    "nothing": b"",
    "no JSON": b"-----BEGIN PRIVATE KEY-----",
    "another format": altered(format="gateway-key/2"),
    "a further member": altered(x=1),
    "another kdf": kdf(name="pbkdf2"),
    "n of 2^18": kdf(log2_n=18),
    "n of 2^60": kdf(log2_n=60),
    "n of 1": kdf(log2_n=0),
    "r of 17": kdf(r=17),
    "p of 5": kdf(p=5),
    "r as true": kdf(r=True),
    "a further parameter": kdf(maxmem=1),
    "a short salt": kdf(salt="AAAA"),
    "a short nonce": altered(nonce="AAAA"),
    "a ciphertext without tag": altered(ciphertext="AAAA"),
    "A43 padding": altered(nonce=MEMBERS["nonce"] + "="),
    "A34 a name twice": RAW.rstrip()[:-1] + b',"format":"gateway-key/1"}',
    "longer than 64 KiB": altered(ciphertext="A" * 65536),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_a_file_of_another_form_is_refused_before_anything_is_derived(raw):
    started = time.process_time()
    with pytest.raises(InvalidError):
        open_private(raw, WORD, use="message")
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kdf": MEMBERS["kdf"] | {"log2_n": 5}},
        {"kdf": MEMBERS["kdf"] | {"r": 9}},
        {"kdf": MEMBERS["kdf"] | {"p": 2}},
        {"kdf": MEMBERS["kdf"] | {"salt": base64url.encode(bytes(16))}},
        {"nonce": base64url.encode(bytes(12))},
        {"ciphertext": base64url.encode(bytes(80))},
    ],
)
def test_an_altered_member_does_not_open(changes):
    with pytest.raises(WrongPassphraseError):
        open_private(altered(**changes), WORD, use="message")


def test_a_bit_flipped_in_any_byte_of_the_file_never_opens():
    for at in range(len(RAW.rstrip())):
        changed = bytearray(RAW)
        changed[at] ^= 1 << at % 8
        with pytest.raises((InvalidError, WrongPassphraseError)):
            open_private(bytes(changed), WORD, use="message")


@pytest.mark.parametrize(
    ("plain", "word", "options"),
    [
        (PLAIN, b"", {}),
        (b"x" * 20_000, WORD, {}),
        (PLAIN, WORD, {"log2_n": 18}),
        (PLAIN, WORD, {"r": 17}),
        (PLAIN, WORD, {"p": 0}),
        (PLAIN, WORD, {"use": "Two Words"}),
    ],
)
def test_a_file_that_could_not_be_opened_again_is_not_made(plain, word, options):
    with pytest.raises(InvalidError):
        seal_private(plain, word, **options)
