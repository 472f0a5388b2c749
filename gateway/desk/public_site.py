"""What everybody may read of a register, and the place where it is written down for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from gateway.catalogue import Catalogue, Register
from gateway.store import Row, Transaction, publications
from gateway.store.publications import Shown

# The registers that are made public.
PUBLIC: Final = (Register.SENDING_ORGS, Register.SUPPORT_ORGS, Register.MEASURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicRegister:
    """All that everybody may read of one register.

    Args:
        peer: The node with which we have it.
        source: The node that keeps it.
        at: When this was true.
        version: What its keeper calls the list that is shown, if one is.
        day: Of which the register is shown as it was; None where nothing tells.
    """

    peer: str
    register: Register
    source: str
    at: str
    version: str | None
    entries: tuple[Shown, ...]
    day: str | None = None


class Site(Protocol):
    """Where public pages are written."""

    @property
    def is_open(self) -> bool:
        """Tell whether pages are written at all."""
        ...

    def place(self, peer: str, register: Register) -> str | None:
        """Return the address of a register's page, None where no address is known."""
        ...

    async def write(self, registers: Sequence[PublicRegister]) -> None:
        """Write the pages of these registers.

        Raises:
            OSError, LocalError: They cannot be written; those that were there may be there still.
        """
        ...


class NoSite:
    """No pages are written here: somebody else makes the publication, and says where."""

    is_open = False

    def place(self, peer: str, register: Register) -> str | None:
        """Return nothing: no page has an address."""
        return None

    async def write(self, registers: Sequence[PublicRegister]) -> None:
        """Write nothing."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """What the configuration says of publishing: where pages go, and what waits for nobody.

    Args:
        automatic: Types of messages.
    """

    site: Site = field(default_factory=NoSite)
    automatic: Collection[str] = ()


def load(
    tx: Transaction,
    catalogue: Catalogue,
    *,
    node: str,
    at: str,
    peer: str | None = None,
    register: Register | None = None,
) -> list[PublicRegister]:
    """Return the registers of which anything was ever public, those alone that are named."""
    peers = (peer,) if peer is not None else _peers(catalogue, node)
    named = PUBLIC if register is None else (register,)
    return [
        _public(tx, catalogue, each, one, node=node, at=at)
        for each in peers
        for one in named
        if publications.has_any(tx, each, one)
    ]


def _peers(catalogue: Catalogue, node: str) -> tuple[str, ...]:
    joined = (profile.nodes for profile in catalogue.profiles.values() if node in profile.nodes)
    return tuple(sorted({each for nodes in joined for each in nodes} - {node}))


def _public(
    tx: Transaction, catalogue: Catalogue, peer: str, register: Register, *, node: str, at: str
) -> PublicRegister:
    entries = tuple(publications.shown(tx, peer, register))
    list_ = publications.list_shown(tx, peer, register)
    profile = catalogue.profile_for(node, peer)
    rows = (row for row in profile.types.values() if row.register is register and row.publish)
    is_theirs = any(profile.may_send(peer, row.name) for row in rows)
    return PublicRegister(
        peer=peer,
        register=register,
        source=peer if is_theirs else node,
        at=at,
        version=None if list_ is None else list_["list_version"],
        entries=entries,
        day=None if list_ is None else _day_of(list_, entries),
    )


def _day_of(list_: Row, entries: Sequence[Shown]) -> str:
    """Return the day of a list, or of the last message that has changed what stands there since."""
    later = (each.since[:10] for each in entries if each.place > (list_["applied"], list_["seq"]))
    return max((str(list_["as_of"]), *later))
