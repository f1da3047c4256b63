"""What every place for files of events promises: a folder, and an object store on a real server of its protocol."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from service.adapters.files.events.event_files import open_event_files
from service.adapters.files.events.event_parquet import EventParquet
from service.domain.ads.inventory import Kind
from service.domain.errors import ExportFailed, InvalidInput
from service.domain.events.booking import EventStatus
from service.domain.events.export import EventFiles
from service.domain.events.recorded import RecordedEvent
from service.domain.events.sums.rollup import Batch
from service.domain.events.tokens import EventKind
from service.domain.events.validity.agents import Device
from tests.conftest import ENDING_WITH_US, skip_or_fail
from tests.ports import free_port

KEY, SECRET = "a-key", "a-secret-that-tests-share"


class Place(NamedTuple):
    """Where files go: its address, and the folder in which they then stand on this host."""

    url: str
    folder: Path


@pytest.fixture(scope="module")
def object_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a real S3 server, and the folder of its one bucket, `b`."""
    program = Path(sys.executable).with_name("rclone")
    if not program.exists():
        skip_or_fail("s3", "no rclone was found, which serves the protocol of S3")
    buckets = tmp_path_factory.mktemp("buckets")
    (buckets / "b").mkdir()
    address = f"127.0.0.1:{free_port()}"
    words = [program, "serve", "s3", buckets, "--addr", address, "--auth-key", f"{KEY},{SECRET}", "--config", ""]
    with (buckets.parent / "s3-log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-c", ENDING_WITH_US, *words], stdout=log, stderr=log)
    _wait_for(address)
    yield f"http://{address}", buckets / "b"
    process.kill()
    process.wait()


def _wait_for(address: str) -> None:
    host, _, port = address.partition(":")
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, int(port)), 1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, "the S3 server did not start"
            time.sleep(0.05)


