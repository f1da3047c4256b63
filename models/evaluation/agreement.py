"""How far scores agree with human judgements: two correlations, with intervals that respect repeated texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

RESAMPLES = 2_000
SEED = 20_170_329
LEAST_PAIRS = 3
_NORMAL_95 = 1.959964  # standard deviations that 95 of 100 normal draws stay within
_TABLE_CELLS = 4_000_000  # weights held at once: 32 MB


class EvaluationError(ValueError):
    """Nothing can be told from what was given; the text says why."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pearson's correlation of scores and judgements, and Spearman's: that of their ranks."""

    pearson: Estimate
    spearman: Estimate


def agreement(scores: Floats, judgements: Floats, ends: Ints) -> Agreement:
    """Returns both correlations of n pairs; `ends` (n, 2) numbers the two texts of each.

    The intervals are percentiles of a seeded bootstrap. Where texts recur, pairs are not independent, and texts are
    drawn instead of pairs: a pair weighs the product of how often its texts were drawn (Owen 2007, the pigeonhole
    bootstrap, which is wide rather than narrow). Ranks stay those of all pairs. Raises EvaluationError where there are
    fewer than three pairs, or nothing differs.
    """
    return Agreement(*(_estimate(*drawn) for drawn in _drawn_correlations(scores, judgements, ends)))


def agreement_gained(base: Floats, other: Floats, judgements: Floats, ends: Ints) -> Agreement:
    """Returns by how much `other` agrees better than `base` with the judgements of the same pairs.

    Both are asked with the same draws, so that the interval is that of the difference: far narrower than what two
    intervals side by side tell. Raises EvaluationError as `agreement` does.
    """
    both = [_drawn_correlations(scores, judgements, ends) for scores in (base, other)]
    return Agreement(
        *(
            _estimate(ours - theirs, ours_drawn - drawn)
            for (theirs, drawn), (ours, ours_drawn) in zip(*both, strict=True)
        )
    )


def _drawn_correlations(scores: Floats, judgements: Floats, ends: Ints) -> list[tuple[Floats, Floats]]:
    """Returns Pearson's correlation of the pairs with that of each resample, and Spearman's likewise."""
    if scores.size < LEAST_PAIRS:
        raise EvaluationError(f"At least {LEAST_PAIRS} judged pairs are needed; there are {scores.size}.")
    for name, values in (("scores", scores), ("judgements", judgements)):
        if np.ptp(values) == 0:
            raise EvaluationError(f"All {name} are {values[0]:g}: nothing can be told from them.")
    views = (scores, judgements), (_ranks(scores), _ranks(judgements))
    drawn = [[_correlations(*view, weights) for view in views] for weights in _weights(ends)]
    whole = np.ones((1, scores.size))
    return [
        (_correlations(*view, whole), np.concatenate([part[at] for part in drawn])) for at, view in enumerate(views)
    ]


def mean_of(values: Floats) -> Estimate:
    """Returns the mean of a value a question; a seeded bootstrap over questions. Raises EvaluationError for none."""
    if not values.size:
        raise EvaluationError("There is nothing to ask.")
    draws = np.random.default_rng(SEED)
    means = np.array([draws.choice(values, values.size).mean() for _ in range(RESAMPLES)])
    return _estimate(values.mean(keepdims=True), means)


def share_of(hits: int, asked: int) -> Estimate:
    """Returns a share with Wilson's interval, which is honest of few and of all. Raises EvaluationError for none asked.

    Wilson 1927: a bootstrap of three hits in three says that nothing else can be.
    """
    if not asked:
        raise EvaluationError("There is nothing to ask.")
    share, squared = hits / asked, _NORMAL_95**2 / asked
    middle = (share + squared / 2) / (1 + squared)
    apart = _NORMAL_95 / (1 + squared) * float(np.sqrt(share * (1 - share) / asked + squared / (4 * asked)))
    return Estimate(share, max(0.0, middle - apart), min(1.0, middle + apart))


def _ranks(values: Floats) -> Floats:
    from scipy.stats import rankdata

    return np.asarray(rankdata(values), float)


def _weights(ends: Ints) -> Iterator[Floats]:
    """Yields tables of how much each pair (a column) weighs in each resample (a row)."""
    draws = np.random.default_rng(SEED)
    texts = int(ends.max()) + 1
    recur = texts < ends.size
    drawn_from = texts if recur else len(ends)
    at_once = max(1, _TABLE_CELLS // max(len(ends), texts))
    for begin in range(0, RESAMPLES, at_once):
        rows = min(at_once, RESAMPLES - begin)
        counts = draws.multinomial(drawn_from, np.full(drawn_from, 1 / drawn_from), rows).astype(float)
        yield counts[:, ends[:, 0]] * counts[:, ends[:, 1]] if recur else counts


def _correlations(one: Floats, other: Floats, weights: Floats) -> Floats:
    """Returns the weighted correlation of both for each row of weights; not a number where nothing differs."""
    total = weights.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, other_mean = weights @ one / total, weights @ other / total
        together = weights @ (one * other) / total - mean * other_mean
        spread = weights @ one**2 / total - mean**2
        other_spread = weights @ other**2 / total - other_mean**2
        found = np.asarray(together / np.sqrt(spread * other_spread))
    return np.where(np.isfinite(found), found, np.nan)


def _estimate(value: Floats, drawn: Floats) -> Estimate:
    low, high = np.nanpercentile(drawn, (2.5, 97.5))
    return Estimate(float(value[0]), float(low), float(high))
