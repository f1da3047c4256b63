"""HTTP over one keep-alive pool, with a deadline that holds for the whole exchange."""

from __future__ import annotations

import http.client
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import urllib3

READ_SIZE = 64 * 1024
ANSWER_LIMIT_BYTES = 8 * 1024 * 1024


class TransportError(Exception):
    """An exchange failed; `reason` is `timeout`, `connection` or `too-large`."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Call:
    """One request, ready to be sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete response."""

    status: int
    body: bytes


@dataclass(slots=True)
class _Outcome:
    """What the exchange thread leaves behind: an answer or an error, then the signal."""

    answer: Answer | None = None
    error: BaseException | None = None
    done: threading.Event = field(default_factory=threading.Event)


class Transport:
    """A pool of keep-alive connections to one service; safe to share between threads, and after a fork."""

    def __init__(self, base_url: str, pool_size: int) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"base_url must be an http or https address: {base_url!r}")
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._pool_size = pool_size
        self._pool_pid = -1
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._lock = threading.Lock()

    def send(self, call: Call, timeout_s: float) -> Answer:
        """Returns the answer, or raises TransportError no later than `timeout_s` seconds from now.

        urllib3's total timeout covers the connection to each address in turn and each single read. It covers neither
        the name look-up, nor the wait for a free connection, nor an answer that comes a byte at a time. So the
        exchange runs in a thread of its own and the caller waits for it no longer than the deadline.
        """
        outcome = _Outcome()
        deadline = time.monotonic() + timeout_s
        thread = threading.Thread(target=self._run, args=(call, deadline, outcome), name="standfirst-call", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the process has no thread left; the page matters more
            raise TransportError("connection", str(error)) from error
        if not outcome.done.wait(timeout_s):
            raise TransportError("timeout", f"no answer within {timeout_s * 1000:.0f} ms")
        if outcome.error is not None:
            raise outcome.error
        assert outcome.answer is not None  # noqa: S101 - the thread leaves one or the other
        return outcome.answer

    def stream(self, call: Call, timeout_s: float) -> tuple[int, Iterator[bytes]]:
        """Returns status and body pieces as they come; `timeout_s` bounds each wait, not the whole."""
        try:
            response = self._open(call, timeout_s)
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            raise _translated(error) from error
        return response.status, _translating(_pieces(response))

    def close(self) -> None:
        """Closes the idle connections."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def _run(self, call: Call, deadline: float, outcome: _Outcome) -> None:
        try:
            outcome.answer = self._exchange(call, deadline)
        except BaseException as error:  # noqa: BLE001 - handed to the caller, who raises it
            outcome.error = error
        finally:
            outcome.done.set()

    def _exchange(self, call: Call, deadline: float) -> Answer:
        try:
            response = self._open(call, max(0.001, deadline - time.monotonic()))
            body = _body(response, deadline)
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
            raise _translated(error) from error
        return Answer(response.status, body)

    def _open(self, call: Call, timeout_s: float) -> urllib3.BaseHTTPResponse:
        return self._own_pool().urlopen(
            call.method,
            self._prefix + call.path,
            body=call.body,
            headers=call.headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(total=timeout_s),
            pool_timeout=timeout_s,  # type: ignore[arg-type] # declared int, used as float seconds
            preload_content=False,
        )

    def _own_pool(self) -> urllib3.HTTPConnectionPool:
        """Returns this process's pool: sockets opened before a fork belong to the parent."""
        with self._lock:
            if self._pool is None or self._pool_pid != os.getpid():
                self._pool = urllib3.connection_from_url(self._origin, maxsize=self._pool_size, block=True)
                self._pool_pid = os.getpid()
            return self._pool


def _body(response: urllib3.BaseHTTPResponse, deadline: float) -> bytes:
    body = bytearray()
    for piece in _pieces(response):
        body += piece
        if len(body) > ANSWER_LIMIT_BYTES:
            raise TransportError("too-large", f"the answer exceeds {ANSWER_LIMIT_BYTES} bytes")
        if time.monotonic() > deadline:
            raise TransportError("timeout", "the answer was still coming at the deadline")
    return bytes(body)


def _pieces(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """Yields the body as it comes; a connection read to the end is kept, any other is closed, and both go back."""
    whole = False
    try:
        while piece := response.read1(READ_SIZE):
            yield piece
        whole = True
    finally:
        if not whole:
            response.close()
        response.release_conn()


def _translating(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from pieces
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> TransportError:
    timeouts = (urllib3.exceptions.TimeoutError, urllib3.exceptions.EmptyPoolError, TimeoutError)
    refused = isinstance(error, urllib3.exceptions.NewConnectionError)  # urllib3 counts it as a timeout
    reason = "timeout" if isinstance(error, timeouts) and not refused else "connection"
    return TransportError(reason, str(error))
