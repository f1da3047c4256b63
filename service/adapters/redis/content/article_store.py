"""Keeps articles in the store: a body first, then, in one script, its digest, its change and the site's version."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, cast

import redis

from service.adapters.redis.connection import translate
from service.adapters.redis.content.article_bodies import ArticleBodies, BodyRef
from service.adapters.redis.redis_keys import ARTICLE_CHANGES, ARTICLE_DIGESTS, VERSIONS
from service.adapters.redis.scripts import Script
from service.domain.content.article import Article
from service.domain.content.article_record import DIGEST_BYTES, article_digest
from service.domain.errors import Conflict, NotFound
from service.domain.ports import Outcome

WRITING_BYTES = 8
# How often a reader looks again when a writer dropped the body between its two looks, and an amendment is made anew.
TRIES = 5
SCAN_COUNT = 1_000

Noted = Literal["loaded", "updated", "unchanged", "conflict"]


class Writing(NamedTuple):
    """A new body on its way in: what is noted for it, and what must be noted still (empty: anything)."""

    article: Article
    note: bytes
    expected: bytes

    @property
    def ref(self) -> BodyRef:
        """Names the body."""
        return _ref(self.article.id, self.note)


class RedisArticleStore:
    """An ArticleStore on Redis. An article is there while its digest is; bodies without one are not looked at."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._bodies = ArticleBodies(client)
        self._put = Script(client, "content/put_articles")
        self._remove = Script(client, "content/remove_article")

    def get(self, site_id: str, article_id: str) -> Article:
        """Returns the article. Raises NotFound."""
        article = self.fetch(site_id, [article_id])[0]
        if article is None:
            raise NotFound("article", article_id)
        return article

    def fetch(self, site_id: str, article_ids: Sequence[str]) -> list[Article | None]:
        """Returns the articles in the order asked; None for each that is gone."""
        found: dict[str, Article] = {}
        missing = list(dict.fromkeys(article_ids))
        with translate():
            for _ in range(TRIES):
                notes = self._notes(site_id, missing)
                refs = [_ref(article_id, note) for article_id, note in zip(missing, notes, strict=True) if note]
                if not refs:
                    break
                found |= {ref.article_id: article for ref, article in self._bodies.read(site_id, refs).items()}
                missing = [ref.article_id for ref in refs if ref.article_id not in found]
        return [found.get(article_id) for article_id in article_ids]

    def put(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:
        """Keeps the articles and says for each whether it is new, changed or the same; the same changes nothing."""
        outcomes: list[Outcome] = []
        with translate():
            for batch in _without_repeats(articles):
                outcomes += self._put_batch(site_id, batch)
        return outcomes

    def amend(self, site_id: str, article_id: str, change: Callable[[Article], Article]) -> tuple[Article, Outcome]:
        """Keeps `change` of the article as it stands, and nothing else written meanwhile is lost.

        Raises NotFound, also when it is removed meanwhile; Conflict when others keep changing it.
        """
        with translate():
            for _ in range(TRIES):
                (note,) = self._notes(site_id, [article_id])
                if note is None:
                    raise NotFound("article", article_id)
                ref = _ref(article_id, note)
                body = self._bodies.read(site_id, [ref]).get(ref)
                if body is None:
                    continue
                changed = change(body)
                if article_digest(changed) == note[:DIGEST_BYTES]:
                    return changed, "unchanged"
                (outcome,) = self._write(site_id, [Writing(changed, _new_note(changed), expected=note)])
                if outcome != "conflict":
                    return changed, outcome
        raise Conflict(f"The article '{article_id}' is being changed by others; try again.")

    def remove(self, site_id: str, article_id: str) -> bool:
        """Unpublishes the article; False if it was not there."""
        with translate():
            note = cast("bytes", self._remove(_keys(site_id), [article_id]))
            if note:
                self._bodies.drop(site_id, [_ref(article_id, note)])
        return bool(note)

    def count(self, site_id: str) -> int:
        """Returns how many articles the site has."""
        with translate():
            return int(self._client.hlen(ARTICLE_DIGESTS.name(site=site_id)))

    def version(self, site_id: str) -> int:
        """Returns the version of the newest change; 0 when nothing ever changed."""
        with translate():
            return int(cast("bytes | None", self._client.hget(VERSIONS.name(site=site_id), "articles")) or 0)

    def changed(self, site_id: str, since: int, limit: int) -> list[tuple[str, int]]:
        """Returns ids and versions of articles changed after `since`, oldest first, at most `limit`."""
        with translate():
            found = self._client.zrangebyscore(
                ARTICLE_CHANGES.name(site=site_id), f"({since}", "+inf", start=0, num=limit, withscores=True
            )
        return [(article_id.decode(), int(version)) for article_id, version in cast("list[tuple[bytes, float]]", found)]

    def ids(self, site_id: str) -> Iterable[str]:
        """Yields the id of every article that the site has, in no order; one added meanwhile may be missed."""
        return self._scan(ARTICLE_DIGESTS.name(site=site_id))

    def _scan(self, key: str) -> Iterator[str]:
        seen: set[bytes] = set()  # the server may name an article twice while its table grows
        cursor = 0
        while True:
            with translate():
                cursor, page = cast("tuple[int, dict[bytes, bytes]]", self._client.hscan(key, cursor, count=SCAN_COUNT))
            new = page.keys() - seen
            seen |= new
            yield from (article_id.decode() for article_id in new)
            if cursor == 0:
                return

    def _notes(self, site_id: str, article_ids: Sequence[str]) -> list[bytes | None]:
        if not article_ids:
            return []
        return cast("list[bytes | None]", self._client.hmget(ARTICLE_DIGESTS.name(site=site_id), list(article_ids)))

    def _put_batch(self, site_id: str, articles: Sequence[Article]) -> list[Outcome]:
        notes = self._notes(site_id, [article.id for article in articles])
        writings = [
            Writing(article, _new_note(article), expected=b"")
            for article, note in zip(articles, notes, strict=True)
            if note is None or note[:DIGEST_BYTES] != article_digest(article)
        ]
        outcomes = dict(zip((writing.article.id for writing in writings), self._write(site_id, writings), strict=True))
        return [cast("Outcome", outcomes.get(article.id, "unchanged")) for article in articles]

    def _write(self, site_id: str, writings: Sequence[Writing]) -> list[Noted]:
        """Writes bodies, then notes them; drops those that they replace, and those that were not wanted after all."""
        if not writings:
            return []
        self._bodies.write(site_id, {writing.ref: writing.article for writing in writings})
        arguments = [part for writing in writings for part in (writing.article.id, writing.note, writing.expected)]
        answer = cast("list[bytes]", self._put(_keys(site_id), arguments))
        outcomes = [cast("Noted", outcome.decode()) for outcome in answer[::2]]
        stale = [
            _ref(writing.article.id, old) if outcome == "updated" else writing.ref
            for writing, outcome, old in zip(writings, outcomes, answer[1::2], strict=True)
            if outcome != "loaded"
        ]
        self._bodies.drop(site_id, stale)
        return outcomes


def _keys(site_id: str) -> list[str]:
    return [spec.name(site=site_id) for spec in (ARTICLE_DIGESTS, ARTICLE_CHANGES, VERSIONS)]


def _new_note(article: Article) -> bytes:
    return article_digest(article) + secrets.token_bytes(WRITING_BYTES)


def _ref(article_id: str, note: bytes) -> BodyRef:
    return BodyRef(article_id, note[DIGEST_BYTES:])


def _without_repeats(articles: Sequence[Article]) -> Iterator[list[Article]]:
    """Yields the articles in their order, in batches that hold no id twice."""
    batch: dict[str, Article] = {}
    for article in articles:
        if article.id in batch:
            yield list(batch.values())
            batch = {}
        batch[article.id] = article
    if batch:
        yield list(batch.values())
