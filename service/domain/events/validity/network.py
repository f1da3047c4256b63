"""The part of an address that is looked at: the network that a reader shares with others, never the address itself."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, ip_address, ip_network

IPV4_BITS, IPV6_BITS = 24, 48


@lru_cache(maxsize=4_096)
def network_of(address: str | None) -> str | None:
    """Returns the network of a public address, cut to /24 or /48; None for any other.

    A private or loopback address is a proxy's, or this machine's: it says nothing of the reader.
    """
    try:
        known = ip_address(address or "")
    except ValueError:
        return None
    mapped = getattr(known, "ipv4_mapped", None)
    known = mapped or known
    if not known.is_global:
        return None
    bits = IPV4_BITS if isinstance(known, IPv4Address) else IPV6_BITS
    return str(ip_network(f"{known}/{bits}", strict=False))
