"""How large things may be. Every number is checked before any work is spent on the bytes.

The wire's numbers are those of `docs/protocol.md`; a peer with other numbers would be refused.
"""

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

HEADER: Final = 16 * KIB
CONTENT: Final = 1 * MIB
# Content of 1 MiB may double when it becomes a JSON string, then grows by a third in base64.
ENVELOPE: Final = 4 * MIB
BATCH: Final = 2 * MIB
LINES: Final = 64
RECEIPT: Final = 48 * KIB
# 64 entries of this size, escaped, and the receipt stay within an answer.
ENTRY: Final = 3 * KIB
ANSWER: Final = 256 * KIB
CARD: Final = 256 * KIB
# Two signatures and a payload with the digests of a few envelopes.
STATEMENT: Final = 16 * KIB
# Two signatures (12 KiB) and the terms: many pointers, and texts in three languages.
CONSENT: Final = 96 * KIB
KEY_FILE: Final = 64 * KIB

# Strict JSON: no honest object of ours comes near either.
DEPTH: Final = 16
MEMBERS: Final = 100_000

# A message lives at most 400 days, so that a year's deadline fits with room.
LIFE_SECONDS: Final = 400 * 86_400

POINTERS: Final = 16
POINTER_LENGTH: Final = 128
NOTE_LENGTH: Final = 4_000
