"""Turns text into terms: the one analyzer that training, indexing, queries and ad keywords share."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import regex

TermHashes = npt.NDArray[np.uint64]

# Letters keep their combining marks (scikit-learn's own pattern splits vowelled Urdu and Hindi words at them); an
# apostrophe or a hyphen joins no words; digits stand alone or inside a word (5G, covid19).
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*")
# Scripts written without spaces: their runs become overlapping pairs of characters.
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}ー\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+")
_ANY_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
# Signs that carry no meaning of their own inside words: tatweel, joiners, direction marks, soft hyphen.
_SILENT = dict.fromkeys(
    map(ord, "\u0640\u200b\u200c\u200d\u200e\u200f\u061c\u00ad\u2060\ufeff\u202a\u202b\u202c\u202d\u202e")
)
_POSSESSIVE = regex.compile(r"['’]s\b")

# English words that hold a sentence together and say nothing of its subject. Only function words: a news text needs
# "bill", "fire", "system" and "interest", which ready-made lists drop.
STOP_WORDS: frozenset[str] = frozenset(
    """
    a about above after again against all also although am among an and another any are aren around
    as at be because been before being below between both but by can cannot could couldn did didn do
    does doesn doing don down during each either else ever every few for from further had hadn has
    hasn have haven having he her here hers herself him himself his how however i if in into is isn
    it its itself just ll may me might more most much must my myself neither no nor not of off on
    once one only onto or other our ours ourselves out over own per rather re s said same say says
    shall she should shouldn since so some such t than that the their theirs them themselves then
    there these they this those though through three thus to too two under until up upon us ve very was wasn
    we were weren what when where whether which while who whom whose why will with within without
    would wouldn yet you your yours yourself
    """.split()  # noqa: SIM905 - a block of words reads better than a column of quoted ones
)


def normalise(text: str) -> str:
    """Returns the text in one form: compatibility characters resolved, case folded, silent signs removed."""
    return unicodedata.normalize("NFKC", text).casefold().translate(_SILENT)


def tokens(text: str, language: str | None) -> list[str]:
    """Returns the text's terms in order, lone letters and the language's stop words left out.

    `language` is the primary subtag of the text's language tag, such as `en`; None where it is not known. Words of
    spaced scripts stand whole; unspaced scripts give overlapping pairs of characters (a lone one stands).
    """
    folded = _POSSESSIVE.sub("", normalise(text))
    words = _WORD.findall(folded)
    if _ANY_UNSPACED.search(folded):
        words = [term for word in words for term in _split_unspaced(word)]
    stop_words = STOP_WORDS if language == "en" else frozenset[str]()
    return [word for word in words if word not in stop_words and (len(word) > 1 or not word.isascii())]


def _split_unspaced(word: str) -> Iterable[str]:
    position = 0
    for run in _UNSPACED.finditer(word):
        if run.start() > position:
            yield word[position : run.start()]
        yield from _pairs(run.group())
        position = run.end()
    if position < len(word):
        yield word[position:]


def _pairs(run: str) -> Iterable[str]:
    return (run[at : at + 2] for at in range(len(run) - 1)) if len(run) > 1 else (run,)


@lru_cache(maxsize=65_536)
def term_hash(term: str) -> int:
    """Returns the term's 64-bit id: the first eight bytes of its BLAKE2b digest.

    At 1,000,000 terms two share an id with a probability of 3e-8, so ids stand for terms everywhere in serving.
    """
    return int.from_bytes(blake2b(term.encode(), digest_size=8).digest(), "little")


def term_hashes(terms: Iterable[str]) -> TermHashes:
    """Returns the ids of the terms, in order."""
    return np.fromiter((term_hash(term) for term in terms), dtype=np.uint64)


def distinct_term_ids(text: str, language: str | None) -> TermHashes:
    """Returns the ids of the text's terms, sorted, each once: what ad keywords are matched against."""
    return np.unique(term_hashes(tokens(text, language)))
