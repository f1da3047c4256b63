"""When the rest of a flight's line is planned anew, and from what: a late start, a pause that ends, other terms."""

from __future__ import annotations

from dataclasses import replace

from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Flight, FlightStatus
from service.domain.ads.pacing.line import target_unit

# What a line is drawn from; a change of one draws it anew from where the flight stands.
_COURSE = (
    "starts_at", "ends_at", "timezone", "days", "hours", "goal_type", "goal", "cap_unit", "lifetime_cap", "pacing",
    "price_model",
)  # fmt: skip


def is_late(before: Flight | None, flight: Flight, now: float) -> bool:
    """Returns whether a flight is new though it should have begun: its line begins now, from nothing."""
    return before is None and flight.starts_at is not None and flight.starts_at < now


def changes_course(before: Flight | None, flight: Flight, now: float) -> bool:
    """Returns whether a flight that has begun goes on after a pause, or under other terms."""
    if before is None or before.starts_at is None or before.starts_at >= now:
        return False
    resumes = before.status is not FlightStatus.ACTIVE and flight.status is FlightStatus.ACTIVE
    return resumes or any(getattr(before, name) != getattr(flight, name) for name in _COURSE)


def replanned(flight: Flight, standing: Standing, now: float) -> Flight:
    """Returns the flight, the rest of it planned from `now` on (seconds since 1970) and from what it has by then."""
    unit = target_unit(flight)
    after = standing.booked.get(unit, 0) if unit else 0
    return replace(flight, planned_from=int(now), planned_after=after)
