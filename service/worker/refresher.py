"""The background thread of a process: takes up changed articles, models and inventory, and writes reads down."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

import structlog

from service.domain.errors import StandfirstError, StoreUnavailable
from service.domain.ports import Clock, ReadCounter

log = structlog.get_logger(__name__)

READS_EVERY_S = 5.0


class ReadTally:
    """Counts reads in this process until they are written down together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}

    def note(self, site_id: str, id_hash: int) -> None:
        """Counts one read of the article whose id has this hash."""
        with self._lock:
            self._counts.setdefault(site_id, Counter())[str(id_hash)] += 1

    def write_down(self, reads: ReadCounter, at: float) -> None:
        """Adds what was counted to the store; on StoreUnavailable it is counted on and tried again."""
        with self._lock:
            counts, self._counts = self._counts, {}
        while counts:
            site_id, counted = counts.popitem()
            try:
                reads.add(site_id, counted, at)
            except StoreUnavailable:
                self._put_back({site_id: counted, **counts})
                raise

    def _put_back(self, counts: Mapping[str, Counter[str]]) -> None:
        with self._lock:
            for site_id, counted in counts.items():
                self._counts.setdefault(site_id, Counter()).update(counted)


class Refresher:
    """Runs one look-around after another in a thread of its own; the page call never waits for it."""

    def __init__(self, look_around: Callable[[], None], interval_s: float, on_store_away: Callable[[], None]) -> None:
        """`look_around` takes up all changes; `on_store_away` is called after each that found the store away."""
        self._look_around = look_around
        self._interval_s = interval_s
        self._on_store_away = on_store_away
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread; does nothing if it runs."""
        if self._thread is None or not self._thread.is_alive():
            self._stopping.clear()
            self._thread = threading.Thread(target=self._run, name="refresher", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Ends the thread after its present look-around."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self.look()

    def look(self) -> None:
        """Looks around once; a fault is logged, and the next look comes all the same."""
        try:
            self._look_around()
        except StoreUnavailable as error:
            log.warning("store away", error=str(error))
            self._on_store_away()
        except StandfirstError as error:
            log.error("refresh failed", error=str(error))
        except Exception:
            # The thread must outlive any bug: without it this process would serve old articles for ever.
            log.exception("refresh failed")


def due(clock: Clock, every_s: float) -> Callable[[], bool]:
    """Returns a function that is True at its first call and then once every so many seconds."""
    last = float("-inf")

    def is_due() -> bool:
        nonlocal last
        if clock() - last < every_s:
            return False
        last = clock()
        return True

    return is_due
