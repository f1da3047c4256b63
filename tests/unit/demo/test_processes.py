"""The demonstration's processes: whichever of them ends is named, and none of the others is left."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.demo.processes import ChildProcesses, ProcessEnded

NAMES = ("service", "worker", "renderer")


@pytest.fixture
def children(tmp_path: Path) -> Iterator[ChildProcesses]:
    """Three programs that run until they are ended, and a stop that nobody asks for."""
    found = ChildProcesses(tmp_path / "logs", os.environ, threading.Event().wait)
    for name in NAMES:
        found.start(name, "http.server", ["--bind", "127.0.0.1", "--directory", name, "0"], PYTHONUNBUFFERED="1")
        found.wait_for_line(name, "Serving HTTP on", 100)
    yield found
    found.stop()


def running() -> dict[str, int]:
    """The ids of the programs by their names."""
    found = {}
    for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "http.server" in words:
            found[words[words.index("--directory") + 1]] = int(pid)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_whichever_ends_is_named_and_the_rest_is_ended(children: ChildProcesses, name: str) -> None:
    assert set(running()) == set(NAMES)
    os.kill(running()[name], signal.SIGKILL)

    with pytest.raises(ProcessEnded, match=f"{name} was ended by SIGKILL"):
        children.watch()

    children.stop()
    assert running() == {}
