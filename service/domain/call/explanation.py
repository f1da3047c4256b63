"""Why a page looks as it does: every candidate of a widget with the parts of its score and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from service.domain.ads.reader.shown_ads import ReachedCap

Outcome = Literal[
    "chosen",
    "chosen-elsewhere",
    "outranked",
    "duplicate",
    "same-angle",
    "same-story",
    "other-language",
    "other-section",
    "other-tag",
    "too-old",
    "own-article",
    "excluded",
    "not-visible",
    "blocked",
    "no-candidate",
]
"""What became of a candidate.

It stands here, or in another widget; others were ahead of it; it is a copy, promises the same as one that stands, or
tells the same event; it is of a language, a section, tags or an age that the widget does not keep to; it is the page's
own, or named in `exclude` or the reader's history; it may not be shown now; a rule of the editors blocks it; or it was
never looked at.
"""


class SharedWord(NamedTuple):
    """A word that page and candidate have in common, and what it adds to their nearness."""

    word: str
    weight: float


@dataclass(frozen=True, slots=True)
class ExplainedTeaser:
    """One candidate of one widget: `parts` add up to `score`; `cosine` is its nearness to the page's text.

    `text` says in words why it stands there or why not. `rules` are ids of the editors' rules that moved it. `rival` is
    the row of the teaser that it lost to, or that it retells, and `lost_by` the part of the score that decided.
    """

    row: int
    outcome: Outcome
    score: float
    cosine: float
    parts: Mapping[str, float]
    text: str
    shared: tuple[SharedWord, ...] = ()
    rules: tuple[str, ...] = ()
    rival: int | None = None
    lost_by: str | None = None


@dataclass(frozen=True, slots=True)
class ExplainedSimilarity:
    """How near a page is to what a flight describes: a cosine, None where it cannot be told, and the least that counts.

    `shared` are the words of both that make it.
    """

    description: str
    least: float
    cosine: float | None = None
    shared: tuple[SharedWord, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedFlight:
    """One flight of one slot: a code of slot_outcome.py, its words, and the rank, from 1, of one that was eligible.

    `frequency_cap` is the cap that refused it, where one did; `similarity` tells of each of its descriptions.
    """

    flight_id: str
    outcome: str
    text: str = ""
    rank: int | None = None
    frequency_cap: ReachedCap | None = None
    similarity: tuple[ExplainedSimilarity, ...] = ()


@dataclass(frozen=True, slots=True)
class ExplainedConsent:
    """Which rule says what the reader allows, what that is, and by what impressions were counted for caps."""

    rule: str
    identifier: bool
    personalised: bool
    counted_by: Literal["reader", "session", "page_view"]
    third_parties: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of each widget its candidates, the highest score first; of each slot every active flight; the consent."""

    widgets: Mapping[str, tuple[ExplainedTeaser, ...]] = field(default_factory=dict)
    slots: Mapping[str, tuple[ExplainedFlight, ...]] = field(default_factory=dict)
    consent: ExplainedConsent | None = None
