"""What a simulated flight came to, and whether that meets the bar of pacing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

from service.domain.ads.pacing.line import CATCH_UP, Line

# Where supply suffices: delivered at least this part of the goal, and never this far from the line on average.
LEAST_DELIVERED_RATIO = 0.98
MOST_DISTANCE_RATIO = 0.02
# Bookings come some minutes after what they were reserved for, so an hour's may hold a little of the one before.
BURST_SLACK_RATIO = 0.005


@dataclass(frozen=True, slots=True)
class Point:
    """What was due and what was delivered at a time (seconds since 1970), in impressions."""

    at: float
    due: float
    delivered: float


@dataclass(frozen=True, slots=True)
class FlightOutcome:
    """A flight's course, hour by hour, but for its pauses. `eligible` counts the pages that it could have stood on.

    `taken_paused` counts those that it was shown on while it was paused.
    """

    flight: str
    goal: int
    eligible: int
    taken: int
    points: tuple[Point, ...]
    distance_ratio: float
    burst_ratio: float
    taken_paused: int = 0

    @property
    def delivered(self) -> float:
        """Impressions at the end."""
        return self.points[-1].delivered if self.points else 0.0

    @property
    def delivered_ratio(self) -> float:
        """Delivered over the goal."""
        return self.delivered / self.goal

    def supply_suffices(self, loss_ratio: float) -> bool:
        """Returns whether there were enough pages to deliver the goal, those whose beacons are lost left out."""
        return self.eligible * (1 - loss_ratio) >= self.goal

    def faults(self, loss_ratio: float) -> list[str]:
        """Returns in what the flight misses the bar; empty where it meets it."""
        found = []
        if self.delivered > self.goal:
            found.append(f"{self.delivered - self.goal:g} impressions past the goal")
        if self.taken_paused:
            found.append(f"shown {self.taken_paused} times while it was paused")
        if self.burst_ratio > BURST_SLACK_RATIO:
            found.append(f"an hour brought {self.burst_ratio:.1%} of the goal more than catching up may")
        if not self.supply_suffices(loss_ratio):
            return found
        if self.delivered_ratio < LEAST_DELIVERED_RATIO:
            found.append(f"only {self.delivered_ratio:.1%} of the goal is delivered")
        if self.distance_ratio > MOST_DISTANCE_RATIO:
            found.append(f"{self.distance_ratio:.1%} of the goal from the line on average")
        return found


def distance_ratio(points: tuple[Point, ...], goal: int) -> float:
    """Returns the root of the mean square of what lies between due and delivered, as a part of the goal."""
    squares = [(point.due - point.delivered) ** 2 for point in points]
    return math.sqrt(sum(squares) / len(squares)) / goal if squares else 0.0


def burst_ratio(points: tuple[Point, ...], line: Line, goal: int, one: int) -> float:
    """Returns how much more one hour brought than catching up may, as a part of the goal; the last part is left out.

    `one` is what an impression is in the line's unit.
    """
    over = [
        after.delivered - before.delivered
        - (CATCH_UP * (line.planned(after.at) - line.planned(before.at)) + line.at_once) / one
        for before, after in pairwise(points)
        if not line.at_last(after.at)
    ]  # fmt: skip
    return max([0.0, *over]) / goal
