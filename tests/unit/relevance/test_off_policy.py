"""What a policy would have earned, told from another's log: the intervals hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from models.engagement.off_policy import Log, doubly_robust, ips, snips
from models.evaluation.agreement import EvaluationError

ARMS, LOGS, ENTRIES = 8, 200, 2_000
ESTIMATORS = {"ips": ips, "snips": snips, "doubly_robust": doubly_robust}


def synthetic(seed: int) -> tuple[Log, float]:
    """A log of random contexts, and what the target policy truly earns."""
    chance = np.random.default_rng(seed)
    contexts = chance.normal(size=(ENTRIES, 3))
    slopes = np.random.default_rng(99).normal(size=(3, ARMS))
    rates = 1 / (1 + np.exp(3 - contexts @ slopes))
    logged = _softmax(contexts @ slopes * 0.3)
    target = _softmax(contexts @ slopes * 1.2)
    shown = (chance.random(ENTRIES)[:, None] > np.cumsum(logged, axis=1)).sum(axis=1).clip(0, ARMS - 1)
    at = np.arange(ENTRIES), shown
    earned = (chance.random(ENTRIES) < rates[at]).astype(float)
    guess = rates * 0.8 + 0.01
    log = Log(earned, logged[at], target[at], guess[at], np.sum(target * guess, axis=1))
    return log, TRUTH


def _softmax(values: np.ndarray) -> np.ndarray:
    weights = np.exp(values - values.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def _truth() -> float:
    contexts = np.random.default_rng(12_345).normal(size=(2_000_000, 3))
    slopes = np.random.default_rng(99).normal(size=(3, ARMS))
    target = _softmax(contexts @ slopes * 1.2)
    return float(np.sum(target / (1 + np.exp(3 - contexts @ slopes)), axis=1).mean())


TRUTH = _truth()
SYNTHETIC = [synthetic(seed) for seed in range(LOGS)]


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_interval_holds_the_truth_in_90_to_98_of_200_logs(name: str) -> None:
    estimates = [ESTIMATORS[name](log) for log, _ in SYNTHETIC]
    held = np.mean([one.low <= TRUTH <= one.high for one in estimates])

    assert 0.90 <= held <= 0.98, held
    assert np.mean([one.value for one in estimates]) == pytest.approx(TRUTH, rel=0.02)


def test_a_model_makes_the_interval_narrower() -> None:
    widths = {
        name: np.mean([one.high - one.low for one in (estimate(log) for log, _ in SYNTHETIC)])
        for name, estimate in ESTIMATORS.items()
    }

    assert widths["doubly_robust"] < widths["ips"]
    assert widths["snips"] < widths["ips"] * 1.05


def test_the_policy_of_the_log_is_worth_what_the_log_says() -> None:
    log, _ = SYNTHETIC[0]
    own = Log(log.earned, log.chance, log.chance, log.expected_shown, log.expected_shown)

    assert ips(own).value == pytest.approx(log.earned.mean())
    assert snips(own).value == pytest.approx(log.earned.mean())


def test_a_log_without_chances_or_without_entries_is_refused() -> None:
    one, nothing = np.ones(1), np.empty(0)

    with pytest.raises(EvaluationError, match="not above 0"):
        Log(one, np.zeros(1), one, one, one)
    with pytest.raises(EvaluationError, match="empty"):
        Log(nothing, nothing, nothing, nothing, nothing)
    with pytest.raises(EvaluationError, match="nothing that the log holds"):
        snips(Log(one, one, np.zeros(1), one, one))
