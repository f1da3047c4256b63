"""A site's traffic as it is learnt: how its slots spread over the hours of a week, how many, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from service.domain.ads.pacing.course import TrafficCurve
from service.domain.ads.pacing.line import HOURS_OF_WEEK
from service.domain.ads.targeting.checklist import local_time
from service.domain.durations import HOUR_S

HOURS_A_DAY = 24
WEEKS_READ = 8
# What lies so many weeks back counts half: a site grows, and seasons change.
HALF_LIFE_WEEKS = 3.0

# How far apart counts of one hour lie from week to week, relative to their mean and beside chance (Poisson).
USUAL_SPREAD = 0.3
# How far hours of the day lie from an even day, days from an even week, and an hour of the week from the two together:
# standard deviations, relative. A site with nights far below its days has about 1 for its hours.
HOURS_SPREAD, DAYS_SPREAD, BOTH_SPREAD = 1.0, 0.3, 0.3
# How far a week's total lies from the one before, until weeks enough were seen; it counts like so many of them.
LEVEL_SPREAD, PRIOR_WEEKS = 0.2, 2.0
# The standard deviations on either side of the mean between which four outcomes of five lie.
FOUR_OF_FIVE = 1.2816

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """An expected number; four times of five the outcome lies from `low` to `high`."""

    expected: float
    low: float
    high: float


def estimate(expected: float, spread: float) -> Estimate:
    """Returns the estimate of a number whose logarithm has this standard deviation, beside chance (Poisson)."""
    if expected <= 0:
        return Estimate(0.0, 0.0, 0.0)
    away = math.exp(FOUR_OF_FIVE * math.sqrt(spread**2 + 1 / expected))
    return Estimate(expected, expected / away, expected * away)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What a site's pages ask for in a week of its time zone, learnt from the hours before `until_hour` (since 1970).

    `weights` are of the 168 hours from Monday 0:00, 1 on average; `spreads` tell for each how far, relative to what is
    expected, a single one lies from it. `levels` are slots an hour on average by placement, `level_spread` how far that
    is from sure, relative, `weeks` how much was seen.
    """

    timezone: str
    until_hour: int
    weeks: float
    weights: tuple[float, ...]
    spreads: tuple[float, ...]
    levels: Mapping[str, float] = field(default_factory=dict)
    level_spread: float = LEVEL_SPREAD

    @property
    def curve(self) -> TrafficCurve:
        """How the traffic spreads over a week."""
        return TrafficCurve(self.timezone, self.weights)

    @property
    def level(self) -> float:
        """Slots an hour on average, of all placements."""
        return sum(self.levels.values())

    def in_hour(self, hour_of_week: int) -> Estimate:
        """Returns the slots asked for in one hour of the week, from Monday 0:00."""
        spread = math.hypot(self.level_spread, self.spreads[hour_of_week])
        return estimate(self.level * self.weights[hour_of_week], spread)


def hours_of_week(hours: Sequence[int], timezone: str) -> Ints:
    """Returns for each hour since 1970 which of the 168 hours of a week of the time zone it lies in, by its middle."""
    told = (local_time(hour * HOUR_S + HOUR_S / 2, timezone) for hour in hours)
    return np.fromiter((local.weekday() * HOURS_A_DAY + local.hour for local in told), np.int64, len(hours))


