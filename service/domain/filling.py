"""Fills a page's widgets from one pool: in the order of their kinds, nothing twice, no two tellings, none empty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from service.domain.article_index import ArticleIndex
from service.domain.asked_widget import AskedWidget
from service.domain.candidates import NEAR_COSINE, Floats, Ints, Mask, PageContext, Pool
from service.domain.editorial import NO_ACTIVE_RULES, ActiveRules
from service.domain.explanation_words import PINNED, reason_of
from service.domain.filtering import kept
from service.domain.page import ChosenTeaser, Fallback, FilledWidget, Reason, Source
from service.domain.pinning import placed
from service.domain.ranking import best_first, relevance, score
from service.domain.relations import Telling
from service.domain.standing import Refusal, Standing
from service.domain.widgets import WidgetKind

SCARCE = 4
"""A pool of fewer candidates than this many times the positions asked for is shared out with care."""


@dataclass(slots=True)
class Filling:
    """One widget while it is being filled: its candidates in order, how far they were looked at, what was taken.

    `ring` says which candidates come first, whatever their scores; `pins` what editors put where, by position.
    """

    asked: AskedWidget
    scores: Floats
    ring: Ints
    order: list[int]
    next: int = 0
    taken: list[int] = field(default_factory=list)
    pins: dict[int, int] = field(default_factory=dict)
    unfiltered: bool = False

    @property
    def kind(self) -> WidgetKind:
        """Its kind."""
        return self.asked.kind

    @property
    def size(self) -> int:
        """How many the widget takes beside its pins."""
        return self.asked.size - len(self.pins)

    @property
    def placed(self) -> list[int]:
        """All that stand in the widget, in order."""
        return placed(self.pins, self.taken)


class WidgetFiller:
    """Fills the widgets of one page. Made for one call; holds what already stands."""

    def __init__(
        self, index: ArticleIndex, page: PageContext, pool: Pool, rules: ActiveRules = NO_ACTIVE_RULES
    ) -> None:
        self._index = index
        self._page = page
        self._pool = pool
        self._rules = rules
        self._free = pool.eligible.copy()
        vector = page.vector
        self._weights = {} if vector is None else dict(zip(vector.terms.tolist(), vector.weights.tolist(), strict=True))
        self._standing = Standing(page.telling)
        self.refusals: dict[int, Refusal] = {}
        self.fillings: list[Filling] = []

    def fill(self, widgets: Sequence[AskedWidget]) -> tuple[FilledWidget, ...]:
        """Returns each widget filled, in the order asked; they are filled in the order that their kinds say.

        Where the site has too few articles for all positions, each widget first gets its share, the nearest and
        freshest to those that want them, so that none is left empty for another.
        """
        self.fillings = [self._begin(widget) for widget in widgets]
        in_turn = sorted(self.fillings, key=lambda filling: filling.kind.order)
        if self._rules.pins:
            for filling in in_turn:
                self._pin(filling)
        for filling, share in zip(in_turn, self._shares([filling.size for filling in in_turn]), strict=True):
            self._take(filling, share)
        for filling in in_turn:
            self._take(filling, filling.size)
        for filling in in_turn:
            if filling.size and not filling.taken and filling.asked.is_filtered:
                self._forget_filters(filling)
                self._take(filling, filling.size)
        return tuple(self._finish(filling) for filling in self.fillings)

    def _begin(self, asked: AskedWidget) -> Filling:
        scores = score(self._pool, asked.kind)
        allowed = self._free & kept(self._pool, asked)
        ring = self._rings(asked.kind, asked.size, allowed)
        order = [at for at in best_first(self._pool, scores, ring) if allowed[at]]
        return Filling(asked, scores, ring, order)

    def _rings(self, kind: WidgetKind, size: int, allowed: Mask) -> Ints:
        """Returns which candidates come before which, whatever their scores: the lower ring first.

        A ring is a step of the kind's windows; all within the narrowest window that holds enough share one. Where
        relevance leads, whatever is near the page comes before all that is not, of which the newer windows come first.
        """
        near = self._near(kind) if self._led(kind) else np.ones(allowed.size, bool)
        starts = [self._pool.since(window_s) for window_s in kind.windows_s]
        ring: Ints = np.array([self._pool.columns.published_at < start for start in starts]).sum(axis=0)
        if kind.evergreen:
            ring[self._pool.columns.evergreen] = 0
        held = [np.count_nonzero(allowed & near & (ring <= step)) for step in range(len(starts))]
        sufficient = next((step for step, count in enumerate(held) if count >= size), len(starts) - 1)
        return np.where(near, np.maximum(ring, sufficient), len(starts) + ring)

    def _near(self, kind: WidgetKind) -> Mask:
        return np.asarray(relevance(self._pool.cosine) >= kind.min_relevance)

    def _led(self, kind: WidgetKind) -> bool:
        return kind.led_by_relevance and self._page.vector is not None

    def _shares(self, sizes: list[int]) -> list[int]:
        """Returns how many positions each widget may take in the first round."""
        wanted = sum(sizes)
        supply = int(np.count_nonzero(self._free))
        if supply < SCARCE * wanted:
            supply = self._distinct(wanted)
        if supply >= wanted:
            return sizes
        return [min(size, max(1, size * supply // wanted)) for size in sizes]

    def _distinct(self, wanted: int) -> int:
        """Returns how many free candidates could stand together, counted no further than `wanted`."""
        standing, count = Standing(self._page.telling), 0
        for at in np.flatnonzero(self._free).tolist():
            if count == wanted:
                break
            telling = self._telling(at)
            if standing.refuses(telling) is None:
                standing.add(telling)
                count += 1
        return count

    def _telling(self, at: int) -> Telling:
        return self._index.telling(int(self._pool.rows[at]))

    def _take(self, filling: Filling, count: int) -> None:
        """Takes the best that may still stand, until the widget has `count` teasers or nothing is left."""
        while len(filling.taken) < count and filling.next < len(filling.order):
            at = filling.order[filling.next]
            filling.next += 1
            if not self._free[at]:
                continue
            telling = self._telling(at)
            self._free[at] = False
            refusal = self._standing.refuses(telling)
            if refusal is None:
                self._standing.add(telling)
                filling.taken.append(at)
            else:
                self.refusals[at] = refusal

    def _pin(self, filling: Filling) -> None:
        """Puts the widget's pins in place: what may be shown and stands nowhere yet, though it retells another."""
        for pin in self._rules.pins_of(filling.asked.request.id, filling.kind.name, filling.asked.size):
            found = np.flatnonzero(self._free & (self._pool.columns.id_hash == np.uint64(pin.id_hash)))
            if not found.size:
                continue
            at = int(found[0])
            telling = self._telling(at)
            if self._standing.refuses(telling) != "duplicate":
                self._standing.add(telling)
                self._free[at] = False
                filling.pins[pin.position] = at

    def _forget_filters(self, filling: Filling) -> None:
        filling.unfiltered, filling.next = True, 0
        filling.order = [at for at in best_first(self._pool, filling.scores, filling.ring) if self._free[at]]

    def _finish(self, filling: Filling) -> FilledWidget:
        teasers = tuple(self._teaser(filling, at, position) for position, at in enumerate(filling.placed, start=1))
        return FilledWidget(filling.asked.request, self._fallback(filling, teasers), teasers)

    def _teaser(self, filling: Filling, at: int, position: int) -> ChosenTeaser:
        source: Source = "model"
        if self._index.model_version is None or (self._led(filling.kind) and not self._near(filling.kind)[at]):
            source = "fallback"
        reason = self._reason(filling.kind, at, near=bool(self._pool.cosine[at] >= NEAR_COSINE))
        if at in filling.pins.values():
            source, reason = "pin", PINNED
        return ChosenTeaser(int(self._pool.rows[at]), position, round(float(filling.scores[at]), 4), source, reason)

    def _fallback(self, filling: Filling, teasers: Sequence[ChosenTeaser]) -> Fallback | None:
        if self._index.model_version is None and filling.kind.weights.relevance > 0:
            return "no-model"
        if filling.unfiltered:
            return "any-section" if filling.asked.sections else "any-article"
        if any(teaser.source == "fallback" for teaser in teasers):
            return "recent"
        narrowest = self._pool.since(filling.kind.windows_s[0])
        older = self._pool.columns.published_at[filling.taken] < narrowest
        if filling.kind.evergreen:
            older &= ~self._pool.columns.evergreen[filling.taken]
        return "wider-window" if older.any() else None

    def _reason(self, kind: WidgetKind, at: int, *, near: bool) -> Reason:
        """Returns the strongest of what brought the candidate here, in words."""
        shared = self.shared_words(at)[:3] if near and kind.weights.relevance > 0 else []
        comments = int(self._pool.columns.comment_count[at])
        return reason_of(kind, [word for _, word in shared], float(self._pool.reads[at]), comments)

    def shared_words(self, at: int) -> list[tuple[float, str]]:
        """Returns what a candidate's key words add to its nearness to the page, and the words; the most first."""
        ours = self._weights
        keywords = self._index.keywords(int(self._pool.rows[at]))
        return sorted(((weight * ours[term], word) for term, weight, word in keywords if term in ours), reverse=True)
