"""What one policy would have earned, told from the log of another: three estimators with their 95 % intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.evaluation.agreement import Estimate, EvaluationError

Floats = npt.NDArray[np.float64]

_WITHIN_95 = 1.959964  # normal quantile at 0.975


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """Logged choices, an entry each: what was earned, the chance that the log's policy gave it, and the target's.

    `expected_shown` is a model's expectation of what was shown, `expected_target` its expectation of the target's
    choice, summed over all it could show; the model must not have seen the entry.
    """

    earned: Floats
    chance: Floats
    target_chance: Floats
    expected_shown: Floats
    expected_target: Floats

    def __post_init__(self) -> None:
        if not self.earned.size:
            raise EvaluationError("The log is empty: there is nothing to tell from.")
        if np.any(self.chance <= 0) or np.any(self.chance > 1):
            raise EvaluationError("A chance in the log is not above 0 and at most 1: log what each choice had.")

    @property
    def weight(self) -> Floats:
        """How much more often the target would have chosen so."""
        return self.target_chance / self.chance


def ips(log: Log) -> Estimate:
    """Returns the mean of what was earned, weighed by chances (Horvitz and Thompson, JASA 47, 1952): unbiased."""
    return _mean(log.weight * log.earned)


def snips(log: Log) -> Estimate:
    """Returns the same over the sum of weights (Swaminathan and Joachims, NIPS 2015): slightly biased, steadier.

    Its interval is the delta method's for a ratio. Raises EvaluationError where the target would never have chosen so.
    """
    weight = log.weight
    if not np.any(weight):
        raise EvaluationError("The target policy would have chosen nothing that the log holds.")
    value = float(np.sum(weight * log.earned) / np.sum(weight))
    return _around(value, weight * (log.earned - value) / weight.mean())


def doubly_robust(log: Log) -> Estimate:
    """Returns the model's expectation, corrected by what it missed (Dudik, Langford and Li, ICML 2011).

    Unbiased where the chances are right, whatever the model; the better the model, the narrower the interval.
    """
    return _mean(log.expected_target + log.weight * (log.earned - log.expected_shown))


def _mean(values: Floats) -> Estimate:
    return _around(float(values.mean()), values)


def _around(value: float, values: Floats) -> Estimate:
    half = _WITHIN_95 * float(values.std(ddof=1)) / math.sqrt(values.size) if values.size > 1 else math.inf
    return Estimate(value, value - half, value + half)
