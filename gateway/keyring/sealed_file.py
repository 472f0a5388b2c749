"""One secret in one sealed file: public facts in clear, the secret under scrypt.

    {"created": "2026-01-05T08:00:00Z", "kids": [...], "sealed": {<a key file of the envelope>}}

The clear members serve listings without a passphrase. Nobody need trust them: the seal covers its
own use, and who opens a file compares `kids` with the keys that came out of it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from gateway.envelope import (
    WrongPassphraseError,
    limits,
    open_private,
    seal_private,
    strict,
    times,
)
from gateway.errors import ExitCode, InvalidError, LocalError, MalformedError

# Seeds, the store key and the password of the TLS key are all of this length.
SECRET_BYTES: Final = 32

RESTORE: Final = "restore keys/ from one backup, with all its files"

_HINTS: Final = {"identity": "the identity has a passphrase of its own, not the one of the node"}
_OTHER_HINT: Final = "check [passphrase] in the configuration; else restore keys/ from a backup"


class Use(StrEnum):
    """What the secret in a file is for; the file's name begins with it."""

    IDENTITY = "identity"
    MESSAGE = "message"
    ENCRYPTION = "encryption"
    STORE = "store"
    TLS = "tls"
    CONSENT = "consent"


class KeyFileError(LocalError):
    """A key file is damaged, missing or not the one it should be; the node does not start."""

    exit_code = ExitCode.INVALID


class WrongFilePassphraseError(KeyFileError):
    """The passphrase does not open this file, or somebody changed the sealed part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """A key file as it was read: what it says in clear, and the seal."""

    path: Path
    use: Use
    kids: tuple[str, ...]
    created: str
    sealed: bytes = field(repr=False)

    def unseal(self, passphrase: bytes, *, use: Use, count: int) -> list[bytes]:
        """Return the `count` secrets of this file, 32 bytes each.

        Raises:
            WrongFilePassphraseError: The passphrase is another one, or the seal was changed.
            KeyFileError: The file is for another use, asks for too much work, or is damaged.
        """
        try:
            plain = open_private(self.sealed, passphrase, use=use)
        except WrongPassphraseError:
            raise WrongFilePassphraseError(
                f"the passphrase does not open {self.path}, or the file was changed",
                hint=_HINTS.get(use, _OTHER_HINT),
            ) from None
        except InvalidError as error:
            raise KeyFileError(f"{self.path}: {error}", hint=RESTORE) from None
        if len(plain) != count * SECRET_BYTES:
            raise KeyFileError(f"{self.path} holds {len(plain)} secret bytes", hint=RESTORE)
        return [plain[at : at + SECRET_BYTES] for at in range(0, len(plain), SECRET_BYTES)]

    def must_name(self, kids: tuple[str, ...]) -> None:
        """Compare the clear names with those of the keys inside.

        Raises:
            KeyFileError: They differ: listings would show a key that is not there.
        """
        if self.kids != kids:
            raise KeyFileError(
                f"{self.path} says in clear that it holds another key than it does", hint=RESTORE
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """How new files are sealed: the time they name, and the cost of each guess."""

    created: str
    log2_n: int

    def content(
        self, use: Use, secrets: Sequence[bytes], passphrase: bytes, *, kids: Sequence[str] = ()
    ) -> bytes:
        """Return the bytes of a key file."""
        sealed = seal_private(b"".join(secrets), passphrase, log2_n=self.log2_n, use=use)
        content = {"created": self.created, "kids": list(kids), "sealed": json.loads(sealed)}
        return (json.dumps(content, indent=2) + "\n").encode()


def parse_key_file(path: Path, raw: bytes) -> KeyFile:
    """Read what needs no passphrase.

    Raises:
        KeyFileError: The bytes are no key file; `path` is in the text.
    """
    try:
        content = strict.parse(raw, limit=limits.KEY_FILE)
        if set(content) != {"created", "kids", "sealed"}:
            raise MalformedError("its members are not those of a key file")
        times.parse(_typed(content["created"], str))
        kids = [_typed(kid, str) for kid in _typed(content["kids"], list)]
        sealed = _typed(content["sealed"], dict)
        return KeyFile(
            path=path,
            use=Use(_typed(sealed.get("use"), str)),
            kids=tuple(kids),
            created=content["created"],
            sealed=json.dumps(sealed).encode(),
        )
    except (MalformedError, ValueError) as error:
        raise KeyFileError(f"{path} is not a key file: {error}", hint=RESTORE) from None


def _typed(value: Any, kind: type) -> Any:
    if type(value) is not kind:
        raise MalformedError("a member is of another kind than in a key file")
    return value
