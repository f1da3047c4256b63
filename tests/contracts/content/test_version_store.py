"""What a VersionStore tells."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import redis as redis_client

from service.adapters.redis.content.article_store import RedisArticleStore
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.adapters.redis.sites.version_store import RedisVersionStore
from service.domain.content.article import Article
from service.domain.ports import Versions
from service.domain.sites.site import Site

pytestmark = pytest.mark.redis

ARTICLE = Article("a-1", "https://courier.example/", "Title", "Text.", datetime(2026, 3, 1, tzinfo=UTC))


class House:
    """The store of versions with the writers beside it, without a site."""

    def __init__(self, client: redis_client.Redis) -> None:
        self.versions = RedisVersionStore(client)
        self.articles = RedisArticleStore(client)
        self.sites = RedisSiteStore(client)

    def open_site(self, site_id: str) -> None:
        self.sites.put(Site(site_id))


@pytest.fixture
def house(redis: redis_client.Redis) -> House:
    return House(redis)


def test_there_is_nothing_to_tell_without_sites(house: House) -> None:
    assert house.versions.all() == {}


def test_a_new_site_is_told_at_the_next_look(house: House) -> None:
    house.versions.all()
    house.open_site("courier")
    house.open_site("other")
    assert house.versions.all() == {"courier": Versions(site=1), "other": Versions(site=1)}


def test_only_the_counter_of_what_changed_grows_and_only_in_its_site(house: House) -> None:
    house.open_site("courier")
    house.open_site("other")
    house.versions.all()
    house.articles.put("courier", [ARTICLE])
    assert house.versions.all() == {"courier": Versions(site=1, articles=1), "other": Versions(site=1)}
    house.articles.put("courier", [ARTICLE])
    assert house.versions.all()["courier"] == Versions(site=1, articles=1)
    house.articles.remove("courier", "a-1")
    assert house.versions.all()["courier"] == Versions(site=1, articles=2)


def test_known_sites_cost_one_round_trip(redis: redis_client.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        RedisSiteStore(redis).put(Site(f"site-{number}"))
    versions = RedisVersionStore(redis)
    versions.all()
    trips: list[int] = []
    pipeline = redis.pipeline
    monkeypatch.setattr(redis, "pipeline", lambda **options: trips.append(1) or pipeline(**options))
    assert len(versions.all()) == 5
    assert len(trips) == 1
