"""What a reader likes, as far as the articles tell that were read last: their key words and their sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from service.domain.index.article_index import ArticleIndex, Columns, KeyTerms, Rows

READ_LAST = 50
"""Known articles that make a profile: older ones say less of what a reader wants next, and each costs time."""

LOOKED_THROUGH = 200
"""Ids of a history that are looked up at most, from its end: a history may be long and of articles long gone."""

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """A reader's profile: key words by hash, sorted, with weights of length 1 together; sections with their shares."""

    terms: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    weights: Floats = field(default_factory=lambda: np.empty(0))
    sections: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    shares: Floats = field(default_factory=lambda: np.empty(0))


NO_TASTE = Taste()


def taste_of(index: ArticleIndex, history: Sequence[int]) -> Taste:
    """Returns the profile that a history speaks for: hashes of ids in the order of reading, the last read last.

    The mean of the key words' vectors of the READ_LAST last articles that are known, made of length 1 again, and how
    their sections share them.
    """
    rows = _known(index, history)
    if not rows.size:
        return NO_TASTE
    read = index.key_terms(rows)
    terms, place = np.unique(read.term, return_inverse=True)
    weights = np.bincount(place, read.weight, terms.size).astype(float)
    named = index.columns(rows).section_hash
    sections, counts = np.unique(named[named != 0], return_counts=True)
    length = float(np.sqrt(weights @ weights)) or 1.0
    return Taste(terms, weights / length, sections, counts / max(1, int(counts.sum())))


def _known(index: ArticleIndex, history: Sequence[int]) -> Rows:
    rows: list[int] = []
    for id_hash in reversed(history[-LOOKED_THROUGH:]):
        row = index.row_of_hash(id_hash)
        if row is not None:
            rows.append(row)
        if len(rows) == READ_LAST:
            break
    return np.array(rows, np.int64)


def nearness(taste: Taste, key_terms: KeyTerms, size: int) -> Floats:
    """Returns the cosine of each of `size` articles to the profile, both by their key words."""
    if not taste.terms.size:
        return np.zeros(size)
    place, known = _places(taste.terms, key_terms.term)
    products = key_terms.weight * taste.weights[place] * known
    return np.bincount(key_terms.bearer, products, size).astype(float)


def affinity(taste: Taste, page_section: int, columns: Columns) -> Floats:
    """Returns how close each article's section is to the page's and to those that the reader reads, in [0, 1].

    1 in the section of the page (a hash, 0 for none), else 0; beside it the share of the reader's history in that
    section; the mean of both where both are known.
    """
    known: list[Floats] = []
    if page_section:
        known.append((columns.section_hash == np.uint64(page_section)).astype(float))
    if taste.sections.size:
        place, found = _places(taste.sections, columns.section_hash)
        known.append(taste.shares[place] * found)
    if not known:
        return np.zeros(columns.section_hash.size)
    return known[0] if len(known) == 1 else (known[0] + known[1]) / 2


def _places(among: Hashes, values: Hashes) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    place = np.minimum(np.searchsorted(among, values), among.size - 1)
    return place, among[place] == values
