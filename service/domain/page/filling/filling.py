"""Fills a page's widgets from one pool: in the order of their kinds, nothing twice, no two tellings, none empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.domain.call.asked_widget import AskedWidget
from service.domain.call.page_call import FilledWidget
from service.domain.editorial.in_force import NO_ACTIVE_RULES, ActiveRules
from service.domain.index.article_index import ArticleIndex
from service.domain.page.choosing.choosing import ANY_NUMBER
from service.domain.page.choosing.page_pass import fill_page
from service.domain.page.choosing.relations import DUPLICATE, Refusal, refusal_of
from service.domain.page.choosing.standing import add, distinct, refuses, standing_of
from service.domain.page.filling.filtering import kept, of_other_language
from service.domain.page.filling.teasing import filled_widgets
from service.domain.page.filling.widget_filling import Filling, wants_of
from service.domain.page.ranking.daily_seed import chance_of, positions
from service.domain.page.ranking.pool import Mask, PageContext, Pool

SCARCE = 4
"""A pool of fewer candidates than this many times the positions asked for is shared out with care."""


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
        self._free: Mask = pool.eligible.copy()
        self._standing = standing_of(index.tellings, page.telling, pool.rows, self._free)
        self.fillings: list[Filling] = []

    def fill(self, widgets: Sequence[AskedWidget]) -> tuple[FilledWidget, ...]:
        """Returns each widget filled, in the order asked; they are filled in the order that their kinds say.

        Where the site has too few articles for all positions, each widget first gets its share, the nearest and
        freshest to those that want them, so that none is left empty for another.
        """
        if not widgets:
            return ()
        self.fillings = [Filling(widget) for widget in widgets]
        in_turn = sorted(self.fillings, key=lambda filling: filling.kind.order)
        if self._rules.pins:
            for filling in in_turn:
                self._pin(filling)
        self._share_out(in_turn)
        wants = wants_of(self._pool, self._page, in_turn, self._seed)
        sheets = fill_page(self._pool.candidates, self._standing, wants)
        for line, filling in enumerate(in_turn):
            filling.begin(sheets, wants, self._pool.columns.section_hash, line)
        self._fill_up([filling for filling in in_turn if not filling.is_full])
        for filling in in_turn:
            if filling.pins:
                filling.seat_pins()
        return filled_widgets(self._index, self._page, self._pool, self.fillings, sheets, wants)

    def refusal(self, at: int) -> Refusal | None:
        """Returns how a candidate retells what stands, if it was refused for that."""
        return refusal_of(int(self._standing.refused[at]))

    def _fill_up(self, wanting: Sequence[Filling]) -> None:
        """Gives what is not full whatever it may still take; what it keeps to yields only where it would be empty."""
        for filling in wanting:
            filling.take(self._standing)
        for filling in wanting:
            if not filling.is_full and filling.choice.most_of_section != ANY_NUMBER:
                filling.lift_cap()
                filling.uncapped = filling.take(self._standing)
        for filling in wanting:
            if filling.size and not filling.count and filling.asked.is_filtered:
                filling.unfiltered = True
                filling.choose_among(self._free & self._own_language(filling.asked))
                filling.take(self._standing)
        for filling in wanting:
            if not filling.is_full and filling.asked.language:
                # One that holds to its filters goes on holding to them.
                allowed = filling.unfiltered | kept(self._pool, filling.asked, any_language=True)
                filling.choose_among(self._free & allowed)
                filling.any_language = filling.take(self._standing)

    def _own_language(self, asked: AskedWidget) -> Mask:
        return ~of_other_language(self._pool, asked)

    def _share_out(self, in_turn: Sequence[Filling]) -> None:
        """Says how many positions each widget may take in the first round, and how many explore where none is kept."""
        wanted = sum([filling.size for filling in in_turn])
        supply = self._supply(wanted)
        for filling in in_turn:
            size = filling.size
            filling.until = size if supply >= wanted else min(size, max(1, size * supply // wanted))
        if self._seed is not None and supply >= wanted:
            chance = chance_of(self._seed)
            for filling in in_turn:
                filling.exploring = positions(chance, filling.kind.exploration, filling.size)

    def _supply(self, wanted: int) -> int:
        """Returns how many free candidates could stand together; counted only where they may be too few."""
        free = self._free
        if self._page.keeps_to and self.fillings:
            free = free & self._own_language(self.fillings[0].asked)
        supply = int(np.count_nonzero(free))
        if supply >= SCARCE * wanted:
            return supply
        alone = standing_of(self._index.tellings, self._page.telling, self._pool.rows, free.copy())
        return distinct(alone, wanted, 1)

    def _pin(self, filling: Filling) -> None:
        """Puts the widget's pins in place: what may be shown and stands nowhere yet, though it retells another."""
        for pin in self._rules.pins_of(filling.asked.request.id, filling.kind.name, filling.asked.size):
            found = np.flatnonzero(self._pool.columns.id_hash == np.uint64(pin.id_hash)).tolist()
            if found and self._free[found[0]] and refuses(self._standing, found[0], 1) != DUPLICATE:
                add(self._standing, found[0])
                filling.pins[pin.position] = found[0]
