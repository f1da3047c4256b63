"""What is learnt from clicks on real headline tests, and what a log tells of a policy that it was not made by."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bench.pages.learning import headline_tests, kept_by_seed, later_half
from models.engagement.off_policy import Log, doubly_robust, ips, snips
from models.evaluation.agreement import Estimate

SEEDS = 20


def test_our_draws_keep_more_of_the_oracles_gain_than_a_beta_1_60_sampler() -> None:
    tests = headline_tests()
    if tests is None:
        pytest.skip("STANDFIRST_SAMPLE_DATA does not name a folder that holds upworthy/headline_tests.csv.gz")
    prior, arms = later_half(tests, 30)
    kept = {name: [run[-1] for run in runs] for name, runs in kept_by_seed(arms, prior, 3_000, SEEDS).items()}
    gained = np.array(kept["ours"]) - np.array(kept["beta_1_60"])
    print({name: round(float(np.mean(values)), 3) for name, values in kept.items()})

    assert gained.mean() > 2 * gained.std(ddof=1) / SEEDS**0.5
    assert 0 < np.mean(kept["beta_1_60"]) < np.mean(kept["ours"]) < 1


def slots(name: str) -> dict[str, np.ndarray]:
    """Item with position, click and chance of each logged slot of the open data."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    path = Path(folder, "open_bandit", f"{name}_all.csv.gz") if folder else None
    if path is None or not path.is_file():
        pytest.skip("STANDFIRST_SAMPLE_DATA does not name a folder that holds open_bandit/")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    return {
        "place": np.array([int(row["item_id"]) * 3 + int(row["position"]) - 1 for row in rows]),
        "click": np.array([float(row["click"]) for row in rows]),
        "chance": np.array([float(row["propensity_score"]) for row in rows]),
    }


def open_bandit_log() -> tuple[Log, float]:
    """The log of a uniform policy, with the Thompson policy of the other log as target; and what that one earned."""
    uniform, thompson = slots("random"), slots("bts")
    places = int(max(uniform["place"].max(), thompson["place"].max())) + 1
    position = np.arange(places) % 3
    shown = np.bincount(thompson["place"], minlength=places).astype(float)
    target = shown / np.bincount(position, shown)[position]
    halves = np.arange(uniform["place"].size) % 2
    expected = np.empty((2, places))
    for half in (0, 1):
        other = halves != half
        clicks = np.bincount(uniform["place"][other], uniform["click"][other], places)
        seen = np.bincount(uniform["place"][other], minlength=places)
        expected[half] = (clicks + uniform["click"].mean() * 100) / (seen + 100)
    of_target = np.stack([np.bincount(position, target * expected[half], 3) for half in (0, 1)])
    log = Log(
        uniform["click"], uniform["chance"], target[uniform["place"]], expected[halves, uniform["place"]],
        of_target[halves, uniform["place"] % 3],
    )  # fmt: skip
    return log, float(thompson["click"].mean())


@pytest.mark.parametrize("estimate", [ips, snips, doubly_robust])
def test_the_log_of_one_policy_tells_what_another_truly_earned(estimate: Callable[[Log], Estimate]) -> None:
    log, truth = open_bandit_log()
    told = estimate(log)
    print(f"told {told.value:.5f} [{told.low:.5f}, {told.high:.5f}], earned {truth:.5f}")

    assert told.low <= truth <= told.high
