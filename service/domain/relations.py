"""Which articles may not stand together: copies of one text, and headlines that promise the same."""

from __future__ import annotations

from collections import defaultdict
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Signature = npt.NDArray[np.uint8]

Refusal = Literal["duplicate", "same-angle"]

DUPLICATE_OVERLAP = 0.6
"""Least share of equal signature bytes, an estimate of the share of common three-word runs, of a copy with edits.

One word in twelve changed leaves 0.6. Follow-ups that repeat their background reach 0.5 in real news.
"""

SAME_ANGLE_COSINE = 0.6
"""Least cosine of two headlines that promise the same thing: at 0.5 real headlines still differ in what happened."""


class Telling(NamedTuple):
    """How an article tells its story: its text's signature, and its headline's term weights, of length 1 together."""

    signature: Signature
    title: dict[int, float]


class Standing:
    """What already stands on a page; says of a further article whether it may join. Lives for one page call."""

    def __init__(self) -> None:
        self._signatures = np.empty((0, 0), np.uint8)
        self._titles: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self._count = 0

    def add(self, telling: Telling) -> None:
        """Notes an article that now stands on the page."""
        self.add_text(telling.signature)
        for term, weight in telling.title.items():
            self._titles[term].append((self._count, weight))
        self._count += 1

    def add_text(self, signature: Signature) -> None:
        """Notes a text, such as the page's own story, whose copies may not stand here but whose angle may."""
        if signature.any():
            rows = [self._signatures] if self._signatures.size else []
            self._signatures = np.concatenate([*rows, signature[None]])

    def refuses(self, telling: Telling) -> Refusal | None:
        """Returns `duplicate` or `same-angle` if the article may not join what stands, else None."""
        if self._signatures.size and overlaps(self._signatures, telling.signature).max() >= DUPLICATE_OVERLAP:
            return "duplicate"
        return "same-angle" if self._nearest_title(telling.title) >= SAME_ANGLE_COSINE else None

    def _nearest_title(self, title: dict[int, float]) -> float:
        cosines: dict[int, float] = defaultdict(float)
        for term, weight in title.items():
            for other, other_weight in self._titles.get(term, ()):
                cosines[other] += weight * other_weight
        return max(cosines.values(), default=0.0)


def overlaps(signatures: Signature, other: Signature) -> npt.NDArray[np.float64]:
    """Returns the share of equal bytes of each signature (a row) with the other: how much text they have in common."""
    return np.asarray(np.count_nonzero(signatures == other, axis=1) / other.size)
