"""Checks of the keys on disk, without opening one: how long they hold, and are they all there."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gateway.cli import output
from gateway.cli.findings import Finding, failed, failure, ok, warning
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.config import Config
    from gateway.keyring import KeyDescription

_SOON_DAYS: Final = 30


def run(settings: "Config") -> Iterator[Finding]:
    """Look at the card and at the key files that it needs."""
    from gateway import keyring

    try:
        shown = _shown(settings)
        found = keyring.describe(settings.paths.keys, now=time.time(), presented=shown)
        yield from _card(settings)
    except GatewayError:
        # What is wrong there was told with the rights, or is told by the node that does not start.
        return
    for use in ("message", "encryption", "tls"):
        yield from _use(settings, use, [key for key in found if key.use == use])


def _card(settings: "Config") -> Iterator[Finding]:
    from gateway import private_files
    from gateway.envelope import read_card, times
    from gateway.keyring import layout

    try:
        card = read_card(private_files.read(settings.paths.keys / layout.CARD))
    except GatewayError as error:
        yield failed("card", error)
        raise
    days = int((times.parse(card.not_after) - time.time()) // 86_400)
    text = f"serial {card.serial}, {days} days left"
    yield _graded("card", text, days, settings, "rotate", "all")
    for pair, validity in card.message_pairs:
        if validity.revoked_at is not None:
            yield ok("card", f"pair {pair.kids[0][:8]} is revoked from {validity.revoked_at}")


def _use(settings: "Config", use: str, keys: list["KeyDescription"]) -> Iterator[Finding]:
    """Look at the keys of one use that stand on the card.

    The one that holds longest counts; of certificates the one that is shown, if that is known.
    """
    subject = f"{use} key" if use != "tls" else "TLS"
    on_card = [key for key in keys if key.is_on_card and key.revoked_at is None]
    if not on_card:
        text = "no file under keys/ holds a key that is on the card"
        yield failure(subject, text, "restore the keys from their backup; see keys/README.md")
        return
    days = _days(on_card)
    what = f"{len(on_card)} on the card" if use != "tls" else "certificate on the card"
    act: tuple[str, ...] = ("rotate", use)
    if shown := [key for key in on_card if key.presented]:
        if _days(shown) < days:
            # A later one waits on the card: it need not be made, only be shown.
            act = ("use-certificate",)
        what, days = "certificate that is shown", _days(shown)
    yield _graded(subject, f"{what}, {days} days left", days, settings, *act)


def _days(keys: list["KeyDescription"]) -> int:
    return max(key.days_left if key.days_left is not None else 0 for key in keys)


def _shown(settings: "Config") -> bytes | None:
    from gateway.node import key_acts

    try:
        return key_acts.presented(settings)
    except GatewayError:
        return None  # what is wrong with the database was told with the store


def _graded(subject: str, text: str, days: int, settings: "Config", *act: str) -> Finding:
    """Grade what ends; a new card comes with whatever key is made anew."""
    mend = output.line_for(settings.source, "keys", *act)
    if days < 0:
        return failure(subject, text, mend)
    return ok(subject, text) if days > _SOON_DAYS else warning(subject, text, mend)
