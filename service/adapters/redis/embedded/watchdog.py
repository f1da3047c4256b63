"""Keeps one embedded store running while anyone uses it: a detached script of the standard library only.

`service.adapters.redis.embedded.joining` runs this file by its path (`python -I -S FILE FOLDER SERVER SOCKET`), so it
starts in milliseconds, wherever the starter stood, and imports nothing of the service. What the two share, the
names of the files and the way to ask a server, is defined here.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

# The files of a store's folder. A lock's holder is the truth; a pid in a file is only a hint to be checked.
USERS_LOCK = "users.lock"  # shared by every user; the watchdog waits for it exclusively
START_LOCK = "start.lock"  # held while someone looks for the watchdog or starts one
WATCHDOG_LOCK = "watchdog.lock"  # held exclusively by the one watchdog, all its life
SERVER_LOCK = "server.lock"  # inherited by the server: free only once no server is left
SERVER_PID = "server.pid"  # the server that users may use now; removed before it is stopped
SERVER_CONF = "server.conf"
SERVER_LOG = "server.log"
WATCHDOG_LOG = "watchdog.log"

EXIT_ALREADY_WATCHED = 3
EARLY_EXITS_ALLOWED = 5
HEALTHY_AFTER_S = 1.0  # a server that lived this long had started; its end is an accident, not a fault of its start
BACK_OFF_S = 0.03  # doubled per early exit
STOP_GRACE_S = 1.4  # a server that has not ended by then is killed, to be gone within two
LEFTOVER_S = 1.0
PR_SET_PDEATHSIG = 1

STOP = "stop"
EXITED = "exited"


def ask_server(socket_path: str, *words: str, timeout_s: float = 0.5) -> bytes | None:
    """Returns the reply to one command (a bulk reply's body, else the first line); None where nothing answers."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout_s)
        client.connect(socket_path)
        client.sendall(" ".join(words).encode() + b"\r\n")
        with client.makefile("rb") as replies:
            head = replies.readline()
            return replies.read(int(head[1:])) if head[:1] == b"$" else head
    return None


def open_lock(path: Path) -> int:
    """Returns a descriptor of the lock file, made if missing; no program that is exec'ed inherits it."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, kind: int) -> bool:
    """Takes the lock (fcntl.LOCK_SH or LOCK_EX) if that needs no waiting; returns whether it did."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Watchdog:
    """Starts the server, starts it again when it dies, and stops it when the last user has left."""

    def __init__(self, folder: Path, server: str, socket_path: str) -> None:
        self.folder = folder
        self.server = server
        self.socket_path = socket_path
        self.events: SimpleQueue[str] = SimpleQueue()
        self.server_lock = open_lock(folder / SERVER_LOCK)
        self.libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def run(self) -> int:
        """Returns the exit code, once the users are gone (0) or the server cannot be kept running (1)."""
        signal.signal(signal.SIGTERM, lambda *_: self.events.put(STOP))
        threading.Thread(target=self._wait_for_no_users, daemon=True).start()
        self._see_off_leftover()
        early_exits = 0
        while early_exits < EARLY_EXITS_ALLOWED:
            if early_exits and self._next_event(BACK_OFF_S * 2**early_exits) == STOP:
                return 0
            started_at_s = time.monotonic()
            if self._serve() == STOP:
                return 0
            healthy = time.monotonic() - started_at_s >= HEALTHY_AFTER_S
            early_exits = 0 if healthy else early_exits + 1
        self._log(f"gave up: the server ended {early_exits} times right after its start; {SERVER_LOG} says why")
        return 1

    def _wait_for_no_users(self) -> None:
        """Blocks in the kernel until no process holds the users' lock; never lets go of it again."""
        fcntl.flock(open_lock(self.folder / USERS_LOCK), fcntl.LOCK_EX)
        self.events.put(STOP)

    def _see_off_leftover(self) -> None:
        """Waits for the server of a watchdog that was killed to be gone, asking it to go where the system did not."""
        give_up_at_s = time.monotonic() + LEFTOVER_S
        while not try_lock(self.server_lock, fcntl.LOCK_EX) and time.monotonic() < give_up_at_s:
            ask_server(self.socket_path, "SHUTDOWN", "NOSAVE", timeout_s=0.1)
            time.sleep(0.005)

    def _serve(self) -> str:
        """Runs one server to its end; returns STOP when it was told to end, EXITED when it ended by itself."""
        try:
            server = subprocess.Popen(
                [self.server, str(self.folder / SERVER_CONF)],
                stdin=subprocess.DEVNULL,
                pass_fds=(self.server_lock,),
                preexec_fn=self._die_with(os.getpid()),  # noqa: PLW1509 (no thread here holds a lock; libc is loaded)
            )
        except OSError as fault:
            self._log(f"cannot run the server: {fault}")
            return EXITED
        self._announce(server.pid)
        threading.Thread(target=self._report_exit, args=(server,), daemon=True).start()
        if self._next_event(None) == STOP:
            self._stop(server)
            return STOP
        self._log(f"server {server.pid} ended by itself with code {server.returncode}")
        return EXITED

    def _die_with(self, parent: int) -> Callable[[], None] | None:
        """Returns what the child does before it becomes the server: ask Linux to kill it when the watchdog dies."""
        libc = self.libc
        if libc is None:
            return None

        def tie_to_parent() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died in between: the kernel would never tell
                os._exit(1)

        return tie_to_parent

    def _announce(self, pid: int) -> None:
        """Tells the users which server is theirs."""
        fresh = self.folder / f"{SERVER_PID}.new"
        fresh.write_text(str(pid))
        fresh.replace(self.folder / SERVER_PID)
        self._log(f"server {pid} started")

    def _report_exit(self, server: subprocess.Popen[bytes]) -> None:
        server.wait()
        self.events.put(EXITED)

    def _next_event(self, timeout_s: float | None) -> str | None:
        try:
            return self.events.get(timeout=timeout_s)
        except Empty:
            return None

    def _stop(self, server: subprocess.Popen[bytes]) -> None:
        """Ends the server so that it flushes its file; kills it where it does not end in time."""
        (self.folder / SERVER_PID).unlink(missing_ok=True)
        server.terminate()
        try:
            server.wait(STOP_GRACE_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        self._log(f"server {server.pid} stopped with code {server.returncode}")
        Path(self.socket_path).unlink(missing_ok=True)
        if Path(self.socket_path).parent != self.folder:
            with contextlib.suppress(OSError):
                Path(self.socket_path).parent.rmdir()

    def _log(self, line: str) -> None:
        """Writes one line to the watchdog's log, which is its standard error."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        with contextlib.suppress(OSError):  # a full disk must not stop the watchdog from stopping the server
            os.write(2, f"{stamp} watchdog {os.getpid()}: {line}\n".encode())


def main(arguments: list[str]) -> int:
    """Becomes the watchdog in a child of its own and returns 0 when that holds the lock; 3 where one is there."""
    folder, server, socket_path = arguments
    lock = open_lock(Path(folder, WATCHDOG_LOCK))
    if not try_lock(lock, fcntl.LOCK_EX):
        return EXIT_ALREADY_WATCHED
    Path(folder, SERVER_PID).unlink(missing_ok=True)  # before anyone may take this watchdog's word for it
    if os.fork():
        return 0
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    code = Watchdog(Path(folder), server, socket_path).run()
    os.close(lock)  # before the users' lock, which the end of this process frees: see who comes next in `embedded`
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
