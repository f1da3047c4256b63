"""The score of a candidate: what speaks for it in parts, weighed as the kind of widget says."""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import numpy as np

from service.domain.compiled import compiled
from service.domain.events.click_model import ClickModel
from service.domain.page.pool import Candidates, Floats, Mask, Pool
from service.domain.widgets.kind import PARTS, WidgetKind

HALF_RELEVANCE_COSINE = 0.08
"""Cosine at which relevance is a half. News texts of one event have 0.25 to 0.8, of one topic 0.08 to 0.25."""

EVERGREEN_FRESHNESS = 0.5

RELEVANCE, FRESHNESS, READS, COMMENTS, CLICKS, SECTION, PROFILE = range(7)
"""Where each feature stands in a matrix of them, in the order of PARTS."""

LEARNT, BOOST = 7, 8
"""Where the further parts of a score stand: the click model's, and the editors'."""

EVERY_PART = (*PARTS, "learnt", "boost")

_weights_of = attrgetter(*PARTS)


class Measure(NamedTuple):
    """What a kind of widget, and the click model in use, make of candidates.

    `weights` and `model_weights` in the order of PARTS; `share` is the model's part of a score, 0 where it has no word.
    """

    weights: Floats
    half_life_s: float
    evergreen: bool
    model_weights: Floats
    bias: float
    usual: float
    share: float


NO_MODEL_WEIGHTS = np.zeros(len(PARTS))


def measure_of(kind: WidgetKind, learnt: ClickModel | None) -> Measure:
    """Returns how this kind of widget measures candidates.

    A click model has a word in kinds that clicks weigh in; those that order by one thing alone, such as the newest
    first, stay as they are.
    """
    weights, half_life_s = np.array(_weights_of(kind.weights), float), float(kind.half_life_s)
    if learnt is None or not kind.weights.clicks:
        return Measure(weights, half_life_s, kind.evergreen, NO_MODEL_WEIGHTS, 0.0, 1.0, 0.0)
    bias, usual, share = float(learnt.bias), float(learnt.usual), float(learnt.share)
    return Measure(weights, half_life_s, kind.evergreen, model_weights(learnt), bias, usual, share)


def model_weights(learnt: ClickModel) -> Floats:
    """Returns what a click model weighs each feature, in the order of PARTS."""
    return np.array([learnt.weights.get(name, 0.0) for name in PARTS], float)


@compiled
def relevance(cosine: Floats) -> Floats:
    """Returns the cosine on a saturating scale in [0, 1): c / (c + 0.08).

    Far apart near zero, where topics part, and flat among tellings of one story, where freshness should decide.
    """
    return cosine / (cosine + HALF_RELEVANCE_COSINE)


@compiled
def freshness(age_s: Floats, half_life_s: float) -> Floats:
    """Returns 1 / (1 + log2(1 + age / half-life)): 1 at age 0, a half at the half-life, never 0.

    Age counts back from the site's newest article. It falls strictly, so of two articles the newer is ahead at any
    age, where an exponential would be 0.0 for both after nine years.
    """
    return 1.0 / (1.0 + np.log2(1.0 + np.maximum(age_s, 0.0) / half_life_s))


@compiled
def kept_fresh(fresh: Floats, evergreen: Mask) -> Floats:
    """Returns freshness, of what does not age at least a half: as if it were at its half-life, not always new."""
    return np.where(evergreen, np.maximum(fresh, EVERGREEN_FRESHNESS), fresh)


@compiled
def click_appeal(rate: Floats, usual: float) -> Floats:
    """Returns smoothed click rates on a saturating scale in (0, 1): a half at the site's usual rate."""
    return rate / (rate + usual)


@compiled
def popularity(counts: Floats) -> Floats:
    """Returns counts on a logarithmic scale in [0, 1]: the highest is 1, none is 0."""
    scaled, highest = np.zeros(counts.size), max(0.0, counts.max()) if counts.size else 0.0
    for at in range(counts.size):
        if counts[at] > 0.0:
            scaled[at] = np.log1p(counts[at]) / np.log1p(highest)
    return scaled


