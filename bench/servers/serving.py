"""Starts a server of ours for a benchmark, and ends it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

POLL_S = 0.005


class Server(NamedTuple):
    """A server that answers: its address, and the process that was started for it."""

    url: str
    pid: int


@contextmanager
def serving(folder: Path, module: str, arguments: list[str]) -> Iterator[Server]:
    """Yields a server as soon as it says that it is ready; its log goes to a file of the folder."""
    log = folder / f"{module}.log"
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=output, stderr=output)
    try:
        while " ready at " not in (text := log.read_text(errors="replace")):
            if process.poll() is not None:
                raise RuntimeError(f"{module} did not start: {text}")
            time.sleep(POLL_S)
        yield Server(text.split(" ready at ")[1].split()[0], process.pid)
    finally:
        process.terminate()
        process.wait()
