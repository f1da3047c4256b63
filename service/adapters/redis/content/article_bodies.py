"""Keeps the bodies of articles, packed and spread over shards; each writing of a body has a field of its own."""

from __future__ import annotations

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson
import redis

from service.adapters.redis.redis_keys import ARTICLE_BODIES, article_shard
from service.domain.content.article import Article
from service.domain.content.article_record import article_from_record, article_record


class BodyRef(NamedTuple):
    """Names one writing of an article's body. A later writing has another name and never overwrites this one."""

    article_id: str
    writing: bytes

    @property
    def field(self) -> bytes:
        """The body's field in the hash of its shard."""
        return self.article_id.encode() + b"/" + self.writing


class ArticleBodies:
    """The bodies of articles on Redis, one round trip a call."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def write(self, site_id: str, bodies: Mapping[BodyRef, Article]) -> None:
        """Keeps the bodies."""
        pipe = self._client.pipeline(transaction=False)
        for key, refs in _by_shard(site_id, bodies).items():
            pipe.hset(key, mapping={ref.field: pack(bodies[ref]) for ref in refs})
        pipe.execute()

    def read(self, site_id: str, refs: Sequence[BodyRef]) -> dict[BodyRef, Article]:
        """Returns the articles of those bodies that are there."""
        shards = _by_shard(site_id, refs)
        pipe = self._client.pipeline(transaction=False)
        for key, of_shard in shards.items():
            pipe.hmget(key, [ref.field for ref in of_shard])
        found: dict[BodyRef, Article] = {}
        for of_shard, packed in zip(shards.values(), pipe.execute(), strict=True):
            found |= {ref: unpack(body) for ref, body in zip(of_shard, packed, strict=True) if body is not None}
        return found

    def drop(self, site_id: str, refs: Sequence[BodyRef]) -> None:
        """Forgets the bodies."""
        if not refs:
            return
        pipe = self._client.pipeline(transaction=False)
        for key, of_shard in _by_shard(site_id, refs).items():
            pipe.hdel(key, *(ref.field for ref in of_shard))
        pipe.execute()


def pack(article: Article) -> bytes:
    """Returns the article's record as compressed JSON."""
    return zlib.compress(orjson.dumps(article_record(article)))


def unpack(body: bytes) -> Article:
    """Returns the article of a packed record."""
    record: dict[str, Any] = orjson.loads(zlib.decompress(body))
    return article_from_record(record)


def _by_shard(site_id: str, refs: Iterable[BodyRef]) -> dict[str, list[BodyRef]]:
    shards: dict[str, list[BodyRef]] = defaultdict(list)
    for ref in refs:
        shards[ARTICLE_BODIES.name(site=site_id, shard=article_shard(ref.article_id))].append(ref)
    return shards
