"""Writes raw events to files, site by site: each event in one file, whatever is killed meanwhile.

What a file holds is decided in the store before it is written, and the watermark moves when it is. So whoever comes
after an exporter that was killed writes the same file under the same name.
"""

from __future__ import annotations

from collections.abc import Callable

from service.domain.errors import ExportFailed
from service.domain.events.export import EventFiles, EventTable, ExportLog, ExportTurn
from service.domain.events.sums.rollup import Batch, EventStream
from service.domain.ports import SiteStore

FILE_EVENTS = 50_000
"""Events of one file at most: some 2 MB of it, and 40 MB of memory while it is made."""

SETTLED_MS = 5_000
"""How old an event is before it is exported: what a store with `everysec` loses in a power cut is younger."""


class ExportEvents:
    """One exporter of events. Each process has one, under a name of its own."""

    def __init__(
        self,
        log: ExportLog,
        stream: EventStream,
        sites: SiteStore,
        table: EventTable,
        files: EventFiles,
        exporter: str,
        every_s: float,
        settled_ms: int = SETTLED_MS,
    ) -> None:
        """An event waits `every_s` seconds for others to share its file."""
        self._log = log
        self._stream = stream
        self._sites = sites
        self._table = table
        self._files = files
        self._exporter = exporter
        self._every_ms = every_s * 1_000
        self._settled_ms = settled_ms

    def export(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Writes what is due at every site; returns how many events that were.

        Raises ExportFailed after every site had its turn: the events stay in the stream. Raises StoreUnavailable.
        """
        done, failures = 0, list[ExportFailed]()
        for site in self._sites.all():
            try:
                done += self._export_site(site.id, may_go_on)
            except ExportFailed as error:
                self._log.note_fault(site.id, str(error))
                failures.append(error)
        if failures:
            raise failures[0]
        return done

    def _export_site(self, site_id: str, may_go_on: Callable[[], bool]) -> int:
        done = 0
        while may_go_on() and (turn := self._log.begin(site_id, self._exporter)) is not None:
            batch = self._begun(site_id, turn) if turn.until else self._due(site_id, turn)
            if batch is None:
                break
            for name, content in self._table(site_id, batch).items():
                self._files.put(name, content)
            if not self._log.finish(site_id, turn.after, batch.last_id, len(batch.events)):
                break
            self._stream.trim(site_id)
            done += len(batch.events)
        return done

    def _begun(self, site_id: str, turn: ExportTurn) -> Batch | None:
        """The file that was begun, as it was decided."""
        return self._log.read(site_id, turn.after, str(turn.until), FILE_EVENTS)

    def _due(self, site_id: str, turn: ExportTurn) -> Batch | None:
        """What the next file is to hold, now decided; None where the oldest event may still wait for company."""
        settled = f"{turn.now_ms - self._settled_ms}-0"
        oldest = self._log.read(site_id, turn.after, settled, 1)
        if oldest is None or turn.now_ms - int(oldest.first_id.partition("-")[0]) < self._every_ms:
            return None
        batch = self._log.read(site_id, turn.after, settled, FILE_EVENTS)
        pinned = batch is not None and self._log.pin(site_id, turn.after, batch.last_id)
        return batch if pinned else None


class LeaveExport:
    """What a worker does that exports nothing: it takes away watermarks that no exporter moves any more."""

    def __init__(self, log: ExportLog, stream: EventStream, sites: SiteStore) -> None:
        self._log = log
        self._stream = stream
        self._sites = sites

    def export(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Returns 0: nothing is exported. Raises StoreUnavailable."""
        for site in self._sites.all():
            if may_go_on() and self._log.leave(site.id):
                self._stream.trim(site.id)
        return 0
