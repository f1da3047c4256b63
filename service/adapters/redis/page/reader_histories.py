"""Keeps readers' histories in the store: a small sorted set each, article by the second in which it was read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.redis_keys import HISTORY, READER, SESSION_HISTORY
from service.domain.engagement.reader_history import KEPT_S, MOST_KEPT, Whose


class RedisReaderHistories:
    """ReaderHistories on Redis; each record lapses its family's ttl_s seconds after the last article."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def recall(self, site_id: str, whose: Whose, article: int | None, at: float) -> list[int]:
        """Returns what was read, the last one last, without `article`, which is noted then: one round trip."""
        names = [_name(site_id, whose, digest) for digest in (whose.before, whose.digest) if digest]
        with translate():
            pipe = self._client.pipeline(transaction=False)
            for name in names:
                pipe.zrange(name, f"({at - KEPT_S:.3f}", "+inf", byscore=True)
            if article is not None:
                _note(pipe, names[-1], whose, [article], at)
            answers = cast("list[list[bytes]]", pipe.execute())
        return [int.from_bytes(member) for answer in answers[: len(names)] for member in answer]

    def note(self, site_id: str, whose: Whose, articles: Sequence[int], at: float) -> None:
        """Notes articles as read now, in one round trip."""
        with translate():
            pipe = self._client.pipeline(transaction=False)
            _note(pipe, _name(site_id, whose, whose.digest), whose, articles, at)
            pipe.execute()

    def erase(self, site_id: str, whose: Whose) -> int:
        """Forgets the reader; returns how many records there were."""
        names = [_name(site_id, whose, digest) for digest in (whose.digest, whose.before) if digest]
        with translate():
            return self._client.delete(*names)


def erase_reader_counts(client: redis.Redis, site_id: str, digests: Sequence[str]) -> int:
    """Forgets what frequency caps counted of readers of these digests; returns how many counts there were."""
    with translate():
        return client.delete(*(READER.name(site=site_id, digest=digest) for digest in digests))


def _name(site_id: str, whose: Whose, digest: str) -> str:
    return (SESSION_HISTORY if whose.is_session else HISTORY).name(site=site_id, digest=digest)


def _note(pipe: Any, name: str, whose: Whose, articles: Sequence[int], at: float) -> None:
    pipe.zadd(name, {article.to_bytes(8): at for article in articles})
    pipe.zremrangebyrank(name, 0, -MOST_KEPT - 1)
    pipe.expire(name, cast("int", (SESSION_HISTORY if whose.is_session else HISTORY).ttl_s))
