"""The worker's rounds of the export outlive any fault, and leave a target that takes nothing in peace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from service.domain.errors import ExportFailed, StoreUnavailable
from service.worker import export_rounds
from service.worker.export_rounds import EVERY_S, MOST_PAUSE_S, ExportRounds, next_pause_s


def test_a_target_that_takes_nothing_is_tried_more_and_more_seldom_but_never_given_up() -> None:
    pauses, pause_s = [], EVERY_S
    for _ in range(12):
        pause_s = next_pause_s(pause_s, taken=False)
        pauses.append(pause_s)
    assert pauses[:3] == [4, 8, 16]
    assert pauses[-1] == MOST_PAUSE_S
    assert next_pause_s(pause_s, taken=True) == EVERY_S


class Failing:
    """An exporter that fails in every way in turn."""

    def __init__(self, faults: list[Exception]) -> None:
        self._faults: Iterator[Exception] = iter(faults)
        self.outlived = threading.Event()

    def export(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Raises the next fault; returns when there is none left."""
        assert may_go_on()
        for fault in self._faults:
            raise fault
        self.outlived.set()
        return 0


def test_rounds_go_on_after_any_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_rounds, "EVERY_S", 0.001)
    exporter = Failing([StoreUnavailable("away"), ExportFailed("full"), ValueError("a bug")])
    rounds = ExportRounds(exporter)
    rounds.start()
    assert exporter.outlived.wait(20)
    rounds.stop()
