"""Exports events in a thread of the worker, more seldom while the target takes none, until it is told to stop."""

from __future__ import annotations

import threading

import structlog

from service.domain.errors import ExportFailed, StoreUnavailable
from service.domain.events.export import Exporter

log = structlog.get_logger(__name__)

EVERY_S = 2.0
MOST_PAUSE_S = 300.0
"""A target that takes nothing is tried at least so often."""


class ExportRounds:
    """Goes round the sites again and again."""

    def __init__(self, exporter: Exporter, every_s: float = EVERY_S, most_pause_s: float = MOST_PAUSE_S) -> None:
        self._exporter = exporter
        self._every_s = every_s
        self._most_pause_s = most_pause_s
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="export", daemon=True)

    def start(self) -> None:
        """Begins the rounds; called once."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the rounds after the file in progress."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        pause_s = self._every_s
        while not self._stopping.wait(pause_s):
            pause_s = self._every_s if self._round() else min(2 * pause_s, self._most_pause_s)

    def _round(self) -> bool:
        """Whether the target took what was due."""
        try:
            self._exporter.export(lambda: not self._stopping.is_set())
        except StoreUnavailable as error:
            log.debug("the export waits for the store", reason=str(error))
        except ExportFailed as error:
            log.error("events are not exported", reason=str(error))
            return False
        except Exception:
            log.exception("the export failed")
            return False
        return True
