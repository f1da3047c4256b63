"""The score of a candidate: what speaks for it in parts, weighed as the kind of widget says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from service.domain.page.pool import Floats, Mask, Pool
from service.domain.widgets.kind import PARTS, WidgetKind

HALF_RELEVANCE_COSINE = 0.08
"""Cosine at which relevance is a half. News texts of one event have 0.25 to 0.8, of one topic 0.08 to 0.25."""

EVERGREEN_FRESHNESS = 0.5


def relevance(cosine: Floats) -> Floats:
    """Returns the cosine on a saturating scale in [0, 1): c / (c + 0.08).

    Far apart near zero, where topics part, and flat among tellings of one story, where freshness should decide.
    """
    return cosine / (cosine + HALF_RELEVANCE_COSINE)


def freshness(age_s: Floats, half_life_s: float) -> Floats:
    """Returns 1 / (1 + log2(1 + age / half-life)): 1 at age 0, a half at the half-life, never 0.

    Age counts back from the site's newest article. It falls strictly, so of two articles the newer is ahead at any
    age, where an exponential would be 0.0 for both after nine years.
    """
    return 1.0 / (1.0 + np.log2(1.0 + np.maximum(age_s, 0.0) / half_life_s))


def kept_fresh(fresh: Floats, evergreen: Mask) -> Floats:
    """Returns freshness, of what does not age at least a half: as if it were at its half-life, not always new."""
    return np.where(evergreen, np.maximum(fresh, EVERGREEN_FRESHNESS), fresh)


def click_appeal(rate: Floats, usual: float) -> Floats:
    """Returns smoothed click rates on a saturating scale in (0, 1): a half at the site's usual rate."""
    return rate / (rate + usual)


def popularity(counts: Floats) -> Floats:
    """Returns counts on a logarithmic scale in [0, 1]: the highest is 1, none is 0."""
    known = np.maximum(counts, 0.0)
    highest = known.max(initial=0.0)
    return np.log1p(known) / np.log1p(highest) if highest > 0 else np.zeros(known.size)


def freshness_for(pool: Pool, kind: WidgetKind) -> Floats:
    """Returns each candidate's freshness as this kind of widget sees it."""
    fresh = freshness(pool.age_s, kind.half_life_s)
    return kept_fresh(fresh, pool.columns.evergreen) if kind.evergreen else fresh


# What speaks for a candidate, in [0, 1], by the name of its weight.
FEATURES: Mapping[str, Callable[[Pool, WidgetKind], Floats]] = {
    "relevance": lambda pool, _: relevance(pool.cosine),
    "freshness": freshness_for,
    "reads": lambda pool, _: popularity(pool.reads),
    "comments": lambda pool, _: popularity(pool.columns.comment_count.astype(float)),
    "clicks": lambda pool, _: click_appeal(pool.engaged.rate, pool.prior.rate),
    "section": lambda pool, _: pool.affinity,
    "profile": lambda pool, _: relevance(pool.profile),
}


def features_of(pool: Pool, kind: WidgetKind) -> dict[str, Floats]:
    """Returns every feature of each candidate by name: what pages are decided by, and click models learn from."""
    return {name: FEATURES[name](pool, kind) for name in PARTS}


def default_score(pool: Pool, kind: WidgetKind) -> Floats:
    """Returns the score that the kind's own weights give, before boosts and without a click model."""
    return sum(_weighed(pool, kind).values(), np.zeros(pool.rows.size))


def score(pool: Pool, kind: WidgetKind) -> Floats:
    """Returns each candidate's score for this kind of widget: in [0, 1] before boosts."""
    total = np.zeros(pool.rows.size)
    for part in parts_of_score(pool, kind).values():
        total += part
    return total


def parts_of_score(pool: Pool, kind: WidgetKind) -> dict[str, Floats]:
    """Returns by name what adds up to each candidate's score; a part of no weight is left out.

    A click model makes its share of the score of kinds that clicks weigh in; those that order by one thing alone,
    such as the newest first, stay as they are.
    """
    parts = _weighed(pool, kind)
    learnt = pool.learnt
    if learnt is not None and kind.weights.clicks:
        parts = {name: (1.0 - learnt.share) * part for name, part in parts.items()}
        parts["learnt"] = learnt.share * learnt.appeal(features_of(pool, kind))
    if pool.boost is not None:
        unboosted: Floats = sum(parts.values(), np.zeros(pool.rows.size))
        parts["boost"] = unboosted * (pool.boost.factor - 1.0) + pool.boost.points
    return parts


def _weighed(pool: Pool, kind: WidgetKind) -> dict[str, Floats]:
    weights = {name: getattr(kind.weights, name) for name in PARTS}
    return {name: weight * FEATURES[name](pool, kind) for name, weight in weights.items() if weight}