@pytest.fixture
def prefix(object_server: tuple[str, Path], monkeypatch: pytest.MonkeyPatch) -> Place:
    """A place in the server's bucket of this test alone; the environment names the server, as its clients expect it."""
    endpoint, bucket = object_server
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    name = f"raw/{os.urandom(4).hex()}"
    return Place(f"s3://b/{name}", bucket / name)


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Each kind of place in turn, empty."""
    if request.param == "folder":
        return Place(str(tmp_path / "out"), tmp_path / "out")
    found: Place = request.getfixturevalue("prefix")
    return found


@pytest.fixture
def files(place: Place) -> EventFiles:
    return open_event_files(place.url)


def wait_until_there(path: Path, content: bytes) -> None:
    """The server may write an object a moment after it has answered."""
    deadline = time.monotonic() + 30
    while not path.exists() or path.read_bytes() != content:
        assert time.monotonic() < deadline, f"{path} does not hold what was put there"
        time.sleep(0.02)


def test_a_file_stands_whole_under_its_name(files: EventFiles, place: Place) -> None:
    files.put("site=s/day=2026-11-25/1-0_2-0.parquet", b"x" * 100_000)
    wait_until_there(place.folder / "site=s" / "day=2026-11-25" / "1-0_2-0.parquet", b"x" * 100_000)


def test_a_file_that_is_put_again_takes_the_place_of_the_first(files: EventFiles, place: Place) -> None:
    for content in (b"first", b"second"):
        files.put("site=s/day=2026-11-25/1-0_2-0.parquet", content)
    wait_until_there(place.folder / "site=s" / "day=2026-11-25" / "1-0_2-0.parquet", b"second")
    assert len([path for path in place.folder.rglob("*") if path.is_file()]) == 1


class Numbered:
    """Calls each entity by its number."""

    def of(self, _: str, numbers: Mapping[Kind, Set[int]]) -> Mapping[tuple[Kind, int], str]:
        return {(kind, number): f"{kind}-{number}" for kind, some in numbers.items() for number in some}

    def currencies(self, _: str, advertisers: Set[str]) -> Mapping[str, str]:
        return dict.fromkeys(advertisers, "EUR")


def batch(events: int) -> Batch:
    """Events of one day."""
    first = RecordedEvent(
        "0-0", 1_795_600_000, EventKind.IMPRESSION, False, EventStatus.BILLED, "", 2_000, 1, 1, 1, 1, 1, 9, 9, 0,
        Device.MOBILE, "FR", "world",
    )  # fmt: skip
    made = [first._replace(id=f"{n}-0", at=first.at + n, kind=EventKind(n % 3), serial=n) for n in range(events)]
    return Batch("0-0", f"{events - 1}-0", events, made)


def test_what_was_written_reads_back_as_a_table(files: EventFiles, place: Place) -> None:
    for name, content in EventParquet(Numbered())("s", batch(1_000)).items():
        files.put(name, content)
        wait_until_there(place.folder / name, content)
    table = duckdb.read_parquet(f"{place.folder}/*/*/*.parquet", hive_partitioning=True)
    found = table.aggregate("day, kind, count(*), sum(spend_micros)").order("kind").fetchall()
    assert [(str(day), *rest) for day, *rest in found] == [
        ("2026-11-25", "click", 333, 666_000),
        ("2026-11-25", "impression", 334, 668_000),
        ("2026-11-25", "view", 333, 666_000),
    ]


def test_the_same_batch_is_the_same_bytes() -> None:
    assert EventParquet(Numbered())("s", batch(100)) == EventParquet(Numbered())("s", batch(100))


def test_a_place_that_refuses_says_why(prefix: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(ExportFailed, match=rf"{prefix.url}/x\.parquet cannot be written: .*"):
        open_event_files(prefix.url).put("x.parquet", b"x")
    (tmp_path / "out").write_text("no folder")
    with pytest.raises(ExportFailed, match="cannot be written"):
        open_event_files(str(tmp_path / "out")).put("x.parquet", b"x")


def test_a_server_that_is_away_is_told_as_such(prefix: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(ExportFailed, match="cannot be written"):
        open_event_files(prefix.url).put("x.parquet", b"x")


class FaultyServer:
    """An object store that fails its first connections, each in its own way, and then takes what is put there."""

    def __init__(self, faults: Sequence[bytes | None]) -> None:
        """A fault is all that is sent before the server hangs; None closes the connection without a word."""
        self._faults = iter(faults)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self.url = "http://127.0.0.1:{1}".format(*self._socket.getsockname())
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                connection.recv(65_536)
                fault = next(self._faults, TAKEN)
                if fault is None:
                    connection.close()
                else:
                    self._held.append(connection)
                    connection.sendall(fault)

    def close(self) -> None:
        """Ends it, and whoever still hangs on it."""
        for one in (self._socket, *self._held):
            one.close()


TAKEN = b'HTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 0\r\n\r\n'


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (b"", "did not answer within 0.3 seconds"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "did not answer within 0.3 seconds"),
        (b"HTTP/1.1 500 Broken\r\nContent-Length: 90\r\n\r\n<Error>", "did not answer within 0.3 seconds"),
        (None, "error sending request"),
    ],
    ids=["no word", "half a head", "half a body", "closed"],
)
def test_a_server_that_hangs_is_given_up_and_gets_the_file_when_it_answers(
    monkeypatch: pytest.MonkeyPatch, fault: bytes | None, told: str
) -> None:
    """A file is sent twice before it is given up."""
    server = FaultyServer([fault, fault])
    reached = {"ENDPOINT_URL": server.url, "ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "REGION": "r"}
    for name, value in reached.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    hasty, patient = open_event_files("s3://b/raw", 0.3), open_event_files("s3://b/raw", 60)
    with pytest.raises(ExportFailed, match=rf"s3://b/raw/x\.parquet cannot be written: .*{told}"):
        hasty.put("x.parquet", b"x")
    patient.put("x.parquet", b"x")
    server.close()


def test_an_address_of_another_kind_is_refused() -> None:
    with pytest.raises(InvalidInput, match="'ftp' is none of s3, gs, abfs"):
        open_event_files("ftp://host/events")
