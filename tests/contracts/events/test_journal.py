"""The host's journal: what was told is on disk and is drained once, whatever is cut off, damaged, full or killed."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.adapters.files.events.journal import FileJournal
from service.adapters.files.events.journal_records import Damage, pack_record, read_records
from service.domain.errors import JournalFull, StoreUnavailable
from service.domain.events.booking import AdEvent, Booking, EventStatus
from service.domain.events.tokens import AdToken, EventKind
from service.domain.events.validity.agents import Device

LIMIT = 100_000


def event(serial: int, site: str = "courier", reason: str | None = None) -> AdEvent:
    """An event as it goes into a journal."""
    token = AdToken(EventKind.VIEW, site, 1, 29_000_000, serial, 5, 6, 7, country="FR", section="politics")
    return AdEvent(token, reason, Device.TABLET, received_at=1_790_000_000)


class Taken:
    """Stands where the ledger books; may refuse to go on after so many."""

    def __init__(self, gives_up_after: int | None = None) -> None:
        self.events: list[AdEvent] = []
        self.gives_up_after = gives_up_after

    def __call__(self, events: Sequence[AdEvent]) -> list[Booking]:
        if self.gives_up_after is not None and len(self.events) >= self.gives_up_after:
            raise StoreUnavailable("gone again")
        self.events += events
        return [Booking(EventStatus.COUNTED)] * len(events)

    @property
    def serials(self) -> list[int]:
        """Which events were taken, in their order."""
        return [one.token.serial for one in self.events]


@pytest.fixture
def journal(tmp_path: Path) -> FileJournal:
    return FileJournal(tmp_path / "journal", LIMIT)


def segments(tmp_path: Path) -> list[Path]:
    """The journal's segments, the oldest first."""
    return sorted(path for path in (tmp_path / "journal").iterdir() if path.suffix in (".open", ".log"))


def test_what_was_appended_is_drained_in_its_order_with_all_that_was_known(journal: FileJournal) -> None:
    journal.append([event(1), event(2, reason="bot")])
    journal.append([event(3, site="herald")])
    taken = Taken()
    assert journal.drain(taken) == 3
    assert taken.serials == [1, 2, 3]
    assert [(one.invalid, one.device, one.received_at) for one in taken.events[:2]] == [
        (None, Device.TABLET, 1_790_000_000), ("bot", Device.TABLET, 1_790_000_000),
    ]  # fmt: skip
    assert taken.events[0].token == event(1).token
    records = [one.record for one in taken.events]
    assert [(record.number, record.after) for record in records if record] == [(1, 0), (2, 1), (3, 0)]


def test_a_journal_is_empty_before_the_first_event_and_after_the_drain(journal: FileJournal) -> None:
    assert journal.is_empty()
    journal.append([event(1)])
    assert not journal.is_empty()
    journal.drain(Taken())
    assert journal.is_empty()
    assert journal.state().waiting_bytes == 0


def test_every_process_of_the_host_sees_that_events_wait(journal: FileJournal, tmp_path: Path) -> None:
    other = FileJournal(tmp_path / "journal", LIMIT)
    assert other.is_empty()
    journal.append([event(1)])
    assert not other.is_empty()


def test_a_segment_that_a_living_process_writes_is_left_to_it(journal: FileJournal, tmp_path: Path) -> None:
    other, taken = FileJournal(tmp_path / "journal", LIMIT), Taken()
    journal.append([event(1)])
    assert other.drain(taken) == 0
    journal.append([event(2)])
    assert journal.drain(taken) == 2
    assert taken.serials == [1, 2]


def test_one_process_drains_at_a_time(journal: FileJournal, tmp_path: Path) -> None:
    other = FileJournal(tmp_path / "journal", LIMIT)
    journal.append([event(1)])
    found: list[int] = []

    def book_while_another_tries(events: Sequence[AdEvent]) -> list[Booking]:
        found.append(other.drain(Taken()))
        return Taken()(events)

    assert journal.drain(book_while_another_tries) == 1
    assert found == [0]


def test_a_drain_that_is_cut_off_begins_its_segment_again(journal: FileJournal) -> None:
    """The records' numbers are what lets the ledger take none twice."""
    journal.append([event(n) for n in range(1, 301)])
    first, second = Taken(gives_up_after=200), Taken()
    with pytest.raises(StoreUnavailable):
        journal.drain(first)
    assert not journal.is_empty()
    assert journal.drain(second) == 300
    assert [one.record for one in second.events[:200]] == [one.record for one in first.events]


