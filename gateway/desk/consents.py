"""Consent at the desk: asking for it, preparing what officers sign, giving, denying, revoking it.

    request --prepare--> package --signed away from the node--> grant --revoke--> revoked
       |----deny---> denied

No key of an officer is ever here. What comes back from them is judged again as if it came from
somebody else, by our own card, before anything leaves.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final, Protocol

from gateway.catalogue import Catalogue, Event, ThreadKind, ThreadState, advance
from gateway.catalogue.text import composed
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk import consent_preparing as preparing
from gateway.desk.consent_asking import Asked, Wish, asked
from gateway.desk.consent_list import ConsentList, Give, find
from gateway.desk.consent_packages import Checked, Package, check_package
from gateway.desk.consent_terms import Narrowed
from gateway.desk.draft import Actor, Draft
from gateway.desk.reading import Loaded, WithheldError, note_read, note_withheld
from gateway.envelope import times
from gateway.errors import ConflictError, OutOfOrderError, PolicyError, VerificationError
from gateway.policy import Denied
from gateway.policy.examining import Examined, examine
from gateway.store import Row, Store, Transaction, consents, messages, threads
from gateway.store.messages import Direction

# Where a matter stands in which a consent counts.
_STANDING: Final = frozenset({ThreadState.GRANTED, ThreadState.PARTLY_GRANTED})


class Send(Protocol):
    """Queue a message, as `Desk.send` does."""

    async def __call__(
        self, draft: Draft, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Return the view of the message."""
        ...


