"""How often teasers are followed, of what was offered: counts by article, and rates that few counts cannot inflate."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from service.domain.engagement.click_model import ClickModel
from service.domain.engagement.examination import NOTHING_LEARNT, Examination

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
    """Clicks and offers by article: `id_hash` sorted, each once.

    `looks` are the offers, each weighed by the chance that a reader looked there, as a share of a first position's.
    """

    id_hash: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    clicks: Floats = field(default_factory=lambda: np.empty(0))
    offered: Floats = field(default_factory=lambda: np.empty(0))
    looks: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def columns(self) -> tuple[Floats, Floats, Floats]:
        """Clicks, offers and looks."""
        return self.clicks, self.offered, self.looks

    def equals(self, other: Counts) -> bool:
        """Returns whether both count the same."""
        pairs = zip((self.id_hash, *self.columns), (other.id_hash, *other.columns), strict=True)
        return all(np.array_equal(ours, theirs) for ours, theirs in pairs)


NO_COUNTS = Counts()


def counts_of(rows: Iterable[tuple[int, float, float] | tuple[int, float, float, float]]) -> Counts:
    """Returns the counts of rows of an id's hash, clicks, offers and looks; those of one article add up.

    A row without looks was looked at as often as offered.
    """
    every = list(rows)
    hashes = np.array([row[0] for row in every], np.uint64)
    columns = [np.array([row[at] if at < len(row) else row[2] for row in every], float) for at in (1, 2, 3)]
    return summed(hashes, columns)


def joined(parts: Sequence[tuple[float, Counts]]) -> Counts:
    """Returns the sum of counts, each times its weight."""
    if not parts:
        return NO_COUNTS
    weighed = [[weight * column for column in counts.columns] for weight, counts in parts]
    return summed(
        np.concatenate([counts.id_hash for _, counts in parts]),
        [np.concatenate(columns) for columns in zip(*weighed, strict=True)],
    )


def summed(hashes: Hashes, columns: Sequence[Floats]) -> Counts:
    """Returns the counts of these columns, clicks, offers and looks by id's hash; those of one article add up."""
    known, place = np.unique(hashes, return_inverse=True)
    return Counts(known, *(np.bincount(place, column, known.size).astype(float) for column in columns))


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


def beta_prior(clicks: Floats, looks: Floats, new: Prior = NEW_SITE) -> Prior:
    """Returns the prior that a site's own articles speak for, by the method of moments; `new` is what it begins with.

    Of articles i with n looks and rate r, p being their common rate: S = sum n (r - p)^2 is expected to be
    p (1 - p) ((k - 1) (1 - c) + c (N - sum n^2 / N)), N = sum n, where c is the correlation of two looks at one
    article; alpha + beta = 1 / c - 1. (J. Kleinman, Proportions with Extraneous Variance, JASA 68, 1973; weights n.)
    Fewer than MIN_ARTICLES keep the strength that `new` has.
    """
    shown = looks > 0
    n, x = looks[shown], np.minimum(clicks[shown], looks[shown])
    total = float(n.sum())
    strength = new.alpha + new.beta
    rate = (float(x.sum()) + new.alpha) / (total + strength)
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
    """Of some articles, an entry each: decayed clicks, offers and looks, and the smoothed click rate in (0, 1)."""

    clicks: Floats
    offered: Floats
    looks: Floats
    rate: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Engagement:
    """What a site's readers did with its teasers lately. An offer is a position that a page call filled.

    `examination` is how likely a reader looks at a place: what offers there will count for. `learnt` is the click model
    in use, if any.
    """

    counts: Counts = NO_COUNTS
    prior: Prior = NEW_SITE
    examination: Examination = NOTHING_LEARNT
    learnt: ClickModel | None = None

    def equals(self, other: Engagement) -> bool:
        """Returns whether both know the same."""
        learnt = (self.examination, self.learnt) == (other.examination, other.learnt)
        return learnt and self.counts.equals(other.counts)

    def of(self, id_hash: Hashes) -> Engaged:
        """Returns the counts and the rate of each article named by its id's hash; the prior's rate for one unknown."""
        known = self.counts.id_hash
        if not known.size:
            nothing = np.zeros(id_hash.size)
            return Engaged(nothing, nothing, nothing, np.full(id_hash.size, self.prior.rate))
        place = np.minimum(np.searchsorted(known, id_hash), known.size - 1)
        found = known[place] == id_hash
        clicks, offered, looks = (column[place] * found for column in self.counts.columns)
        return Engaged(clicks, offered, looks, smoothed_rate(clicks, looks, self.prior))


NO_ENGAGEMENT = Engagement()


def smoothed_rate(clicks: Floats, looks: Floats, prior: Prior) -> Floats:
    """Returns the mean of what is believed of each rate in first position: (clicks + alpha) / (looks + alpha + beta).

    Clicks over expected clicks are thus freed of position (Zhang and Jones, WWW 2007). A copy that a cache keeps is
    offered unseen: an article of more clicks than looks counts as looked at as often.
    """
    seen = np.maximum(clicks, looks)
    return (clicks + prior.alpha) / (seen + prior.alpha + prior.beta)


def engagement_of(
    counts: Counts, examination: Examination = NOTHING_LEARNT, learnt: ClickModel | None = None
) -> Engagement:
    """Returns the engagement of a site with these counts, smoothed by its own articles."""
    return Engagement(counts, beta_prior(counts.clicks, counts.looks), examination, learnt)
