"""A click model: how likely a teaser is followed where it is looked at, learnt from pages shown and followed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.evaluation.agreement import Estimate, EvaluationError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LEAST_CLICKS = 200
"""Clicks without which nothing is learnt: some 15 for each feature in the four fifths that are learnt from, and as
many again to judge by."""

HELD_BACK = 0.2
"""Share of the days, the last ones, that the model is judged on and never sees."""

MOST_WEIGHT = 5.0
"""How much a click in a place that few look at counts at most: more would let a few clicks decide the figure."""

RESAMPLES, SEED = 1_000, 20_260_301


@dataclass(frozen=True, slots=True, eq=False)
class ClickLog:
    """Shown teasers, a row each: what was known of them then, and whether they were followed.

    `features` (rows, names) in [0, 1]; `score` by which the page chose; `looks` the chance of a look at the place, as a
    share of a first position's; `group` numbers the widget of a page view; `day` since 1970.
    """

    features: Floats
    score: Floats
    looks: Floats
    followed: npt.NDArray[np.bool_]
    group: Ints
    day: Ints

    def part(self, rows: npt.NDArray[np.bool_]) -> ClickLog:
        """Returns the log of these rows alone."""
        return ClickLog(
            self.features[rows],
            self.score[rows],
            self.looks[rows],
            self.followed[rows],
            self.group[rows],
            self.day[rows],
        )


@dataclass(frozen=True, slots=True)
class LearntClicks:
    """A logistic model as plain numbers: a weight for each feature, the bias, and the mean chance of a click."""

    weights: tuple[float, ...]
    bias: float
    usual: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model is worth on days that it has not seen, beside the score that pages were chosen by.

    Each figure is how often a followed teaser stands before one of the same widget that was not, by that order.
    """

    learnt: LearntClicks
    default: Estimate
    blended: Estimate
    gain: Estimate
    days_learnt: int
    days_held_back: int
    clicks_held_back: int

    @property
    def is_better(self) -> bool:
        """Whether the whole interval of the gain lies above 0."""
        return self.gain.low > 0


Order = Callable[[LearntClicks, ClickLog], Floats]
"""Returns the scores that a model's service would choose by, of each row."""


def learn(log: ClickLog) -> LearntClicks:
    """Returns the model of a log. Raises EvaluationError where it has too few clicks.

    A logistic regression (L2, C = 1) with the logarithm of the chance of a look as one more column, which is 0 in first
    position: clicks being few, log odds and log chance part by little.
    """
    from sklearn.linear_model import LogisticRegression

    clicks = int(np.count_nonzero(log.followed))
    if clicks < LEAST_CLICKS or log.followed.all():
        raise EvaluationError(f"{clicks} teasers were followed; it takes {LEAST_CLICKS} to learn from. Log more pages.")
    known = np.column_stack((log.features, np.log(log.looks)))
    fitted = LogisticRegression(C=1.0, max_iter=1_000).fit(known, log.followed)
    known[:, -1] = 0.0  # as if each stood first
    likely = fitted.predict_proba(known)[:, 1]
    return LearntClicks(tuple(fitted.coef_[0, :-1].tolist()), float(fitted.intercept_[0]), float(likely.mean()))


def judge(log: ClickLog, order: Order) -> Judged:
    """Returns what a model learnt from the earlier days is worth on the last ones, with 95 % intervals.

    `order` is how it would be used. A click counts the more the fewer look at its place. Intervals are of a bootstrap
    over page views' widgets. Raises EvaluationError where there are too few days or clicks.
    """
    days = np.unique(log.day)
    kept = int(np.ceil(days.size * HELD_BACK))
    if days.size < 2:
        raise EvaluationError("The log has a single day; it takes two, one to learn from and one to judge by.")
    last = log.day >= days[-kept]
    learnt, held = learn(log.part(~last)), log.part(last)
    ahead, weight, group = _pairs(held, np.column_stack((held.score, order(learnt, held))))
    if not group.size:
        raise EvaluationError("No widget of the last days has both a teaser that was followed and one that was not.")
    figures = _resampled(ahead, weight, group)
    return Judged(
        learnt=learnt,
        default=figures["default"],
        blended=figures["blended"],
        gain=figures["gain"],
        days_learnt=days.size - kept,
        days_held_back=kept,
        clicks_held_back=int(np.count_nonzero(held.followed)),
    )


def _pairs(log: ClickLog, orders: Floats) -> tuple[Floats, Floats, Ints]:
    """Returns each pair of a followed teaser and one beside it that was not, by the widgets that have any.

    For each order 1 where the followed one is ahead, a half where they are level; the pairs' weights; their groups.
    """
    row = np.argsort(log.group, kind="stable")
    ahead, weight, groups = [], [], []
    for number, rows in enumerate(np.split(row, np.flatnonzero(np.diff(log.group[row])) + 1)):
        followed, passed = rows[log.followed[rows]], rows[~log.followed[rows]]
        if followed.size and passed.size:
            apart = orders[followed][:, None] - orders[passed][None]
            ahead.append(((np.sign(apart) + 1) / 2).reshape(-1, orders.shape[1]))
            weight.append(np.repeat(np.minimum(1 / log.looks[followed], MOST_WEIGHT) / passed.size, passed.size))
            groups.append(np.full(apart.shape[0] * apart.shape[1], number))
    if not ahead:
        return np.empty((0, 2)), np.empty(0), np.empty(0, np.int64)
    return np.concatenate(ahead), np.concatenate(weight), np.concatenate(groups)


def _resampled(ahead: Floats, weight: Floats, group: Ints) -> dict[str, Estimate]:
    """Returns both orders' figures and their difference, with the intervals of a seeded bootstrap over groups."""
    _, place = np.unique(group, return_inverse=True)
    total = np.bincount(place, weight)
    won = np.column_stack([np.bincount(place, weight * ahead[:, order]) for order in (0, 1)])
    drawn = np.random.default_rng(SEED).multinomial(total.size, np.full(total.size, 1 / total.size), RESAMPLES)
    rates = (drawn @ won) / (drawn @ total)[:, None]
    whole = won.sum(axis=0) / total.sum()
    columns = {
        "default": (whole[0], rates[:, 0]),
        "blended": (whole[1], rates[:, 1]),
        "gain": (whole[1] - whole[0], rates[:, 1] - rates[:, 0]),
    }
    return {
        name: Estimate(float(value), *map(float, np.percentile(spread, (2.5, 97.5))))
        for name, (value, spread) in columns.items()
    }