class Consents(ConsentList):
    """The part of the desk that deals with consents of both sides."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        catalogue: Catalogue,
        ports: Ports,
        give: Give,
        send: Send,
    ) -> None:
        super().__init__(us=us, store=store, catalogue=catalogue, ports=ports, give=give)
        self._send = send

    async def request(
        self,
        selector: str,
        wish: Wish,
        actor: Actor,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Ask the sender of a message for its consent to pass it on.

        Args:
            dry_run: Return the body that would be sent, and send nothing.

        Raises:
            NotFoundError: No such message.
            PolicyError: It is our own, or its marking rules out what is asked for.
            ConflictError: It was withdrawn.
            InvalidError: A recipient, a part, a word or a time does not fit.
        """
        found = await self._store.read(partial(self._asked, selector, wish, Direction.IN))
        if dry_run:
            return {"dry_run": True, "peer": found.row["peer"], "body": found.body}
        draft = _draft("consent.request", found.body, in_reply_to=found.row["id"])
        return await self._send(draft, actor, idempotency_key=idempotency_key)

    async def prepare(self, selector: str, narrowed: Narrowed, actor: Actor) -> dict[str, Any]:
        """Return the package that consent officers sign to grant a request.

        Preparing it is to read the request as well, so it hands it over like any fetch.

        Raises:
            NotFoundError: No such message, or its content was erased.
            ConflictError: It is no request that can be granted now.
            InvalidError: The terms would permit more than was asked for, or what nobody can use.
            PolicyError: The content may not be read.
        """
        narrowed = self._by_us(narrowed)
        loaded = await self._store.read(partial(_grantable, selector=selector))
        await self._give(loaded.row["seq"], actor)
        here = self._here()
        gather = partial(preparing.answering, loaded=loaded, narrowed=narrowed, here=here)
        return await self._packed(gather, actor)

    async def offer(
        self, selector: str, wish: Wish, narrowed: Narrowed, actor: Actor
    ) -> dict[str, Any]:
        """Return the package for a consent to pass on a message of ours that nobody asked for.

        Raises:
            NotFoundError: No such message, or its content was erased.
            PolicyError: It is the other side's, or its marking rules out what is offered.
            ConflictError: It was withdrawn.
            InvalidError: As with `request` and `prepare`.
        """
        narrowed = self._by_us(narrowed)
        found = await self._store.read(partial(self._asked, selector, wish, Direction.OUT))
        gather = partial(preparing.offering, asked=found, narrowed=narrowed, here=self._here())
        return await self._packed(gather, actor)

    async def grant(
        self, package: Package, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Send the consent of a package that enough officers have signed.

        Raises:
            InvalidError: The terms are none that anybody could use.
            VerificationError: Something in the package does not hold, or an officer's key does not
                count by our own card.
            ConflictError: Another officer has to sign, or what is permitted does not stand.
        """
        checked = await self._ports.compute(partial(check_package, package))
        self._check_ours(checked)
        self._check_signed(checked)
        await self._store.read(partial(self._check_standing, checked))
        request = checked.request
        first = checked.terms.messages[0].message_id if checked.terms.messages else None
        draft = _draft(
            "consent.offer" if request is None else "consent.grant",
            package.body(),
            to=checked.terms.grantee,
            in_reply_to=first if request is None else request.header.id,
        )
        return await self._send(draft, actor, idempotency_key=idempotency_key)

    async def deny(
        self,
        selector: str,
        reason: str,
        text: str | None,
        actor: Actor,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Refuse a request, with a reason; silence would refuse it as well, but tell nobody.

        Raises:
            NotFoundError: No such message.
            ConflictError: It is no request to us, or is decided.
            InvalidError: The reason is not one of the code list.
        """
        loaded = await self._store.read(partial(preparing.request_of, selector=selector))
        body = {"reason": reason} | _text(text)
        draft = _draft("consent.deny", body, in_reply_to=loaded.row["id"])
        return await self._send(draft, actor, idempotency_key=idempotency_key)

    async def revoke(
        self,
        selector: str,
        reason: str,
        text: str | None,
        actor: Actor,
        *,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """End a consent of ours; nobody but the node signs that, so that it is quick.

        Raises:
            NotFoundError: No such consent.
            PolicyError: The other side gave it.
            ConflictError: It is revoked already.
            InvalidError: The reason is not one of the code list.
        """
        row = await self._store.read(partial(find, selector=selector))
        if row["direction"] != Direction.OUT:
            raise PolicyError(
                f"{row['peer']} gave that consent: only the one who gives it revokes it",
                hint="not to use it is enough; nothing obliges you to",
            )
        if row["code"] == Denied.CONSENT_REVOKED:
            raise ConflictError("that consent is revoked already", hint="gateway consent list")
        body = {"consent_id": row["consent_id"], "reason": reason} | _text(text)
        opener = await self._store.read(partial(_opener, row=row))
        draft = _draft("consent.revoke", body, in_reply_to=opener)
        return await self._send(draft, actor, idempotency_key=idempotency_key)

    def _asked(self, selector: str, wish: Wish, direction: Direction, tx: Transaction) -> Asked:
        return asked(
            tx,
            selector,
            wish,
            direction=direction,
            parties=self._catalogue.parties,
            epoch=self._us.epoch,
            now=self._ports.clock(),
        )

    def _by_us(self, narrowed: Narrowed) -> Narrowed:
        """Name our contact point where no organisation is named that gives the consent."""
        return replace(narrowed, granted_by={"org_id": self._us.node} | narrowed.granted_by)

    def _here(self) -> preparing.Here:
        return preparing.Here(
            node=self._us.node,
            card=self._us.card,
            profile=lambda peer: self._catalogue.profile_for(self._us.node, peer).name,
            parties=self._catalogue.parties,
            new_id=self._ports.new_id,
            now=self._ports.clock(),
        )

    async def _packed(
        self, gather: Callable[[Transaction], Package], actor: Actor
    ) -> dict[str, Any]:
        """Gather a package, see that it would be taken back, and keep who has read it."""
        at = self._ports.clock()
        try:
            package = await self._store.read(gather)
        except WithheldError as error:
            withheld = error

            def refuse(tx: Transaction) -> None:
                row = messages.get(tx, messages.find(tx, withheld.withheld.message_id))
                note_withheld(tx, row, withheld, int(at), actor)

            await self._store.write(refuse)
            raise
        checked = await self._ports.compute(partial(check_package, package))

        def record(tx: Transaction) -> None:
            for message in checked.messages:
                note_read(tx, message.header.id, actor, times.text(at))

        await self._store.write(record)
        return {"package": package.document(), "officers_needed": self._needed(checked)}

    def _check_ours(self, checked: Checked) -> None:
        card = self._us.keys.current.card
        if (checked.card.node, checked.card.identity) != (card.node, card.identity):
            raise VerificationError(
                f"that package was prepared at another node, {checked.card.node}",
                hint="each consent is prepared, signed and sent at the node that gives it",
            )

    def _needed(self, checked: Checked) -> int:
        profile = self._catalogue.profile_for(self._us.node, checked.terms.grantee)
        return profile.officers_needed(self._us.node)

    def _check_signed(self, checked: Checked) -> None:
        """Let pass only what the other side will take, as far as that can be told here."""
        needed, signed = self._needed(checked), len(checked.instruments)
        if signed < needed:
            raise ConflictError(
                f"{needed - signed} of {needed} officers still have to sign; nothing was sent",
                hint="give the file to them: gateway consent sign FILE --key FILE",
            )
        found = self._examined(checked, needed)
        if found.denied is not None:
            raise VerificationError(
                f"the other side would refuse that consent: {found.denied}; nothing was sent",
                hint="gateway keys officers list shows whose key counts, and until when",
            )

    def _examined(self, checked: Checked, needed: int) -> Examined:
        profile = self._catalogue.profile_for(self._us.node, checked.terms.grantee)
        body = checked.package.body()
        return examine(
            body["terms"],
            body["instruments"],
            self._us.keys.current.card.officers,
            grantor=self._us.node,
            grantee=checked.terms.grantee,
            officers_needed=needed,
            environment=self._us.environment,
            now=times.text(self._ports.clock()),
            grantors=profile.grantors_of(self._us.node),
        )

    def _check_standing(self, checked: Checked, tx: Transaction) -> None:
        """Let pass only what could be prepared now as well: it may have lain for days."""
        terms = checked.terms
        if terms.not_after <= times.text(self._ports.clock()):
            raise ConflictError(
                f"its time was over at {terms.not_after}; have another one prepared",
                hint="gateway consent grant REQUEST --prepare FILE",
            )
        if checked.request is not None:
            loaded = _grantable(tx, checked.request.header.id)
            if loaded.row["header_digest"] != checked.request.header_digest:
                raise ConflictError(
                    "the request was replaced meanwhile: have another package prepared",
                    hint="gateway consent grant REQUEST --prepare FILE",
                )
        for named in terms.messages:
            preparing.ours(tx, named, terms.grantee)
        if consents.by_id(tx, terms.grantee, Direction.OUT, terms.consent_id) is not None:
            raise ConflictError(
                "that consent was sent already", hint=f"gateway consent show {terms.consent_id}"
            )


def _grantable(tx: Transaction, selector: str) -> Loaded:
    """Return a request for consent that a consent would answer now.

    Raises:
        NotFoundError: No such message.
        ConflictError: It is none, or its matter is over: nothing that is granted would count.
    """
    loaded = preparing.request_of(tx, selector)
    matter = threads.get(tx, loaded.row["peer"], loaded.row["thread"])
    state = None if matter is None else ThreadState(matter["state"])
    with suppress(OutOfOrderError):
        if state is not None and advance(ThreadKind.CONSENT, state, Event.GRANT) in _STANDING:
            return loaded
    raise ConflictError(
        f"that request is {state or 'gone'}: a consent to it would not count",
        hint="gateway consent offer gives one unasked; or let the other side ask anew",
    )


def _opener(tx: Transaction, row: Row) -> str:
    """Return the message that opened the matter of a consent.

    A revocation speaks of that one: the peer has it, even where the consent is still on its way.
    """
    return str(row["request"] or messages.shown(tx, row["seq"])["id"])


def _text(text: str | None) -> dict[str, Any]:
    return {} if text is None else {"text": {"en": composed(text)}}


def _draft(
    type: str, body: Mapping[str, Any], *, in_reply_to: str | None, to: str | None = None
) -> Draft:
    given = {"type": type, "body": dict(body), "in_reply_to": in_reply_to, "to": to}
    return Draft.from_json({name: value for name, value in given.items() if value is not None})
