"""The node itself: how it is, what needs a person, whether its peers can be reached."""

from typing import Any, cast

from gateway.client.asking import Asking, flag
from gateway.client.duty_views import DutyPage, DutyReport
from gateway.client.views import (
    Alarm,
    AlarmPage,
    Health,
    PeerChecks,
    Retried,
    Status,
)


class Operations(Asking):
    """What can be asked about the node."""

    def status(self) -> Status:
        """Return who the node is, what waits where, and the newest alarms."""
        return cast(Status, self.get("status"))

    def health(self) -> Health:
        """Return how every part of the node is, with reasons and numbers."""
        return cast(Health, self.get("health"))

    def alarms(
        self, *, everything: bool = False, after: str | None = None, limit: int | None = None
    ) -> AlarmPage:
        """Return what needs a person, newest first; what was dismissed only with `everything`."""
        page = self.get("alarms", all=flag(everything), after=after, limit=limit)
        return cast(AlarmPage, page)

    def dismiss(self, seq: int) -> Alarm:
        """Note that a person has looked at an alarm."""
        return cast(Alarm, self.post("alarms", str(seq), "dismiss"))

    def duties(
        self,
        *,
        peer: str | None = None,
        holder: str | None = None,
        overdue: bool = False,
        everything: bool = False,
        without_reading: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> DutyPage:
        """Return what is owed, the most pressing first; what is done only with `everything`.

        Args:
            holder: `us` or `them`: only what this side owes.
            without_reading: Without what is only to be read.
        """
        page = self.get(
            "duties",
            peer=peer,
            holder=holder,
            overdue=flag(overdue),
            all=flag(everything),
            without_reading=flag(without_reading),
            after=after,
            limit=limit,
        )
        return cast(DutyPage, page)

    def duty_report(
        self, *, peer: str | None = None, since: str | None = None, until: str | None = None
    ) -> DutyReport:
        """Return how what fell due in a period was done, per peer and side."""
        report = self.get("duties", "report", peer=peer, since=since, until=until)
        return cast(DutyReport, report)

    def check_peers(self, peer: str | None = None) -> PeerChecks:
        """Try to reach every address of the peers, or of one, which changes nothing there."""
        return cast(PeerChecks, self.post("peers", "check", peer=peer))

    def retry_all(self, peer: str) -> Retried:
        """Try everything that is queued for a peer now; what is held stays held."""
        return cast(Retried, self.post("peers", peer, "retry"))

    def openapi(self) -> dict[str, Any]:
        """Return the description of the API, as the node serves it."""
        return self.get("openapi.json")
