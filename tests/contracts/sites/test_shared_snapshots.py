"""A large inventory is built to files by a process of its own, once for all processes of a host."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from models.text import distinct_term_ids
from service.adapters.files.inventory.packed_records import Packed
from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.bootstrap.services import build_services
from service.domain.ads.inventory import (
    Advertiser,
    Campaign,
    Creative,
    Flight,
    FlightCreative,
    FlightStatus,
    Placement,
    Tier,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.ads.targeting.slot_facts import SlotFacts
from service.domain.sheet.entity import EntityFields
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.known import inventory_snapshots

pytestmark = pytest.mark.redis

FERRY_STRIKE = distinct_term_ids("ferry strike", language="en")
FLIGHT = Flight(
    "f1", "c", "a", Tier.HOUSE, keywords=("ferry strike",), placements=("sidebar",), creatives=(FlightCreative("k1"),)
)
FIRST = InventoryChanges(
    (Advertiser("a"), Campaign("c", "a"), FLIGHT, Creative("k1", "a", "native", "https://a.example/"))
)


@pytest.fixture
def site(services: Services, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site whose inventory is large enough to be shared."""
    monkeypatch.setattr(inventory_snapshots, "LEAST_SHARED", 2)
    site = Site("courier", language="en")
    services.sites.put(site)
    RedisInventoryStore(services.client).apply(site.id, FIRST, 0)
    return site


def folders(services: Services) -> list[Path]:
    """The snapshots on disk."""
    return [path for path in (services.config.data_dir / "inventory" / "courier").iterdir() if path.is_dir()]


def test_a_process_maps_what_another_built(
    services: Services, redis_url: str, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = services.ads.snapshots.refresh(site.id)
    assert isinstance(first.flights_by_number, Packed)
    (built,) = folders(services)
    written_at = built.stat().st_mtime_ns
    other = build_services(services.config, redis_url)
    try:
        second = other.ads.snapshots.refresh(site.id)
    finally:
        other.close()
    assert [path.stat().st_mtime_ns for path in folders(services)] == [written_at]
    monkeypatch.setattr(inventory_snapshots, "LEAST_SHARED", 100)
    own = services.ads.snapshots.refresh(site.id)
    assert not isinstance(own.flights_by_number, Packed)
    assert dict(second.flights_by_number) == dict(first.flights_by_number) == own.flights_by_number


def test_a_change_is_taken_up_and_the_old_one_read_meanwhile(services: Services, site: Site) -> None:
    old = services.ads.snapshots.refresh(site.id)
    RedisInventoryStore(services.client).apply(site.id, InventoryChanges((replace(FLIGHT, name="Spring"),)), 1)
    new = services.ads.snapshots.refresh(site.id)
    assert (new.version, new.flights_by_number[1].flight.name) == (2, "Spring")
    assert old.flights_by_number[1].flight.name == ""


def test_a_pause_is_followed_without_a_snapshot_being_built(services: Services, site: Site) -> None:
    services.ads.snapshots.refresh(site.id)
    (built,) = folders(services)
    services.ads.entities.set_status(site.id, "f1", FlightStatus.PAUSED)
    paused = services.ads.snapshots.follow(site.id)
    assert (paused.version, paused.flights[1].status) == (2, FlightStatus.PAUSED)
    assert paused.placements["sidebar"].house(SlotFacts(0), 0, 1) == []
    services.ads.entities.set_status(site.id, "f1", FlightStatus.ACTIVE)
    resumed = services.ads.snapshots.follow(site.id)
    assert resumed.placements["sidebar"].house(SlotFacts(0, term_ids=FERRY_STRIKE), 0, 1) == [0]
    assert folders(services) == [built]


def test_edits_new_flights_and_kills_are_followed_too(services: Services, site: Site) -> None:
    services.ads.snapshots.refresh(site.id)
    (built,) = folders(services)
    store = RedisInventoryStore(services.client)
    new = replace(FLIGHT, id="f2", campaign="d", keywords=(), creatives=(FlightCreative("k2"),))
    theirs = Campaign("d", "a", frequency_cap=("2/day",)), replace(FIRST.put[3], id="k2")
    store.apply(site.id, InventoryChanges((replace(FLIGHT, placements=("article-foot",)), *theirs, new)), 1)  # type: ignore[arg-type]
    edited = services.ads.snapshots.follow(site.id)
    assert [edited.placements["sidebar"].flights[0].flight.id, len(edited.placements["sidebar"].flights)] == ["f2", 1]
    assert edited.placements["article-foot"].flights[0].flight.keywords == ("ferry strike",)
    assert len(edited.flights_by_number[2].caps) == 1
    services.ads.entities.kill(site.id, "k1")
    killed = services.ads.snapshots.follow(site.id)
    assert killed.flights_by_number[1].creatives == ()
    assert len(killed.placements["article-foot"].flights) == 0
    services.ads.entities.put(site, EntityFields("campaigns", "c", {"advertiser": "a", "frequency_cap": "1/day"}))
    capped = services.ads.snapshots.follow(site.id)
    assert len(capped.flights_by_number[1].caps) == 1
    assert folders(services) == [built]


def test_a_placement_is_followed_until_it_takes_other_creatives(services: Services, site: Site) -> None:
    services.ads.snapshots.refresh(site.id)
    services.ads.entities.put_placement(site.id, Placement("top"))
    assert "top" in services.ads.snapshots.follow(site.id).placements
    assert len(folders(services)) == 1
    services.ads.entities.put_placement(site.id, Placement("top", formats=("tag",)))
    assert services.ads.snapshots.follow(site.id).placements["top"].placement.formats == ("tag",)
    assert len(folders(services)) == 1
    services.ads.entities.put_placement(site.id, Placement("sidebar", formats=("tag",)))
    assert services.ads.snapshots.follow(site.id).placements["sidebar"].placement.formats == ("tag",)
    assert len(folders(services)) == 2


def test_another_language_of_the_site_is_another_snapshot(services: Services, site: Site) -> None:
    services.ads.snapshots.refresh(site.id)
    services.sites.put(replace(site, languages=("ur",)))
    services.ads.snapshots.refresh(site.id)
    assert len(folders(services)) == 2
