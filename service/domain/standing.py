"""What already stands on a page, and what may still join it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from service.domain.relations import SAME_ANGLE_COSINE, SAME_STORY_LIKENESS, Telling, is_copy, likeness_of

Refusal = Literal["duplicate", "same-angle", "same-story"]

_Postings = dict[int, list[tuple[int, float]]]

OWN = 0
"""The place of the page's own story."""


class Standing:
    """The tellings that stand on a page. Lives for one page call.

    The page's own story counts as standing for copies of it; beside it, one further telling of its event is welcome.
    """

    def __init__(self, own: Telling | None = None) -> None:
        self._titles: _Postings = defaultdict(list)
        self._keywords: _Postings = defaultdict(list)
        self._tellings: list[Telling] = []
        self._wordless: list[int] = []
        self._like_own = 0
        if own is not None:
            self._keep(own)
        self._first = len(self._tellings)

    def add(self, telling: Telling) -> None:
        """Notes an article that now stands on the page."""
        if self._first and self._tells_like(telling, OWN, *self._cosines(telling)) is not None:
            self._like_own += 1
        self._keep(telling)

    def refuses(self, telling: Telling, stories: int = 1) -> Refusal | None:
        """Returns why the article may not join what stands, or None where it may.

        At most `stories` tellings of one event, or headlines of one promise, may stand together.
        """
        titles, keywords = self._cosines(telling)
        near = titles.keys() | keywords.keys() if telling.keywords else range(len(self._tellings))
        if any(is_copy(self._tellings[at].text, telling.text) for at in (*near, *self._wordless)):
            return "duplicate"
        alike = {at: found for at in near if (found := self._tells_like(telling, at, titles, keywords)) is not None}
        own = alike.pop(OWN, None) if self._first else None
        if len(alike) >= stories:
            return "same-angle" if "same-angle" in alike.values() else "same-story"
        return own if self._like_own >= stories else None

    def _keep(self, telling: Telling) -> None:
        at = len(self._tellings)
        for term, weight in telling.title.items():
            self._titles[term].append((at, weight))
        for term, weight in telling.keywords.items():
            self._keywords[term].append((at, weight))
        if not telling.keywords:
            self._wordless.append(at)
        self._tellings.append(telling)

    def _cosines(self, telling: Telling) -> tuple[Mapping[int, float], Mapping[int, float]]:
        """Returns the cosines of headline and of key words to what stands and shares a term."""
        return _summed(self._titles, telling.title), _summed(self._keywords, telling.keywords)

    def _tells_like(
        self, telling: Telling, at: int, titles: Mapping[int, float], keywords: Mapping[int, float]
    ) -> Refusal | None:
        title = titles.get(at, 0.0)
        if title >= SAME_ANGLE_COSINE:
            return "same-angle"
        apart_s = telling.published_at - self._tellings[at].published_at
        return "same-story" if likeness_of(title, keywords.get(at, 0.0), apart_s) >= SAME_STORY_LIKENESS else None


def _summed(postings: _Postings, weights: Mapping[int, float]) -> Mapping[int, float]:
    cosines: dict[int, float] = {}
    for term, weight in weights.items():
        for at, other in postings.get(term, ()):
            cosines[at] = cosines.get(at, 0.0) + weight * other
    return cosines
