"""Which new articles get a few positions to learn whether they are read: Thompson sampling, the same all day.

Thompson, On the likelihood that one unknown probability exceeds another, Biometrika 25, 1933.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from service.domain.compiled import compiled
from service.domain.durations import DAY_S
from service.domain.engagement.rates import Engaged, Prior
from service.domain.page.ranking.pool import Candidates, Floats, Ints, Mask

FRESH_S = 2 * DAY_S
"""Age up to which an article is explored, in seconds back from the site's newest: later it has had its chance."""

FEW_LOOKS = 100.0
"""Looks below which an article's click rate is still mostly what is believed of any."""

LEAST_OFFERED = 10
"""Candidates that must have been offered before: on a site without counts every article is as new as the next."""

SURENESS = 4.0
"""How many times surer than the counts alone draws are: who explores less loses less before the news is old.

Of 1, 2, 4, 6, 10 and 16, this kept most of the oracle's gain within 3,000 and 12,000 views of the earlier half of real
headline tests (Upworthy Research Archive); tests/quality/test_learning.py judges it on the later half.
"""

Hashes = npt.NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_ONE, _MIX_TWO = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compiled
def unexplored(engaged: Engaged, age_s: Floats) -> npt.NDArray[np.bool_]:
    """Returns which candidates are fresh and have been looked at but few times."""
    if np.count_nonzero(engaged.offered) < LEAST_OFFERED:
        return np.zeros(age_s.size, np.bool_)
    return (engaged.looks < FEW_LOOKS) & (age_s <= FRESH_S)


@compiled
def untried(candidates: Candidates, allowed: Mask, ring: Ints, steps: int, seed: np.uint64) -> Ints:
    """Returns which of a widget's allowed candidates are tried out, the best draw first; none of a fallback's rings."""
    age_s = (candidates.newest_at - candidates.published_at).astype(np.float64)
    engaged = Engaged(candidates.clicks, candidates.offered, candidates.looks, candidates.rate)
    places = np.flatnonzero(unexplored(engaged, age_s) & (ring < steps) & allowed)
    some = Engaged(engaged.clicks[places], engaged.offered[places], engaged.looks[places], engaged.rate[places])
    rates = drawn_rates(seed, candidates.id_hash[places], some, candidates.prior)
    return places[np.argsort(-rates, kind="mergesort")]


@compiled
def drawn_rates(seed: np.uint64, id_hash: Hashes, engaged: Engaged, prior: Prior, sureness: float = SURENESS) -> Floats:
    """Returns a click rate for each article, drawn from what is believed of it: a Beta distribution, in one pass.

    The distribution is that of `sureness` times as many clicks and looks, the prior's among them.

    A draw depends on the seed, the article and its own counts alone, so that an arrival leaves the others' order as it
    is. (A generator that draws one after the other would not.) Beta = X / (X + Y) of two Gamma draws, each made of a
    normal one by Wilson and Hilferty (PNAS 17, 1931): a (1 - 1/(9a) + z / (3 sqrt a))^3.
    """
    clicks, looks = engaged.clicks, np.maximum(engaged.clicks, engaged.looks)
    one, other = normals(seed, id_hash)
    successes = gamma(sureness * (clicks + prior.alpha), one)
    failures = gamma(sureness * (looks - clicks + prior.beta), other)
    rates: Floats = successes / (successes + failures)
    return rates


@compiled
def gamma(shape: Floats, normal: Floats) -> Floats:
    """Returns a draw from the Gamma distribution of each shape, made of a normal one."""
    draws: Floats = shape * np.maximum(1 - 1 / (9 * shape) + normal / (3 * np.sqrt(shape)), 1e-3) ** 3
    return draws


@compiled
def normals(seed: np.uint64, id_hash: Hashes) -> tuple[Floats, Floats]:
    """Returns two independent normal draws for each article (Box and Muller 1958)."""
    radius = np.sqrt(-2 * np.log(uniform(seed, id_hash)))
    angle = 2 * np.pi * uniform(seed ^ np.uint64(1), id_hash)
    return radius * np.cos(angle), radius * np.sin(angle)


@compiled
def uniform(seed: np.uint64, id_hash: Hashes) -> Floats:
    """Returns a number in (0, 1) for each article: its hash and the seed, mixed as SplitMix64 does."""
    mixed = (id_hash ^ seed) * _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX_ONE
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _MIX_TWO
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
