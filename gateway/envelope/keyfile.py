"""Private keys at rest: scrypt (RFC 7914) over the passphrase, AES-256-GCM over the key.

A key file is JSON text, so that an operator can see what it is. Its parameters are capped before
they are used: a planted file must not take the node's memory. All of them stand in the AAD.
"""

import os
import re
from typing import Any, Final

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from gateway.envelope import base64url, limits, strict
from gateway.envelope.forms import Members
from gateway.errors import ExitCode, InvalidError, LocalError, MalformedError, Problem

FORMAT: Final = "gateway-key/1"

# 128 bytes times n times r: at most 256 MiB while a file is opened.
_MOST_LOG2_N: Final = 17
_MOST_R: Final = 16
_MOST_P: Final = 4
_SALT_LENGTH: Final = 16
_NONCE_LENGTH: Final = 12
_TAG_LENGTH: Final = 16
_PLAIN_LENGTH: Final = 16 * limits.KIB
_USE: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")


class WrongPassphraseError(LocalError):
    """The passphrase does not open the key file, or the file has been altered."""

    exit_code = ExitCode.INVALID


def seal_private(
    plain: bytes,
    passphrase: bytes,
    *,
    log2_n: int = 15,
    r: int = 8,
    p: int = 1,
    use: str = "private",
) -> bytes:
    """Return the text of a key file.

    Raises:
        InvalidError: An empty passphrase, a key that is too long, or parameters that `open_private`
            would refuse.
    """
    if not passphrase:
        raise InvalidError("the passphrase is empty: a key file needs one")
    if len(plain) > _PLAIN_LENGTH or not _USE.fullmatch(use):
        raise InvalidError("the private key is too long, or its use is not one word")
    if not (1 <= log2_n <= _MOST_LOG2_N and 1 <= r <= _MOST_R and 1 <= p <= _MOST_P):
        raise InvalidError("the scrypt parameters are larger than a key file may ask for")
    salt, nonce = os.urandom(_SALT_LENGTH), os.urandom(_NONCE_LENGTH)
    header = _header(use, log2_n=log2_n, r=r, p=p, salt=salt, nonce=nonce)
    key = _derive(passphrase, salt, log2_n=log2_n, r=r, p=p)
    sealed = AESGCM(key).encrypt(nonce, plain, orjson.dumps(header))
    return orjson.dumps(header | {"ciphertext": base64url.encode(sealed)}) + b"\n"


def open_private(raw: bytes, passphrase: bytes, *, use: str = "private") -> bytes:
    """Return the private key of a file that was sealed for this use.

    Raises:
        InvalidError: Not a key file, one for another use, or one that asks for more work than a
            key file may. Nothing was derived.
        WrongPassphraseError: The passphrase is another one, or the file has been altered.
    """
    try:
        members = Members(strict.parse(raw, limit=limits.KEY_FILE))
        members.only("format", "use", "kdf", "nonce", "ciphertext")
        members.constant("format", FORMAT)
        members.constant("use", use)
        kdf = members.object("kdf")
        kdf.only("name", "log2_n", "r", "p", "salt")
        kdf.constant("name", "scrypt")
        log2_n = kdf.integer("log2_n", least=1, most=_MOST_LOG2_N)
        r = kdf.integer("r", least=1, most=_MOST_R)
        p = kdf.integer("p", least=1, most=_MOST_P)
        salt = kdf.raw("salt", least=_SALT_LENGTH, most=_SALT_LENGTH)
        nonce = members.raw("nonce", least=_NONCE_LENGTH, most=_NONCE_LENGTH)
        sealed = members.raw("ciphertext", least=_TAG_LENGTH, most=_PLAIN_LENGTH + _TAG_LENGTH)
    except MalformedError as error:
        problems = tuple(Problem(pointer, str(error)) for pointer in error.pointers)
        raise InvalidError(f"not a key file for this use: {error}", problems=problems) from None
    header = _header(use, log2_n=log2_n, r=r, p=p, salt=salt, nonce=nonce)
    key = _derive(passphrase, salt, log2_n=log2_n, r=r, p=p)
    try:
        return AESGCM(key).decrypt(nonce, sealed, orjson.dumps(header))
    except InvalidTag:
        raise WrongPassphraseError(
            "the passphrase does not open the key file, or the file has been altered"
        ) from None


def _header(use: str, *, log2_n: int, r: int, p: int, salt: bytes, nonce: bytes) -> dict[str, Any]:
    """Return every member but the ciphertext; written compactly in this order it is the AAD."""
    kdf = {"name": "scrypt", "log2_n": log2_n, "r": r, "p": p, "salt": base64url.encode(salt)}
    return {"format": FORMAT, "use": use, "kdf": kdf, "nonce": base64url.encode(nonce)}


def _derive(passphrase: bytes, salt: bytes, *, log2_n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=1 << log2_n, r=r, p=p).derive(passphrase)
