"""Takes impressions, views and clicks by their tokens, books each at most once, and says where a click leads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.ads.ledger import Booking, Ledger
from service.domain.errors import NotFound, StoreUnavailable
from service.domain.events.tokens import AdToken, EventKind, TeaserToken, read_token
from service.usecases.ads.inventory_snapshots import InventorySnapshots

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
        ledger: Ledger,
        key: Callable[[], bytes],
        teaser_url: TeaserUrl,
        note_click: Callable[[str, int], None],
    ) -> None:
        """`note_click` counts a followed teaser, by its site and its article's hash."""
        self._snapshots = snapshots
        self._ledger = ledger
        self._key = key
        self._teaser_url = teaser_url
        self._note_click = note_click

    def record(
        self, text: str, kind: EventKind | None = None, invalid: str | None = None, site_id: str | None = None
    ) -> Booking | None:
        """Books the event of a token and returns the outcome; None for a token that is not ours.

        `kind` is the one that the address may carry, `site_id` the site that sent it. A teaser's token is valid and
        books nothing. Raises StoreUnavailable.
        """
        token = read_token(text, self._key())
        if not isinstance(token, AdToken) or kind not in (None, token.kind):
            return None
        if site_id is not None and site_id != token.site_id:
            invalid = "other-site"
        return self._ledger.book(token, invalid)

    def follow(self, text: str, invalid: str | None = None) -> Followed:
        """Books a click and returns the stored address that it leads to.

        Raises NotFound for a token that is not a click's, or whose creative or article is gone; Gone for a legal block.
        """
        token = read_token(text, self._key())
        if isinstance(token, TeaserToken):
            url = self._teaser_url(token.site_id, token.article_hash)
            if url is None:
                raise NotFound("address", text[:16])
            if invalid is None:
                self._note_click(token.site_id, token.article_hash)
            return Followed(url)
        if token is None or token.kind is not EventKind.CLICK:
            raise NotFound("address", text[:16])
        creative = self._snapshots.current(token.site_id).creatives_by_number.get(token.creative)
        if creative is None or creative.killed:
            raise NotFound("address", text[:16])
        try:
            return Followed(creative.landing_url, self._ledger.book(token, invalid))
        except StoreUnavailable:
            return Followed(creative.landing_url)
