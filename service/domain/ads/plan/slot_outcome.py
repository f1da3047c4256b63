"""Why a flight is shown in a slot, or why not: one code for each flight, in an ad operator's words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from service.domain.ads.plan.choices import Choice, bid_of
from service.domain.ads.reader.frequency import Capped
from service.domain.ads.reader.shown_ads import Counted, ReachedCap
from service.domain.ads.targeting.checklist import TargetedFlight
from service.domain.ads.targeting.slot_facts import TARGETED

_NOT_MET: Mapping[str, str] = {
    **{name: f"The page or its reader is none of its {name.replace('_', '-')}." for name in TARGETED},
    **{f"exclude_{name}": f"The page or its reader is of its exclude_{name}." for name in TARGETED},
    "similar_to": "The page is not like what it describes, or none can tell: no model, or a language not the site's.",
    "exclude_similar_to": "The page is like what it keeps away from.",
}
WORDS: Mapping[str, str] = {
    "chosen": "It is shown here.",
    "status": "It is paused or retired.",
    "dates": "It has not begun, or is over.",
    "days": "Today is none of its days.",
    "hours": "This is none of its hours.",
    "placement": "It does not run in this placement.",
    "creative": "None of its creatives fits the placement's sizes and formats, or all are killed.",
    "currency": "The site has no rate for its currency, so that no auction can compare it.",
    "consent": "All it has to show here are others' scripts, which the reader's consent does not let run.",
    "floor": "What it is expected to bring is below the placement's floor.",
    **_NOT_MET,
    "keywords": "None of its keywords is on the page.",
    "exclude_keywords": "One of its block words is on the page or in a headline beside the slot.",
    "suitability": "The page or a teaser beside the slot has a topic that it does not stand beside.",
    "share": "This page view is not of its share.",
    "chosen_elsewhere": "It is shown in another slot of the page.",
    "pacing": "It has all that is due by now.",
    "goal": "It has all of its goal, booked or held.",
    "flight_lifetime_cap": "Its lifetime cap has no room for one more event.",
    "flight_daily_cap": "Its daily cap has no room for one more event.",
    "campaign_lifetime_cap": "Its campaign's lifetime cap has no room for one more event.",
    "campaign_daily_cap": "Its campaign's daily cap has no room for one more event.",
    "advertiser_lifetime_cap": "Its advertiser's lifetime cap has no room for one more event.",
    "advertiser_daily_cap": "Its advertiser's daily cap has no room for one more event.",
    "frequency_cap": "The reader was shown it as often as a frequency cap of it, its creative or its owners lets them.",
    "not_reserved": "Nothing keeps it away, but nothing paid was asked for: this is a look, the caller is a bot, the "
    "store is away, or events wait to be booked.",
    "outranked": "What is shown here comes before it, or takes turns with it.",
    "same_creative": "Its creative is shown in another slot of the page.",
    "label": "It may not stand beside a label that the page shows, or the page's ads not beside it.",
    "advertiser_limit": "The page shows as many ads of its advertiser as it may.",
    "together": "It stands in several slots or none, and these were not all to be had.",
    "not_asked": "More flights came before it than one page asks for.",
    "refused": "The store had no room for it at that moment, or shows the page more than it knew.",
}
"""What became of a flight in a slot, by code: the first of these that holds."""


@dataclass(frozen=True)
class SlotCase:
    """What is known of a slot once a page is decided.

    `ranks` are those of eligible flights by number, from 1; `asked` are the flights that it asked for, `not_due` (by
    id), `lacking` and `capped` (by number) what pacing, budgets and frequency caps gave nothing; `capped_by_page` has
    the caps that are reached with what the page itself shows. `page` is all that it shows.
    """

    shown: Choice | None
    page: Sequence[Choice]
    ranks: Mapping[int, int]
    asked: Collection[int]
    not_due: Collection[str]
    lacking: Mapping[int, str]
    reserves: bool
    capped: Mapping[int, ReachedCap] = field(default_factory=dict)
    capped_by_page: Mapping[int, ReachedCap] = field(default_factory=dict)

    def outcome(self, candidate: TargetedFlight, dropped_by: str | None) -> str:
        """Returns the code of what became of a flight that a predicate dropped, or none."""
        number = candidate.flight.number
        if self.shown and self.shown.candidate.flight.number == number:
            return "chosen"
        if dropped_by:
            return dropped_by
        return self._held_up(candidate) or self._stood_back(candidate) or self._refused(candidate)

    def reached_cap(self, number: int) -> ReachedCap | None:
        """Returns the cap that a flight with the outcome `frequency_cap` met."""
        return self.capped.get(number) or self.capped_by_page.get(number)

    def _held_up(self, candidate: TargetedFlight) -> str | None:
        """What kept an eligible flight off the page, whoever else was there."""
        flight = candidate.flight
        if any(one.candidate.flight.number == flight.number for one in self.page):
            return "chosen_elsewhere"
        if flight.id in self.not_due:
            return "pacing"
        if lacks := self.lacking.get(flight.number):
            return lacks
        if flight.number in self.capped:
            return "frequency_cap"
        return "not_reserved" if not self.reserves and flight.tier != "house" else None

    def _stood_back(self, candidate: TargetedFlight) -> str | None:
        """Who kept it out: what is shown here, or elsewhere on the page."""
        number = candidate.flight.number
        if self.shown:
            ahead = self.ranks.get(self.shown.candidate.flight.number, 0)
            if ahead <= self.ranks[number]:
                return "outranked"
        bid, others = bid_of([Choice(candidate, one, (0, 0)) for one in candidate.creatives[:1]]), bid_of(self.page)
        if others.creatives.issuperset(one.number for one in candidate.creatives):
            return "same_creative"
        if not (bid.labels.isdisjoint(others.excludes) and bid.excludes.isdisjoint(others.labels)):
            return "label"
        of_advertiser = sum(one.candidate.advertiser == candidate.advertiser for one in self.page)
        return "advertiser_limit" if 0 < candidate.page_limit <= of_advertiser else None

    def _refused(self, candidate: TargetedFlight) -> str:
        """What is left: it came first, and did not get the slot."""
        flight = candidate.flight
        if flight.number not in self.asked:
            return "not_asked"
        if flight.roadblock or flight.companions:
            return "together"
        return "frequency_cap" if flight.number in self.capped_by_page else "refused"


def capped_numbers(candidate: TargetedFlight, creative: int) -> dict[Capped, int]:
    """Returns the numbers of what frequency caps count with a flight, when it shows the creative of this number."""
    return {
        Capped.CREATIVE: creative,
        Capped.FLIGHT: candidate.flight.number,
        Capped.CAMPAIGN: candidate.campaign,
        Capped.ADVERTISER: candidate.advertiser,
    }


def before_page(shown: Mapping[Counted, int], page: Iterable[Choice]) -> Mapping[Counted, int]:
    """Returns how often ads were shown without those that pay of this page, by how often they were with them."""
    paid = (one for one in page if one.candidate.flight.tier != "house")
    on_page = Counter(item for one in paid for item in capped_numbers(one.candidate, one.creative.number).items())
    return {(of, number, window): count - on_page[of, number] for (of, number, window), count in shown.items()}
