"""Which of an article's key words bring it near to a page, and by how much: as numbers, and in letters."""

from __future__ import annotations

from operator import itemgetter

import numpy as np

from service.domain.compiled import compiled
from service.domain.index.article_index import ArticleIndex, TermVector
from service.domain.index.telling import OFFSETS, PRINTED, Array, Terms
from service.domain.page.choosing.standing import column, told

SharedWords = list[tuple[float, str]]

LEAST_SHOWN = 0.005
"""Least that a word adds to a cosine to be told of: one below it is shared by chance, and shown as 0.00."""

NEW_LINE, COMMA, SPACE = (np.uint8(ord(each)) for each in "\n, ")


def shared_words(index: ArticleIndex, vector: TermVector | None, row: int) -> SharedWords:
    """Returns what an article's key words add to its cosine to the vector, and the words; the most first."""
    if vector is None:
        return []
    where = index.tellings
    parts = parts_of_words(where.places, where.first_delta, row, vector.terms, vector.weights).tolist()
    found = [(part, word) for part, word in zip(parts, index.words(row), strict=False) if part > 0]
    return sorted(found, key=itemgetter(0), reverse=True)


@compiled
def parts_of_words(places: Array, first_delta: int, row: int, terms: Array, weights: Array) -> Array:
    """Returns for each word of an article what it adds to the cosine to these terms."""
    keywords, words = told(places, first_delta, row).keywords, printed(places, first_delta, row)
    return word_parts(keywords, words, ends_of(words, keywords.hashes.size), terms, weights, table_of(terms))


@compiled
def printed(places: Array, first_delta: int, row: int) -> Array:
    """Returns the words of an article's key terms as bytes, one a line, read where they stand."""
    in_base = row < first_delta
    place, local = (places[0], row) if in_base else (places[1], row - first_delta)
    offsets = column(place[OFFSETS], np.int64)
    return column(place[PRINTED], np.uint8)[offsets[local] : offsets[local + 1]]


@compiled
def ends_of(words: Array, count: int) -> Array:
    """Returns where each of so many words ends."""
    ends, found = np.full(count, words.size), 0
    for at in range(words.size):
        if words[at] == NEW_LINE and found < count:
            ends[found] = at
            found += 1
    return ends


@compiled
def word_parts(keywords: Terms, words: Array, ends: Array, terms: Array, weights: Array, table: Array) -> Array:
    """Returns what each word adds: the weight of its term times that of the same term among `terms`.

    A word of several terms adds what they all do, where it stands first; at the others there is 0.
    """
    parts = np.zeros(ends.size)
    for at in range(keywords.hashes.size):
        place = table[slot_of(table, terms, keywords.hashes[at])]
        if place >= 0:
            parts[first_alike(words, ends, parts, at)] += np.float64(keywords.weights[at]) * weights[place]
    return parts


@compiled
def table_of(terms: Array) -> Array:
    """Returns a hash table of the terms' places, -1 in slots of none: every other slot at least."""
    slots = 2
    while slots < 2 * terms.size:
        slots *= 2
    table = np.full(slots, -1, np.int32)
    for place in range(terms.size):
        table[slot_of(table, terms, terms[place])] = place
    return table


@compiled
def slot_of(table: Array, terms: Array, term: np.uint64) -> np.uint64:
    """Returns the slot in which a term's place stands, or would."""
    last = np.uint64(table.size - 1)
    slot = term & last
    while table[slot] >= 0 and terms[table[slot]] != term:
        slot = (slot + np.uint64(1)) & last
    return slot


@compiled
def first_alike(words: Array, ends: Array, parts: Array, at: int) -> int:
    """Returns the first of the words that is the same as this one and has a part; itself where none has."""
    for other in range(at):
        if parts[other] > 0.0 and is_same(word_at(words, ends, at), word_at(words, ends, other)):
            return other
    return at


@compiled
def is_same(word: Array, other: Array) -> bool:
    """Returns whether two words are the same."""
    if word.size != other.size:
        return False
    for at in range(word.size):  # noqa: SIM110 - numba has no all()
        if word[at] != other[at]:
            return False
    return True


@compiled
def word_at(words: Array, ends: Array, at: int) -> Array:
    """Returns the bytes of one of the words."""
    return words[0 if at == 0 else ends[at - 1] + 1 : ends[at]]


@compiled
def write_strongest(text: Array, begin: int, words: Array, ends: Array, parts: Array, most: int) -> int:
    """Writes the `most` words that add most into a text, with commas between, and returns where they end.

    Those that add less than LEAST_SHOWN are left out. What was written is taken from `parts`. Of equals the one that
    weighs more in its article stands first.
    """
    end = begin
    for _ in range(min(most, parts.size)):
        at = int(np.argmax(parts))
        if parts[at] < LEAST_SHOWN:
            break
        if end > begin:
            text[end], text[end + 1] = COMMA, SPACE
            end += 2
        for letter in word_at(words, ends, at):
            text[end] = letter
            end += 1
        parts[at] = 0.0
    return end
