"""How often teasers are followed, of what was offered: counts by article, and rates that few counts cannot inflate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float64]

HALF_LIFE_H = 24
"""Hours after which a count weighs half: longer than of reads, for a rate is a slower thing than attention."""

HORIZON_H = 72
"""Hours that are counted at all; the oldest weigh an eighth."""

MIN_ARTICLES = 10
"""Articles that have been offered, below which how far they lie apart says nothing yet."""

WEAKEST, STRONGEST = 10.0, 5_000.0
"""Least and most offers that a prior is worth: it never decides alone, nor is it ever without weight."""


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Clicks and offers by article: `id_hash` sorted, each once."""

    id_hash: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    clicks: Floats = field(default_factory=lambda: np.empty(0))
    offered: Floats = field(default_factory=lambda: np.empty(0))

    def equals(self, other: Counts) -> bool:
        """Returns whether both count the same."""
        pairs = ((self.id_hash, other.id_hash), (self.clicks, other.clicks), (self.offered, other.offered))
        return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


NO_COUNTS = Counts()


def counts_of(rows: Iterable[tuple[int, float, float]]) -> Counts:
    """Returns the counts of rows of an id's hash, clicks and offers; those of one article add up."""
    every = list(rows)
    hashes = np.array([row[0] for row in every], np.uint64)
    return _summed(hashes, np.array([row[1] for row in every], float), np.array([row[2] for row in every], float))


def joined(parts: Sequence[tuple[float, Counts]]) -> Counts:
    """Returns the sum of counts, each times its weight."""
    if not parts:
        return NO_COUNTS
    return _summed(
        np.concatenate([counts.id_hash for _, counts in parts]),
        np.concatenate([weight * counts.clicks for weight, counts in parts]),
        np.concatenate([weight * counts.offered for weight, counts in parts]),
    )


def _summed(hashes: Hashes, clicks: Floats, offered: Floats) -> Counts:
    known, place = np.unique(hashes, return_inverse=True)
    size = known.size
    sums = [np.bincount(place, column, size).astype(float) for column in (clicks, offered)]
    return Counts(known, *sums)


def weight_of_age(age_h: int) -> float:
    """Returns what a count of so many hours ago still weighs."""
    return float(0.5 ** (age_h / HALF_LIFE_H))


class Prior(NamedTuple):
    """A Beta distribution of click rates: what is believed of an article before it was offered."""

    alpha: float
    beta: float

    @property
    def rate(self) -> float:
        """Its mean."""
        return self.alpha / (self.alpha + self.beta)


NEW_SITE = Prior(2.0, 126.0)
"""What a site begins with: what 10,554 headlines of randomised tests speak for (Upworthy Research Archive)."""


def beta_prior(clicks: Floats, offered: Floats) -> Prior:
    """Returns the prior that a site's own articles speak for, by the method of moments.

    Of articles i with n offers and rate r, p being their common rate: S = sum n (r - p)^2 is expected to be
    p (1 - p) ((k - 1) (1 - c) + c (N - sum n^2 / N)), N = sum n, where c is the correlation of two offers of one
    article; alpha + beta = 1 / c - 1. (J. Kleinman, Proportions with Extraneous Variance, JASA 68, 1973; weights n.)
    Fewer than MIN_ARTICLES keep the strength that NEW_SITE has.
    """
    shown = offered > 0
    n, x = offered[shown], np.minimum(clicks[shown], offered[shown])
    total = float(n.sum())
    rate = (float(x.sum()) + NEW_SITE.alpha) / (total + NEW_SITE.alpha + NEW_SITE.beta)
    strength = NEW_SITE.alpha + NEW_SITE.beta
    if n.size >= MIN_ARTICLES:
        strength = _strength(n, x, rate)
    return Prior(rate * strength, (1 - rate) * strength)


def _strength(n: Floats, x: Floats, rate: float) -> float:
    """Returns alpha + beta, within its bounds: the strongest where chance alone may have parted the rates."""
    total = float(n.sum())
    by_chance = n.size - 1
    room = total - float((n**2).sum()) / total - by_chance
    spread = float((n * (x / n - rate) ** 2).sum()) / (rate * (1 - rate))
    if room <= 0 or spread <= by_chance:
        return STRONGEST
    correlation = (spread - by_chance) / room
    return min(STRONGEST, max(WEAKEST, 1 / correlation - 1))


class Engaged(NamedTuple):
    """Of some articles, an entry each: decayed clicks and offers, and the smoothed click rate in (0, 1)."""

    clicks: Floats
    offered: Floats
    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Engagement:
    """What a site's readers did with its teasers lately. An offer is a position that a page call filled."""

    counts: Counts = NO_COUNTS
    prior: Prior = NEW_SITE

    def of(self, id_hash: Hashes) -> Engaged:
        """Returns the counts and the rate of each article named by its id's hash; the prior's rate for one unknown."""
        known = self.counts.id_hash
        if not known.size:
            nothing = np.zeros(id_hash.size)
            return Engaged(nothing, nothing, np.full(id_hash.size, self.prior.rate))
        place = np.minimum(np.searchsorted(known, id_hash), known.size - 1)
        found = known[place] == id_hash
        clicks, offered = self.counts.clicks[place] * found, self.counts.offered[place] * found
        return Engaged(clicks, offered, smoothed_rate(clicks, offered, self.prior))


NO_ENGAGEMENT = Engagement()


def smoothed_rate(clicks: Floats, offered: Floats, prior: Prior) -> Floats:
    """Returns the mean of what is believed of each rate: (clicks + alpha) / (offers + alpha + beta).

    A copy that a cache keeps is offered unseen: an article of more clicks than offers counts as offered as often.
    """
    seen = np.maximum(clicks, offered)
    return (clicks + prior.alpha) / (seen + prior.alpha + prior.beta)


def engagement_of(counts: Counts) -> Engagement:
    """Returns the engagement of a site with these counts, smoothed by its own articles."""
    return Engagement(counts, beta_prior(counts.clicks, counts.offered))