def learn(timezone: str, first_hour: int, asked: Mapping[str, Sequence[int]]) -> Traffic | None:
    """Returns what slots asked for, by placement in each hour from `first_hour` on, tell of a week; None if nothing.

    Each mean is drawn to what is known without it by its credibility n / (n + noise / spread), as in Buehlmann,
    "Experience Rating and Credibility", ASTIN Bulletin 4 (1967): hours of the day to an even day, days to an even week,
    hours of the week to the two together. So a day tells the nights from the days, and Sundays are told apart later.
    """
    counts = {name: np.asarray(told, np.float64) for name, told in asked.items()}
    total: Floats = sum(counts.values(), np.zeros(len(next(iter(counts.values()), ()))))
    if not total.sum():
        return None
    until_hour = first_hour + len(total)
    ages = (until_hour - 1 - np.arange(first_hour, until_hour)) / HOURS_OF_WEEK
    seen = _Seen(total, 0.5 ** (ages / HALF_LIFE_WEEKS), hours_of_week(range(first_hour, until_hour), timezone))
    weights = _weights(seen)
    expected = weights[seen.hours]
    levels = {name: float((seen.worth @ told) / (seen.worth @ expected)) for name, told in counts.items()}
    level = sum(levels.values())
    return Traffic(
        timezone, until_hour, len(total) / HOURS_OF_WEEK, tuple(weights.tolist()),
        tuple(_spreads(seen, weights, level).tolist()), levels, _level_spread(total, expected, level),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Seen:
    """Hours that were seen: their counts, what each is worth, and which hours of the week they are."""

    counts: Floats
    worth: Floats
    hours: Ints

    def sums(self, of: Floats, places: Ints, size: int) -> Floats:
        """The sums of these values, by places, each for what it is worth."""
        found: Floats = np.bincount(places, self.worth * of, size).astype(np.float64)
        return found


def _weights(seen: _Seen) -> Floats:
    """The weights of the hours of a week, 1 on average."""
    of_week = np.arange(HOURS_OF_WEEK)
    by_hour = _factors(seen, np.ones(HOURS_OF_WEEK), of_week % HOURS_A_DAY, 1, HOURS_SPREAD)[of_week % HOURS_A_DAY]
    by_day = _factors(seen, by_hour, of_week // HOURS_A_DAY, HOURS_A_DAY, DAYS_SPREAD)[of_week // HOURS_A_DAY]
    weights = by_hour * by_day * _factors(seen, by_hour * by_day, of_week, 1, BOTH_SPREAD)
    found: Floats = weights / weights.mean()
    return found


def _factors(seen: _Seen, known: Floats, groups: Ints, hours_each: int, spread: float) -> Floats:
    """By what each group of hours of the week lies above what is `known` of them, drawn to 1 by its credibility.

    `hours_each` hours make one observation; factors lie about 1 with this relative standard deviation.
    """
    places, size = groups[seen.hours], int(groups.max()) + 1
    mean = float(seen.worth @ seen.counts) / float(seen.worth @ known[seen.hours])
    due = mean * seen.sums(known[seen.hours], places, size)
    counts = seen.sums(seen.counts, places, size)
    observations = seen.sums(np.ones(len(places)), places, size) / hours_each
    of_each = np.divide(due, observations, out=np.zeros(size), where=observations > 0)
    noise = USUAL_SPREAD**2 + 1 / np.maximum(of_each, 1e-9)
    credibility = observations * spread**2 / (observations * spread**2 + noise)
    factors: Floats = 1 + credibility * (np.divide(counts, due, out=np.ones(size), where=due > 0) - 1)
    return factors


def _spreads(seen: _Seen, weights: Floats, level: float) -> Floats:
    """How far a single hour lies from what is expected of it, relative to that; two hours more are as usual."""
    usual = np.full(HOURS_OF_WEEK, USUAL_SPREAD**2)
    expected = np.maximum(level * weights, 1.0)[seen.hours]
    squares = np.maximum(((seen.counts - level * weights[seen.hours]) / expected) ** 2 - 1 / expected, 0.0)
    found = seen.sums(squares, seen.hours, HOURS_OF_WEEK) + PRIOR_WEEKS * usual
    spreads: Floats = np.sqrt(found / (seen.sums(np.ones(len(squares)), seen.hours, HOURS_OF_WEEK) + PRIOR_WEEKS))
    return spreads


def _level_spread(total: Floats, expected: Floats, level: float) -> float:
    """How far a week lies from the level, relative to it, from the whole weeks seen and what is usual."""
    weeks = len(total) // HOURS_OF_WEEK
    from_first = len(total) - weeks * HOURS_OF_WEEK
    by_week = [
        float(counts.sum() / (level * due.sum())) - 1
        for counts, due in zip(np.split(total[from_first:], weeks), np.split(expected[from_first:], weeks), strict=True)
    ] if weeks else []  # fmt: skip
    squares = sum(away**2 for away in by_week)
    return math.sqrt((squares + PRIOR_WEEKS * LEVEL_SPREAD**2) / (len(by_week) + PRIOR_WEEKS))
