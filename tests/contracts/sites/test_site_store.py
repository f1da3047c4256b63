"""What every SiteStore does: on Redis, and behind the one-second cache."""

from __future__ import annotations

import time

import pytest
import redis as redis_client

from service.adapters.redis.redis_keys import SITES, VERSIONS
from service.adapters.redis.sites.site_store import RedisSiteStore, unpack_site
from service.domain.errors import NotFound
from service.domain.ports import SiteStore
from service.domain.sites.site import Site
from service.usecases.sites.cached_sites import CachedSites

pytestmark = pytest.mark.redis

COURIER = Site(
    "courier",
    name="The Harbour Courier",
    domains=("courier.example",),
    origins=("https://courier.example",),
    language="ur",
    timezone="Asia/Karachi",
    currency="PKR",
    consent_default="granted",
    hide_zero_comments=True,
    widgets={"must-read": {"days": 3}},
)


@pytest.fixture(params=["redis", "cached"])
def sites(request: pytest.FixtureRequest, redis: redis_client.Redis) -> SiteStore:
    """Each implementation in turn, empty."""
    kept = RedisSiteStore(redis)
    return kept if request.param == "redis" else CachedSites(kept, time.time)


def test_a_site_comes_back_as_it_was_put(sites: SiteStore) -> None:
    assert sites.put(COURIER) is True
    assert sites.get("courier") == COURIER


def test_an_unknown_site_is_not_found(sites: SiteStore) -> None:
    with pytest.raises(NotFound, match="no site 'courier'"):
        sites.get("courier")


def test_a_site_put_again_is_changed_and_not_new(sites: SiteStore) -> None:
    sites.put(COURIER)
    sites.get("courier")
    assert sites.put(Site("courier", name="Another")) is False
    assert sites.get("courier").name == "Another"
    assert len(sites.all()) == 1


def test_all_sites_are_listed_by_id(sites: SiteStore) -> None:
    for site_id in ("c", "a", "b"):
        sites.put(Site(site_id))
    assert [site.id for site in sites.all()] == ["a", "b", "c"]


def test_a_change_moves_the_version_that_pollers_look_at(redis) -> None:  # type: ignore[no-untyped-def]
    sites = RedisSiteStore(redis)
    sites.put(COURIER)
    sites.put(COURIER)
    assert redis.hget(VERSIONS.name(site="courier"), "site") == b"2"


def test_a_site_that_is_listed_but_not_yet_there_is_passed_over(redis) -> None:  # type: ignore[no-untyped-def]
    redis.sadd(SITES.pattern, "ghost")
    assert RedisSiteStore(redis).all() == []


def test_a_field_of_a_later_version_is_passed_over() -> None:
    assert unpack_site(b'{"id":"courier","name":"C","domains":[],"origins":[],"moon_phase":"full"}').name == "C"


def test_a_removed_site_is_not_found_and_may_be_made_anew(sites: SiteStore) -> None:
    sites.put(COURIER)
    sites.get("courier")
    assert sites.remove("courier") is True
    assert sites.all() == []
    with pytest.raises(NotFound):
        sites.get("courier")
    assert sites.remove("courier") is False
    assert sites.put(COURIER) is True
