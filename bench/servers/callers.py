"""Callers of a server under measurement: connections kept alive, each served by one worker."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

from bench.pages.page_call import page_body

PATIENCE_S = 60
"""For an answer, and for a server's processes to stand; a busy machine takes its time."""


class Caller:
    """One keep-alive connection with a token."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self._port = parts.port
        self._connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=PATIENCE_S)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: str | None = None) -> bytes:
        """Returns the body of an answer of 200 or 201; anything else ends the benchmark."""
        self._connection.request(method, path, None if body is None else body.encode(), self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        assert answer.status in (200, 201), (answer.status, content[:500])
        return content

    def served_by(self, workers: Sequence[int]) -> int:
        """Returns which of the processes holds the other end of the connection, once it has answered."""
        own = self._connection.sock.getsockname()[1]
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inode = next(f[9] for f in lines if f[1].endswith(f":{self._port:04X}") and f[2].endswith(f":{own:04X}"))
        return next(pid for pid in workers if f"socket:[{inode}]" in _descriptors(pid))

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


def _descriptors(pid: int) -> Iterator[str]:
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            yield str(path.readlink())
        except FileNotFoundError:  # closed meanwhile
            continue


def workers_of(server: int, count: int) -> list[int]:
    """Returns the worker processes of a server, once the process that announced it has ended."""
    give_up_at = time.monotonic() + PATIENCE_S
    while len(children := Path(f"/proc/{server}/task/{server}/children").read_text().split()) != count:
        assert time.monotonic() < give_up_at, f"{len(children)} children instead of {count} workers"
        time.sleep(0.02)
    return [int(pid) for pid in children]


def one_caller_a_worker(url: str, token: str, workers: Sequence[int], attempts: int = 200) -> dict[int, Caller]:
    """Returns a caller of each worker; connections fall to the workers by chance."""
    callers: dict[int, Caller] = {}
    for _ in range(attempts):
        caller = Caller(url, token)
        caller.ask("GET", "/livez")
        if callers.setdefault(caller.served_by(workers), caller) is not caller:
            caller.close()
        if len(callers) == len(workers):
            return callers
    raise RuntimeError(f"only {len(callers)} of {len(workers)} workers took a connection")


def call_pages(url: str, token: str, pages: Sequence[int], slots: int, connections: int) -> list[float]:
    """Asks for the pages over several connections at once; returns each answer's time in ms."""

    def calls(own: Sequence[int]) -> list[float]:
        caller = Caller(url, token)
        times = []
        for at in own:
            began = time.perf_counter()
            caller.ask("POST", "/v1/page", page_body(at, slots))
            times.append((time.perf_counter() - began) * 1_000)
        caller.close()
        return times

    with ThreadPoolExecutor(connections) as pool:
        return [
            each for times in pool.map(calls, [pages[n::connections] for n in range(connections)]) for each in times
        ]
