"""Replays randomised tests of headlines against a way to choose among them: what it would have earned, view by view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Draw = Callable[[int, Floats, Floats], Floats]
"""Returns a value for every arm from the view's number, the arms' clicks and their showings; the largest is shown."""


@dataclass(frozen=True, slots=True, eq=False)
class Arms:
    """Arms of many tests in one row: each arm's real click rate, and where each test's first arm stands."""

    rate: Floats
    starts: Ints

    @property
    def uniform(self) -> float:
        """What showing every arm as often as the others earns a view."""
        return float(np.mean(np.add.reduceat(self.rate, self.starts) / self.sizes))

    @property
    def oracle(self) -> float:
        """What showing every test's best arm earns a view."""
        return float(np.mean(np.maximum.reduceat(self.rate, self.starts)))

    @property
    def sizes(self) -> Ints:
        """Arms of each test."""
        sizes: Ints = np.diff(np.r_[self.starts, self.rate.size])
        return sizes


def arms_of(tests: Sequence[Sequence[tuple[int, int]]]) -> Arms:
    """Returns the arms of tests, each of which lists clicks and impressions of its arms."""
    rates = np.array([clicks / impressions for test in tests for clicks, impressions in test])
    return Arms(rates, np.cumsum([0, *(len(test) for test in tests[:-1])]))


def replay(arms: Arms, draw: Draw, views: int, every: int, seed: int) -> Floats:
    """Returns what each view of a test earned on average over the tests, in expected clicks: (views,).

    A view shows the arm of the largest draw, and is clicked at the arm's real rate; what was clicked is known after
    each `every` views, as counts that are taken up in rounds are.
    """
    chance = np.random.default_rng(seed)
    test_of = np.repeat(np.arange(arms.starts.size), arms.sizes)
    clicks, shown, new_clicks, new_shown = np.zeros((4, arms.rate.size))
    earned = np.empty(views)
    for view in range(views):
        drawn = draw(view, clicks, shown)
        best = np.flatnonzero(drawn == np.maximum.reduceat(drawn, arms.starts)[test_of])
        earned[view] = arms.rate[best].mean()
        new_shown[best] += 1
        new_clicks[best] += chance.random(best.size) < arms.rate[best]
        if view % every == every - 1:
            clicks, shown = clicks + new_clicks, shown + new_shown
            new_clicks, new_shown = np.zeros((2, arms.rate.size))
    return earned


def gain_kept(arms: Arms, earned: Floats) -> Floats:
    """Returns, for each number of views, the share of the oracle's gain over uniform that was kept until then."""
    so_far = np.cumsum(earned) / np.arange(1, earned.size + 1)
    kept: Floats = (so_far - arms.uniform) / (arms.oracle - arms.uniform)
    return kept
