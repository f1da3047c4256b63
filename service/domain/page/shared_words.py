"""Which of an article's key words bring it near to a page, and by how much: as numbers, and in letters."""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from service.domain.compiled import compiled
from service.domain.page.article_index import ArticleIndex, TermVector
from service.domain.page.standing import column, told
from service.domain.page.telling import OFFSETS, PRINTED, Array, Terms

SharedWords = list[tuple[float, str]]

NEW_LINE, COMMA, SPACE = (np.uint8(ord(each)) for each in "\n, ")


def shared_words(index: ArticleIndex, vector: TermVector | None, row: int) -> SharedWords:
    """Returns what an article's key words add to its cosine to the vector, and the words; the most first."""
    if vector is None:
        return []
    where = index.tellings
    parts = parts_of_words(where.places, where.first_delta, row, vector.terms, vector.weights).tolist()
    found = [(part, word) for part, word in zip(parts, index.words(row), strict=True) if part > 0]
    return sorted(found, key=itemgetter(0), reverse=True)


@compiled
def parts_of_words(places: Array, first_delta: int, row: int, terms: Array, weights: Array) -> Array:
    """Returns for each word of an article what it adds to the cosine to these sorted terms."""
    words = printed(places, first_delta, row)
    return word_parts(told(places, first_delta, row).keywords, words, ends_of(words), terms, weights)


@compiled
def printed(places: Array, first_delta: int, row: int) -> Array:
    """Returns the words of an article's key terms as bytes, one a line, read where they stand."""
    in_base = row < first_delta
    place, local = (places[0], row) if in_base else (places[1], row - first_delta)
    offsets = column(place[OFFSETS], np.int64)
    return column(place[PRINTED], np.uint8)[offsets[local] : offsets[local + 1]]


@compiled
def ends_of(words: Array) -> Array:
    """Returns where each of the words ends."""
    return np.append(np.flatnonzero(words == NEW_LINE), words.size)


@compiled
def word_parts(keywords: Terms, words: Array, ends: Array, terms: Array, weights: Array) -> Array:
    """Returns what each word adds: the weight of its term times that of the same term among `terms`, which are sorted.

    A word of several terms adds what they all do, where it stands first; at the others there is 0.
    """
    parts = np.zeros(ends.size)
    for at in range(keywords.hashes.size):
        place = place_of(terms, keywords.hashes[at])
        if place < terms.size and terms[place] == keywords.hashes[at]:
            parts[first_alike(words, ends, parts, at)] += np.float64(keywords.weights[at]) * weights[place]
    return parts


@compiled
def place_of(terms: Array, term: np.uint64) -> int:
    """Returns how many of the sorted terms are less than this one."""
    begin, size = 0, terms.size
    while size > 0:  # halved without a branch that the processor would have to guess
        half = (size + 1) // 2
        begin += half * (terms[begin + half - 1] < term)
        size -= half
    return begin


@compiled
def first_alike(words: Array, ends: Array, parts: Array, at: int) -> int:
    """Returns the first of the words that is the same as this one and has a part; itself where none has."""
    word = word_at(words, ends, at)
    for other in range(at):
        if parts[other] > 0.0 and np.array_equal(word_at(words, ends, other), word):
            return other
    return at


@compiled
def word_at(words: Array, ends: Array, at: int) -> Array:
    """Returns the bytes of one of the words."""
    return words[0 if at == 0 else ends[at - 1] + 1 : ends[at]]


@compiled
def write_strongest(text: Array, begin: int, words: Array, ends: Array, parts: Array, most: int) -> int:
    """Writes the `most` words that add most into a text, with commas between, and returns where they end.

    What was written is taken from `parts`. Of equals the one that weighs more in its article stands first.
    """
    end = begin
    for _ in range(most):
        at = int(np.argmax(parts))
        if parts[at] <= 0.0:
            break
        if end > begin:
            text[end], text[end + 1] = COMMA, SPACE
            end += 2
        word = word_at(words, ends, at)
        text[end : end + word.size] = word
        end += word.size
        parts[at] = 0.0
    return end
