"""The export of raw events: how far it has come, what it writes next, and where its files go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from service.domain.events.sums.rollup import Batch


@dataclass(frozen=True, slots=True)
class ExportTurn:
    """One exporter's turn at a site: entries up to `after` are in files; `now_ms` is the store's time.

    `until` is the last entry of the file that an earlier turn had begun: the same one is to be written again.
    """

    after: str
    now_ms: int
    until: str | None = None


@dataclass(frozen=True, slots=True)
class ExportState:
    """What is known of a site's export.

    `oldest_ms` is when the oldest event came that no file has, None where every event is in one. `fault` is why the
    last file could not be written, since `fault_ms`. `left_out` events are in no file, because the stream was full; the
    last were at `left_out_ms`. Times are milliseconds since 1970.
    """

    events: int = 0
    now_ms: int = 0
    oldest_ms: int | None = None
    fault: str | None = None
    fault_ms: int = 0
    left_out: int = 0
    left_out_ms: int = 0

    @property
    def lag_s(self) -> float:
        """Seconds for which the oldest event has waited that no file has."""
        return 0.0 if self.oldest_ms is None else max(self.now_ms - self.oldest_ms, 0) / 1_000

    def full_in_s(self, entries: int, most: int) -> float | None:
        """Returns seconds until a stream of so many entries has the most, if events go on coming as since the oldest.

        None where nothing waits.
        """
        return max(most - entries, 0) * self.lag_s / entries if entries and self.lag_s else None


class ExportLog(Protocol):
    """Remembers in the store how far each site's export has come; its stream keeps what comes after.

    Raises StoreUnavailable.
    """

    def begin(self, site_id: str, exporter: str) -> ExportTurn | None:
        """Returns this exporter's turn; None where another has it, or the site never had an event."""

    def read(self, site_id: str, after: str, until: str, most: int) -> Batch | None:
        """Returns the oldest entries behind `after`, until `until` at the latest; None where there are none."""

    def pin(self, site_id: str, after: str, until: str) -> bool:
        """Decides what the next file holds, before it is written; False where that was decided otherwise meanwhile."""

    def finish(self, site_id: str, after: str, until: str, events: int) -> bool:
        """Says that the file is written: the watermark moves to `until`. False where another has said so."""

    def note_fault(self, site_id: str, reason: str) -> None:
        """Keeps why no file could be written, until one is."""

    def leave(self, site_id: str) -> bool:
        """Takes the watermark away if no exporter was there for some time; what comes after need not wait for one."""

    def state(self, site_id: str) -> ExportState | None:
        """Returns what is known; None where nothing exports the site."""


class EventFiles(Protocol):
    """A folder, or a place in an object store, that takes files whole."""

    def put(self, name: str, content: bytes) -> None:
        """Writes a file under its name, with slashes, in the place of one that is there. Raises ExportFailed.

        It is seen whole or not at all.
        """


class EventTable(Protocol):
    """Turns events into files."""

    def __call__(self, site_id: str, batch: Batch) -> Mapping[str, bytes]:
        """Returns files by name, one for each day of the batch; the same ones for the same batch.

        Raises StoreUnavailable.
        """


class Exporter(Protocol):
    """Exports events. Raises ExportFailed, after every site had its turn, and StoreUnavailable."""

    def export(self, may_go_on: Callable[[], bool] = ...) -> int:
        """Writes what is due, or less when it may not go on; returns how many events that were."""
