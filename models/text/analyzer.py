"""Turns text into terms: the one analyzer that training, indexing, queries and ad keywords share."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import regex
import Stemmer

from models.text.folding import fold, replaced
from models.text.policies import policy_of
from models.text.stop_words import stop_words
from models.text.terms import TermHashes, term_hash, term_hashes
from models.text.unspaced import PAIRED, pairs

VERSION = 5
"""Counts the changes of what a text's terms are: a model is of use only to the analyzer that it was trained with."""

GRAM = 5
"""Letters of a gram, the space before and behind a word among them.

Half a text found its other half among 222 to 1,000 of German, Dutch, Spanish and English with a mean reciprocal rank of
0.54, 0.58, 0.59 and 0.64; by grams without the spaces 0.52, 0.55, 0.57 and 0.61; by whole words 0.40, 0.53, 0.59 and
0.65. Four letters do as well, from a sixth more terms.
"""

LONGEST_WORD = 64
"""Letters of a word that count: no word of a language is longer, and what is longer is no word."""

_CACHED_WORD = 32

# Letters keep their combining marks (scikit-learn's own pattern splits vowelled Urdu and Hindi words at them) and the
# signs that only shape them; an apostrophe or a hyphen joins no words; digits stand alone or in a word (5G, covid19).
_LETTERS = r"[\p{L}\p{N}][\p{L}\p{M}\p{N}\p{Cf}]*"
_WORD = regex.compile(_LETTERS)
# An abbreviation is one word with its points or without: U.S. and US, EE.UU. and EEUU.
_ABBREVIATION = r"\p{Lu}{1,2}(?:\.\p{Lu}{1,2})+\.?(?![\p{L}\p{N}])"
_PRINTED = regex.compile(rf"{_ABBREVIATION}|{_LETTERS}")
_PRINTED_AND_SUFFIX = regex.compile(rf"({_ABBREVIATION}|{_LETTERS})(?:['’][\p{{L}}\p{{M}}]+)?")
_PART = regex.compile(rf"(?P<run>[{PAIRED}]+)|[^{PAIRED}]+")


class Reading(NamedTuple):
    """What a text says, as its analyzer reads it.

    `terms` in order, and in `printed` the word that each stands in, as readers know it. `words`: the same words folded
    but neither stemmed nor cut into grams, as copies are told by.
    """

    terms: list[str]
    printed: list[str]
    words: list[str]


class _Part(NamedTuple):
    word: str
    terms: tuple[str, ...]
    printed: str | None = None


class _Parts(NamedTuple):
    terms: tuple[str, ...]
    printed: tuple[str, ...]
    words: tuple[str, ...]


def tokens(text: str, language: str | None) -> list[str]:
    """Returns the text's terms in order, lone letters and the language's stop words left out.

    `language` is the primary subtag of the text's language tag, such as `en`; None where it is not known. Words become
    their stem, or where the language has no stemmer grams of letters; runs of unspaced scripts pairs of characters.
    """
    return [term for word in _found(text, language) for term in _parts(word, language).terms]


def words(text: str, language: str | None) -> list[str]:
    """Returns the text's words in order, folded, stop words left out."""
    return [part for word in _found(text, language) for part in _parts(word, language).words]


def read(text: str, language: str | None) -> Reading:
    """Returns the text's terms with the words that they stand in, and its words."""
    reading = Reading([], [], [])
    for word in _found(text, language):
        parts = _parts(word, language)
        reading.terms.extend(parts.terms)
        reading.printed.extend(parts.printed)
        reading.words.extend(parts.words)
    return reading


def distinct_term_ids(text: str, language: str | None) -> TermHashes:
    """Returns the ids of the text's terms, sorted, each once: what ad keywords are matched against."""
    return np.unique(term_hashes(tokens(text, language)))


def words_by_term(text: str, language: str | None) -> dict[int, str]:
    """Returns the words of a text by the ids of their terms: of those that share a term the first."""
    reading = read(text, language)
    first = dict(zip(reversed(reading.terms), reversed(reading.printed), strict=True))
    return {term_hash(term): word for term, word in first.items()}


def _found(text: str, language: str | None) -> list[str]:
    pattern = _PRINTED_AND_SUFFIX if policy_of(language).suffixes_apart else _PRINTED
    found: list[str] = pattern.findall(text)
    return found


def _parts(word: str, language: str | None) -> _Parts:
    # A run of an unspaced script is a whole clause, hardly ever seen twice.
    return _known_parts(word, language) if len(word) <= _CACHED_WORD else _parts_of(word, language)


def _parts_of(word: str, language: str | None) -> _Parts:
    whole = word.replace(".", "")
    left_out = frozenset[str]() if whole in policy_of(language).names else stop_words(language)
    kept = list(_kept(fold(whole, language), language, left_out))
    return _Parts(
        tuple(term for part in kept for term in part.terms),
        tuple(part.printed or word for part in kept for _ in part.terms),
        tuple(part.word for part in kept),
    )


_known_parts = lru_cache(maxsize=65_536)(_parts_of)


def _kept(folded: str, language: str | None, left_out: Set[str]) -> Iterator[_Part]:
    """Yields what is left of a folded word without these, part by part."""
    for found in _WORD.findall(folded):  # a compatibility character may have become several words
        for part in _PART.finditer(found):
            if part["run"]:
                yield from (_Part(pair, (pair,), printed) for pair, printed in pairs(part[0]))
            elif (whole := part[0][:LONGEST_WORD]) not in left_out and _says_something(whole):
                yield _Part(whole, _terms(whole, language))


def _says_something(word: str) -> bool:
    return len(word) > 1 or not word.isascii()


def _terms(word: str, language: str | None) -> tuple[str, ...]:
    policy = policy_of(language)
    if any(map(str.isdigit, word)):
        return (word,)
    if policy.stemmer is None:
        return _grams(word)
    if word.endswith(policy.whole):
        return (word,)
    return (replaced(_stemmer(policy.stemmer).stemWord(word), policy.after) or word,)


def _grams(word: str) -> tuple[str, ...]:
    """Returns the overlapping grams of a word between two spaces, a short one whole."""
    spaced = f" {word} "
    return tuple(spaced[at : at + GRAM] for at in range(max(1, len(spaced) - GRAM + 1)))


_stemmers = threading.local()


def _stemmer(algorithm: str) -> Stemmer.Stemmer:
    """Returns this thread's stemmer: one is not to be shared between threads."""
    own: dict[str, Stemmer.Stemmer] = _stemmers.__dict__
    if algorithm not in own:
        own[algorithm] = Stemmer.Stemmer(algorithm, 0)  # without a cache of its own: words are remembered above
    return own[algorithm]
