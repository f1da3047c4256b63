"""Tellings made by hand, and pages on which they stand, for tests of what may stand beside what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from models.text.signatures import signature
from service.domain.index.telling import NO_TELLING, Telling, TellingColumns, Tellings, Terms, terms_of, text_of
from service.domain.page.choosing.relations import Refusal, refusal_of
from service.domain.page.choosing.standing import Standing, add, refuses, standing_of


def telling(title: str, keywords: str, text: str = "", published_at: int = 0) -> Telling:
    """A telling whose words weigh the same; a letter is a word."""
    signed = text_of(signature([f"{c}{n}" for c in text for n in range(40)]))
    return Telling(signed, even(title), even(keywords), published_at)


def even(words: str) -> Terms:
    """Terms that weigh the same, of length 1 together."""
    hashes = np.array(sorted(set(map(ord, words))), np.uint64)
    return terms_of(hashes, np.full(hashes.size, max(1, hashes.size) ** -0.5))


def side_by_side(tellings: Sequence[Telling]) -> Tellings:
    """An index of these tellings: every other one, from the second on, in the delta."""
    return Tellings(_columns(tellings[::2]), _columns(tellings[1::2]))


def rows_of(tellings: Sequence[Telling]) -> np.ndarray:
    """The rows at which they stand there."""
    in_base = (len(tellings) + 1) // 2
    return np.array([at // 2 + in_base * (at % 2) for at in range(len(tellings))], np.int64)


def _columns(tellings: Sequence[Telling]) -> TellingColumns:
    return TellingColumns(
        np.array([each.text for each in tellings], np.uint64).reshape(-1, 16),
        _indptr(each.title for each in tellings),
        _joined([each.title for each in tellings]),
        _indptr(each.keywords for each in tellings),
        _joined([each.keywords for each in tellings]),
        np.array([each.published_at for each in tellings], np.int64),
    )


def _indptr(terms: Iterable[Terms]) -> np.ndarray:
    return np.cumsum([0, *(each.hashes.size for each in terms)], dtype=np.int64)


def _joined(terms: Sequence[Terms]) -> Terms:
    none = even("")
    return terms_of(*(np.concatenate([getattr(each, name) for each in (none, *terms)]) for name in Terms._fields))


class Stand:
    """A page of candidates with these tellings, none of which stands yet."""

    def __init__(self, tellings: Sequence[Telling], own: Telling = NO_TELLING) -> None:
        self._index = side_by_side(tellings)  # compiled code reads where it stands
        free = np.ones(len(tellings), bool)
        self.standing: Standing = standing_of(self._index, own, rows_of(tellings), free)


def refusal(
    standing: Sequence[Telling], candidate: Telling, own: Telling = NO_TELLING, stories: int = 1
) -> Refusal | None:
    """Why the candidate may not join those that stand."""
    page = Stand([*standing, candidate], own)
    for at in range(len(standing)):
        refuses(page.standing, at, stories)
        add(page.standing, at)
    return refusal_of(refuses(page.standing, len(standing), stories))
