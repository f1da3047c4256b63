"""The slots that a site's pages will ask for, by a flight's hours and targeting: what a forecast counts with."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from service.domain.ads.forecast.demand import Audience
from service.domain.ads.forecast.traffic import HOURS_A_DAY, Estimate, Traffic, estimate, hours_of_week
from service.domain.ads.inventory import Flight
from service.domain.ads.targeting.slot_facts import EXCLUDE, values_of
from service.domain.durations import DAY_S, HOUR_S

# Days that a forecast reaches ahead at most.
MOST_DAYS = 400
# Columns of a flight by which slots are told apart, and the field of an audience that each is compared with.
COUNTED = {"sections": "section", "countries": "country", "devices": "device", "languages": "language"}

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


class Supply:
    """The slots from `now` on, up to `until` (seconds since 1970) or MOST_DAYS, by hour and audience.

    `audiences` are slots asked for lately; their parts of each placement are taken to stay as they are.
    """

    def __init__(self, traffic: Traffic, audiences: Mapping[Audience, int], now: float, until: float) -> None:
        self._traffic = traffic
        self._first_hour = int(now // HOUR_S)
        last_hour = math.ceil(min(until, now + MOST_DAYS * DAY_S) / HOUR_S)
        self._hours = range(self._first_hour, max(last_hour, self._first_hour + 1))
        of_week = hours_of_week(self._hours, traffic.timezone)
        self._weights: Floats = np.array(traffic.weights)[of_week]
        self._spreads: Floats = (np.array(traffic.spreads)[of_week] * self._weights) ** 2
        self._whole: tuple[Floats, Floats] = _summed(self._weights), _summed(self._spreads)
        self._sums: dict[object, tuple[Floats, Floats]] = {}
        self._audiences, self._counts, self._rates = _rates(traffic, audiences)
        self._matching: dict[object, Mask] = {}
        self._in_common: dict[object, float] = {}
        self._of_targeting: dict[object, tuple[float, float]] = {}

    def audience(self, *flights: Flight) -> Mask:
        """Returns which audiences all of these flights may be shown to, by placement and the columns of COUNTED."""
        found = np.ones(len(self._audiences), bool)
        for flight in flights:
            found &= self._of(flight)
        return found

    def slots(self, begins: Floats, ends: Floats, *flights: Flight) -> Floats:
        """Returns the expected slots of each of these spans that all of these flights may have."""
        sums = self._within(flights)[0]
        due = np.maximum(self._by(sums, ends) - self._by(sums, begins), 0.0)
        return due * self._common_rate(flights)

    def of(self, flight: Flight, begin: float, end: float) -> Estimate:
        """Returns the slots between two times that the flight may have, in its days and hours."""
        rate, by_audience = self._rate_of(flight)
        weights, spreads = self._within((flight,))
        due = self._between(weights, begin, end)
        if due <= 0 or rate <= 0:
            return Estimate(0.0, 0.0, 0.0)
        by_hour = self._between(spreads, begin, end) / due**2
        spread = math.sqrt(self._traffic.level_spread**2 + by_hour + by_audience)
        return estimate(due * rate, spread)

    def _common_rate(self, flights: Sequence[Flight]) -> float:
        """Slots an hour on average that all of these flights may have."""
        key = frozenset(map(_targeting, flights))
        found = self._in_common.get(key)
        if found is None:
            found = self._in_common[key] = float(self._rates[self.audience(*flights)].sum())
        return found

    def _rate_of(self, flight: Flight) -> tuple[float, float]:
        """Slots an hour on average that the flight may have, and the relative variance of its part of all of them."""
        key = _targeting(flight)
        found = self._of_targeting.get(key)
        if found is None:
            audience = self._of(flight)
            seen = float(self._counts[audience].sum())
            of_all = sum(n for one, n in zip(self._audiences, self._counts, strict=True) if one.placement in key[0])
            spread = (1 - seen / of_all) / (seen + 1) if of_all else 0.0
            found = self._of_targeting[key] = float(self._rates[audience].sum()), float(spread)
        return found

    def _of(self, flight: Flight) -> Mask:
        key = _targeting(flight)
        found = self._matching.get(key)
        if found is None:
            found = self._matching[key] = np.array([_matches(flight, one) for one in self._audiences], bool)
        return found

    def _within(self, flights: Sequence[Flight]) -> tuple[Floats, Floats]:
        """The sums of weights and of spreads up to each hour, of those hours that all the flights run in."""
        timed = [flight for flight in flights if flight.days or flight.hours]
        if not timed:
            return self._whole
        key = frozenset((flight.timezone, flight.days, flight.hours) for flight in timed)
        found = self._sums.get(key)
        if found is None:
            runs = np.logical_and.reduce([self._runs(flight) for flight in timed])
            found = self._sums[key] = _summed(self._weights * runs), _summed(self._spreads * runs)
        return found

    def _runs(self, flight: Flight) -> Mask:
        local = hours_of_week(self._hours, flight.timezone)
        days = np.isin(local // HOURS_A_DAY, flight.days) if flight.days else np.ones(len(local), bool)
        return days & np.isin(local % HOURS_A_DAY, flight.hours) if flight.hours else days

    def _between(self, sums: Floats, begin: float, end: float) -> float:
        by_begin, by_end = self._by(sums, np.array([begin, end])).tolist()
        return max(float(by_end - by_begin), 0.0)

    def _by(self, sums: Floats, at: Floats) -> Floats:
        """What is summed up by each time, an hour's part for a part of it."""
        found: Floats = np.interp(at / HOUR_S - self._first_hour, np.arange(len(sums)), sums)
        return found


def _summed(values: Floats) -> Floats:
    return np.concatenate(([0.0], np.cumsum(values)))


def _rates(traffic: Traffic, audiences: Mapping[Audience, int]) -> tuple[list[Audience], Floats, Floats]:
    """The audiences of each placement, what was seen of them, and slots of them an hour on average."""
    of_placement = dict.fromkeys(traffic.levels, 0)
    for audience, count in audiences.items():
        if audience.placement in of_placement:
            of_placement[audience.placement] += count
    known = {one: count for one, count in audiences.items() if of_placement.get(one.placement)}
    known |= {Audience(name): 0 for name, count in of_placement.items() if not count}
    rates = [
        traffic.levels[one.placement] * (count / of_placement[one.placement] if of_placement[one.placement] else 1.0)
        for one, count in known.items()
    ]
    return list(known), np.array([*known.values()], np.float64), np.array(rates, np.float64)


def kind_of(flight: Flight) -> Hashable:
    """Returns what a flight's slots depend on beside its begin and end: those of flights of one kind are the same."""
    return _targeting(flight), flight.timezone, flight.days, flight.hours


def _targeting(flight: Flight) -> tuple[tuple[str, ...], ...]:
    """What of a flight tells which audiences are its; its placements first."""
    return (flight.placements, *(getattr(flight, prefix + name) for name in COUNTED for prefix in ("", EXCLUDE)))


def _matches(flight: Flight, audience: Audience) -> bool:
    if audience.placement not in flight.placements:
        return False
    for name, attribute in COUNTED.items():
        value, wanted = getattr(audience, attribute), values_of(flight, name)
        if (wanted and value not in wanted) or (value and value in values_of(flight, EXCLUDE + name)):
            return False
    return True
