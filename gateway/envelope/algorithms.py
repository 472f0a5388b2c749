"""The two signature algorithms of suite 1, registered with an own PyJWS instance.

PyJWT has neither name. Its global instance is left alone, so that no other algorithm it knows
(`none`, HS256) can ever be reached from here.
"""

from typing import Any, ClassVar, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from jwt import PyJWS
from jwt.algorithms import Algorithm
from jwt.exceptions import InvalidKeyError


class _RawSignature(Algorithm):
    """What both algorithms share: the library signs the bytes as they are."""

    key_types: ClassVar[tuple[type, type]]

    def prepare_key(self, key: Any) -> Any:
        """Let only a key of this algorithm through.

        Raises:
            InvalidKeyError: The key belongs to another algorithm; nothing is signed.
        """
        if not isinstance(key, self.key_types):
            raise InvalidKeyError("the key belongs to another algorithm")
        return key

    def sign(self, msg: bytes, key: Any) -> bytes:
        """Sign without context and without pre-hashing."""
        signature: bytes = key.sign(msg)
        return signature

    def verify(self, msg: bytes, key: Any, sig: bytes) -> bool:
        """Tell PyJWT's way, by a boolean, whether the signature holds."""
        try:
            key.verify(sig, msg)
        except InvalidSignature:
            return False
        return True

    @staticmethod
    def to_jwk(key_obj: Any, as_dict: bool = False) -> NoReturn:
        """Refuse: keys travel only in the form that `keys.py` checks."""
        raise NotImplementedError

    @staticmethod
    def from_jwk(jwk: Any) -> NoReturn:
        """Refuse: a key named by the signed object itself must never be used."""
        raise NotImplementedError


class Ed25519Algorithm(_RawSignature):
    """`Ed25519` of RFC 9864."""

    key_types = (Ed25519PrivateKey, Ed25519PublicKey)


class MLDSA65Algorithm(_RawSignature):
    """`ML-DSA-65` of RFC 9964."""

    key_types = (MLDSA65PrivateKey, MLDSA65PublicKey)


JWS: Final = PyJWS(algorithms=[])
JWS.register_algorithm("Ed25519", Ed25519Algorithm())
JWS.register_algorithm("ML-DSA-65", MLDSA65Algorithm())
