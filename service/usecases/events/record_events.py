"""Takes impressions, views and clicks by their tokens, books each at most once, and says where a click leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.ads.third_party import followed_url
from service.domain.errors import NotFound, StoreUnavailable
from service.domain.events.booking import Booking, EventBook
from service.domain.events.tokens import AdToken, EventKind, TeaserToken, read_token
from service.domain.events.validity.rules import Arrival
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from service.usecases.events.judge_events import JudgeEvents

TeaserUrl = Callable[[str, int], str | None]
"""Returns the address of the article of a site that has this hash, or None. Raises Gone."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Where a click leads, and its booking; no booking for a teaser, or while the store is away."""

    landing_url: str
    booking: Booking | None = None


class RecordEvents:
    """Books events in the ledger; a click reaches its stored address even while the store is away."""

    def __init__(
        self,
        snapshots: InventorySnapshots,
        book: EventBook,
        key: Callable[[], bytes],
        teaser_url: TeaserUrl,
        note_click: Callable[[str, int], None],
        judge: JudgeEvents,
    ) -> None:
        """`note_click` counts a followed teaser, by its site and its article's hash."""
        self._snapshots = snapshots
        self._book = book
        self._key = key
        self._teaser_url = teaser_url
        self._note_click = note_click
        self._judge = judge

    def record(self, text: str, kind: EventKind, arrival: Arrival) -> Booking | None:
        """Books the event of a token and returns the outcome; None for a token that is not ours, or of another kind.

        Raises StoreUnavailable.
        """
        token = read_token(text, self._key())
        if not isinstance(token, AdToken) or token.kind is not kind:
            return None
        return self._book.book(token, self._judge.reason(token, arrival), arrival.device)

    def follow(self, text: str, arrival: Arrival) -> Followed:
        """Books a click and returns the stored address that it leads to.

        Raises NotFound for a token that is not a click's, or whose creative or article is gone; Gone for a legal block.
        """
        token = read_token(text, self._key())
        if isinstance(token, TeaserToken):
            url = self._teaser_url(token.site_id, token.article_hash)
            if url is None:
                raise NotFound("address", text[:16])
            if self._judge.link_reason(token, arrival) is None:
                self._note_click(token.site_id, token.article_hash)
            return Followed(url)
        if token is None or token.kind is not EventKind.CLICK:
            raise NotFound("address", text[:16])
        creative = self._snapshots.current(token.site_id).creatives_by_number.get(token.creative)
        if creative is None or creative.killed:
            raise NotFound("address", text[:16])
        cachebuster = f"{token.epoch}-{token.minute}-{token.serial}"
        leads_to = followed_url(creative, cachebuster, third_parties=token.third_parties)
        try:
            booking = self._book.book(token, self._judge.reason(token, arrival), arrival.device)
            return Followed(leads_to, booking)
        except StoreUnavailable:
            return Followed(leads_to)
