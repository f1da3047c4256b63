"""What already stands on a page, and what may still join it."""

from __future__ import annotations

from typing import Literal

from service.domain.page.relations import SAME_ANGLE_COSINE, SAME_STORY_LIKENESS, Telling, dot, is_copy, likeness_of

Refusal = Literal["duplicate", "same-angle", "same-story"]


class Standing:
    """The tellings that stand on a page. Lives for one page call.

    The page's own story counts as standing for copies of it; beside it, one further telling of its event is welcome.
    """

    def __init__(self, own: Telling | None = None) -> None:
        self._own = own
        self._tellings: list[Telling] = []
        self._like_own = 0

    def add(self, telling: Telling) -> None:
        """Notes an article that now stands on the page."""
        if self._own is not None and _retells(telling, self._own) is not None:
            self._like_own += 1
        self._tellings.append(telling)

    def refuses(self, telling: Telling, stories: int = 1) -> Refusal | None:
        """Returns why the article may not join what stands, or None where it may.

        At most `stories` tellings of one event, or headlines of one promise, may stand together.
        """
        found = [refusal for other in self._tellings if (refusal := _retells(telling, other)) is not None]
        own = None if self._own is None else _retells(telling, self._own)
        if own == "duplicate" or "duplicate" in found:
            return "duplicate"
        if len(found) >= stories:
            return "same-angle" if "same-angle" in found else "same-story"
        return own if self._like_own >= stories else None


def _retells(telling: Telling, other: Telling) -> Refusal | None:
    """Returns how one article retells another, or None.

    Copies share key words, and so do tellings of an event or their headlines: most pairs share none and are done with.
    """
    _, title, keywords, at = telling
    _, other_title, other_keywords, other_at = other
    apart = keywords.keys().isdisjoint(other_keywords) and keywords and other_keywords
    if apart and title.keys().isdisjoint(other_title):
        return None
    if is_copy(telling.text, other.text):
        return "duplicate"
    titles = dot(title, other_title)
    if titles >= SAME_ANGLE_COSINE:
        return "same-angle"
    apart_s = at - other_at
    if likeness_of(titles, 1.0, apart_s) < SAME_STORY_LIKENESS:
        return None  # whatever their key words are
    likeness = likeness_of(titles, dot(keywords, other_keywords), apart_s)
    return "same-story" if likeness >= SAME_STORY_LIKENESS else None
