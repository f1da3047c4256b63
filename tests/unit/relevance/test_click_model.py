"""A click model is learnt from earlier days, judged on later ones, and finds what readers follow wherever it stands."""

from __future__ import annotations

import numpy as np
import pytest

from models.engagement.click_model import ClickLog, LearntClicks, judge, learn
from models.evaluation.agreement import EvaluationError

LOOKS = np.array([1.0, 0.6, 0.4, 0.3, 0.2])
TRUE = np.array([0.0, 2.5, -1.0])


def log_of(pages: int, seed: int = 1, days: int = 10, weights: np.ndarray = TRUE, bias: float = -3.0) -> ClickLog:
    """Pages of one widget of five, chosen by a score that only knows the first feature; readers go by `weights`."""
    chosen = np.random.default_rng(seed)
    features = chosen.random((pages, 5, weights.size))
    features = np.take_along_axis(features, np.argsort(-features[:, :, :1], axis=1), axis=1).reshape(-1, weights.size)
    looks = np.tile(LOOKS, pages)
    likely = looks / (1 + np.exp(-(features @ weights + bias)))
    return ClickLog(
        features, features[:, 0], looks, chosen.random(looks.size) < likely,
        np.repeat(np.arange(pages), 5), np.repeat(np.arange(pages) * days // pages, 5),
    )  # fmt: skip


def blended(learnt: LearntClicks, log: ClickLog) -> np.ndarray:
    """The order of half the score and half the chance of a click."""
    likely = 1 / (1 + np.exp(-(log.features @ np.array(learnt.weights) + learnt.bias)))
    return (log.score + likely / (likely + learnt.usual)) / 2


def test_it_learns_what_is_followed_and_not_what_stood_in_front() -> None:
    learnt = learn(log_of(40_000))

    assert learnt.weights == pytest.approx(tuple(TRUE), abs=0.3)
    assert learnt.usual == pytest.approx(0.105, abs=0.03)


def test_a_model_that_knows_better_than_the_default_is_found_better_on_days_it_has_not_seen() -> None:
    judged = judge(log_of(20_000), blended)

    assert judged.is_better
    assert judged.blended.low > judged.default.high
    assert (judged.days_learnt, judged.days_held_back) == (8, 2)


@pytest.mark.parametrize("seed", range(5))
def test_one_that_has_nothing_to_learn_is_not(seed: int) -> None:
    nothing = log_of(8_000, seed, weights=np.zeros(3), bias=-2.0)
    assert not judge(nothing, blended).gain.low > 0.01

    by_the_default_alone = log_of(8_000, seed, weights=np.array([6.0, 0.0, 0.0]), bias=-5.0)
    assert not judge(by_the_default_alone, blended).is_better


def test_the_last_days_are_held_back_and_change_nothing_that_is_learnt() -> None:
    log = log_of(20_000)
    other = ClickLog(log.features, log.score, log.looks, log.followed ^ (log.day >= 8), log.group, log.day)

    assert judge(log, blended).learnt == judge(other, blended).learnt
    assert judge(log, blended) == judge(log, blended)


@pytest.mark.parametrize(
    ("log", "says"),
    [(log_of(200), "were followed"), (log_of(9_000, days=1), "single day"), (log_of(0), "single day")],
)
def test_too_little_to_learn_from_is_said(log: ClickLog, says: str) -> None:
    with pytest.raises(EvaluationError, match=says):
        judge(log, blended)
