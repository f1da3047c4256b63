"""Remembers what readers read where they allow it, so that their next page does not show it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from service.domain.ads.reader.consent import Consent
from service.domain.ads.reader.frequency import counted_reader, windows_at
from service.domain.call.page_call import Reader
from service.domain.engagement.reader_history import NOTHING_RECALLED, Recalled, Whose, whose_reading
from service.domain.errors import StoreUnavailable
from service.domain.ports import Clock, ReaderHistories
from service.domain.sites.site import Site

log = structlog.get_logger(__name__)

EraseCounts = Callable[[str, Sequence[str]], int]
"""Forgets what frequency caps counted of a site's readers of these digests; returns how many counts there were."""


class RememberReaders:
    """Keeps what is read by readers who consented, and by sessions; while the store is away, nobody is remembered."""

    def __init__(
        self,
        histories: ReaderHistories,
        key: Callable[[], bytes],
        is_away: Callable[[], bool],
        clock: Clock,
        erase_counts: EraseCounts,
    ) -> None:
        """`key` makes the digests and may raise StoreUnavailable; `is_away` tells of the store without asking it."""
        self._histories = histories
        self._key = key
        self._is_away = is_away
        self._clock = clock
        self._erase_counts = erase_counts

    def whose(self, site_id: str, reader: Reader, consent: Consent) -> Whose | None:
        """Returns whose reading may be kept: the reader's with consent, else their session's, else nobody's."""
        reader_id = reader.id if consent.remembered else None
        if (reader_id is None and reader.session is None) or self._is_away():
            return None
        try:
            return whose_reading(site_id, reader_id, reader.session, self._clock(), self._key())
        except StoreUnavailable:
            return None

    def recall(self, site_id: str, reader: Reader, consent: Consent, article: int | None) -> Recalled:
        """Returns what the reader of a page read before, and notes the page's own article: one round trip.

        `article` is the hash of its id, None for a page of none, or one that nobody reads.
        """
        whose = self.whose(site_id, reader, consent)
        if whose is None:
            return NOTHING_RECALLED
        try:
            read = self._histories.recall(site_id, whose, article, self._clock())
        except StoreUnavailable as error:
            log.debug("a page is filled without its reader's history", reason=str(error))
            return NOTHING_RECALLED
        return Recalled(tuple(read), tells_taste=not whose.is_session)

    def note(self, site_id: str, whose: Whose, articles: Sequence[int]) -> None:
        """Notes articles that were followed or opened, by hashes of their ids."""
        try:
            self._histories.note(site_id, whose, articles, self._clock())
        except StoreUnavailable as error:
            log.debug("what a reader followed is not remembered", reason=str(error))

    def erase(self, site: Site, reader_id: str) -> int:
        """Forgets all that is kept of a reader; returns how many records there were. Raises StoreUnavailable."""
        now, secret = self._clock(), self._key()
        whose = whose_reading(site.id, reader_id, None, now, secret)
        assert whose is not None  # noqa: S101 # a reader is named
        month = windows_at(now, site.timezone)[3]
        counted = (
            counted_reader(site.id, reader_id, None, at, site.timezone, secret) for at in (now, month.starts_at - 1)
        )
        counts = self._erase_counts(site.id, [each.digest for each in counted if each is not None])
        return counts + self._histories.erase(site.id, whose)
