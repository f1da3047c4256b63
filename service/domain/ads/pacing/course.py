"""How a flight's own time runs: its days and hours, each weighed by the site's traffic, summed up once for all alike.

A line for each of 100,000 flights with hours of its own would be 50 kB and some milliseconds of work apiece.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from service.domain.ads.targeting.checklist import local_time
from service.domain.durations import DAY_S, HOUR_S

# Time zones lie whole quarters of an hour from each other; most lie whole hours.
QUARTER_S = 900
# What is summed up together: half a year, some 35 kB.
BLOCK_S = 26 * 7 * DAY_S
MOST_BLOCKS = 256
_THURSDAY = 3  # the first day of 1970

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrafficCurve:
    """How a site's traffic spreads over the 168 hours of a week from Monday 0:00, in its time zone; empty: equally."""

    timezone: str = "UTC"
    weights: tuple[float, ...] = ()

    def weight(self, at: float) -> float:
        """Returns the weight of the hour that `at` (seconds since 1970) lies in."""
        if not self.weights:
            return 1.0
        local = local_time(at, self.timezone)
        return self.weights[local.weekday() * 24 + local.hour]


EQUAL_TRAFFIC = TrafficCurve()


@dataclass(frozen=True, slots=True)
class Course:
    """The days and hours of a time zone in which a flight runs (empty: all), weighed by a curve of traffic."""

    timezone: str
    days: tuple[int, ...]
    hours: tuple[int, ...]
    curve: TrafficCurve

    def between(self, begin: float, end: float) -> float:
        """Returns the weighed seconds between two times in seconds since 1970."""
        first, last = int(begin // BLOCK_S), int(end // BLOCK_S)
        whole = sum(float(_sums(self, block)[-1]) for block in range(first, last))
        return whole + self._in_block(end, last) - self._in_block(begin, first)

    def _in_block(self, at: float, block: int) -> float:
        """The weighed seconds from a block's beginning to a time in it."""
        sums = _sums(self, block)
        place = (at - block * BLOCK_S) / BLOCK_S * (len(sums) - 1)
        step = min(int(place), len(sums) - 2)
        return float(sums[step] + (sums[step + 1] - sums[step]) * (place - step))


@lru_cache(maxsize=MOST_BLOCKS)
def _sums(course: Course, block: int) -> Floats:
    """The weighed seconds up to the end of each step of a block, from 0 on."""
    weighed, timed = bool(course.curve.weights), bool(course.days or course.hours)
    zones = ([course.curve.timezone] if weighed else []) + ([course.timezone] if timed else [])
    step = HOUR_S if all(not (_offsets(zone, block) % HOUR_S).any() for zone in zones) else QUARTER_S
    seconds = np.full(BLOCK_S // step, float(step))
    if weighed:
        days, hours = _days_and_hours(course.curve.timezone, block, step)
        seconds *= np.array(course.curve.weights)[days * 24 + hours]
    if timed:
        days, hours = _days_and_hours(course.timezone, block, step)
        seconds *= np.isin(days, course.days or range(7)) & np.isin(hours, course.hours or range(24))
    found: Floats = np.concatenate(([0.0], np.cumsum(seconds)))
    return found


def _days_and_hours(timezone: str, block: int, step: int) -> tuple[Ints, Ints]:
    """The day of the week, from Monday, and the hour at each step of a block."""
    offsets = np.repeat(_offsets(timezone, block), HOUR_S // step)
    local = (block * BLOCK_S + np.arange(0, BLOCK_S, step) + offsets) // HOUR_S
    return (local // 24 + _THURSDAY) % 7, local % 24


@lru_cache(maxsize=MOST_BLOCKS)
def _offsets(timezone: str, block: int) -> Ints:
    """How many seconds the time zone is ahead of UTC at each full hour of a block."""
    begin = block * BLOCK_S
    ahead = (local_time(at, timezone).utcoffset() for at in range(begin, begin + BLOCK_S, HOUR_S))
    return np.fromiter((offset.total_seconds() if offset else 0 for offset in ahead), np.int64, BLOCK_S // HOUR_S)
