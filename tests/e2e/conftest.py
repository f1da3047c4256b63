"""The real `standfirst` command as a process, and ways to watch what becomes of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import PATIENT_ENVIRONMENT

COMMAND = Path(sys.executable).with_name("standfirst")
STARTS_WITHIN_S = 200  # a second or two, but for the first of an installation, which compiles
ANSWERS_WITHIN_S = 30
STOPS_WITHIN_S = 45  # twice what a worker is given to finish; a busy machine takes its time


def wait_until(true: Callable[[], Any], timeout_s: float = 40) -> Any:
    """Returns the first true answer. Raises AssertionError after the timeout, which a busy machine may come near to."""
    deadline = time.monotonic() + timeout_s
    while not (answer := true()):
        assert time.monotonic() < deadline, f"waited {timeout_s} s in vain"
        time.sleep(0.02)
    return answer


def children_of(pid: int) -> set[int]:
    """Returns the ids of the living child processes, leaving out those that only wait to be reaped."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.add(int(entry.parent.name))
    return found


@dataclass
class Served:
    """A running `standfirst serve`."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    @property
    def workers(self) -> set[int]:
        """The ids of its worker processes."""
        return children_of(self.process.pid)

    @property
    def said(self) -> list[str]:
        """The lines that it wrote to stdout so far."""
        return (self.folder / "stdout").read_text().splitlines()

    @property
    def ready_line(self) -> str:
        """The line that tells its address, empty until then; where the store is away its log comes before."""
        return next((line for line in self.said if line.startswith("Standfirst is ready at ")), "")

    @property
    def grumbled(self) -> str:
        """What it wrote to stderr so far."""
        return (self.folder / "stderr").read_text()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Returns status and body of one call on a connection of its own; JSON is read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWERS_WITHIN_S)
        with contextlib.closing(connection):
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
            is_json = "json" in (answer.getheader("Content-Type") or "")
            return answer.status, json.loads(text) if is_json else text.decode()

    def stop(self, number: int = signal.SIGTERM, timeout_s: float = STOPS_WITHIN_S) -> int:
        """Returns the exit code after the signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout_s)


Serve = Callable[..., Served]


@pytest.fixture(scope="session", name="wait_until")
def waiting() -> Callable[..., Any]:
    """Waits for a condition: `wait_until(lambda: ...)` returns its first true answer, or fails."""
    return wait_until


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """The environment of a fresh shell: no settings of ours but the patience that a busy machine needs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("STANDFIRST_", "PROMETHEUS_"))}
    return own | PATIENT_ENVIRONMENT


@pytest.fixture(scope="module")
def command(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `standfirst WORDS...` in a folder to its end."""

    def run(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *words], cwd=folder, env={**environment, **settings}, capture_output=True, text=True, timeout=100
        )

    return run


@pytest.fixture(scope="module")
def serve(store_server: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts `standfirst serve` in an empty folder, or in a given one, on a free port; ends all after the module.

    `program` is the command of another installation; what `is_awaited` has told its address.
    """
    started: list[subprocess.Popen[bytes]] = []

    def start(
        *words: str, folder: Path | None = None, program: Path = COMMAND, is_awaited: bool = True, **settings: str
    ) -> Served:
        folder = folder or tmp_path_factory.mktemp("served")
        with (folder / "stdout").open("wb") as out, (folder / "stderr").open("wb") as err:
            process = subprocess.Popen(
                [program, "serve", "--port", "0", *words],
                cwd=folder,
                env={**environment, **settings},
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        started.append(process)
        served = Served(process, folder, 0)
        if not is_awaited:
            return served
        wait_until(lambda: served.ready_line or process.poll() is not None, STARTS_WITHIN_S)
        assert process.poll() is None, served.grumbled
        served.port = int(served.ready_line.rpartition(":")[2])
        return served

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
    for process in started:
        process.wait(STOPS_WITHIN_S)


@pytest.fixture(scope="module")
def running(serve: Serve) -> Served:
    """One server that the tests of a module share."""
    return serve()


@pytest.fixture(scope="module")
def admin(running: Served, command: Callable[..., subprocess.CompletedProcess[str]]) -> dict[str, str]:
    """The header of a token made on the command line, for every site."""
    made = command(running.folder, "tokens", "create", "--all-sites", "--scope", "admin", "--json")
    assert made.returncode == 0, made.stderr
    return {"Authorization": f"Bearer {json.loads(made.stdout)['token']}"}
