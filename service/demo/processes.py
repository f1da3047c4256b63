"""The demonstration's processes: started together, ended together, and none left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

STOP_TIMEOUT_S = 8.0
POLL_S = 0.02
WATCH_S = 0.25
TAIL_LINES = 15
PR_SET_PDEATHSIG = 1

ToldToStop = Callable[[float], bool]
"""Waits that many seconds for being told to stop; True as soon as that was so."""


class ProcessEnded(RuntimeError):
    """A process that should run has ended; the text says which, and shows the end of its log."""


class StoppedEarly(RuntimeError):
    """The demonstration was told to stop while it was still starting."""


class ChildProcesses:
    """Processes of this program's own commands, each with a log of its own in one folder.

    Each is in a session of its own, so that Ctrl-C reaches this process alone, which then ends them in order; Linux
    ends them when this process is killed.
    """

    def __init__(self, log_folder: Path, environment: Mapping[str, str], told_to_stop: ToldToStop) -> None:
        self._log_folder = log_folder
        self._environment = environment
        self._told_to_stop = told_to_stop
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._dying_with_us = die_with(os.getpid())
        log_folder.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, module: str, arguments: Sequence[str], **environment: str) -> None:
        """Starts `python -m module arguments` under this name."""
        with self._log(name).open("wb") as log:
            self._running[name] = subprocess.Popen(
                [sys.executable, "-P", "-m", module, *arguments],
                env={**self._environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=self._dying_with_us,  # noqa: PLW1509 (no thread of ours holds a lock; libc is loaded)
            )

    def wait_for_line(self, name: str, words: str, timeout_s: float) -> str:
        """Returns the rest of the line of the process's log that holds these words.

        Raises ProcessEnded if any of the processes ends first or the time is over, StoppedEarly when told to stop.
        """
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.check()
            for line in self._log(name).read_text("utf-8", "replace").splitlines(keepends=True):
                if words in line and line.endswith("\n"):
                    return line.split(words, 1)[1].strip()
            if self._told_to_stop(POLL_S):
                raise StoppedEarly(f"told to stop while {name} was starting")
        raise ProcessEnded(f"{name} did not start within {timeout_s:.0f} seconds.\n{self._tail(name)}")

    def watch(self) -> None:
        """Returns once told to stop. Raises ProcessEnded if any of the processes ends before."""
        while not self._told_to_stop(WATCH_S):
            self.check()

    def check(self) -> None:
        """Raises ProcessEnded if any of the processes is gone."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessEnded(f"{name} {_end(process.returncode)}.\n{self._tail(name)}".rstrip())

    def stop(self) -> None:
        """Ends all processes and waits until they are gone; whoever takes too long, or outlives its own, is killed."""
        for process in reversed(self._running.values()):
            process.terminate()
        deadline = time.monotonic() + STOP_TIMEOUT_S
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()

    def _log(self, name: str) -> Path:
        return self._log_folder / f"{name}.log"

    def _tail(self, name: str) -> str:
        return "\n".join(self._log(name).read_text("utf-8", "replace").splitlines()[-TAIL_LINES:])


def die_with(parent: int) -> Callable[[], None] | None:
    """Returns what a child does before it becomes its program, so that Linux ends it when the parent dies; or None."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def tie_to_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died in between: the kernel would never tell
            os._exit(1)

    return tie_to_parent


def _end(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