@given(st.integers(0, 400))
def test_a_write_that_was_cut_off_anywhere_costs_only_itself(cut: int) -> None:
    whole = [pack_record(event(n), n) for n in (1, 2)]
    torn = pack_record(event(3), 3)[:-1][:cut]
    found = list(read_records(b"".join(whole) + torn, "a"))
    assert [one.token.serial for one in found if isinstance(one, AdEvent)] == [1, 2]
    assert not [one for one in found if isinstance(one, Damage)]


@given(st.data())
def test_a_byte_that_is_altered_costs_one_record_at_most_and_none_is_invented(data: st.DataObject) -> None:
    packed = [pack_record(event(n), n) for n in range(1, 6)]
    raw = bytearray(b"".join(packed))
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    found = [one for one in read_records(bytes(raw), "a") if isinstance(one, AdEvent)]
    assert len(found) >= 4
    assert all(one.token == event(one.token.serial).token for one in found)


def test_damage_between_records_is_set_aside_and_told(journal: FileJournal, tmp_path: Path) -> None:
    journal.append([event(1), event(2), event(3)])
    (segment,) = segments(tmp_path)
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    segment.write_bytes(raw)
    taken = Taken()
    journal.drain(taken)
    assert taken.serials == [1, 3]
    assert [record.after for one in taken.events if (record := one.record)] == [0, 1]
    (aside,) = journal.state().set_aside
    assert (tmp_path / "journal" / aside).stat().st_size == len(raw) // 3
    assert journal.is_empty()


def test_a_full_journal_takes_nothing_until_it_is_drained(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "journal", 1_000)
    journal.append([event(n) for n in range(15)])
    with pytest.raises(JournalFull, match="full"):
        journal.append([event(n) for n in range(15)])
    assert journal.state().waiting_bytes <= 1_000
    assert journal.drain(Taken()) == 15
    journal.append([event(1)])


def test_processes_share_one_limit(tmp_path: Path) -> None:
    one, other = (FileJournal(tmp_path / "journal", 1_000) for _ in range(2))
    one.append([event(n) for n in range(15)])
    with pytest.raises(JournalFull):
        other.append([event(n) for n in range(15)])


def test_segments_are_bounded_and_drained_the_oldest_first(tmp_path: Path) -> None:
    journal = FileJournal(tmp_path / "journal", LIMIT, segment_bytes=150)
    for n in range(12):
        journal.append([event(n)])
    assert len(segments(tmp_path)) >= 3
    taken = Taken()
    assert journal.drain(taken) == 12
    assert taken.serials == list(range(12))


def failing(number: int) -> Callable[[int], None]:
    """A sync that fails as a full or broken disk does."""

    def sync(_: int) -> None:
        raise OSError(number, os.strerror(number))

    return sync


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_what_cannot_be_synced_is_refused_and_never_drained(tmp_path: Path, number: int) -> None:
    journal = FileJournal(tmp_path / "journal", LIMIT, sync=failing(number))
    with pytest.raises(JournalFull, match=os.strerror(number)):
        journal.append([event(1)])
    assert journal.drain(Taken()) == 0


WRITER = """
import sys
from pathlib import Path
from service.adapters.files.events.journal import FileJournal
from service.domain.events.booking import AdEvent
from service.domain.events.tokens import AdToken, EventKind
journal = FileJournal(Path(sys.argv[1]), 10_000_000)
n = 0
while True:
    n += 1
    journal.append([AdEvent(AdToken(EventKind.VIEW, "courier", 1, 29_000_000, n, 5, 6, 7), received_at=1)])
    print(n, flush=True)
"""


def test_what_a_killed_process_had_told_is_drained_by_another(journal: FileJournal, tmp_path: Path) -> None:
    """One event may be on disk that was not told yet; none is told that is not on disk."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "journal")], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        for _ in range(50):
            writer.stdout.readline()
        writer.kill()
        told = 50 + sum(1 for line in writer.stdout if line.endswith("\n"))
    taken = Taken()
    assert told <= journal.drain(taken) <= told + 1
    assert taken.serials == list(range(1, len(taken.serials) + 1))
