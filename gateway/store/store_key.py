"""Whether the store key is the one that sealed what lies here; a key that was lost is noted once.

Content that another store key sealed does not open, and each reading would tell only of itself.
"""

from typing import Final

from gateway.envelope import base64url
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Transaction

_NAME: Final = "store_key"
_PLACE: Final = "meta/store_key/value"


def note_key(tx: Transaction, at: str) -> bool:
    """Compare the store key with the one in use before; tell whether it is the same.

    Another one is noted in evidence, with an alarm, and is the one to compare with from then on.
    """
    row = tx.one("meta.get", name=_NAME)
    if row is not None and _opens(tx, row["value"]):
        return True
    tx.run("store_key.put", name=_NAME, value=_token(tx))
    if row is None:
        return True
    append(tx, LOCAL, Fact.STORE_KEY_CHANGED, at=at)
    raise_alarm(tx, Alarm.STORE_KEY_CHANGED, at=at)
    return False


def _token(tx: Transaction) -> str:
    """Return a sealed nothing that only this store key opens."""
    key, wrapped = tx.sealer.new_key(_PLACE)
    sealed = tx.sealer.seal(key, b"", _PLACE)
    return f"{base64url.encode(wrapped)}.{base64url.encode(sealed)}"


def _opens(tx: Transaction, token: str) -> bool:
    wrapped, _, sealed = token.partition(".")
    try:
        tx.sealer.open(base64url.decode(wrapped), base64url.decode(sealed), _PLACE)
    except CorruptError:
        return False
    return True
