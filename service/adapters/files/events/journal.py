"""The host's journal of events: each process writes segments of its own, and one at a time drains them."""

from __future__ import annotations

import fcntl
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from service.adapters.files import durable
from service.adapters.files.events.journal_records import Damage, pack_record, read_records
from service.adapters.files.file_lock import try_lock
from service.domain.errors import JournalFull
from service.domain.events.booking import AdEvent
from service.domain.events.journal import BookEach, JournalState

SEGMENT_BYTES = 4_000_000
BATCH = 200
"""Records booked in one round trip: some 20 ms of the store's time."""

OPEN, SEALED, ASIDE = ".open", ".log", ".aside"
DRAIN_LOCK = ".drain"
# A folder's time of change may be as coarse as a tick of the kernel's clock: a younger one proves nothing.
SETTLED_NS = 100_000_000


@dataclass
class _Group:
    """Events that are synced together; `lack` says why they were not."""

    events: list[AdEvent] = field(default_factory=list)
    written: bool = False
    lack: str = ""


@dataclass
class _Segment:
    """The file that this process writes. It holds its lock, so that others know that it is alive."""

    path: Path
    descriptor: int
    size: int = 0
    count: int = 0


class FileJournal:
    """A Journal in a folder, for all processes of one host. Nothing is opened before there is something to keep."""

    def __init__(
        self, folder: Path, limit_bytes: int, *, segment_bytes: int = SEGMENT_BYTES,
        sync: Callable[[int], None] = os.fsync,
    ) -> None:  # fmt: skip
        self._folder = folder
        self._limit_bytes = limit_bytes
        self._segment_bytes = segment_bytes
        self._sync = sync
        self._joining = threading.Lock()
        self._writing = threading.Lock()
        self._group = _Group()
        self._segment: _Segment | None = None
        self._looked_at: tuple[int, bool] | None = None

    def append(self, events: Sequence[AdEvent]) -> None:
        """Returns once the events are synced: whoever comes while one sync runs shares the next. Raises JournalFull."""
        with self._joining:
            group = self._group
            group.events += events
        with self._writing:
            if not group.written:
                with self._joining:
                    self._group = _Group()
                self._commit(group)
        if group.lack:
            raise JournalFull(group.lack)

    def is_empty(self) -> bool:
        """Returns whether no process of this host has events waiting; the folder is read only when it has changed."""
        try:
            changed_at = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return True
        if self._looked_at is None or self._looked_at[0] != changed_at:
            empty = not any(True for _ in self._waiting())
            settled = time.time_ns() - changed_at > SETTLED_NS
            self._looked_at = (changed_at, empty) if settled else None
            return empty
        return self._looked_at[1]

    def drain(self, book_each: BookEach) -> int:
        """Books what waits, the oldest segment first, and removes what was taken. Raises StoreUnavailable."""
        self._seal()
        with self._sole_drainer() as is_sole:
            if not is_sole:
                return 0
            return sum(self._drain_segment(path, book_each) for path in sorted(self._sealed()))

    def state(self) -> JournalState:
        """Returns what the journal holds."""
        aside = sorted(path.name for path in self._folder.glob(f"*{ASIDE}")) if self._folder.exists() else []
        return JournalState(self._waiting_bytes(), self._limit_bytes, tuple(aside))

    def _commit(self, group: _Group) -> None:
        try:
            self._write(group.events)
        except OSError as error:
            group.lack = f"The store is away and the journal cannot be written: {error.strerror}."
        except JournalFull as error:
            group.lack = str(error)
        group.written = True

    def _write(self, events: Sequence[AdEvent]) -> None:
        segment = self._writable()
        raw = b"".join(pack_record(event, segment.count + place) for place, event in enumerate(events, 1))
        if self._waiting_bytes() + len(raw) > self._limit_bytes:
            raise JournalFull("The store is away and the journal is full.")
        try:
            view = memoryview(raw)
            while view:
                view = view[os.write(segment.descriptor, view) :]
            self._sync(segment.descriptor)
        except OSError:
            # What was written of it must not be read as told: the next record follows the last that was.
            os.ftruncate(segment.descriptor, segment.size)
            raise
        segment.size += len(raw)
        segment.count += len(events)

    def _writable(self) -> _Segment:
        if self._segment is not None and self._segment.size >= self._segment_bytes:
            self._seal_own()
        if self._segment is None:
            self._segment = self._new_segment()
        return self._segment

    def _new_segment(self) -> _Segment:
        self._folder.mkdir(parents=True, exist_ok=True)
        while True:
            path = self._folder / f"{time.time_ns()}-{secrets.token_hex(4)}{OPEN}"
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Before it was locked, a drainer may have taken it for one that was left behind.
            if path.exists():
                durable.sync(self._folder)
                return _Segment(path, descriptor)
            os.close(descriptor)

    def _seal(self) -> None:
        with self._writing:
            if self._segment is not None:
                self._seal_own()

    def _seal_own(self) -> None:
        """Gives this process's segment to whoever drains."""
        segment, self._segment = self._segment, None
        assert segment is not None  # noqa: S101 # both callers have looked
        segment.path.rename(segment.path.with_suffix(SEALED))
        os.close(segment.descriptor)

    def _sealed(self) -> Iterator[Path]:
        """Segments that nobody writes any more: those given up, and those of processes that are gone."""
        yield from self._folder.glob(f"*{SEALED}")
        for path in self._folder.glob(f"*{OPEN}"):
            with suppress(FileNotFoundError), path.open("rb") as file:
                if not try_lock(file):
                    continue
                sealed = path.with_suffix(SEALED)
                path.rename(sealed)
                yield sealed

    def _drain_segment(self, path: Path, book_each: BookEach) -> int:
        found = list(read_records(path.read_bytes(), path.stem))
        events = [one for one in found if isinstance(one, AdEvent)]
        for first in range(0, len(events), BATCH):
            book_each(events[first : first + BATCH])
        damaged = b"".join(one.raw for one in found if isinstance(one, Damage))
        if damaged:
            self._set_aside(path, damaged)
        path.unlink()
        durable.sync(self._folder)
        return len(events)

    def _set_aside(self, path: Path, damaged: bytes) -> None:
        with path.with_suffix(ASIDE).open("wb") as file:
            file.write(damaged)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _sole_drainer(self) -> Iterator[bool]:
        """Yields whether this process is the one that drains now."""
        if not self._folder.exists():
            yield False
            return
        with (self._folder / DRAIN_LOCK).open("wb") as file:
            yield try_lock(file)

    def _waiting(self) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name.endswith((OPEN, SEALED)):
                    yield entry

    def _waiting_bytes(self) -> int:
        size = 0
        if self._folder.exists():
            for entry in self._waiting():
                with suppress(FileNotFoundError):  # drained meanwhile
                    size += entry.stat().st_size
        return size
