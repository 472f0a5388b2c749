"""What a draft speaks of: its type, recipient and thread, and which version it replies to.

A person names a message by its reference or the start of its id. Whatever version that is, a reply
answers the newest one, and a correction or withdrawal takes the newest one's place.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from gateway.catalogue import (
    TYPES,
    Catalogue,
    Channel,
    MessageType,
    Profile,
    Superseding,
    type_of,
)
from gateway.delivery.directory import Directory
from gateway.delivery.superseding import first_version, newest_version
from gateway.desk.compose import Context
from gateway.desk.draft import Draft
from gateway.desk.provenance import NOTHING_TAKEN, inherited, resolved
from gateway.errors import (
    ConflictError,
    NotFoundError,
    NotPermittedError,
    PolicyError,
    UnknownTypeError,
)
from gateway.store import Row, Store, Transaction, messages
from gateway.store.messages import Direction, State

# What the other side never took, so that nothing can speak of it.
_NEVER_THERE: Final = frozenset({State.REFUSED, State.CANCELLED, State.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Versions:
    """The message that was named, and the first and newest of its versions."""

    named: Row
    first: Row
    newest: Row


async def context_of(
    draft: Draft, *, node: str, store: Store, directory: Directory, catalogue: Catalogue
) -> Context:
    """Return what the store knows of a draft's surroundings.

    Raises:
        NotFoundError: No such peer, message or type.
        ConflictError: The message it speaks of was exchanged with somebody else, was never taken,
            or cannot be superseded (any more).
        PolicyError: This side may not send the type, or not about that message.
    """
    about = None
    if draft.in_reply_to is not None:
        about = await store.read(partial(_versions, selector=draft.in_reply_to))
    to = draft.to or (about.named["peer"] if about else "")
    if about is not None and about.named["peer"] != to:
        raise ConflictError(f"that message was exchanged with {about.named['peer']}, not {to}")
    peer = directory.get(to)
    taken = NOTHING_TAKEN
    if draft.derived_from:
        look = partial(resolved, derived=draft.derived_from, body=draft.body, to=to)
        taken = await store.read(look)
    profile = catalogue.profile_for(node, to)
    name = known_type(draft.type or _reply_type(about.first["type"] if about else ""))
    row = _row(profile, name, node=node, to=to)
    if about is None:
        return Context(peer=peer, row=row, profile=profile, taken=taken)
    if row.supersedes is not None:
        _check_superseding(about)
    spoken_of = about.newest if row.replies_to or row.supersedes else about.named
    if spoken_of["state"] in _NEVER_THERE:
        raise ConflictError(f"the other side never took {spoken_of['id']}: nothing speaks of it")
    context = Context(peer=peer, row=row, profile=profile, about=spoken_of, taken=taken)
    if row.opens is not None:
        return replace(context, parent_thread=spoken_of["thread"], in_reply_to=spoken_of["id"])
    context = replace(context, thread=spoken_of["thread"], reference=spoken_of["reference"])
    if row.supersedes is None:
        return replace(context, in_reply_to=spoken_of["id"])
    return await _superseding(context, about, row.supersedes, draft=draft, store=store)


async def _superseding(
    context: Context, about: _Versions, mode: Superseding, *, draft: Draft, store: Store
) -> Context:
    """Return the surroundings of what takes the place of the newest version of a message.

    A correction whose author names no sources has those of the version that it corrects.
    """
    first, newest = about.first, about.newest
    supersedes = {
        "id": newest["id"],
        "header_digest": newest["header_digest"],
        "mode": mode.value,
    }
    context = replace(context, in_reply_to=first["id"], supersedes=supersedes)
    if mode is not Superseding.CORRECT:
        return context
    taken = context.taken
    if not draft.derived_from:
        taken = await store.read(partial(inherited, earlier=newest, body=draft.body))
    return replace(context, corrects=context.profile.type_of(first["type"]), taken=taken)


def first_named(tx: Transaction, *, selector: str) -> Row:
    """Return the first version of the message that a person names, as lists show it.

    Raises:
        NotFoundError: Nothing fits.
        ConflictError: More than one message fits.
    """
    return _versions(tx, selector).first


def _row(profile: Profile, name: str, *, node: str, to: str) -> MessageType:
    """Return a type that this node may send to a peer.

    Raises:
        PolicyError: The other side sends it, or the memorandum of the two does not have it.
    """
    try:
        return profile.check_sender(node, name)
    except NotPermittedError as error:
        raise PolicyError(str(error), hint=f"gateway types {name} says who may") from None
    except UnknownTypeError:
        raise PolicyError(
            f"{name} is not in use with {to}", hint=f"gateway types --peer {to} lists what is"
        ) from None


def known_type(name: str) -> str:
    """Return the name of a type.

    Raises:
        NotFoundError: The catalogue has no such type.
    """
    if name not in TYPES:
        raise NotFoundError(f"no message type {name!r}", hint="gateway types")
    return name


def _versions(tx: Transaction, selector: str) -> _Versions:
    named = messages.shown(tx, messages.find(tx, selector))
    first = first_version(tx, named)
    return _Versions(named=named, first=first, newest=newest_version(tx, first))


def _check_superseding(about: _Versions) -> None:
    first, newest = about.first, about.newest
    if first["direction"] != Direction.OUT:
        raise PolicyError("only the side that sent a message corrects or withdraws it")
    if not type_of(first["type"]).updatable:
        raise PolicyError(f"a {first['type']} stays as it was sent")
    if newest["superseded_by"] is not None:
        hint = f"gateway show {newest['superseded_by']}"
        raise ConflictError(f"message {first['id']} was withdrawn", hint=hint)


def _reply_type(earlier: str) -> str:
    """Return the one type that replies to a type.

    Raises:
        ConflictError: Nothing replies to it, or more than one type does.
    """
    fitting = [row.name for row in TYPES.values() if earlier in row.replies_to]
    if len(fitting) != 1 or TYPES[fitting[0]].channel is Channel.CONTROL:
        raise ConflictError("no single type replies to that message", hint="name the type")
    return fitting[0]
