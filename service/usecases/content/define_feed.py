"""Creates or changes a feed, after checking its address and that its articles' ids are its own."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from service.domain.content.feed import PRIVATE_REMEDY, Feed, FeedStore
from service.domain.errors import Fault, InvalidInput
from service.domain.guard import Guard
from service.domain.web_address import PrivateHost, public_url


def define_feed(
    feeds: FeedStore, site_id: str, feed: Feed, private_hosts: Collection[str], guard: Guard[Feed] | None = None
) -> bool:
    """Keeps the feed; returns True if it is new. Raises InvalidInput with every faulty field, Conflict.

    `private_hosts` (`host` or `host:port`) may be on private networks. The name behind a host is looked up at each
    fetch, not here.
    """
    faults = [*_url_faults(feed.url, private_hosts), *_prefix_faults(feeds, site_id, feed)]
    if faults:
        raise InvalidInput(faults)
    return feeds.put(site_id, feed, guard)


def _url_faults(url: str, private_hosts: Collection[str]) -> list[Fault]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        public_url(url, (host,) if host in private_hosts or f"{host}:{port}" in private_hosts else ())
    except PrivateHost as error:
        return [Fault("url", f"{error}; {PRIVATE_REMEDY}")]
    except ValueError as error:
        return [Fault("url", str(error))]
    return []


def _prefix_faults(feeds: FeedStore, site_id: str, feed: Feed) -> list[Fault]:
    """Two WordPresses both have a post 1: with one prefix, each would overwrite and unpublish the other's."""
    if feed.kind != "wordpress":
        return []
    others = [record.feed for record in feeds.all(site_id) if record.feed.id != feed.id]
    taken = next((other.id for other in others if (other.kind, other.id_prefix) == ("wordpress", feed.id_prefix)), None)
    if taken is None:
        return []
    return [Fault("id_prefix", f"is the prefix of the feed '{taken}'; give another, such as '{feed.id}'")]