@compiled
def appeal(features: Floats, weights: Floats, bias: float, usual: float) -> Floats:
    """Returns each candidate's appeal to a click model in (0, 1), a half at the usual chance p: p / (p + usual)."""
    odds = np.full(features.shape[1], bias)
    for at in range(weights.size):
        if weights[at] != 0.0:
            odds += weights[at] * features[at]
    likely = 1.0 / (1.0 + np.exp(-odds))
    return likely / (likely + usual)


@compiled
def features_of(candidates: Candidates, measure: Measure) -> Floats:
    """Returns the features of each candidate that have a weight, in [0, 1], a line for each; of others nothing."""
    features = np.zeros((PROFILE + 1, candidates.cosine.size))
    features[RELEVANCE] = relevance(candidates.cosine)
    fresh = freshness((candidates.newest_at - candidates.published_at).astype(np.float64), measure.half_life_s)
    features[FRESHNESS] = kept_fresh(fresh, candidates.evergreen) if measure.evergreen else fresh
    if counts(measure, READS):
        features[READS] = popularity(candidates.reads)
    if counts(measure, COMMENTS):
        features[COMMENTS] = popularity(candidates.comment_count.astype(np.float64))
    usual_rate = candidates.prior.alpha / (candidates.prior.alpha + candidates.prior.beta)
    features[CLICKS] = click_appeal(candidates.rate, usual_rate)
    features[SECTION] = candidates.affinity
    features[PROFILE] = relevance(candidates.profile)
    return features


@compiled
def counts(measure: Measure, feature: int) -> bool:
    """Returns whether a feature has any weight."""
    return bool(measure.weights[feature] != 0.0 or measure.model_weights[feature] != 0.0)


@compiled
def parts_of(candidates: Candidates, measure: Measure) -> Floats:
    """Returns what adds up to each candidate's score, a line for each of EVERY_PART: in [0, 1] before boosts."""
    features = features_of(candidates, measure)
    parts = np.zeros((BOOST + 1, candidates.cosine.size))
    for at in range(measure.weights.size):
        if measure.weights[at] != 0.0:
            parts[at] = (1.0 - measure.share) * measure.weights[at] * features[at]
    if measure.share > 0.0:
        parts[LEARNT] = measure.share * appeal(features, measure.model_weights, measure.bias, measure.usual)
    if candidates.factor.size:
        parts[BOOST] = totals(parts) * (candidates.factor - 1.0) + candidates.points
    return parts


@compiled
def totals(parts: Floats) -> Floats:
    """Returns the sum of each candidate's parts."""
    total = np.zeros(parts.shape[1])
    for at in range(parts.shape[0]):
        total += parts[at]
    return total


def blended(model: ClickModel, score: Floats, features: Floats) -> Floats:
    """Returns the scores that a click model makes of those of the kind of widget; `features` has a line for each."""
    every = np.ascontiguousarray(features, float)
    learnt = appeal(every, model_weights(model), float(model.bias), float(model.usual))
    return (1.0 - model.share) * score + model.share * learnt


def default_score(features: Floats, measure: Measure) -> Floats:
    """Returns the score that the kind's own weights give, before boosts and without a click model."""
    score: Floats = measure.weights @ features
    return score


def parts_of_score(pool: Pool, kind: WidgetKind) -> dict[str, Floats]:
    """Returns by name what adds up to each candidate's score; a part of no weight is left out."""
    measure = measure_of(kind, pool.learnt)
    parts = parts_of(pool.candidates, measure)
    at_work = [*(measure.weights != 0.0).tolist(), measure.share > 0.0, pool.boost is not None]
    return {name: parts[at] for at, name in enumerate(EVERY_PART) if at_work[at]}
