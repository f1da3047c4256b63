"""One widget while it is being filled: its candidates in order, what was taken of them, what editors pinned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from service.domain.call.asked_widget import AskedWidget
from service.domain.editorial.pinning import placed
from service.domain.identity import section_hash
from service.domain.page.choosing.choosing import ANY_NUMBER, Choice, most_of_section, take
from service.domain.page.choosing.page_pass import Sheets, Wants, choice_at
from service.domain.page.choosing.standing import Standing
from service.domain.page.filling.filtering import kept
from service.domain.page.ranking.pool import Hashes, Mask, PageContext, Pool
from service.domain.page.ranking.ranking import measure_of, model_of
from service.domain.page.reasons.reasons import BEFORE_ALL
from service.domain.widgets.kind import WidgetKind


@dataclass
class Filling:
    """One widget while it is being filled.

    `pins` are what editors put where, by position; `until` how many it takes in the first round, `exploring` how many
    of them are tried out. `sheets`, `wants` and `sections` are the page's once that round is over, `line` its place in
    them. `unfiltered`, `any_language` and `uncapped` tell what it had to give up to be filled.
    """

    asked: AskedWidget
    pins: dict[int, int] = field(default_factory=dict)
    until: int = 0
    exploring: int = 0
    unfiltered: bool = False
    any_language: bool = False
    uncapped: bool = False

    def begin(self, sheets: Sheets, wants: Wants, sections: Hashes, line: int) -> None:
        """Notes where the first round wrote what it chose."""
        self._sheets, self._wants, self._sections, self.line = sheets, wants, sections, line

    @cached_property
    def choice(self) -> Choice:
        """Its candidates, and what is chosen of them; most widgets are full before anyone looks."""
        return choice_at(self._sheets, self._wants, self._sections, self.line)

    @property
    def kind(self) -> WidgetKind:
        """Its kind."""
        return self.asked.kind

    @property
    def steps(self) -> int:
        """How many rings there are before the fallbacks begin."""
        return len(self.asked.kind.windows_s)

    @property
    def count(self) -> int:
        """How many were taken; beside the pins, until these are seated."""
        return int(self._sheets.chosen[self.line, 0])

    @property
    def taken(self) -> list[int]:
        """What was taken, in order; beside the pins, until these are seated."""
        taken: list[int] = self._sheets.taken[self.line, : self.count].tolist()
        return taken

    @property
    def size(self) -> int:
        """How many the widget takes beside its pins."""
        return self.asked.size - len(self.pins)

    @property
    def is_full(self) -> bool:
        """Whether it has as many as it takes."""
        return self.count >= self.size

    def seat_pins(self) -> None:
        """Puts the pins between those that were taken, before all rings."""
        order, sheets, line = placed(self.pins, self.taken), self._sheets, self.line
        sheets.taken[line, : len(order)], sheets.chosen[line] = order, len(order)
        pinned = list(self.pins.values())
        sheets.ring[line, pinned], sheets.step[line, pinned] = BEFORE_ALL, 0

    def take(self, standing: Standing) -> bool:
        """Takes the best that may still stand until it is full, and returns whether there was any."""
        before = self.count
        take(standing, self.choice, self.size)
        return self.count > before

    def lift_cap(self) -> None:
        """Goes on with any number of one section."""
        self.choice = self.choice._replace(most_of_section=ANY_NUMBER)

    def choose_among(self, allowed: Mask) -> None:
        """Goes on with these candidates, those that were refused before among them."""
        none = np.zeros(allowed.size, bool)
        self.choice = self.choice._replace(unordered=allowed.copy(), ordered=np.zeros(1, np.int64), dropped=none)


def wants_of(pool: Pool, page: PageContext, fillings: Sequence[Filling], seed: int | None) -> Wants:
    """Returns what these widgets, one at least, ask for, in this order."""
    allowed = np.empty((len(fillings), pool.rows.size), bool)
    allowed[:] = pool.eligible
    for line, filling in enumerate(fillings):
        if filling.asked.is_filtered or filling.asked.language:
            allowed[line] &= kept(pool, filling.asked)
    windows = max([filling.steps for filling in fillings])
    return Wants(
        np.array([_measure(pool, page, filling.kind) for filling in fillings], float),
        np.array([_counts(pool, filling, windows) for filling in fillings], np.int64),
        allowed,
        model_of(pool.learnt),
        np.uint64(section_hash(page.section)),
        np.uint64(seed or 0),
    )


def _measure(pool: Pool, page: PageContext, kind: WidgetKind) -> tuple[float, ...]:
    least = kind.min_relevance if page.vector is not None else 0.0
    return *measure_of(kind, pool.learnt), least, kind.diversity


def _counts(pool: Pool, filling: Filling, windows: int) -> tuple[int, ...]:
    kind, asked = filling.kind, filling.asked
    cap = most_of_section(1.0 if len(asked.sections) == 1 else kind.section_cap, asked.size)
    starts = [pool.since(window_s) for window_s in kind.windows_s]
    unused = [0] * (windows - len(starts))
    return asked.size, cap, kind.stories, filling.until, filling.exploring, len(starts), *starts, *unused
