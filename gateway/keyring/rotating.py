"""New keys for old ones, and keys that must not count any more; one new card for each act.

The identity is opened here and nowhere else after a node was made. Everything an act writes appears
together or not at all (`folder`); the running node is told afterwards, or finds it when it starts.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.delivery.handed_out import OlderKeysError
from gateway.envelope import Card, fingerprint, issue_card, read_card, times
from gateway.keyring import folder as keys_folder
from gateway.keyring import layout
from gateway.keyring.making import LOG2_N, key_files, make_keys
from gateway.keyring.opening import Shelf, identity_of
from gateway.keyring.renewal import HandedOut, Kind, next_card
from gateway.keyring.retention import unneeded
from gateway.keyring.sealed_file import Sealing, Use
from gateway.keyring.selecting import meant, without


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """The passphrases that an act needs: of the identity, and of the node's own files."""

    identity: bytes = field(repr=False)
    node: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """What an act has changed, or would change."""

    card: Card
    made: tuple[str, ...]
    destroyed: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the identity on the card."""
        return fingerprint(self.card.identity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How an act is carried out.

    Args:
        after: What was handed out last, as the database tells it; None where there is none to ask.
        dry_run: Find out what would happen and write nothing.
        log2_n: The cost of each guess at a passphrase; lower it in tests only.
        reached: Called at each place where a crash could find the files.
    """

    now: float
    after: HandedOut | None = None
    dry_run: bool = False
    log2_n: int = LOG2_N
    reached: Callable[[str], None] = lambda _: None

    @property
    def sealing(self) -> Sealing:
        """How new files are sealed."""
        return Sealing(created=times.text(self.now), log2_n=self.log2_n)


# What an act does to the card before the new keys are added, and of which kinds it needs new keys.
Plan = Callable[[Shelf, Card], tuple[Card, frozenset[Kind]]]


def rotate(folder: Path, kinds: Collection[Kind], opening: Opening, act: Act) -> Changed:
    """Make new keys of these kinds, and a card on which they stand beside the old ones.

    Raises:
        WrongFilePassphraseError: A passphrase does not open its file; nothing was changed.
        PrivateFileError: `identity.key` is not there, or others can get at a file.
        KeyFileError: A file is damaged, or is not the identity on the card.
    """
    return change(folder, lambda _, card: (card, frozenset(kinds)), opening, act)


def revoke(folder: Path, selector: str, opening: Opening, act: Act) -> Changed:
    """Let a key count no more, from now on; where none of its kind is left, make a new one.

    Args:
        selector: The name of a file, or a key id or its beginning.

    Raises:
        NotFoundError: Nothing on the card is meant by that.
        ConflictError: The key is revoked already, or several are meant.
        InvalidError: That key is not revoked by a card.
        LocalError: As with `rotate`.
    """

    def plan(shelf: Shelf, card: Card) -> tuple[Card, frozenset[Kind]]:
        kind, name = meant(shelf, card, selector)
        rest, is_left = without(card, kind, name, times.text(act.now))
        return rest, frozenset() if is_left else frozenset({kind})

    return change(folder, plan, opening, act)


def change(folder: Path, plan: Plan, opening: Opening, act: Act) -> Changed:
    """Write the card that a plan makes of ours, and the keys that it asks for.

    Raises:
        LocalError: As with `rotate`, or as the plan raises; nothing was changed.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, opening.node)
        raw = shelf.read(folder / layout.CARD)
        card = read_card(raw)
        identity = identity_of(Shelf(folder, directory, opening.identity), card)
        # New files under another passphrase than the old ones would keep the node from starting.
        shelf.secret(folder / layout.STORE, Use.STORE, ())
        after = newest_of(card, raw, act.after)
        rest, kinds = plan(shelf, card)
        made = make_keys(kinds, node=card.node, now=act.now)
        new = next_card(rest, made, after=after, now=act.now)
        files = key_files(made, opening.node, act.sealing, numbers=free_numbers(shelf, kinds))
        files[layout.CARD] = issue_card(new, identity)
        # Where the folder is older than what was handed out, no file of it can be judged.
        is_newest = after.serial == card.serial
        known = known_of(card, after)
        over = unneeded(shelf, new, known=known, now=act.now) if is_newest else ()
        if not act.dry_run:
            keys_folder.replace(folder, files, gone=over, reached=act.reached)
    return Changed(card=new, made=tuple(sorted(files)), destroyed=over)


def prune(folder: Path, act: Act) -> Changed:
    """Destroy the private keys that nothing needs any more; neither passphrase is needed.

    Raises:
        KeyFileError: A file is damaged; nothing was deleted.
        OlderKeysError: A newer card than the one in the folder was handed out.
    """
    with keys_folder.opened(folder) as directory:
        shelf = Shelf(folder, directory, b"")
        raw = shelf.read(folder / layout.CARD)
        card = read_card(raw)
        after = newest_of(card, raw, act.after)
        if after.serial != card.serial:
            raise OlderKeysError(card.serial, after.serial)
        over = unneeded(shelf, card, known=known_of(card, after), now=act.now)
        if not act.dry_run:
            keys_folder.destroy(folder, over)
    return Changed(card=card, made=(), destroyed=over)


def newest_of(card: Card, raw: bytes, after: HandedOut | None) -> HandedOut:
    """Return what the next card follows: usually our card, a later one if `keys/` is older.

    Peers would refuse a serial that they have seen on another card.
    """
    ours = HandedOut.by(card, raw)
    if after is None:
        return ours
    return after if after.serial >= ours.serial else replace(ours, presented=after.presented)


def known_of(card: Card, after: HandedOut) -> Card | None:
    """Return our card if every enabled peer has receipted it."""
    return card if after.is_known and after.serial == card.serial else None


def free_numbers(shelf: Shelf, kinds: Collection[Kind]) -> dict[Kind, int]:
    """Return a number for a new file of each kind, above every one that is there."""
    numbers: dict[Kind, int] = {}
    for kind in kinds:
        suffixes = ("pem", "key", "secret") if kind is Kind.TLS else ("key",)
        paths = [path for suffix in suffixes for path in shelf.newest_first(kind, suffix)]
        numbers[kind] = 1 + max((layout.number_of(path) for path in paths), default=0)
    return numbers
