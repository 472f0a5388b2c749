"""Consent officers on our card: who may sign what, from when until when.

Peers take officers from a card only once their operators have confirmed it by hand, so each act
here is followed by a telephone call. An officer who is revoked stays on the card with the time of
it: what was signed with that pair counts no more, from the moment a peer knows.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from gateway.envelope import Card, KeyValidity, Officer, read_card, times
from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.officers import OfficerPublic
from gateway.keyring.opening import Shelf
from gateway.keyring.renewal import Kind, is_over, start_of
from gateway.keyring.rotating import Act, Changed, Opening, change
from gateway.policy.examining import CAPABILITY

# As long as any other pair that signs; then the officer makes another one.
LONGEST_DAYS: Final = 366
_DAY: Final = 86_400
_SHORTEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointed:
    """One officer on our card, for a listing."""

    id: str
    capability: str
    kids: tuple[str, ...]
    not_before: str
    not_after: str
    revoked_at: str | None


def officers(folder: Path) -> tuple[Appointed, ...]:
    """Return the officers on our card; no passphrase is needed.

    Raises:
        PrivateFileError: Others can get at a file of the folder, or it is missing.
    """
    with keys_folder.opened(folder) as directory:
        card = read_card(Shelf(folder, directory, b"").read(folder / layout.CARD))
    return tuple(
        Appointed(
            id=each.id,
            capability=each.capability,
            kids=each.pair.kids,
            not_before=each.validity.not_before,
            not_after=each.validity.not_after,
            revoked_at=each.validity.revoked_at,
        )
        for each in card.officers
    )


def appoint(
    folder: Path, public: OfficerPublic, *, until: float, opening: Opening, act: Act
) -> Changed:
    """Put an officer's pair on the card.

    Raises:
        VerificationError: The pair was made for another node or identity.
        ConflictError: The pair is on the card already.
        InvalidError: `until` is not ahead, or too far.
        LocalError: As with `rotate`; nothing was changed.
    """
    if not act.now < until <= act.now + LONGEST_DAYS * _DAY:
        raise InvalidError(f"an officer's key counts until a day within {LONGEST_DAYS} days")

    def plan(_: Shelf, card: Card) -> tuple[Card, frozenset[Kind]]:
        public.pinned.check(card)
        if any(each.pair.kids == public.pair.kids for each in card.officers):
            raise ConflictError(
                "that key is on the card already", hint="gateway keys officers list"
            )
        validity = KeyValidity(
            not_before=times.text(start_of(act.now)), not_after=times.text(until)
        )
        officer = Officer(
            id=public.pinned.officer, capability=CAPABILITY, pair=public.pair, validity=validity
        )
        kept = [each for each in card.officers if not is_over(each.validity, act.now)]
        return replace(card, officers=(*kept, officer)), frozenset()

    return change(folder, plan, opening, act)


def dismiss(folder: Path, selector: str, *, opening: Opening, act: Act) -> Changed:
    """Let an officer's pair count no more, and all that was ever signed with it.

    Args:
        selector: The officer's id, or a key id or its beginning.

    Raises:
        NotFoundError: No officer on the card is meant by that.
        ConflictError: Several are, or the pair was revoked before.
        LocalError: As with `rotate`; nothing was changed.
    """

    def plan(_: Shelf, card: Card) -> tuple[Card, frozenset[Kind]]:
        meant = _meant(card, selector, times.text(act.now))
        revoked = replace(meant, validity=replace(meant.validity, revoked_at=times.text(act.now)))
        rest = tuple(revoked if each is meant else each for each in card.officers)
        return replace(card, officers=rest), frozenset()

    return change(folder, plan, opening, act)


def _meant(card: Card, selector: str, at: str) -> Officer:
    found = [each for each in card.officers if _is_meant(each, selector)]
    # One officer may have had several pairs: by the name, the one that still counts is meant.
    living = [each for each in found if each.validity.is_valid_at(at)]
    if not found:
        raise NotFoundError("no officer on the card has that name", hint="gateway keys officers")
    if len(found) > 1 and len(living) != 1:
        raise ConflictError(
            "several keys are meant by that: give the beginning of a key id",
            hint="gateway keys officers list",
        )
    officer = living[0] if living else found[0]
    if officer.validity.revoked_at is not None:
        raise ConflictError(f"that key was revoked at {officer.validity.revoked_at} already")
    return officer


def _is_meant(officer: Officer, selector: str) -> bool:
    if officer.id == selector:
        return True
    is_long = len(selector) >= _SHORTEST
    return is_long and any(kid.startswith(selector) for kid in officer.pair.kids)
