"""Notes what a batch of beacons tells of articles that were followed or opened: for the reader, and to learn from."""

from __future__ import annotations

from collections.abc import Sequence

from service.usecases.engagement.remember_readers import RememberReaders
from service.usecases.engagement.shown_tally import ShownTally
from service.usecases.events.take_batch import Sender


class NoteOpened:
    """Tells both who remember readers and who learn from page views."""

    def __init__(self, remember: RememberReaders, shown: ShownTally) -> None:
        self._remember = remember
        self._shown = shown

    def note(self, sender: Sender, articles: Sequence[int]) -> None:
        """Notes articles of the sender's site, by hashes of their ids."""
        if sender.site_id is None:
            return
        if sender.whose is not None:
            self._remember.note(sender.site_id, sender.whose, articles)
        if sender.page_view is not None:
            self._shown.note_followed(sender.site_id, sender.page_view, articles)
