"""The demonstration's processes: started together, ended together, and none left behind."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

STOP_TIMEOUT_S = 15.0
POLL_S = 0.02


class ProcessEnded(RuntimeError):
    """A process that should run has ended; the text says which, and shows the end of its log."""


class ChildProcesses:
    """Processes of this program's own commands, each with a log of its own in one folder."""

    def __init__(self, log_folder: Path, environment: Mapping[str, str]) -> None:
        self._log_folder = log_folder
        self._environment = environment
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        log_folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, module: str, arguments: Sequence[str], **environment: str) -> None:
        """Starts `python -m module arguments` under this name."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait_for_line(self, name: str, words: str, timeout_s: float) -> str:
        """Returns the rest of the line of the process's log that holds these words. Raises ProcessEnded."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.check()
            for line in self._log(name).read_text("utf-8", "replace").splitlines(keepends=True):
                if words in line and line.endswith("\n"):
                    return line.split(words, 1)[1].strip()
            time.sleep(POLL_S)
        raise ProcessEnded(f"{name} did not start within {timeout_s:.0f} seconds.\n{self._tail(name)}")

    def check(self) -> None:
        """Raises ProcessEnded if any of the processes is gone."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessEnded(f"{name} ended with code {process.returncode}.\n{self._tail(name)}")

    def stop(self) -> None:
        """Ends all processes, the last started first, and waits until they are gone."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in self._running.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._log_folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        return "\n".join(self._log(name).read_text("utf-8", "replace").splitlines()[-15:])
