"""Finds the addresses of a host that we may connect to: those of public networks, and hosts that a setting allows."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from threading import Thread

from service.domain.content.feed import PRIVATE_REMEDY
from service.domain.errors import SourceUnavailable

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a host name; raises OSError where there are none."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
# Addresses by which an IPv6-only network reaches IPv4 ones (RFC 6052): the last four bytes count.
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def system_resolve(host: str, port: int) -> list[str]:
    """Returns the host's addresses as the system knows them, each once. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@dataclass(frozen=True, slots=True)
class AddressBook:
    """Looks up where a host may be reached; `private_hosts` are `host` or `host:port`, small letters."""

    private_hosts: Collection[str] = ()
    resolve: Resolve = system_resolve

    def is_allowed_private(self, host: str, port: int) -> bool:
        """True if a setting names this host, or this port of it."""
        return host in self.private_hosts or f"{host}:{port}" in self.private_hosts

    def addresses(self, host: str, port: int, timeout_s: float) -> list[str]:
        """Returns the addresses to connect to. Raises SourceUnavailable where there are none, or one is private."""
        found = self._look_up(host, port, timeout_s)
        if not self.is_allowed_private(host, port):
            private = [text for text in found if not is_public(ipaddress.ip_address(text))]
            if private:
                raise SourceUnavailable(f"'{host}' leads to a private network ({private[0]}); {PRIVATE_REMEDY}")
        return found

    def _look_up(self, host: str, port: int, timeout_s: float) -> list[str]:
        """Asks in a thread, for the system's own look-up knows no deadline."""
        answers: list[list[str] | Exception] = []

        def ask() -> None:
            try:
                answers.append(self.resolve(host, port))
            except (OSError, UnicodeError) as error:
                answers.append(error)

        thread = Thread(target=ask, name="feed-name", daemon=True)
        thread.start()
        thread.join(max(timeout_s, 0))
        answer = answers[0] if answers else TimeoutError("no answer in time")
        if isinstance(answer, Exception) or not answer:
            raise SourceUnavailable(f"the host '{host}' was not found: {answer or 'it has no address'}")
        return answer


def is_public(address: IPAddress) -> bool:
    """True if the address, or the IPv4 address that it wraps, belongs to the public network and to one machine."""
    inner = _wrapped(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _wrapped(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    tunnelled = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or tunnelled or address
