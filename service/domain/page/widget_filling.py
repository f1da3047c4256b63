"""One widget while it is being filled: its candidates in order, what was taken of them, what editors pinned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from service.domain.compiled import compiled
from service.domain.editorial.pinning import placed
from service.domain.page.asked_widget import AskedWidget
from service.domain.page.choosing import Choice, choice_of, most_of_section
from service.domain.page.filtering import kept
from service.domain.page.pool import Candidates, Floats, Ints, Mask, PageContext, Pool
from service.domain.page.ranking import Measure, measure_of, parts_of, totals
from service.domain.page.rings import Reach, Rings, best_first, reach_of, rings
from service.domain.widgets.kind import WidgetKind


@dataclass(slots=True)
class Filling:
    """One widget while it is being filled.

    `pins` are what editors put where, by position. `unfiltered`, `any_language` and `uncapped` tell what it had to give
    up to be filled.
    """

    asked: AskedWidget
    rings: Rings
    choice: Choice
    pins: dict[int, int] = field(default_factory=dict)
    unfiltered: bool = False
    any_language: bool = False
    uncapped: bool = False

    @property
    def kind(self) -> WidgetKind:
        """Its kind."""
        return self.asked.kind

    @property
    def scores(self) -> Floats:
        """The score of each candidate."""
        return self.choice.scores

    @property
    def ring(self) -> Ints:
        """Which candidates come first whatever their scores: the lower ring."""
        return self.rings.ring

    @property
    def count(self) -> int:
        """How many were taken beside the pins."""
        return int(self.choice.chosen[0])

    @property
    def taken(self) -> list[int]:
        """What was taken beside the pins, in order."""
        taken: list[int] = self.choice.taken[: self.count].tolist()
        return taken

    @property
    def size(self) -> int:
        """How many the widget takes beside its pins."""
        return self.asked.size - len(self.pins)

    @property
    def is_full(self) -> bool:
        """Whether it has as many as it takes."""
        return self.count >= self.size

    @property
    def placed(self) -> list[int]:
        """All that stand in the widget, in order."""
        return placed(self.pins, self.taken) if self.pins else self.taken

    def choose_among(self, allowed: Mask) -> None:
        """Goes on with these candidates, those that were refused before among them."""
        order = best_first(self.scores, self.ring, allowed)
        self.choice = self.choice._replace(order=order, dropped=np.zeros(allowed.size, bool))


def begin(pool: Pool, candidates: Candidates, page: PageContext, asked: AskedWidget) -> Filling:
    """Returns a widget with nothing in it yet; `candidates` are the pool's."""
    allowed = pool.eligible & kept(pool, asked) if asked.is_filtered or asked.language else pool.eligible
    measure, reach = measure_of(asked.kind, pool.learnt), reach_of(pool, asked, page)
    scores, found, order = in_order(candidates, measure, reach, allowed)
    choice = choice_of(
        order,
        scores,
        found.ring,
        pool.columns.section_hash,
        diversity=asked.kind.diversity,
        most_of_section=most_of_section(1.0 if len(asked.sections) == 1 else asked.kind.section_cap, asked.size),
        stories=asked.kind.stories,
        size=asked.size,
    )
    return Filling(asked, found, choice)


@compiled
def in_order(candidates: Candidates, measure: Measure, reach: Reach, allowed: Mask) -> tuple[Floats, Rings, Ints]:
    """Returns the scores of a widget's candidates, their rings, and those that it may take, the best first."""
    scores = totals(parts_of(candidates, measure))
    found = rings(candidates, allowed, reach)
    return scores, found, best_first(scores, found.ring, allowed)
