"""An editorial rule: what editors decide over the model's head, about which articles, and from when to when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from service.domain.errors import Fault
from service.domain.sites.site import ENTITY_ID_PATTERN
from service.domain.widgets.kind import MAX_SIZE

RuleKind = Literal["pin", "boost", "block"]
RuleState = Literal["scheduled", "active", "ended"]

LEAST_FACTOR, MOST_FACTOR = 0.1, 10.0
MOST_POINTS = 1.0
"""A score is in [0, 1] before boosts: a point lifts the last above the first."""

MAX_RULES = 5_000
"""Rules that a site may have; each look at them costs every process their reading."""

MAX_NAME = 200
"""Characters of a section's or a tag's name, as articles have them."""

SELECTORS = ("article", "section", "tag")

_ENTITY_ID = re.compile(ENTITY_ID_PATTERN)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a site. It holds from `begins_at` until before `ends_at`, seconds since 1970; None is unbounded.

    Exactly one of `article`, `section` and `tag` says what it is about; a pin names an article. A pin has a `widget`
    (an id or a kind) and a `position`, a boost a `factor` or `points`, a block may be `legal`. `note` says why, for
    people. `put_at` is when it was last put: of two pins for one position the newer wins.
    """

    id: str
    kind: RuleKind
    article: str | None = None
    section: str | None = None
    tag: str | None = None
    widget: str | None = None
    position: int | None = None
    factor: float | None = None
    points: float | None = None
    legal: bool = False
    begins_at: int | None = None
    ends_at: int | None = None
    note: str | None = None
    put_at: float = 0.0

    def holds(self, now: int) -> bool:
        """Returns whether it holds at this moment."""
        return self.state(now) == "active"

    def state(self, now: int) -> RuleState:
        """Returns whether it is yet to begin, holds, or has ended."""
        if self.begins_at is not None and now < self.begins_at:
            return "scheduled"
        return "ended" if self.ends_at is not None and now >= self.ends_at else "active"

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about: the selector's name and its value."""
        return next((name, value) for name in SELECTORS if (value := getattr(self, name)))


def rule_faults(rule: Rule) -> Iterator[Fault]:
    """Yields everything that is wrong with a rule, by the field's name in the interface."""
    if not _ENTITY_ID.fullmatch(rule.id):
        yield Fault("id", "use 1 to 128 letters, digits and . _ : - , a letter or digit first")
    yield from _subject_faults(rule)
    if rule.kind == "pin":
        yield from _pin_faults(rule)
    if rule.kind == "boost":
        yield from _boost_faults(rule)
    for name, kind in _BELONGS.items():
        value = getattr(rule, name)
        if rule.kind != kind and value is not None and value is not False:
            yield Fault(name, f"belongs to a {kind}; leave it out of a {rule.kind}")
    if rule.begins_at is not None and rule.ends_at is not None and rule.begins_at >= rule.ends_at:
        yield Fault("to", "is not after 'from': the rule would never hold")


_BELONGS = {"widget": "pin", "position": "pin", "factor": "boost", "points": "boost", "legal": "block"}


def _subject_faults(rule: Rule) -> Iterator[Fault]:
    given = [name for name in SELECTORS if getattr(rule, name) is not None]
    if rule.kind == "pin":
        if given != ["article"]:
            yield Fault("article", "a pin names one article, and neither a section nor a tag")
    elif len(given) != 1:
        yield Fault("article", "name exactly one of 'article', 'section' and 'tag'")
    for name in given:
        value = getattr(rule, name)
        if name == "article" and not _ENTITY_ID.fullmatch(value):
            yield Fault(name, f"'{value}' is no id of an article")
        elif name != "article" and not (value.strip() and len(value) <= MAX_NAME):
            yield Fault(name, f"use 1 to {MAX_NAME} characters")


def _pin_faults(rule: Rule) -> Iterator[Fault]:
    if not rule.widget or len(rule.widget) > 128:
        yield Fault("widget", "name the widget's id or kind, such as 'must-read'")
    if rule.position is None or not 1 <= rule.position <= MAX_SIZE:
        yield Fault("position", f"give the position, 1 to {MAX_SIZE}")


def _boost_faults(rule: Rule) -> Iterator[Fault]:
    if (rule.factor is None) == (rule.points is None):
        yield Fault("factor", "give either 'factor', which multiplies the score, or 'points', which are added to it")
    if rule.factor is not None and not LEAST_FACTOR <= rule.factor <= MOST_FACTOR:
        yield Fault("factor", f"use {LEAST_FACTOR:g} to {MOST_FACTOR:g}; below 1 it lowers the score")
    if rule.points is not None and not -MOST_POINTS <= rule.points <= MOST_POINTS:
        yield Fault("points", f"use -{MOST_POINTS:g} to {MOST_POINTS:g}; a score is in 0 to 1")
