"""How urgent a guaranteed flight is: what it still has to show, over what it can still get in the time it has left.

Chances are counted in hours of all the site's pages: a flight that a tenth of the pages suit has a tenth of an hour in
each hour. How many pages an hour has is the same for all flights of a site, so that nothing need be known of it, nor of
other processes, to tell who is more urgent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

import numpy as np
import numpy.typing as npt

from service.domain.ads.booking.budget_terms import flight_terms
from service.domain.ads.booking.standing import Standing
from service.domain.ads.inventory import Flight, PriceModel, Tier
from service.domain.ads.pacing.course import EQUAL_TRAFFIC, TrafficCurve
from service.domain.ads.pacing.line import HOURS_OF_WEEK
from service.domain.ads.plan.asking_order import GUARANTEED
from service.domain.ads.response.response import Response, impressions_for
from service.domain.ads.targeting.checklist import local_time
from service.domain.durations import HOUR_S

# Pages that a flight is taken to have suited before any were looked at: until it is known better it is a broad one.
PRIOR_PAGES = 1.0
# Pages after which what was counted first fades: by halves, so that a flight's share follows the site's content.
PAGES_KEPT = 20_000.0
# Pages that are looked at in a second at most: enough to tell shares, and next to nothing of a page's time.
PAGES_A_SECOND = 2


@dataclass(slots=True)
class Sightings:
    """How many of the pages looked at suited each flight, by its number."""

    pages: int = 0
    suited: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(1))
    _second: tuple[int, int] = (0, 0)

    def looks(self, now: float) -> bool:
        """Returns whether one more page is to be looked at in this second."""
        second, count = self._second
        count = count + 1 if second == int(now) else 1
        self._second = (int(now), count)
        return count <= PAGES_A_SECOND

    def note(self, numbers: npt.NDArray[np.int64]) -> None:
        """Counts a page that suits the flights of these numbers, each once."""
        self.pages += 1
        if numbers.size and (most := int(numbers.max())) >= self.suited.size:
            self.suited = np.concatenate((self.suited, np.zeros(most + 1 - self.suited.size)))
        self.suited[numbers] += 1

    def of(self, number: int) -> float:
        """Returns how many pages suited a flight."""
        return float(self.suited[number]) if number < self.suited.size else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """The part of a site's pages, in the hours in which a flight runs, that suit it."""

    pages: float = 0.0
    suited: float = 0.0
    pages_seen: int = 0
    suited_seen: float = 0.0

    @property
    def ratio(self) -> float:
        """The share itself, in (0, 1]."""
        return min(1.0, (self.suited + PRIOR_PAGES) / (self.pages + PRIOR_PAGES))

    def after(self, pages: int, suited: float, *, runs: bool) -> Share:
        """Returns the share after so many pages, so many of them suited, in all; only those count in which it runs."""
        if not runs:
            return Share(self.pages, self.suited, pages, suited)
        fade = 0.5 if self.pages > PAGES_KEPT else 1.0
        return Share(
            self.pages * fade + pages - self.pages_seen, self.suited * fade + suited - self.suited_seen, pages, suited
        )


def still_to_show(flight: Flight, standing: Standing, kept_ratio: float, response: Response) -> float | None:
    """Returns the impressions that a flight still has to show, 0 or more; None without a goal.

    What it holds counts as far as it is expected to be booked.
    """
    terms = flight_terms(flight)
    by_goal = terms.goal is not None
    unit, amount = (terms.goal_unit, terms.goal) if by_goal else (terms.cap_unit, terms.lifetime_cap)
    if amount is None:
        return None
    left = amount - standing.booked.get(unit, 0) - kept_ratio * standing.held.get(unit, 0)
    return impressions_for(flight, unit, max(0.0, left), response)


def urgency(to_show: float, share: Share, hours: float) -> float:
    """Returns the impressions that a flight has to show for each of its chances left; `hours` are those it runs."""
    return to_show / max(share.ratio * hours, 1 / HOUR_S)


def has_goal(flight: Flight) -> bool:
    """Returns whether there is anything of which a flight's urgency could be told: an end, and an amount until then."""
    terms = flight_terms(flight)
    return flight.ends_at is not None and (terms.goal is not None or terms.lifetime_cap is not None)


def is_promised(flight: Flight) -> bool:
    """Returns whether a guaranteed flight's urgency says when it is asked."""
    return flight.tier in GUARANTEED and flight.goal_type != "share" and has_goal(flight)


def is_paid_by_response(flight: Flight) -> bool:
    """Returns whether what an auctioned flight brings follows from how readers respond."""
    return flight.tier is Tier.PRICE and flight.price_model in (PriceModel.VCPM, PriceModel.CPC)


def is_ordered(flight: Flight) -> bool:
    """Returns whether the flight's place in the order of asking follows from how it stands."""
    return is_promised(flight) or is_paid_by_response(flight)


def hours_left(flight: Flight, now: float, curve: TrafficCurve = EQUAL_TRAFFIC) -> float:
    """Returns the hours until a flight's end in which it runs, each weighed by the site's traffic in it."""
    if flight.ends_at is None:
        return 0.0
    hours = max(0.0, (flight.ends_at - now) / HOUR_S)
    if not (flight.days or flight.hours or curve.weights):
        return hours
    begin = int(now // HOUR_S)
    sums = _week(curve, flight.timezone, flight.days, flight.hours, begin)
    weeks, rest = divmod(hours + now / HOUR_S - begin, HOURS_OF_WEEK)
    whole = int(rest)
    until_end = weeks * sums[-1] + sums[whole] + (rest - whole) * (sums[whole + 1] - sums[whole])
    return until_end - (now / HOUR_S - begin) * sums[1]


def runs_now(flight: Flight, now: float) -> bool:
    """Returns whether the present day and hour are the flight's."""
    if not (flight.days or flight.hours):
        return True
    local = local_time(now, flight.timezone)
    return (not flight.days or local.weekday() in flight.days) and (not flight.hours or local.hour in flight.hours)


@lru_cache(maxsize=4_096)
def _week(
    curve: TrafficCurve, timezone: str, days: tuple[int, ...], hours: tuple[int, ...], begin: int
) -> tuple[float, ...]:
    """What of a week from an hour (since 1970) on is over after each of its hours: 169 sums, the first is 0."""
    weights = []
    for hour in range(begin, begin + HOURS_OF_WEEK):
        local = local_time(hour * HOUR_S, timezone)
        runs = (not days or local.weekday() in days) and (not hours or local.hour in hours)
        weights.append(curve.weight(hour * HOUR_S) if runs else 0.0)
    return (0.0, *accumulate(weights))
