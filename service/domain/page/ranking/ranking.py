"""The score of a candidate: what speaks for it in parts, weighed as the kind of widget says."""

from __future__ import annotations

from operator import attrgetter

import numpy as np

from service.domain.compiled import compiled
from service.domain.engagement.click_model import ClickModel
from service.domain.page.ranking.pool import Candidates, Floats, Mask, Pool
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


HALF_LIFE, EVERGREEN, MODEL_SHARE = 7, 8, 9
"""What else stands in a kind's measure, behind the weights of PARTS: see measure_of."""

MODEL_BIAS, MODEL_USUAL = 7, 8
"""What stands behind a click model's weights."""


def measure_of(kind: WidgetKind, learnt: ClickModel | None) -> tuple[float, ...]:
    """Returns how this kind of widget measures candidates, as a line of numbers.

    First the weights of PARTS, then its half-life in seconds, 1 if what does not age is never past it, and the click
    model's share. A click model has a word in kinds that clicks weigh in; those that order by one thing alone, such as
    the newest first, stay as they are.
    """
    share = learnt.share if learnt is not None and kind.weights.clicks else 0.0
    return *_weights_of(kind.weights), kind.half_life_s, kind.evergreen, share


def model_of(learnt: ClickModel | None) -> Floats:
    """Returns a click model as numbers: its weights in the order of PARTS, its bias, the usual chance."""
    if learnt is None:
        return NO_MODEL
    return np.array([*(learnt.weights.get(name, 0.0) for name in PARTS), learnt.bias, learnt.usual], float)


NO_MODEL: Floats = np.array([0.0] * (len(PARTS) + 1) + [1.0])


@compiled
def relevance(cosine: Floats) -> Floats:
    """Returns the cosine on a saturating scale in [0, 1): c / (c + 0.08).

    Far apart near zero, where topics part, and flat among tellings of one story, where freshness should decide.
    """
    return cosine / (cosine + HALF_RELEVANCE_COSINE)


def cosine_at(least: float) -> float:
    """Returns the cosine at which relevance has this value, in [0, 1)."""
    return HALF_RELEVANCE_COSINE * least / (1.0 - least)


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
    kept = fresh.copy()
    for at in range(kept.size):
        kept[at] = max(fresh[at], EVERGREEN_FRESHNESS) if evergreen[at] else fresh[at]
    return kept


@compiled
def click_appeal(rate: Floats, usual: float) -> Floats:
    """Returns smoothed click rates on a saturating scale in (0, 1): a half at the site's usual rate."""
    return rate / (rate + usual)


@compiled
def popularity(counts: Floats) -> Floats:
    """Returns counts on a logarithmic scale in [0, 1]: the highest is 1, none is 0."""
    scaled, highest = np.zeros(counts.size), max(0.0, counts.max()) if counts.size else 0.0
    most = np.log1p(highest)
    for at in range(counts.size):
        if counts[at] > 0.0:
            scaled[at] = np.log1p(counts[at]) / most
    return scaled


@compiled
def appeal(features: Floats, model: Floats) -> Floats:
    """Returns each candidate's appeal to a click model in (0, 1), a half at the usual chance p: p / (p + usual)."""
    odds = np.full(features.shape[1], model[MODEL_BIAS])
    for at in range(features.shape[0]):
        if model[at] != 0.0:
            odds += model[at] * features[at]
    likely: Floats = 1.0 / (1.0 + np.exp(-odds))
    appeals: Floats = likely / (likely + model[MODEL_USUAL])
    return appeals


@compiled
def ageless_features(candidates: Candidates, reads: bool, comments: bool) -> Floats:
    """Returns the features of each candidate that are the same for all kinds, in [0, 1], a line for each of PARTS.

    `reads` and `comments` say whether these are wanted: their logarithms cost more than all others.
    """
    features = np.zeros((PROFILE + 1, candidates.cosine.size))
    features[RELEVANCE] = relevance(candidates.cosine)
    if reads:
        features[READS] = popularity(candidates.reads)
    if comments:
        features[COMMENTS] = popularity(candidates.comment_count.astype(np.float64))
    usual_rate = candidates.prior.alpha / (candidates.prior.alpha + candidates.prior.beta)
    features[CLICKS] = click_appeal(candidates.rate, usual_rate)
    features[SECTION] = candidates.affinity
    features[PROFILE] = relevance(candidates.profile)
    return features


@compiled
def freshness_for(candidates: Candidates, measure: Floats) -> Floats:
    """Returns each candidate's freshness as a kind of widget sees it."""
    age_s = (candidates.newest_at - candidates.published_at).astype(np.float64)
    fresh = freshness(age_s, measure[HALF_LIFE])
    return kept_fresh(fresh, candidates.evergreen) if measure[EVERGREEN] else fresh


def features_of(candidates: Candidates, measure: Floats) -> Floats:
    """Returns every feature of each candidate, a line for each of PARTS: what click models learn from."""
    features = ageless_features(candidates, True, True)
    features[FRESHNESS] = freshness_for(candidates, measure)
    return features


@compiled
def parts_of(candidates: Candidates, features: Floats, measure: Floats, model: Floats) -> Floats:
    """Returns what adds up to each candidate's score, a line for each of EVERY_PART: in [0, 1] before boosts."""
    parts = np.zeros((BOOST + 1, features.shape[1]))
    for at in range(features.shape[0]):
        if measure[at] != 0.0:
            weight = (1.0 - measure[MODEL_SHARE]) * measure[at]
            for each in range(features.shape[1]):
                parts[at, each] = weight * features[at, each]
    if measure[MODEL_SHARE] > 0.0:
        parts[LEARNT] = measure[MODEL_SHARE] * appeal(features, model)
    if candidates.factor.size:
        parts[BOOST] = totals(parts) * (candidates.factor - 1.0) + candidates.points
    return parts


@compiled
def totals(parts: Floats) -> Floats:
    """Returns the sum of each candidate's parts."""
    total = np.zeros(parts.shape[1])
    for at in range(parts.shape[0]):
        for each in range(total.size):
            total[each] += parts[at, each]
    return total


def blended(model: ClickModel, score: Floats, features: Floats) -> Floats:
    """Returns the scores that a click model makes of those of the kind of widget; `features` has a line for each."""
    learnt = appeal(np.ascontiguousarray(features, float), model_of(model))
    return (1.0 - model.share) * score + model.share * learnt


def default_score(features: Floats, kind: WidgetKind) -> Floats:
    """Returns the score that the kind's own weights give, before boosts and without a click model."""
    score: Floats = np.array(_weights_of(kind.weights)) @ features
    return score


def parts_of_score(pool: Pool, kind: WidgetKind) -> dict[str, Floats]:
    """Returns by name what adds up to each candidate's score; a part of no weight is left out."""
    candidates, measure = pool.candidates, np.array(measure_of(kind, pool.learnt), float)
    parts = parts_of(candidates, features_of(candidates, measure), measure, model_of(pool.learnt))
    at_work = [*(measure[: len(PARTS)] != 0.0).tolist(), measure[MODEL_SHARE] > 0.0, pool.boost is not None]
    return {name: parts[at] for at, name in enumerate(EVERY_PART) if at_work[at]}
