"""Exports events in a thread of the worker, more seldom while the target takes none, until it is told to stop."""

from __future__ import annotations

import structlog

from service.domain.errors import ExportFailed, StoreUnavailable
from service.domain.events.export import Exporter
from service.usecases.rounds import Rounds

log = structlog.get_logger(__name__)

EVERY_S = 2.0
MOST_PAUSE_S = 300.0
"""A target that takes nothing is tried at least so often."""


class ExportRounds(Rounds):
    """Goes round the sites again and again."""

    def __init__(self, exporter: Exporter) -> None:
        super().__init__("export", EVERY_S)
        self._exporter = exporter
        self._pause_s = EVERY_S

    def turn(self) -> float:
        """Exports what is due; returns seconds until the next turn."""
        self._pause_s = next_pause_s(self._pause_s, taken=self._round())
        return self._pause_s

    def _round(self) -> bool:
        """Whether the target took what was due."""
        try:
            self._exporter.export(self.may_go_on)
        except StoreUnavailable as error:
            log.debug("the export waits for the store", reason=str(error))
        except ExportFailed as error:
            log.error("events are not exported", reason=str(error))
            return False
        except Exception:
            log.exception("the export failed")
            return False
        return True


def next_pause_s(pause_s: float, *, taken: bool) -> float:
    """Returns seconds until the next round: EVERY_S while the target takes what is due, else twice the last pause."""
    return EVERY_S if taken else min(2 * pause_s, MOST_PAUSE_S)
