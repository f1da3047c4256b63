"""Tells of the teasers that were chosen for a widget where each comes from and why it stands there."""

from __future__ import annotations

from collections import defaultdict

from service.domain.explanation.words import PINNED, TRIED_OUT, reason_of
from service.domain.page.article_index import ArticleIndex
from service.domain.page.call import ChosenTeaser, Fallback, FilledWidget, Reason, Source
from service.domain.page.candidates import NEAR_COSINE
from service.domain.page.pool import PageContext, Pool
from service.domain.page.widget_filling import Filling
from service.domain.widgets.kind import WidgetKind

SHARED_SHOWN = 3


class Teasing:
    """Makes the teasers of one page's widgets."""

    def __init__(self, index: ArticleIndex, page: PageContext, pool: Pool) -> None:
        self._index = index
        self._pool = pool
        vector = page.vector
        self._weights = {} if vector is None else dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))

    def filled(self, filling: Filling) -> FilledWidget:
        """Returns the widget with its teasers in order, and what it fell back to."""
        teasers = tuple(self._teaser(filling, at, position) for position, at in enumerate(filling.placed, start=1))
        return FilledWidget(filling.asked.request, self._fallback(filling), teasers)

    def shared_words(self, at: int) -> list[tuple[float, str]]:
        """Returns what a candidate's key words add to its nearness to the page, and the words; the most first."""
        ours, scale = self._weights, self._scale(at)
        parts: defaultdict[str, float] = defaultdict(float)
        for term, weight, word in self._index.keywords(int(self._pool.rows[at])):
            if term in ours:
                parts[word] += weight * ours[term] * scale
        return sorted(((part, word) for word, part in parts.items()), reverse=True)

    def _scale(self, at: int) -> float:
        """Returns what brings parts of a cosine to the scale that the candidate's whole cosine was brought to."""
        cosine, power = float(self._pool.cosine[at]), self._index.cosine_power
        return 1.0 if power == 1.0 else float(cosine ** (1.0 - 1.0 / power))

    def _teaser(self, filling: Filling, at: int, position: int) -> ChosenTeaser:
        source: Source = "model"
        if at in filling.pins.values():
            source, reason = "pin", PINNED
        elif at in filling.explored:
            reason = TRIED_OUT
        else:
            reason = self._reason(filling.kind, at)
            if self._index.model_version is None or filling.rings.is_fallback(at) or self._is_foreign(filling, at):
                source = "fallback"
        return ChosenTeaser(int(self._pool.rows[at]), position, round(filling.choice.scores[at], 4), source, reason)

    def _fallback(self, filling: Filling) -> Fallback | None:
        if self._index.model_version is None and filling.kind.weights.relevance > 0:
            return "no-model"
        if filling.any_language:
            return "any-language"
        if filling.unfiltered:
            return "any-section" if filling.asked.sections else "any-article"
        fallback = filling.rings.fallback(filling.taken)
        return "few-sections" if filling.uncapped and fallback in (None, "wider-window") else fallback

    def _is_foreign(self, filling: Filling, at: int) -> bool:
        language = filling.asked.language
        return bool(language and self._pool.columns.language[at] != language)

    def _reason(self, kind: WidgetKind, at: int) -> Reason:
        """Returns the strongest of what brought the candidate here, in words."""
        shared: list[tuple[float, str]] = []
        if kind.weights.relevance > 0 and self._pool.cosine[at] >= NEAR_COSINE:
            shared = self.shared_words(at)[:SHARED_SHOWN]
        comments = int(self._pool.columns.comment_count[at])
        return reason_of(kind, [word for _, word in shared], float(self._pool.reads[at]), comments)
