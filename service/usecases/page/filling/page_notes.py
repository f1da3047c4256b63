"""What is noted of a page call that counts: the article that was read, those that were offered, and how they stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from service.domain.engagement.shown_pages import ShownTeaser
from service.usecases.engagement.count_engagement import Offers
from service.usecases.page.filling.decisions import DecidedWidgets


@dataclass(frozen=True, slots=True)
class PageNotes:
    """Who takes the notes: `read` and `offered` count, `shown` logs a page view, and is None where none is logged."""

    read: Callable[[str, int], None]
    offered: Callable[[str, Offers], None]
    shown: Callable[[str, str, tuple[ShownTeaser, ...]], None] | None = None

    def note(self, site_id: str, page_view: str, known_hash: int | None, decided: DecidedWidgets) -> None:
        """Notes one page; `known_hash` is of its article's id, None where that is not known here."""
        if known_hash is not None:
            self.read(site_id, known_hash)
        if decided.offered:
            self.offered(site_id, decided.offered)
        if self.shown is not None:
            self.shown(site_id, page_view, decided.shown)
