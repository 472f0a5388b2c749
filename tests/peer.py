"""An honest simulated peer: it composes, signs and seals real envelopes, and a test may corrupt it.

Everything that an attacker with the peer's own keys could alter is an argument: members of the
signed header, the text that is signed, the content after signing, the cover, the key it is sealed
to, the receipt it answers with.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
import uuid_utils

from gateway.catalogue import TYPES, control_thread
from gateway.delivery.transport import Answer
from gateway.envelope import (
    Checkpoint,
    EncryptionKey,
    Entry,
    Environment,
    Header,
    Opened,
    Outcome,
    Outer,
    SigningPair,
    Typ,
    base64url,
    content_text,
    digest,
    encryption,
    read_envelope,
    sign,
    sign_receipt,
    times,
    unseal,
)
from gateway.envelope.padding import pad
from gateway.errors import RETRYABLE, RefusalCode
from tests.nodes import CATALOGUE, START, Keys

# Take this member out of the signed header.
ABSENT: Final = object()
EPOCH: Final = f"1.{'7' * 32}"


def new_id() -> str:
    return str(uuid_utils.uuid7())


def marking(node: str, **changes: Any) -> dict[str, Any]:
    return {"scheme": "moc-ssw/1", "level": "confidential", "originator": node} | changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message before it is sealed: the exact signed text and the content beside it."""

    id: str
    payload: bytes
    jws: str
    content: str

    @property
    def header_digest(self) -> str:
        return digest(self.payload)


@dataclass(frozen=True, slots=True)
class SimulatedPeer:
    """The node of `keys`, writing to the node of `other`."""

    keys: Keys
    other: Keys

    @property
    def node(self) -> str:
        return self.keys.node

    def header(self, type_name: str, content: str, *, id: str | None = None) -> Header:
        """Return the header that the honest peer would sign."""
        id = id or new_id()
        opens = TYPES[type_name].opens is not None
        country = self.node[:2].upper()
        return Header(
            profile="moc-ssw/kh-jp/2019",
            environment=Environment.TEST,
            id=id,
            type=type_name,
            from_=self.node,
            to=self.other.node,
            created=times.text(START),
            expires=times.text(START + 7 * 86_400),
            thread=id if opens else control_thread(self.node, self.other.node),
            reference=f"{country}-2026-000001" if opens else None,
            content_digest=digest(content.encode()),
            marking=marking(self.node),
            body_schema=_schema(type_name),
        )

    def letter(
        self,
        type_name: str = "ping",
        body: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,
        signed_content: str | None = None,
        pair: SigningPair | None = None,
        payload: bytes | None = None,
        **members: Any,
    ) -> Letter:
        """Compose and sign a message.

        Args:
            signed_content: The content whose digest is signed, if another one than is sent.
            payload: These octets are signed instead of a header.
            members: Members of the signed header that differ, `ABSENT` to leave one out; `from`
                is written `from_`.
        """
        plain = CATALOGUE.bodies.example(type_name) if body is None else body
        content = content_text(plain, salt=os.urandom(32))
        header = self.header(type_name, signed_content or content, id=id)
        values = orjson.loads(header.payload()) | {
            name.rstrip("_"): value for name, value in members.items()
        }
        written = {name: value for name, value in values.items() if value is not ABSENT}
        payload = orjson.dumps(written) if payload is None else payload
        jws = sign(payload, pair or self.keys.message, Typ.MESSAGE)
        return Letter(id=header.id, payload=payload, jws=jws, content=content)

    def seal(
        self,
        letter: Letter,
        *,
        key: EncryptionKey | None = None,
        padding: Callable[[bytes], bytes] = pad,
        **cover: Any,
    ) -> bytes:
        """Close a letter under a cover whose members may differ from what was signed."""
        key = key or self.other.encryption[-1].public
        members = {
            "typ": Typ.ENVELOPE,
            "alg": "HPKE-9-KE",
            "enc": "A256GCM",
            "kid": key.kid,
            "ek": "",
            "suite": 1,
            "jti": letter.id,
            "iss": self.node,
            "aud": self.other.node,
            "exp": cover.get("exp", 0) or times.parse(orjson.loads(letter.payload)["expires"]),
        }
        text = b'{"signed":%b,"content":%b}' % (letter.jws.encode(), orjson.dumps(letter.content))
        return _close(padding(text), key, members | cover)

    def envelope(self, type_name: str = "ping", **members: Any) -> bytes:
        """Return one envelope of the honest peer."""
        return self.seal(self.letter(type_name, **members))

    # --- as the one who answers -----------------------------------------------------------------

    def open(self, raw: bytes) -> tuple[Outer, Opened]:
        """Open an envelope that the other node sealed to us."""
        outer = read_envelope(raw)
        key = {key.kid: key for key in self.keys.encryption}[outer.kid]
        return outer, unseal(outer, key, lambda kids: self.other.message.public)

    def entry(self, raw: bytes, code: RefusalCode | None = None, **changes: Any) -> Entry:
        """Return the entry of the honest peer for one envelope."""
        outer, opened = self.open(raw)
        entry = Entry(
            id=outer.jti,
            header_digest=opened.header_digest,
            envelope_digest=outer.digest,
            outcome=Outcome.RECEIVED if code is None else Outcome.REFUSED,
            code=code,
            retryable=code in RETRYABLE,
            at=times.text(START),
        )
        return replace(entry, **changes)

    def receipt(self, entries: Sequence[Entry], **changes: Any) -> Answer:
        """Answer with a signed receipt over these entries."""
        members = {
            "from_": self.node,
            "to": self.other.node,
            "environment": Environment.TEST,
            "at": times.text(START),
            "epoch": EPOCH,
            "checkpoint": Checkpoint(0, base64url.encode(bytes(32))),
            "pair": self.keys.message,
        } | changes
        return Answer(200, sign_receipt([entry.text() for entry in entries], **members))


def _schema(type_name: str) -> dict[str, str]:
    return CATALOGUE.bodies.reference(type_name)


def _close(text: bytes, key: EncryptionKey, members: dict[str, Any]) -> bytes:
    content_key = encryption.new_content_key()
    wrapped = encryption.wrap(content_key, key.key)
    protected = base64url.encode(orjson.dumps(members | {"ek": base64url.encode(wrapped.ek)}))
    iv, sealed = encryption.encrypt(text, content_key, aad=protected.encode())
    return orjson.dumps(
        {
            "protected": protected,
            "encrypted_key": base64url.encode(wrapped.encrypted_key),
            "iv": base64url.encode(iv),
            "ciphertext": base64url.encode(sealed[:-16]),
            "tag": base64url.encode(sealed[-16:]),
        }
    )


def lines(body: bytes) -> list[bytes]:
    """Return the envelopes of a batch."""
    return body.removesuffix(b"\n").split(b"\n")
