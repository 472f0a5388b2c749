"""The floor: what the bare cryptography library needs for one message on both sides together.

No gateway code runs here. Signing with ML-DSA-65 repeats itself a random number of times, so only
the mean over many signatures says anything.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

T = TypeVar("T")

# The header of an inquiry and the digests of a full batch as JWS signing inputs; both signatures
# hardly depend on the length of what they sign.
_MESSAGE_OCTETS: Final = 2_048
_RECEIPT_OCTETS: Final = 5_120
_AAD_OCTETS: Final = 2_560
_INFO: Final = b"JOSE-HPKE rcpt\xffA256GCM\xff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Mean processor seconds of each call for one message; a batch shares its receipt."""

    send: dict[str, float]
    arrive: dict[str, float]
    receipt: dict[str, float]

    @property
    def message(self) -> float:
        """Seconds from draft to verified receipt, both sides together."""
        return sum(self.send.values()) + self.delivery

    @property
    def delivery(self) -> float:
        """Seconds that are left once a message is signed and sealed, as in a backlog."""
        return sum(self.arrive.values()) + sum(self.receipt.values())


def measure(*, octets: int, lines: int, rounds: int) -> Floor:
    """Return the floor for messages whose padded text has `octets`, `lines` to a batch."""
    text, aad = os.urandom(octets), os.urandom(_AAD_OCTETS)
    key, iv = AESGCM.generate_key(256), os.urandom(12)
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.SHAKE256, hpke.AEAD.AES_256_GCM)
    private = hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
    )
    public = private.public_key()
    signed = _signatures(os.urandom(_MESSAGE_OCTETS), rounds)
    proved = _signatures(os.urandom(_RECEIPT_OCTETS), rounds)
    wrap, wrapped = _mean(lambda: suite.encrypt(key, public, info=_INFO), rounds)
    unwrap, _ = _mean(lambda: suite.decrypt(wrapped, private, info=_INFO), rounds)
    # A new cipher each time: every envelope has a key of its own.
    close, closed = _mean(lambda: AESGCM(key).encrypt(iv, text, aad), rounds)
    open_, _ = _mean(lambda: AESGCM(key).decrypt(iv, closed, aad), rounds)
    sign, verify = signed
    return Floor(
        send={**_named("sign", sign), "HPKE wrap": wrap, "AES-GCM close": close},
        arrive={"HPKE unwrap": unwrap, "AES-GCM open": open_, **_named("verify", verify)},
        receipt={"receipts": sum(map(sum, proved)) / lines},
    )


def _named(verb: str, seconds: tuple[float, float]) -> dict[str, float]:
    return {f"Ed25519 {verb}": seconds[0], f"ML-DSA-65 {verb}": seconds[1]}


def _signatures(text: bytes, rounds: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the mean seconds of signing and of verifying, each for Ed25519 and ML-DSA-65."""
    signing, verifying = [], []
    for key in (Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate()):
        seconds, signature = _mean(partial(key.sign, text), rounds)
        signing.append(seconds)
        seconds, _ = _mean(partial(key.public_key().verify, signature, text), rounds)
        verifying.append(seconds)
    return (signing[0], signing[1]), (verifying[0], verifying[1])


def _mean(call: Callable[[], T], rounds: int) -> tuple[float, T]:
    result = call()
    # Processor time: what else runs on the machine must not make the floor look lower.
    began = time.thread_time()
    for _ in range(rounds):
        result = call()
    return (time.thread_time() - began) / rounds, result
