"""Eligibility: a checklist of small named predicates that say whether a flight may run in a slot now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import numpy as np

from service.domain.ads.inventory import Creative, Flight, FlightStatus, Placement, Tier
from service.domain.ads.reader.frequency import ReaderCap
from service.domain.ads.response.response import ecpm_micros
from service.domain.ads.targeting.slot_facts import EXCLUDE, TARGETED, SlotFacts, keeps_away, meets
from service.domain.ads.targeting.suitability import refused_risks
from service.domain.money.exchange import PAR
from service.domain.ports import Analyzer, TermIds
from service.domain.sites.time_zones import zone

# A page view draws one of so many lots; a share is how many of them win.
LOTS = 100

Terms = frozenset[int]


class Shaped(Protocol):
    """What has a format and a size."""

    @property
    def format(self) -> str:
        """The format."""

    @property
    def width(self) -> int | None:
        """The width in pixels; None where it takes what there is."""

    @property
    def height(self) -> int | None:
        """The height."""


@dataclass(frozen=True, slots=True)
class TargetedFlight:
    """A flight ready to be asked: its keywords as terms, and those of its creatives that may still be shown.

    `block_words` are the words that `exclude_keywords` were read from, one for each of these.
    `campaign` and `advertiser` are their numbers, where the snapshot knows them; `page_limit` is the most ads that the
    advertiser has on a page, 0 for any number. A flight with a share of page views
    has those whose lot is in the part of a hundred that begins at `share_from`. `caps` are the frequency caps of
    flight, campaign and advertiser. `rate` is what a unit of its currency is worth in the site's, in trillionths; 0
    where the site has no rate for it.
    """

    flight: Flight
    creatives: tuple[Creative, ...]
    keywords: tuple[Terms, ...]
    exclude_keywords: tuple[Terms, ...]
    block_words: tuple[str, ...] = ()
    campaign: int = 0
    advertiser: int = 0
    page_limit: int = 0
    share_from: int = 0
    caps: tuple[ReaderCap, ...] = ()
    rate: int = PAR

    @property
    def share(self) -> int | None:
        """The flight's share of page views in percent; None where it takes all it can get."""
        return share_of(self.flight)

    def fitting(self, placement: Placement) -> tuple[Creative, ...]:
        """Returns the creatives whose format and size the placement takes."""
        return tuple(creative for creative in self.creatives if fits(creative, placement))

    def only_scripts(self, placement: Placement) -> bool:
        """Returns whether all it could show in the placement are advertisers' own scripts."""
        return "tag" in placement.formats and all(one.format == "tag" for one in self.fitting(placement))


@dataclass(frozen=True, slots=True)
class Case:
    """One question of the checklist: may this flight run in this placement, with what is known of the slot?

    `ecpm_micros` is what it is expected to bring as far as that is measured; None while it is not.
    """

    candidate: TargetedFlight
    placement: Placement
    facts: SlotFacts
    ecpm_micros: int | None = None


Predicate = Callable[[Case], bool]


def targeted(flight: Flight, creatives: Mapping[str, Creative], *analyzers: Analyzer) -> TargetedFlight:
    """Returns the flight with its keywords analysed as the pages are, and its creatives that are not killed.

    `analyzers` are those of the site's languages: a keyword is on a page that has its words as any of them reads it.
    """
    shown = (creatives[link.id] for link in flight.creatives if link.id in creatives)
    return TargetedFlight(
        flight,
        tuple(creative for creative in shown if not creative.killed),
        tuple(readings(flight.keywords, analyzers)),
        tuple(excluded := readings(flight.exclude_keywords, analyzers)),
        tuple(excluded.values()),
    )


def dropped_by(
    candidate: TargetedFlight, placement: Placement, facts: SlotFacts, measured_ecpm_micros: int | None = None
) -> str | None:
    """Returns the name of the first predicate that drops the flight from the slot, or None if it is eligible."""
    case = Case(candidate, placement, facts, measured_ecpm_micros)
    return next((name for name, holds in CHECKLIST.items() if not holds(case)), None)


def _status(case: Case) -> bool:
    return case.candidate.flight.status is FlightStatus.ACTIVE


def _dates(case: Case) -> bool:
    starts_at, ends_at = case.candidate.flight.starts_at, case.candidate.flight.ends_at
    return (starts_at is None or starts_at <= case.facts.now) and (ends_at is None or case.facts.now < ends_at)


