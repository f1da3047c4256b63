"""Events while the store is away: kept on disk before they are answered, booked once when it is back, never dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.ads.ledger.ledger import RedisLedger
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ads.booking.ledger import Delivery
from service.domain.ads.inventory import Flight, FlightCreative, Placement, Tier
from service.domain.ads.slot import SlotRequest
from service.domain.errors import StoreUnavailable
from service.domain.events.booking import AdEvent, Booking
from service.domain.events.journal import BookEach
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.fill_slots import FilledSlot, SlotsAnswer
from service.usecases.ads.delivery.hindrances import Hindrance
from service.usecases.ads.delivery.slots_request import SlotsRequest
from tests.conftest import PATIENCE
from tests.faults.killed_store import Store
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

SITE = Site("courier")


@pytest.fixture
def store(store_server: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store that syncs before it answers, unless a test says how, with a flight at 2.00 CPM and a house ad."""
    store = Store(store_server, tmp_path, getattr(request, "param", "always"))
    paid = auctioned("paid", placements=("sidebar",))
    house = Flight("house", "own", "a", Tier.HOUSE, placements=("sidebar",), creatives=(FlightCreative("k-house"),))
    sidebar = Placement("sidebar", formats=("native",))
    RedisSiteStore(store.client).put(SITE)
    RedisInventoryStore(store.client).apply("courier", inventory(paid, house, sidebar), 0)
    yield store
    store.kill()


def open_services(store: Store, tmp_path: Path, **settings: Any) -> Services:
    """What one process of the host has, with the inventory looked at."""
    config = load_config(
        data_dir=tmp_path / "var", secret_key="a key that all processes share", **{**PATIENCE, **settings}
    )
    services = build_services(config, store.url)
    services.ads.snapshots.refresh("courier")
    return services


@pytest.fixture
def services(store: Store, tmp_path: Path) -> Iterator[Services]:
    services = open_services(store, tmp_path)
    yield services
    services.close()


@pytest.fixture
def web(services: Services) -> FlaskClient:
    return create_app(services).test_client()


def ask(services: Services, page_view: str) -> SlotsAnswer:
    """Asks for the one slot of a page view."""
    return services.ads.slots.fill(SlotsRequest(SITE, page_view, (SlotRequest("top", "sidebar"),)), services.clock())


def fill(services: Services, page_view: str) -> FilledSlot:
    """What the slot of a page view shows."""
    slot = ask(services, page_view).slots["top"]
    assert slot is not None
    return slot


def delivered(services: Services) -> Delivery:
    """What the paid flight has delivered."""
    return RedisLedger(services.client).delivery("courier", [1])[0]


def drain(services: Services) -> None:
    """What each process does several times a second."""
    services.store_watch.look()
    services.event_book.drain()


def test_an_event_is_kept_while_the_store_is_away_and_billed_when_it_is_back(
    store: Store, services: Services, web: FlaskClient
) -> None:
    slots = [fill(services, f"v{n}") for n in range(6)]
    store.kill()
    assert [web.post(slot.impression_url).status_code for slot in slots[:2]] == [204, 204]
    assert web.get(slots[2].impression_url).status_code == 200
    assert web.get(slots[3].click_url).headers["Location"] == "https://a.example/"
    batch = [{"token": slot.impression_url.rsplit("/", 1)[1]} for slot in slots[4:]]
    assert web.post("/v1/events", json={"events": batch}).json == {"taken": 2, "refused": 0}
    store.start()
    drain(services)
    told = delivered(services)
    assert (told.net_impressions, told.clicks, told.spend_micros) == (6, 1, 6 * 2_000)
    assert services.journal.is_empty()


def test_what_waited_for_hours_is_billed_as_of_its_receipt(store: Store, services: Services, web: FlaskClient) -> None:
    slot = fill(services, "v")
    store.kill()
    assert web.post(slot.impression_url).status_code == 204
    store.start()
    store.client.hset("sf:{courier}:ledger", "test_offset_s", 3 * 3_600)
    drain(services)
    assert delivered(services).spend_micros == 2_000


def test_what_is_sent_again_while_the_store_is_away_is_billed_once(
    store: Store, services: Services, web: FlaskClient
) -> None:
    booked, kept = fill(services, "v1"), fill(services, "v2")
    assert web.post(booked.impression_url).status_code == 204
    store.kill()
    for _ in range(3):
        for slot in (booked, kept):
            assert web.post(slot.impression_url).status_code == 204
    store.start()
    drain(services)
    told = delivered(services)
    assert (told.net_impressions, told.gross_impressions, told.spend_micros) == (2, 7, 2 * 2_000)
    assert told.invalid == {"replay": 5}


def test_nothing_paid_is_shown_before_what_waits_is_booked(store: Store, services: Services, web: FlaskClient) -> None:
    slot = fill(services, "v1")
    store.kill()
    web.post(slot.impression_url)
    store.start()
    answer = ask(services, "v2")
    shown = answer.slots["top"]
    assert shown is not None
    assert (shown.choice.candidate.flight.id, answer.warnings) == ("house", (Hindrance.EVENTS_WAIT.warning,))
    drain(services)
    assert fill(services, "v3").choice.candidate.flight.id == "paid"


