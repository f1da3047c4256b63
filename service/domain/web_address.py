"""Which web addresses are taken: whole ones of articles and pictures, public ones where readers or the service go."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

LONGEST_URL_CHARS = 2_048
_LOCAL_SUFFIXES = ("localhost", "local", "internal", "lan", "intranet")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|\d+)$")
_BAD_CHARS = re.compile(r"[\s\x00-\x1f\x7f\\<>\"]")


class PrivateHost(ValueError):
    """An address whose host is on a private network, where readers cannot follow."""

    def __init__(self) -> None:
        super().__init__("leads to a private network")


def is_web_address(text: str) -> bool:
    """Returns whether a text is a whole http or https address, without a user name and what ends an address in HTML."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return whole and "@" not in parts.netloc and not _BAD_CHARS.search(text)


def public_url(text: str, own_hosts: Collection[str] = ()) -> str:
    """Returns the address as given. Raises ValueError unless it is http(s) to a public host or one of `own_hosts`."""
    if len(text) > LONGEST_URL_CHARS:
        raise ValueError(f"is over {LONGEST_URL_CHARS} characters")
    if _BAD_CHARS.search(text):
        raise ValueError("holds a space or a character that has no place in an address")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("is not an address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("must begin with https:// or http:// and name a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user name or password")
    if host not in {own.split(":")[0].lower() for own in own_hosts}:
        _refuse_private(host.rstrip("."))
    return text


def https_url(text: str) -> str:
    """Returns the address as given. Raises ValueError unless it is https to a public host."""
    if not text.lower().startswith("https://"):
        raise ValueError("must begin with https://")
    return public_url(text)


@lru_cache(maxsize=1024)  # a sheet names few hosts, and their addresses by the thousand
def _refuse_private(host: str) -> None:
    address = _address(host)
    if address is not None:
        if not address.is_global or address.is_multicast:
            raise PrivateHost
        return
    labels = host.split(".")
    # Browsers read a host whose last label is a number as an IPv4 address, in whatever form it is written.
    if _NUMERIC.match(labels[-1]) and ":" not in host:
        raise ValueError("names its host by a number; write the host's name")
    if len(labels) == 1 or labels[-1] in _LOCAL_SUFFIXES or host.endswith(".home.arpa"):
        raise PrivateHost


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
