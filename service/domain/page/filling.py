"""Fills a page's widgets from one pool: in the order of their kinds, nothing twice, no two tellings, none empty."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from service.domain.editorial.in_force import NO_ACTIVE_RULES, ActiveRules
from service.domain.events.engagement import Engaged
from service.domain.page.article_index import ArticleIndex
from service.domain.page.asked_widget import AskedWidget
from service.domain.page.call import FilledWidget
from service.domain.page.exploration import drawn_rates, positions, unexplored
from service.domain.page.filtering import kept, of_other_language
from service.domain.page.pool import Mask, PageContext, Pool
from service.domain.page.relations import Telling
from service.domain.page.rings import best_first
from service.domain.page.standing import Refusal, Standing
from service.domain.page.teasing import Teasing
from service.domain.page.widget_filling import Filling, begin

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
        self._rows: list[int] = pool.rows.tolist()
        self._free: list[bool] = pool.eligible.tolist()
        self._standing = Standing(page.telling)
        self._teasing = Teasing(index, page, pool)
        self.refusals: dict[int, Refusal] = {}
        self.fillings: list[Filling] = []

    def fill(self, widgets: Sequence[AskedWidget]) -> tuple[FilledWidget, ...]:
        """Returns each widget filled, in the order asked; they are filled in the order that their kinds say.

        Where the site has too few articles for all positions, each widget first gets its share, the nearest and
        freshest to those that want them, so that none is left empty for another.
        """
        sections: list[int] = self._pool.columns.section_hash.tolist()
        self.fillings = [begin(self._pool, self._page, widget, sections) for widget in widgets]
        in_turn = sorted(self.fillings, key=lambda filling: filling.kind.order)
        if self._rules.pins:
            for filling in in_turn:
                self._pin(filling)
        sizes = [filling.size for filling in in_turn]
        shares = self._shares(sizes)
        for filling, share in zip(in_turn, shares, strict=True):
            count, candidates = self._exploring(filling) if shares == sizes else (0, [])
            self._take(filling, share - count)
            self._explore(filling, candidates, share)
            self._take(filling, share)
        self._fill_up(in_turn)
        return tuple(self._teasing.filled(filling) for filling in self.fillings)

    def shared_words(self, at: int) -> list[tuple[float, str]]:
        """Returns what a candidate's key words add to its nearness to the page, and the words; the most first."""
        return self._teasing.shared_words(at)

    def _fill_up(self, in_turn: Sequence[Filling]) -> None:
        """Gives what is not full whatever it may still take; what it keeps to yields only where it would be empty."""
        for filling in in_turn:
            self._take(filling, filling.size)
        for filling in in_turn:
            if not filling.is_full and filling.choice.most_of_section is not None:
                before = len(filling.taken)
                filling.choice.most_of_section = None
                self._take(filling, filling.size)
                filling.uncapped = len(filling.taken) > before
        for filling in in_turn:
            if filling.size and not filling.taken and filling.asked.is_filtered:
                filling.unfiltered = True
                self._choose_among(filling, self._own_language(filling.asked))
                self._take(filling, filling.size)
        for filling in in_turn:
            if not filling.is_full and filling.asked.language:
                self._take_any_language(filling)

    def _take_any_language(self, filling: Filling) -> None:
        """Fills what the page's language left empty; a widget that holds to its filters goes on holding to them."""
        before = len(filling.taken)
        allowed = filling.unfiltered | kept(self._pool, filling.asked, any_language=True)
        self._choose_among(filling, allowed)
        self._take(filling, filling.size)
        filling.any_language = len(filling.taken) > before

    def _choose_among(self, filling: Filling, allowed: Mask) -> None:
        filling.choice.left = best_first(filling.scores, filling.ring, np.flatnonzero(np.array(self._free) & allowed))

    def _own_language(self, asked: AskedWidget) -> Mask:
        return ~of_other_language(self._pool, asked)

    def _shares(self, sizes: list[int]) -> list[int]:
        """Returns how many positions each widget may take in the first round."""
        wanted = sum(sizes)
        free = self._free
        if self._page.keeps_to and self.fillings:
            free = (np.array(free) & self._own_language(self.fillings[0].asked)).tolist()
        supply = sum(free)
        if supply < SCARCE * wanted:
            supply = self._distinct(free, wanted)
        if supply >= wanted:
            return sizes
        return [min(size, max(1, size * supply // wanted)) for size in sizes]

    def _distinct(self, free: Sequence[bool], wanted: int) -> int:
        """Returns how many of the free candidates could stand together, counted no further than `wanted`."""
        standing, count = Standing(self._page.telling), 0
        for at in (at for at, is_free in enumerate(free) if is_free):
            if count == wanted:
                break
            telling = self._telling(at)
            if standing.refuses(telling) is None:
                standing.add(telling)
                count += 1
        return count

    def _telling(self, at: int) -> Telling:
        return self._index.telling(self._rows[at])

    def _take(self, filling: Filling, count: int) -> None:
        """Takes the best that may still stand, until the widget has `count` teasers or nothing is left."""
        while len(filling.taken) < count:
            at = filling.choice.best(self._free.__getitem__, self._telling)
            if at is None:
                return
            self._try(filling, at)

    def _try(self, filling: Filling, at: int) -> bool:
        """Puts the candidate into the widget if it may join what stands on the page; else leaves it to others."""
        telling = self._telling(at)
        refusal = self._standing.refuses(telling, filling.kind.stories)
        if refusal is not None:
            self.refusals[at] = refusal
            filling.choice.drop(at)
            return False
        self._standing.add(telling)
        self._free[at] = False
        filling.choice.take(at)
        return True

    def _exploring(self, filling: Filling) -> tuple[int, list[int]]:
        """Returns how many positions explore, and the candidates to be tried out there, the best draw first."""
        if self._seed is None or filling.kind.exploration == 0:
            return 0, []
        count = positions(self._seed, filling.kind.exploration, filling.size)
        if not count:
            return 0, []
        new = unexplored(self._pool.engaged, self._pool.age_s) & (filling.ring < filling.rings.steps)
        allowed = np.zeros(new.size, bool)
        allowed[filling.choice.left] = True
        places = np.flatnonzero(new & allowed)
        engaged = Engaged(*(column[places] for column in self._pool.engaged))
        rates = drawn_rates(self._seed, self._pool.columns.id_hash[places], engaged, self._pool.prior)
        return min(count, places.size), places[np.argsort(-rates, kind="stable")].tolist()

    def _explore(self, filling: Filling, candidates: Sequence[int], until: int) -> None:
        """Tries candidates out until the widget has `until` teasers."""
        for at in candidates:
            if len(filling.taken) >= until:
                return
            if self._free[at] and at in filling.choice.left and self._try(filling, at):
                filling.explored.append(at)

    def _pin(self, filling: Filling) -> None:
        """Puts the widget's pins in place: what may be shown and stands nowhere yet, though it retells another."""
        for pin in self._rules.pins_of(filling.asked.request.id, filling.kind.name, filling.asked.size):
            found = np.flatnonzero(self._pool.columns.id_hash == np.uint64(pin.id_hash)).tolist()
            if not found or not self._free[found[0]]:
                continue
            telling = self._telling(found[0])
            if self._standing.refuses(telling) != "duplicate":
                self._standing.add(telling)
                self._free[found[0]] = False
                filling.pins[pin.position] = found[0]