def _days(case: Case) -> bool:
    days = case.candidate.flight.days
    return not days or local_time(case.facts.now, case.candidate.flight.timezone).weekday() in days


def _hours(case: Case) -> bool:
    hours = case.candidate.flight.hours
    return not hours or local_time(case.facts.now, case.candidate.flight.timezone).hour in hours


def _placement(case: Case) -> bool:
    return case.placement.id in case.candidate.flight.placements


def _creative(case: Case) -> bool:
    return bool(case.candidate.fitting(case.placement))


def _currency(case: Case) -> bool:
    return case.candidate.rate > 0 or case.candidate.flight.tier is not Tier.PRICE


def _consent(case: Case) -> bool:
    return case.facts.third_parties or not case.candidate.only_scripts(case.placement)


def _floor(case: Case) -> bool:
    if case.candidate.flight.tier is not Tier.PRICE or case.placement.floor_micros is None:
        return True
    own = ecpm_micros(case.candidate.flight, rate=case.candidate.rate)
    brings = own if case.ecpm_micros is None else case.ecpm_micros
    return brings >= case.placement.floor_micros


def _targets(name: str) -> Predicate:
    return lambda case: meets(case.candidate.flight, name, case.facts)


def _excludes(name: str) -> Predicate:
    return lambda case: not keeps_away(case.candidate.flight, name, case.facts)


def _keywords(case: Case) -> bool:
    return not case.candidate.keywords or any(
        on_page(keyword, case.facts.term_ids) for keyword in case.candidate.keywords
    )


def _exclude_keywords(case: Case) -> bool:
    texts = (case.facts.term_ids, *case.facts.beside)
    return not any(on_page(keyword, text) for text in texts for keyword in case.candidate.exclude_keywords)


def _suitability(case: Case) -> bool:
    return not refused_risks(case.candidate.flight.suitability) & case.facts.risk


def _share(case: Case) -> bool:
    if case.candidate.share is None or case.facts.seed is None:
        return True
    return (lot_of(case.facts.seed) - case.candidate.share_from) % LOTS < case.candidate.share


# In the order asked: what is wrong with the flight itself first, what the page lacks last.
CHECKLIST: Mapping[str, Predicate] = {
    "status": _status,
    "dates": _dates,
    "days": _days,
    "hours": _hours,
    "placement": _placement,
    "creative": _creative,
    "currency": _currency,
    "consent": _consent,
    "floor": _floor,
    **{name: _targets(name) for name in TARGETED},
    **{EXCLUDE + name: _excludes(name) for name in TARGETED},
    "keywords": _keywords,
    "exclude_keywords": _exclude_keywords,
    "suitability": _suitability,
    "share": _share,
}


def lot_of(seed: int) -> int:
    """Returns the lot of a page view, 0 to 99, from bits of its seed that no other chance depends on."""
    return (seed >> 32) % LOTS


def local_time(now: float, timezone: str) -> datetime:
    """Returns the wall clock of a time zone at `now` (seconds since 1970)."""
    return datetime.fromtimestamp(now, UTC).astimezone(zone(timezone))


def on_page(keyword: Terms, term_ids: TermIds | None) -> bool:
    """Returns whether every word of a keyword is on the page; a keyword without words is on none."""
    if not keyword or term_ids is None or not term_ids.size:
        return False
    wanted = np.fromiter(keyword, np.uint64, len(keyword))
    places = np.searchsorted(term_ids, wanted)
    return bool(np.all(term_ids[np.minimum(places, term_ids.size - 1)] == wanted))


def readings(keywords: Sequence[str], analyzers: Sequence[Analyzer]) -> dict[Terms, str]:
    """Returns what keywords mean as the analyzers read them, each with the first keyword that means it."""
    found: dict[Terms, str] = {}
    for keyword in keywords:
        for analyzer in analyzers:
            found.setdefault(frozenset(analyzer(keyword).tolist()), keyword)
    return found


def share_of(flight: Flight) -> int | None:
    """Returns a flight's share of page views in percent; None where it takes all it can get."""
    return flight.goal if flight.goal_type == "share" else None


def fits(creative: Shaped, placement: Placement) -> bool:
    """Returns whether the placement takes the creative's format and size."""
    if creative.format not in placement.formats:
        return False
    return creative.format == "native" or (creative.width, creative.height) in placement.sizes
