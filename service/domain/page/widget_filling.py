"""One widget while it is being filled: its candidates in order, what was taken of them, what editors pinned."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from service.domain.editorial.pinning import placed
from service.domain.identity import section_hash
from service.domain.page.asked_widget import AskedWidget
from service.domain.page.choosing import Choice, most_of_section
from service.domain.page.filtering import kept
from service.domain.page.pool import Floats, Ints, Mask, PageContext, Pool
from service.domain.page.ranking import relevance, score
from service.domain.page.rings import Rings, best_first, rings
from service.domain.widgets.kind import WidgetKind


@dataclass(slots=True)
class Filling:
    """One widget while it is being filled.

    `pins` are what editors put where, by position. `explored` are those taken to learn whether they are read.
    `unfiltered`, `any_language` and `uncapped` tell what it had to give up to be filled.
    """

    asked: AskedWidget
    scores: Floats
    rings: Rings
    choice: Choice
    explored: list[int] = field(default_factory=list)
    pins: dict[int, int] = field(default_factory=dict)
    unfiltered: bool = False
    any_language: bool = False
    uncapped: bool = False

    @property
    def kind(self) -> WidgetKind:
        """Its kind."""
        return self.asked.kind

    @property
    def ring(self) -> Ints:
        """Which candidates come first whatever their scores: the lower ring."""
        return self.rings.ring

    @property
    def taken(self) -> list[int]:
        """What was taken beside the pins, in order."""
        return self.choice.taken

    @property
    def size(self) -> int:
        """How many the widget takes beside its pins."""
        return self.asked.size - len(self.pins)

    @property
    def is_full(self) -> bool:
        """Whether it has as many as it takes."""
        return len(self.taken) >= self.size

    @property
    def placed(self) -> list[int]:
        """All that stand in the widget, in order."""
        return placed(self.pins, self.taken)


def begin(pool: Pool, page: PageContext, asked: AskedWidget, sections: list[int]) -> Filling:
    """Returns a widget with nothing in it yet; `sections` has the hash of each candidate's section."""
    scores = score(pool, asked.kind)
    allowed = pool.eligible & kept(pool, asked) if asked.is_filtered or asked.language else pool.eligible
    near = _near(pool, asked.kind) if page.vector is not None and asked.kind.led_by_relevance else None
    found = rings(pool, asked, allowed, near, section_hash(page.section))
    choice = Choice(
        left=best_first(scores, found.ring, np.flatnonzero(allowed)),
        scores=scores.tolist(),
        ring=found.ring.tolist(),
        diversity=asked.kind.diversity,
        most_of_section=None if len(asked.sections) == 1 else most_of_section(asked.kind.section_cap, asked.size),
        sections=sections,
    )
    return Filling(asked, scores, found, choice)


def _near(pool: Pool, kind: WidgetKind) -> Mask:
    return np.asarray(relevance(pool.cosine) >= kind.min_relevance)
