"""Checks of what a node speaks under: its memoranda, and the calendars that its terms count by."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.cli.findings import Finding, failed, ok
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.config import Config


def run(settings: "Config") -> Iterator[Finding]:
    """Look at the memoranda of the configuration, and say how far the holidays are known."""
    from gateway.node.setup import catalogue

    try:
        found = catalogue(settings)
    except GatewayError as error:
        yield failed("memoranda", error)
        return
    profiles = [found.profile(name) for name in settings.node.profiles]
    yield ok("memoranda", ", ".join(profile.name for profile in profiles))
    calendars = {
        point.calendar.country: point.calendar
        for profile in profiles
        for point in profile.contact_points
    }
    known = (
        f"{country} through {max(calendar.years)}" if calendar.years else f"none of {country}"
        for country, calendar in sorted(calendars.items())
    )
    yield ok("calendars", f"holidays are known: {', '.join(known)}")
