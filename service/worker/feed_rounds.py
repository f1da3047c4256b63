"""Polls the feeds that are due, in a few threads of the worker, until it is told to stop."""

from __future__ import annotations

import random
import threading

import structlog

from service.domain.content.feed import FeedRecord
from service.domain.errors import StoreUnavailable
from service.domain.sites.site import Site
from service.usecases.content.poll_feeds import PollFeeds
from service.usecases.rounds import about

log = structlog.get_logger(__name__)

THREADS = 4
EVERY_S = 1.0
# A fetch in progress is not waited for: its thread ends with the process, its lease by itself.
PATIENCE_S = 3.0


class FeedRounds:
    """Goes round all feeds again and again; a slow source holds up one thread, not the others."""

    def __init__(self, polling: PollFeeds, threads: int = THREADS, every_s: float = EVERY_S) -> None:
        self._polling = polling
        self._every_s = every_s
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name=f"feeds-{number}", daemon=True) for number in range(1, threads + 1)
        ]

    def start(self) -> None:
        """Begins the rounds; called once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the rounds; a look in progress stops after its batch, and one that waits for its source is left."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(PATIENCE_S / len(self._threads))

    def _run(self) -> None:
        while not self._stopping.wait(about(self._every_s)):
            try:
                self._round()
            except StoreUnavailable as error:
                log.debug("feeds wait for the store", reason=str(error))

    def _round(self) -> None:
        due = list(self._polling.due())
        random.shuffle(due)  # so that the threads do not all ask for the same lease
        for site, record in due:
            if self._stopping.is_set():
                return
            self._poll(site, record)

    def _poll(self, site: Site, record: FeedRecord) -> None:
        try:
            self._polling.poll(site, record.feed.id, lambda: not self._stopping.is_set())
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("feed failed", site=site.id, feed=record.feed.id)
            self._polling.note_failure(site, record.feed.id, "something went wrong here; the worker's log has it")
