"""Which of an article's key words bring it near to a page, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.domain.compiled import compiled
from service.domain.page.article_index import ArticleIndex, TermVector
from service.domain.page.standing import told
from service.domain.page.telling import Array

SharedWords = list[tuple[float, str]]


def shared_words(index: ArticleIndex, vector: TermVector | None, rows: Sequence[int]) -> list[SharedWords]:
    """Returns, for each row, what its key words add to its cosine to the vector, and the words; the most first."""
    if vector is None or not rows:
        return [[] for _ in rows]
    where, wanted = index.tellings, np.array(rows, np.int64)
    products = key_products(where.places, where.first_delta, wanted, vector.terms, vector.weights).tolist()
    return [_by_word(line, index.words(row)) for row, line in zip(rows, products, strict=True)]


def _by_word(products: list[float], words: Sequence[str]) -> SharedWords:
    """Returns the words that add anything; a word of several terms adds what they all do."""
    found = [(product, word) for product, word in zip(products, words, strict=False) if product]
    parts = {word: product for product, word in found}
    if len(parts) < len(found):
        parts = dict.fromkeys(parts, 0.0)
        for product, word in found:
            parts[word] += product
        found = [(product, word) for word, product in parts.items()]
    found.sort(reverse=True)
    return found


@compiled
def key_products(places: Array, first_delta: int, rows: Array, terms: Array, weights: Array) -> Array:
    """Returns, a line for each row, the weight of each of its key words times that of the same term; 0 for no such.

    `terms` are sorted.
    """
    most = 0
    for row in rows:
        most = max(most, told(places, first_delta, row).keywords.hashes.size)
    products = np.zeros((rows.size, most))
    for line in range(rows.size):
        keywords = told(places, first_delta, rows[line]).keywords
        for at in range(keywords.hashes.size):
            place = place_of(terms, keywords.hashes[at])
            if place < terms.size and terms[place] == keywords.hashes[at]:
                products[line, at] = float(keywords.weights[at]) * float(weights[place])
    return products


@compiled
def place_of(terms: Array, term: np.uint64) -> int:
    """Returns how many of the sorted terms are less than this one."""
    begin, size = 0, terms.size
    while size > 0:  # halved without a branch that the processor would have to guess
        half = (size + 1) // 2
        begin += half * (terms[begin + half - 1] < term)
        size -= half
    return begin
