"""Chooses a widget's next teaser: the best by score, less what it has in common with those that stand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from service.domain.page.relations import Telling, dot

LOOKED_AT = 24
"""Candidates that are weighed for a position at most: however alike a site's articles are, a page costs as much."""

Tell = Callable[[int], Telling]
"""Returns the telling of a candidate."""


@dataclass(slots=True)
class Choice:
    """A widget's candidates in order, and what was chosen of them.

    `left` are those that were neither chosen nor dropped, by ring, then by score. `diversity` is the share of the value
    that nearness to those chosen takes (maximal marginal relevance, Carbonell and Goldstein 1998):
    (1 - diversity) score - diversity (highest cosine of key words). At most `most_of_section` may be of one section,
    None for any number; `sections` has the section of each candidate, 0 for none.
    """

    left: list[int]
    scores: list[float]
    ring: list[int]
    diversity: float
    most_of_section: int | None
    sections: list[int]
    taken: list[int] = field(default_factory=list)
    _nearest: dict[int, tuple[int, float]] = field(default_factory=dict)

    def best(self, is_free: Callable[[int], bool], tell: Tell) -> int | None:
        """Returns the candidate of the highest value in the first ring that has any, or None; drops those not free."""
        share = 1.0 - self.diversity
        full = self._full_sections()
        best, best_value, looked_at, place = None, 0.0, 0, 0
        while place < len(self.left) and looked_at < LOOKED_AT:
            at = self.left[place]
            if not is_free(at):
                del self.left[place]
                continue
            place += 1
            if self.sections[at] in full:
                continue
            if best is not None and (self.ring[at] > self.ring[best] or share * self.scores[at] <= best_value):
                break
            looked_at += 1
            value = share * self.scores[at] - self.diversity * self._nearness(at, tell)
            if best is None or value > best_value:
                best, best_value = at, value
        return best

    def take(self, at: int) -> None:
        """Notes that the candidate stands in the widget."""
        self.left.remove(at)
        self.taken.append(at)

    def drop(self, at: int) -> None:
        """Notes that the candidate may not stand in the widget."""
        self.left.remove(at)

    def _full_sections(self) -> set[int]:
        if self.most_of_section is None:
            return set()
        counts: dict[int, int] = {}
        for at in self.taken:
            counts[self.sections[at]] = counts.get(self.sections[at], 0) + 1
        return {section for section, count in counts.items() if section and count >= self.most_of_section}

    def _nearness(self, at: int, tell: Tell) -> float:
        """Returns the highest cosine to those chosen; each pair is compared once."""
        if not self.diversity or not self.taken:
            return 0.0
        compared, nearest = self._nearest.get(at, (0, 0.0))
        own = tell(at).keywords
        for other in self.taken[compared:]:
            nearest = max(nearest, dot(own, tell(other).keywords))
        self._nearest[at] = (len(self.taken), nearest)
        return nearest


def most_of_section(section_cap: float, size: int) -> int | None:
    """Returns how many of `size` teasers may be of one section; None for any number."""
    return None if section_cap >= 1 else max(1, ceil(section_cap * size))
