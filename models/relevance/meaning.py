"""The second view of a text: its place among the archive's topics, found by latent semantic analysis.

Words part two stories that tell one thing in other words; topics bring them together. Below a few thousand articles
there are no topics to learn, and an article that has none of the known words has no place: then words decide alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint64]
Floats = npt.NDArray[np.float32]
Place = npt.NDArray[np.int8]

TOPICS = 100
"""Directions kept. On real news 50 to 300 rank alike; the fewer, the less each article takes of the index."""

LEAST_ARTICLES = 2_000
"""Articles from which on topics are learnt."""

MOST_FITTED = 50_000
"""Articles that topics are learnt from at most, a seeded sample of a larger archive: time and memory stay bounded."""

MOST_TERMS = 50_000
"""Terms with a place of their own, the most widespread; without those of fewer than five articles all ranked alike."""

WORDS_SHARE = 0.75
"""What words weigh beside topics.

Chosen on real news, fitted on the early articles and asked with the late ones: from 0.7 to 0.8 both the section of the
neighbours and the rank of another publisher's report of the event gain over words alone; below, the latter loses.
"""

SEED = 20_170_329
_SCALE = 127.0
_SAMPLED_PAIRS = 20_000
_RANDOM_PAIR_QUANTILE = 0.95
_SHARPEST = 8.0


@dataclass(frozen=True, slots=True, eq=False)
class MeaningSpace:
    """Where each of `terms` (ids, sorted) lies among the topics: a row of `components` each, with TOPICS columns.

    `sharpness` is the power that brings a cosine of places to the scale of a cosine of words.
    """

    terms: Ids = field(default_factory=lambda: np.empty(0, np.uint64))
    components: Floats = field(default_factory=lambda: np.empty((0, TOPICS), np.float32))
    sharpness: float = 1.0

    def place(self, terms: Ids, weights: Floats) -> Place:
        """Returns the place of a text by its term vector: TOPICS values, of length 127 together, or zeros."""
        if not self.terms.size or not terms.size:
            return np.zeros(TOPICS, np.int8)
        at = np.minimum(np.searchsorted(self.terms, terms), self.terms.size - 1)
        known = self.terms[at] == terms
        place = weights[known] @ self.components[at[known]]
        length = float(np.sqrt(place @ place))
        return np.rint(place * (_SCALE / length)).astype(np.int8) if length > 0 else np.zeros(TOPICS, np.int8)

    def blend(self, words: Floats, places: Place, own: Place) -> Floats:
        """Returns one cosine of both views for each row: 0.75 words + 0.25 topics, topics brought to words' scale.

        `words` are cosines of words, `places` the rows' places, `own` that of the text asked about. Where either has no
        place, words stand alone.
        """
        if not own.any():
            return words
        cosines = (places.astype(np.float32) @ own.astype(np.float32)) / _SCALE**2
        topics = np.minimum(np.maximum(cosines, 0.0), 1.0) ** self.sharpness
        blended = words + (1.0 - WORDS_SHARE) * (topics - words)
        # A row without a place is all zeros: its product is exactly 0, which others' hardly ever are.
        return np.asarray(np.where(cosines == 0, words, blended), np.float32)


def fit_meaning(rows: Any, terms: Ids) -> MeaningSpace:
    """Returns the topics of TF-IDF rows (a scipy CSR matrix) whose columns are the terms, in any order.

    A truncated singular value decomposition (Halko, Martinsson, Tropp 2011), seeded. A corpus too small for TOPICS
    directions gets fewer, the rest zeros.
    """
    from sklearn.utils.extmath import randomized_svd

    draws = np.random.default_rng(SEED)
    if rows.shape[0] > MOST_FITTED:
        rows = rows[np.sort(draws.choice(rows.shape[0], MOST_FITTED, replace=False))]
    spread = np.bincount(rows.indices, minlength=terms.size)
    kept = np.argsort(-spread, kind="stable")[:MOST_TERMS]
    kept = kept[spread[kept] > 1]
    # As many directions as terms or articles would be the words themselves again.
    directions = min(TOPICS, kept.size // 3, rows.shape[0] // 3)
    if directions < 2:
        return MeaningSpace()
    fitted = rows[:, kept].astype(np.float32)
    _, _, axes = randomized_svd(fitted, directions, n_iter=4, random_state=SEED)
    components = np.zeros((kept.size, TOPICS), np.float32)
    components[:, :directions] = axes.T
    order = np.argsort(terms[kept])
    sharpness = _sharpness(rows, np.asarray(fitted @ components), draws)
    return MeaningSpace(terms[kept][order], components[order], sharpness)


def _sharpness(rows: Any, places: Floats, draws: np.random.Generator) -> float:
    """Returns the power at which unrelated articles are as far apart by topics as by words.

    Both views' cosines of random pairs are matched where 95 of 100 stay below; identical texts have 1 in both. So what
    is told of a cosine (near, half as relevant) holds for the blend as it does for words.
    """
    one, other = draws.integers(0, rows.shape[0], (2, _SAMPLED_PAIRS))
    apart = one != other
    one, other = one[apart], other[apart]
    lengths = np.sqrt((places * places).sum(axis=1)) + np.finfo(np.float32).tiny
    by_topics = (places[one] * places[other]).sum(axis=1) / (lengths[one] * lengths[other])
    by_words = np.asarray(rows[one].multiply(rows[other]).sum(axis=1)).ravel()
    words, topics = (float(np.quantile(cosines, _RANDOM_PAIR_QUANTILE)) for cosines in (by_words, by_topics))
    if not (0 < words < 1 and 0 < topics < 1):
        return 1.0
    return float(np.clip(np.log(words) / np.log(topics), 1.0, _SHARPEST))
