"""Agreement with human judgements: scipy's correlations, and intervals that know of repeated texts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from models.evaluation.agreement import EvaluationError, agreement, agreement_gained, mean_of, share_of
from models.evaluation.judged_pairs import JudgedPair, model_of_texts, score_pairs


def judged(count: int, noise: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Judgements, and scores that follow them with so much noise."""
    draws = np.random.default_rng(seed)
    judgements = draws.random(count)
    return judgements + noise * draws.standard_normal(count), judgements


def own_texts(count: int) -> np.ndarray:
    """Ends of pairs that share no text."""
    return np.arange(2 * count).reshape(-1, 2)


def test_both_correlations_are_those_of_scipy():
    scores, judgements = judged(200, 0.5)

    found = agreement(scores, judgements, own_texts(200))

    assert found.pearson.value == pytest.approx(pearsonr(scores, judgements)[0])
    assert found.spearman.value == pytest.approx(spearmanr(scores, judgements)[0])


def test_the_interval_of_independent_pairs_is_about_that_of_fisher():
    scores, judgements = judged(400, 0.5)

    found = agreement(scores, judgements, own_texts(400)).pearson
    low, high = pearsonr(scores, judgements).confidence_interval(0.95)

    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(high, abs=0.03)


def test_pairs_of_few_texts_have_a_wider_interval_than_as_many_of_their_own():
    ends = np.array(np.triu_indices(20, 1)).T
    scores, judgements = judged(len(ends), 0.5)

    recurring = agreement(scores, judgements, ends).pearson
    independent = agreement(scores, judgements, own_texts(len(ends))).pearson

    assert recurring.value == independent.value
    assert recurring.high - recurring.low > independent.high - independent.low


def test_scores_that_follow_judgements_exactly_agree_wholly():
    scores, judgements = judged(50, 0.0)

    found = agreement(scores, judgements, own_texts(50))

    assert (found.pearson.low, found.spearman.value) == pytest.approx((1.0, 1.0))


def test_a_difference_asked_of_the_same_pairs_is_told_apart_where_two_intervals_overlap():
    base, judgements = judged(200, 0.5)
    better = base + 0.1 * (judgements - base)

    alone = [agreement(scores, judgements, own_texts(200)).pearson for scores in (base, better)]
    gained = agreement_gained(base, better, judgements, own_texts(200)).pearson

    assert gained.value == pytest.approx(alone[1].value - alone[0].value)
    assert alone[1].low < alone[0].high
    assert 0 < gained.low < gained.value < gained.high
    same = agreement_gained(base, base, judgements, own_texts(200)).spearman
    assert (same.value, same.low, same.high) == (0, 0, 0)


@pytest.mark.parametrize(
    ("scores", "judgements", "said"),
    [([0.1, 0.2], [1, 2], "At least 3"), ([0.1, 0.2, 0.3], [1, 1, 1], "judgements"), ([0, 0, 0], [1, 2, 3], "scores")],
)
def test_what_can_tell_nothing_is_refused(scores, judgements, said):
    with pytest.raises(EvaluationError, match=said):
        agreement(np.array(scores, float), np.array(judgements, float), own_texts(len(scores)))


def test_a_mean_stands_inside_its_interval_and_none_has_no_mean():
    found = mean_of(np.array([0.0, 1.0] * 50))

    assert found.low < found.value == 0.5 < found.high
    with pytest.raises(EvaluationError):
        mean_of(np.empty(0))


@pytest.mark.parametrize(
    ("hits", "asked", "low", "high"), [(3, 3, 0.438, 1.0), (0, 3, 0.0, 0.562), (81, 263, 0.255, 0.366)]
)
def test_a_share_has_wilsons_interval(hits, asked, low, high):
    """The last is the worked example of Newcombe 1998, method 3."""
    found = share_of(hits, asked)

    assert (found.value, found.low, found.high) == pytest.approx((hits / asked, low, high), abs=6e-4)
    with pytest.raises(EvaluationError):
        share_of(0, 0)


def test_a_text_that_recurs_is_one_text():
    pairs = [JudgedPair("ferry strike", other, n) for n, other in enumerate(("ferry", "strike talks", "cup final"))]

    scores = score_pairs(model_of_texts(["ferry strike", "cup final"], "en", with_topics=False), pairs, "en")

    assert scores.ends.tolist() == [[0, 1], [0, 2], [0, 3]]
    assert scores.words[2] == 0 < scores.words[0]
    assert scores.blend.tolist() == scores.words.tolist()


def test_no_pairs_are_refused():
    with pytest.raises(EvaluationError, match="no judged pairs"):
        score_pairs(model_of_texts(["ferry", "cup"], "en", with_topics=False), [], "en")
