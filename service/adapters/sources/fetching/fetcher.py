"""Fetches an address that somebody gave us: public networks only, so many bytes, so many seconds, so many redirects."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from threading import Event, Timer
from urllib.parse import urljoin, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as HTTPTimeout
from urllib3.response import BaseHTTPResponse
from urllib3.util import parse_url

from service.adapters.sources.fetching.addresses import AddressBook, Resolve, system_resolve
from service.adapters.sources.fetching.response_body import ENCODINGS, read_body
from service.domain.content.feed import PRIVATE_REMEDY
from service.domain.errors import SourceUnavailable
from service.domain.web_address import PrivateHost, public_url

MOST_REDIRECTS = 5
MOST_BYTES = 10_000_000
TIMEOUT_S = 30.0
REDIRECTS = frozenset((301, 302, 303, 307, 308))
PORTS = {"http": 80, "https": 443}
USER_AGENT = "standfirst-feeds"
# All that a connection that is cut, silent or nonsense raises, from the socket up.
BROKEN = (OSError, HTTPError, HTTPException, ValueError)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its status, the address that gave it, its headers by small letters, its body unpacked."""

    status: int
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Hop:
    """One address on the way: where to connect, and what to ask there."""

    url: str
    scheme: str
    host: str
    port: int
    target: str


class Fetcher:
    """Asks for addresses. It connects to the very address that was checked, so a name cannot change in between."""

    def __init__(
        self,
        *,
        private_hosts: Collection[str] = (),
        limit_bytes: int = MOST_BYTES,
        timeout_s: float = TIMEOUT_S,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`private_hosts` (`host` or `host:port`) may be on private networks. `timeout_s` is for a whole `get`."""
        self._book = AddressBook(frozenset(private_hosts), resolve)
        self._limit_bytes = limit_bytes
        self._timeout_s = timeout_s
        self._tls = tls

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """Returns the answer, of whatever status but a redirect.

        Raises SourceUnavailable, whose text says why, where there is none; SourceTooLarge for one too large.
        """
        deadline = time.monotonic() + self._timeout_s
        for _ in range(MOST_REDIRECTS + 1):
            hop = self._hop(url)
            answer = self._ask(hop, dict(headers or {}), deadline)
            if answer.status not in REDIRECTS:
                return answer
            location = answer.headers.get("location")
            if not location:
                raise SourceUnavailable(f"{url} redirects to nowhere")
            url = _joined(hop.url, location)
        raise SourceUnavailable(f"more than {MOST_REDIRECTS} redirects")

    def _hop(self, url: str) -> Hop:
        """Returns the address in its parts. Raises SourceUnavailable for one that nobody may ask for."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS.get(parts.scheme, 0)
            own = (host,) if self._book.is_allowed_private(host, port) else ()
            public_url(url, own)
            host = host if ":" in host else host.encode("idna").decode()
            found = parse_url(url)
        except (ValueError, HTTPError) as error:
            remedy = f"; {PRIVATE_REMEDY}" if isinstance(error, PrivateHost) else ""
            raise SourceUnavailable(f"the address '{url[:200]}' {error}{remedy}") from error
        return Hop(url, parts.scheme, host, port, found.request_uri)

    def _ask(self, hop: Hop, headers: dict[str, str], deadline: float) -> Fetched:
        """Tries the host's addresses in turn, each for its share of the time, until one takes a connection."""
        addresses = self._book.addresses(hop.host, hop.port, deadline - time.monotonic())
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            connection = self._connection(hop, address, (deadline - time.monotonic()) / left)
            with self._cut_at(deadline, connection) as cut:
                try:
                    connection.connect()
                except BROKEN as error:
                    if left > 1 and not cut.is_set():
                        continue
                    raise self._failure(hop, error, cut) from error
                return self._exchange(hop, connection, headers, cut)
        raise AssertionError("a host has at least one address")

    def _exchange(self, hop: Hop, connection: HTTPConnection, headers: dict[str, str], cut: Event) -> Fetched:
        if connection.sock is not None:
            connection.sock.settimeout(self._timeout_s)  # from here on `cut` watches the time
        try:
            answer = self._answer(hop, connection, headers)
        except BROKEN as error:
            raise self._failure(hop, error, cut) from error
        if cut.is_set():  # an answer that ends because we ended it
            raise self._failure(hop, TimeoutError(), cut)
        return answer

    def _answer(self, hop: Hop, connection: HTTPConnection, headers: dict[str, str]) -> Fetched:
        own = {"Host": _host_header(hop), "User-Agent": USER_AGENT, "Accept-Encoding": ENCODINGS}
        connection.request("GET", hop.target, headers=own | headers, preload_content=False, decode_content=False)
        response = connection.getresponse()
        told = {name.lower(): value for name, value in response.headers.items()}
        if response.status in REDIRECTS or response.status == 304:
            return Fetched(response.status, hop.url, told)
        return Fetched(response.status, hop.url, told, self._body(response, told))

    def _body(self, response: BaseHTTPResponse, told: Mapping[str, str]) -> bytes:
        announced = told.get("content-length", "").strip()
        taken = 0

        def read(size: int) -> bytes:
            nonlocal taken
            chunk = response.read1(size, decode_content=False)
            taken += len(chunk)
            return chunk

        body = read_body(read, told.get("content-encoding", ""), self._limit_bytes)
        if announced.isdigit() and "transfer-encoding" not in told and taken < int(announced):
            raise OSError(f"it broke off after {taken:,} of {int(announced):,} bytes")
        return body

    def _connection(self, hop: Hop, address: str, share_s: float) -> HTTPConnection:
        left_s = max(share_s, 0.001)
        if hop.scheme == "http":
            return HTTPConnection(address, hop.port, timeout=left_s)
        return HTTPSConnection(
            address,
            hop.port,
            timeout=left_s,
            ssl_context=self._tls or ssl.create_default_context(),
            server_hostname=hop.host,
            assert_hostname=hop.host,
        )

    @contextmanager
    def _cut_at(self, deadline: float, connection: HTTPConnection) -> Iterator[Event]:
        """Shuts the connection at the deadline: a timeout is for one read alone, and a byte at a time outlives it."""
        cut = Event()
        timer = Timer(max(deadline - time.monotonic(), 0), _shut, (connection, cut))
        timer.daemon = True
        timer.start()
        try:
            yield cut
        finally:
            timer.cancel()
            connection.close()

    def _failure(self, hop: Hop, error: Exception, cut: Event) -> SourceUnavailable:
        if cut.is_set() or isinstance(error, TimeoutError | HTTPTimeout):
            return SourceUnavailable(f"{hop.host} did not answer to the end within {self._timeout_s:g} s")
        return SourceUnavailable(f"{hop.host} did not answer: {error}")


def _shut(connection: HTTPConnection, cut: Event) -> None:
    cut.set()
    sock = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            # Not the TLS layer's own method, which may not be called beside a read.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _joined(base: str, location: str) -> str:
    try:
        return urljoin(base, location)
    except ValueError as error:
        raise SourceUnavailable(f"it redirects to what is no address: '{location[:200]}'") from error


def _host_header(hop: Hop) -> str:
    host = f"[{hop.host}]" if ":" in hop.host else hop.host
    return host if hop.port == PORTS[hop.scheme] else f"{host}:{hop.port}"