def test_no_page_waits_for_a_store_that_is_known_to_be_away(store: Store, services: Services) -> None:
    """The first pages find out for themselves, until the watch has; metrics tell both."""
    store.kill()
    found_out = ask(services, "v1").warnings
    services.store_watch.look()
    known = ask(services, "v2").warnings
    store.start()
    services.store_watch.look()
    assert fill(services, "v3").choice.candidate.flight.id == "paid"
    assert (found_out, known) == ((Hindrance.NO_ANSWER.warning,), (Hindrance.STORE_AWAY.warning,))
    told = services.metrics.exposition()[0].decode()
    for hindrance in (Hindrance.NO_ANSWER, Hindrance.STORE_AWAY):
        assert f'standfirst_hindered_page_calls_total{{reason="{hindrance}"}} 1.0' in told


@pytest.mark.parametrize("store", ["everysec"], indirect=True)  # with `always` such a store ends itself
def test_a_store_whose_disk_is_full_is_away_until_there_is_room(
    store: Store, services: Services, web: FlaskClient
) -> None:
    slots = [fill(services, f"v{n}") for n in range(2)]
    store.fill_disk()
    answer = ask(services, "full")
    shown = answer.slots["top"]
    assert shown is not None
    assert (shown.choice.candidate.flight.id, answer.warnings) == ("house", (Hindrance.NO_ANSWER.warning,))
    assert web.post(slots[0].impression_url).status_code == 204
    services.store_watch.look()
    assert "MISCONF" in str(services.store_watch.ask())
    assert ask(services, "still").warnings == (Hindrance.STORE_AWAY.warning,)
    assert web.post(slots[1].impression_url).status_code == 204
    store.free_disk()
    drain(services)
    assert delivered(services).net_impressions == 2
    assert fill(services, "room").choice.candidate.flight.id == "paid"


def test_a_full_journal_answers_503_and_says_when_to_try_again(store: Store, tmp_path: Path) -> None:
    services = open_services(store, tmp_path, max_journal_bytes=100_000)
    web = create_app(services).test_client()
    slots = [fill(services, f"v{n}") for n in range(2)]
    store.kill()
    batch = {"events": [{"token": slots[0].impression_url.rsplit("/", 1)[1]}] * 100}
    answers = [web.post("/v1/events", json=batch) for _ in range(20)]
    full = next(place for place, answer in enumerate(answers) if answer.status_code == 503)
    assert full > 5
    assert {answer.status_code for answer in answers[:full]} == {200}
    assert answers[full].headers["Retry-After"]
    assert web.get(slots[1].click_url).status_code == 302
    exposed = services.metrics.exposition()[0]
    refused = float(exposed.split(b"\nstandfirst_refused_events_total ")[1].split()[0])
    click_had_room = refused == 100 * (20 - full)
    assert click_had_room or refused == 100 * (20 - full) + 1
    store.start()
    drain(services)
    told = delivered(services)
    assert (told.net_impressions, told.clicks) == (1 + click_had_room, click_had_room)
    assert told.gross_impressions == 100 * full + click_had_room
    services.close()


def test_a_store_that_goes_again_during_the_drain_is_drained_later_and_nothing_counts_twice(
    store: Store, services: Services, web: FlaskClient
) -> None:
    """House ads have no mark of their own, so a record that was taken twice would show in their counts."""
    paid = [fill(services, f"v{n}") for n in range(30)]
    store.kill()
    for slot in paid:
        assert web.post(slot.impression_url).status_code == 204
    house = ask(services, "away").slots["top"]
    assert house is not None
    for _ in range(270):
        assert web.post(house.impression_url).status_code == 204
    store.start()
    services.store_watch.look()
    store.client.config_set("maxmemory", 1)  # the store refuses every write
    with pytest.raises(StoreUnavailable):
        services.event_book.drain()
    store.client.config_set("maxmemory", 0)
    ledger = RedisLedger(services.client)
    killed = _dies_after_a_batch(services)
    with pytest.raises(StoreUnavailable):
        services.journal.drain(killed)
    drain(services)
    of_house = ledger.delivery("courier", [2])[0]
    assert (of_house.gross_impressions, of_house.net_impressions) == (270, 270)
    assert (delivered(services).gross_impressions, delivered(services).spend_micros) == (30, 30 * 2_000)


def _dies_after_a_batch(services: Services) -> BookEach:
    """Books one batch of a drain, and is gone at the next."""
    ledger, calls = RedisLedger(services.client), []

    def book_each(events: Sequence[AdEvent]) -> list[Booking]:
        calls.append(len(events))
        if len(calls) > 1:
            raise StoreUnavailable("gone")
        return ledger.book_each(events)

    return book_each
