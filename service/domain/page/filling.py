"""Fills a page's widgets from one pool: in the order of their kinds, nothing twice, no two tellings, none empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.domain.editorial.in_force import NO_ACTIVE_RULES, ActiveRules
from service.domain.page.article_index import ArticleIndex
from service.domain.page.asked_widget import AskedWidget
from service.domain.page.call import FilledWidget
from service.domain.page.choosing import ANY_NUMBER, fill_share, take
from service.domain.page.daily_seed import positions
from service.domain.page.exploration import untried
from service.domain.page.filtering import kept, of_other_language
from service.domain.page.pool import Ints, Mask, PageContext, Pool
from service.domain.page.relations import DUPLICATE, Refusal, refusal_of
from service.domain.page.standing import add, distinct, refuses, standing_of
from service.domain.page.teasing import Teasing
from service.domain.page.widget_filling import Filling, begin

SCARCE = 4
"""A pool of fewer candidates than this many times the positions asked for is shared out with care."""

_NONE: Ints = np.empty(0, np.int64)


class WidgetFiller:
    """Fills the widgets of one page. Made for one call; holds what already stands."""

    def __init__(
        self,
        index: ArticleIndex,
        page: PageContext,
        pool: Pool,
        rules: ActiveRules = NO_ACTIVE_RULES,
        seed: int | None = None,
    ) -> None:
        """`seed` is that of the day's exploration; None for none."""
        self._index = index
        self._page = page
        self._pool = pool
        self._rules = rules
        self._seed = seed
        self._candidates = pool.candidates
        self._free: Mask = pool.eligible.copy()
        self._standing = standing_of(index.tellings, page.telling, pool.rows, self._free)
        self._teasing = Teasing(index, page, pool)
        self.fillings: list[Filling] = []

    def fill(self, widgets: Sequence[AskedWidget]) -> tuple[FilledWidget, ...]:
        """Returns each widget filled, in the order asked; they are filled in the order that their kinds say.

        Where the site has too few articles for all positions, each widget first gets its share, the nearest and
        freshest to those that want them, so that none is left empty for another.
        """
        self.fillings = [begin(self._pool, self._candidates, self._page, widget) for widget in widgets]
        in_turn = sorted(self.fillings, key=lambda filling: filling.kind.order)
        if self._rules.pins:
            for filling in in_turn:
                self._pin(filling)
        sizes = [filling.size for filling in in_turn]
        shares = self._shares(sizes)
        for filling, share in zip(in_turn, shares, strict=True):
            exploring = self._exploring(filling) if shares == sizes else 0
            candidates = self._untried(filling) if exploring else _NONE
            fill_share(self._standing, filling.choice, candidates, exploring, share)
        self._fill_up(in_turn)
        return self._teasing.filled(self.fillings)

    def refusal(self, at: int) -> Refusal | None:
        """Returns how a candidate retells what stands, if it was refused for that."""
        return refusal_of(int(self._standing.refused[at]))

    def shared_words(self, at: int) -> list[tuple[float, str]]:
        """Returns what a candidate's key words add to its nearness to the page, and the words; the most first."""
        return self._teasing.shared_words(at)

    def _fill_up(self, in_turn: Sequence[Filling]) -> None:
        """Gives what is not full whatever it may still take; what it keeps to yields only where it would be empty."""
        wanting = [filling for filling in in_turn if not filling.is_full]
        for filling in wanting:
            self._take(filling)
        for filling in wanting:
            if not filling.is_full and filling.choice.most_of_section != ANY_NUMBER:
                filling.choice = filling.choice._replace(most_of_section=ANY_NUMBER)
                filling.uncapped = self._take(filling)
        for filling in wanting:
            if filling.size and not filling.count and filling.asked.is_filtered:
                filling.unfiltered = True
                filling.choose_among(self._free & self._own_language(filling.asked))
                self._take(filling)
        for filling in wanting:
            if not filling.is_full and filling.asked.language:
                # One that holds to its filters goes on holding to them.
                allowed = filling.unfiltered | kept(self._pool, filling.asked, any_language=True)
                filling.choose_among(self._free & allowed)
                filling.any_language = self._take(filling)

    def _take(self, filling: Filling) -> bool:
        """Fills a widget with the best that may still stand, and returns whether there was any."""
        before = filling.count
        take(self._standing, filling.choice, filling.size)
        return filling.count > before

    def _own_language(self, asked: AskedWidget) -> Mask:
        return ~of_other_language(self._pool, asked)

    def _shares(self, sizes: list[int]) -> list[int]:
        """Returns how many positions each widget may take in the first round."""
        wanted = sum(sizes)
        free = self._free
        if self._page.keeps_to and self.fillings:
            free = free & self._own_language(self.fillings[0].asked)
        supply = int(np.count_nonzero(free))
        if supply < SCARCE * wanted:
            alone = standing_of(self._index.tellings, self._page.telling, self._pool.rows, free.copy())
            supply = distinct(alone, wanted)
        if supply >= wanted:
            return sizes
        return [min(size, max(1, size * supply // wanted)) for size in sizes]

    def _exploring(self, filling: Filling) -> int:
        """Returns how many of a widget's positions explore."""
        if self._seed is None or filling.kind.exploration == 0:
            return 0
        return positions(self._seed, filling.kind.exploration, filling.size)

    def _untried(self, filling: Filling) -> Ints:
        """Returns the candidates to be tried out in a widget, the best draw first."""
        rings = filling.rings
        return untried(self._candidates, filling.choice.order, rings.ring, rings.steps, np.uint64(self._seed or 0))

    def _pin(self, filling: Filling) -> None:
        """Puts the widget's pins in place: what may be shown and stands nowhere yet, though it retells another."""
        for pin in self._rules.pins_of(filling.asked.request.id, filling.kind.name, filling.asked.size):
            found = np.flatnonzero(self._pool.columns.id_hash == np.uint64(pin.id_hash)).tolist()
            if found and self._free[found[0]] and refuses(self._standing, found[0], 1) != DUPLICATE:
                add(self._standing, found[0])
                filling.pins[pin.position] = found[0]
