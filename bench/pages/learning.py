"""How much of the oracle's gain our draws keep on real headline tests, beside a Beta(1, 60) Thompson sampler.

Tests are those of the later half of the Upworthy Research Archive's; the prior is learnt from the earlier half.
"""

from __future__ import annotations

import csv
import gzip
import os
import statistics
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bench.figures.figures import report, spread
from bench.pages.replay import Arms, Draw, arms_of, gain_kept, replay
from service.domain.engagement.rates import Engaged, Prior, beta_prior, smoothed_rate
from service.domain.page.ranking.exploration import SURENESS, drawn_rates

SEEDS, TESTS, VIEWS, EVERY = 20, 100, 10_000, 50
POINTS = (500, 1_000, 2_000, 3_000, 5_000, 7_500, 10_000)
PEER = Prior(1.0, 60.0)

HeadlineTests = list[list[tuple[int, int]]]


def headline_tests() -> HeadlineTests | None:
    """Returns clicks and impressions of each arm of each test, the earliest first; None without the sample data."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    path = Path(folder, "upworthy", "headline_tests.csv.gz") if folder else None
    if path is None or not path.is_file():
        return None
    tests: dict[tuple[str, str], list[tuple[int, int]]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            arms = tests.setdefault((row["test_week"], row["clickability_test_id"]), [])
            arms.append((int(row["clicks"]), int(row["impressions"])))
    return [arms for _, arms in sorted(tests.items()) if len(arms) > 1]


def later_half(tests: HeadlineTests, count: int) -> tuple[Prior, Arms]:
    """Returns the prior that the earlier half speaks for, and arms of tests spread over the later half."""
    half = len(tests) // 2
    clicks, shown = np.array([arm for test in tests[:half] for arm in test], float).T
    return beta_prior(clicks, shown), arms_of(tests[half:][:: half // count][:count])


def draws(arms: Arms, prior: Prior, sureness: float, seed: int) -> Draw:
    """Returns the service's own draws for these arms, as if each were an article."""
    ids = np.random.default_rng(seed).integers(0, 2**63, arms.rate.size, dtype=np.uint64)

    def draw(view: int, clicks: np.ndarray, shown: np.ndarray) -> np.ndarray:
        engaged = Engaged(clicks, shown, shown, smoothed_rate(clicks, shown, prior))
        return drawn_rates(np.uint64(seed * 1_000_003 + view), ids, engaged, prior, sureness)

    return draw


def kept_by_seed(arms: Arms, prior: Prior, views: int, seeds: int) -> Mapping[str, list[np.ndarray]]:
    """Returns, for each way and seed, the share of the oracle's gain over uniform kept after each view."""
    ways = {"ours": (prior, SURENESS), "beta_1_60": (PEER, 1.0)}
    return {
        name: [gain_kept(arms, replay(arms, draws(arms, own, sure, seed), views, EVERY, seed)) for seed in range(seeds)]
        for name, (own, sure) in ways.items()
    }


def run() -> None:
    """Prints the share kept, of both ways, after so many views of each test, over 20 seeds."""
    tests = headline_tests()
    if tests is None:
        report("gain_kept_on_headline_tests", skipped="STANDFIRST_SAMPLE_DATA names no folder with upworthy/")
        return
    prior, arms = later_half(tests, TESTS)
    kept = kept_by_seed(arms, prior, VIEWS, SEEDS)
    report(
        "gain_kept_on_headline_tests", unit="share of the oracle's gain over uniform", views=VIEWS, tests=TESTS,
        seeds=SEEDS, uniform_rate=round(arms.uniform, 5), oracle_rate=round(arms.oracle, 5),
        prior=[round(prior.alpha, 2), round(prior.beta, 1)],
        **{name: spread([float(each[-1]) for each in runs]) for name, runs in kept.items()},
        curves={
            "views": POINTS,
            **{
                name: [round(statistics.fmean(float(each[at - 1]) for each in runs), 4) for at in POINTS]
                for name, runs in kept.items()
            },
        },
    )  # fmt: skip
