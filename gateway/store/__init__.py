"""The only SQL: one SQLite file per node, one writer, evidence in every transaction.

A transaction is a plain function: `await store.write(fn)` runs `fn(tx)`, `await store.read(fn)`
runs it on a read-only connection. The modules beside this one are made of such functions.
"""

from gateway.store.connection import CHECKPOINTS_ARE_SAFE, SQLITE_VERSION
from gateway.store.database import Store, StoreLockedError
from gateway.store.transaction import Row, Transaction

__all__ = [
    "CHECKPOINTS_ARE_SAFE",
    "SQLITE_VERSION",
    "Row",
    "Store",
    "StoreLockedError",
    "Transaction",
]
