"""Takes a batch of beacons: books those of ads in one round trip, counts those of teasers and of reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.domain.engagement.reader_history import Whose
from service.domain.engagement.teaser_events import TeaserAct, TeaserPlace
from service.domain.events.booking import AdEvent, EventBook
from service.domain.events.tokens import AdToken, TeaserToken, read_token
from service.domain.events.validity.rules import FULL_CLAIM, Arrival, ViewClaim
from service.domain.identity import hash64
from service.usecases.engagement.teasers import TeaserTally
from service.usecases.events.judge_events import JudgeEvents

REFUSED = "refused"
"""What became of an event that is not ours: its token is no one's, or its sender may not report what it says."""

COUNTED, INVALID = "counted", "invalid"
OTHER_SITE = "other-site"


class Beacon(NamedTuple):
    """One event by its token: what it claims of a view, and for a teaser what was done with it and where it stood."""

    token: str
    claim: ViewClaim = FULL_CLAIM
    act: TeaserAct = TeaserAct.IMPRESSION
    widget: str = ""
    position: int = 0
    model: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class ReadBeacon:
    """An article that was opened from a cached copy of its page (no `dwell_ms`), or left after so many milliseconds."""

    article_id: str
    dwell_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a batch: how it came, the site that it names, and whether that site lets it report reads.

    `whose` is the reader or session that it tells of, where such a sender may tell and they may be remembered;
    `page_view` the view of the page in which all of it was done.
    """

    arrival: Arrival
    site_id: str | None = None
    may_report_reads: bool = False
    whose: Whose | None = None
    page_view: str | None = None


Opened = Callable[[Sender, Sequence[int]], None]
"""Notes articles that were followed or opened, by hashes of their ids."""


class TakeBatch:
    """Takes batches of beacons."""

    def __init__(
        self,
        book: EventBook,
        key: Callable[[], bytes],
        judge: JudgeEvents,
        teasers: TeaserTally,
        note_opened: Opened,
    ) -> None:
        self._book = book
        self._key = key
        self._judge = judge
        self._teasers = teasers
        self._note_opened = note_opened

    def take(self, beacons: Sequence[Beacon | ReadBeacon], sender: Sender) -> list[str]:
        """Returns what became of each beacon, in their order: a booking's status, COUNTED, INVALID or REFUSED.

        Ads come first: on StoreUnavailable nothing else was counted, and the batch may be sent again.
        """
        events, teasers = self._by_place(beacons, sender)
        outcomes = [REFUSED] * len(beacons)
        for place, booking in zip(events, self._book.book_each([*events.values()]), strict=True):
            outcomes[place] = str(booking.status)
        for place, beacon in enumerate(beacons):
            if isinstance(beacon, ReadBeacon):
                outcomes[place] = self._read(beacon, sender)
            elif place in teasers:
                outcomes[place] = self._teaser(teasers[place], beacon, sender)
        if sender.whose is not None or sender.page_view is not None:
            counted = [place for place, outcome in enumerate(outcomes) if outcome == COUNTED]
            opened = list(_opened({place: beacons[place] for place in counted}, teasers))
            if opened:
                self._note_opened(sender, opened)
        return outcomes

    def _by_place(
        self, beacons: Sequence[Beacon | ReadBeacon], sender: Sender
    ) -> tuple[dict[int, AdEvent], dict[int, TeaserToken]]:
        """The events of ads and the tokens of teasers, each by its beacon's place."""
        events: dict[int, AdEvent] = {}
        teasers: dict[int, TeaserToken] = {}
        key = self._key()
        for place, beacon in enumerate(beacons):
            if not isinstance(beacon, Beacon):
                continue
            token = read_token(beacon.token, key)
            if isinstance(token, TeaserToken):
                teasers[place] = token
            elif token is not None:
                events[place] = self._judged(token, beacon, sender)
        return events, teasers

    def _judged(self, token: AdToken, beacon: Beacon, sender: Sender) -> AdEvent:
        foreign = sender.site_id not in (None, token.site_id)
        invalid = OTHER_SITE if foreign else self._judge.reason(token, sender.arrival, beacon.claim)
        return AdEvent(token, invalid, sender.arrival.device)

    def _teaser(self, token: TeaserToken, beacon: Beacon, sender: Sender) -> str:
        place = TeaserPlace(token.article_hash, beacon.widget, beacon.position, beacon.model, beacon.variant)
        foreign = sender.site_id not in (None, token.site_id)
        if foreign or self._judge.teaser_reason(token, beacon.act, sender.arrival, beacon.claim):
            return INVALID
        return COUNTED if self._teasers.note(token.site_id, beacon.act, place) else REFUSED

    def _read(self, beacon: ReadBeacon, sender: Sender) -> str:
        if sender.site_id is None or not sender.may_report_reads:
            return REFUSED
        if self._judge.read_reason(sender.site_id, beacon.article_id, sender.arrival):
            return INVALID
        return COUNTED if self._teasers.note_read(sender.site_id, beacon.article_id, beacon.dwell_ms) else REFUSED


def _opened(counted: Mapping[int, Beacon | ReadBeacon], teasers: Mapping[int, TeaserToken]) -> Iterator[int]:
    """Yields the hash of each article that was followed or read, of what was counted."""
    for place, beacon in counted.items():
        if isinstance(beacon, ReadBeacon):
            yield hash64(beacon.article_id)
        elif place in teasers and beacon.act is TeaserAct.CLICK:
            yield teasers[place].article_hash
