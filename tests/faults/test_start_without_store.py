"""A server that starts while the store is away: pages are filled from what its host last knew, nothing else is done."""

from __future__ import annotations

import stat
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.adapters.redis.sites.site_store import RedisSiteStore
from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ads.inventory import Placement
from service.domain.content.article import Article
from service.domain.editorial.rule import Rule
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services
from tests.conftest import PATIENCE
from tests.faults.killed_store import Store
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

ORIGIN = "https://www.courier.example"
SITE = Site("courier", origins=(ORIGIN,))
TOPICS = ("bridge", "organ", "chowder", "pears", "goat", "final", "harbour", "library")
Headers = Mapping[str, str]


def article(number: int, topic: str) -> Article:
    """A story of its own on a topic."""
    published_at = datetime.fromtimestamp(1_760_000_000 - number, UTC)
    return Article(f"a-{topic}", f"https://s.example/{topic}", f"Of the {topic}", f"{topic} " * 9, published_at)


class Host:
    """A store, and processes of one host on it, each of which a test starts."""

    def __init__(self, server: Path, folder: Path) -> None:
        self.store, self.data = Store(server, folder, "no"), folder / "var"
        self._now, self._started = time.time(), list[Services]()

    def start(self) -> Services:
        """Starts a process, as far as its first look around."""
        config = load_config(data_dir=self.data, secret_key="a key that all processes share", **PATIENCE)
        started = build_services(config, self.store.url, clock=lambda: self._now)
        self._started.append(started)
        self.look(started)
        return started

    def look(self, services: Services) -> None:
        """Does what the background of a process does every few seconds."""
        self._now += 6
        for work in services.background[-2:]:
            work.look()
            work.write_down()

    def close(self) -> None:
        """Ends all of it."""
        for services in self._started:
            services.close()
        self.store.kill()


@pytest.fixture
def host(store_server: Path, tmp_path: Path) -> Iterator[Host]:
    host = Host(store_server, tmp_path)
    RedisSiteStore(host.store.client).put(SITE)
    placed = auctioned("paid", placements=("sidebar",)), Placement("sidebar", formats=("native",))
    RedisInventoryStore(host.store.client).apply("courier", inventory(*placed), 0)
    yield host
    host.close()


@pytest.fixture
def renderer(host: Host) -> Headers:
    """The header of a token, on a host that knows eight articles of which two may not be shown."""
    services = host.start()
    services.articles.put("courier", [article(n, topic) for n, topic in enumerate(TOPICS)])
    services.articles.remove("courier", "a-goat")
    services.rules.put("courier", Rule("law", "block", article="a-pears"))
    text, _ = services.access.create("courier", [Scope.RENDER, Scope.CONTENT])
    host.look(services)
    return {"Authorization": f"Bearer {text}"}


def page(web: FlaskClient, headers: Headers) -> Any:
    """A page with a widget and a slot."""
    body = {"site": "courier", "widgets": [{"kind": "recent-news", "id": "w", "size": 6}],
            "slots": [{"id": "top", "placement": "sidebar"}]}  # fmt: skip
    return web.post("/v1/page", json=body, headers=headers)


def shown(answer: Any) -> set[str]:
    """The ids of the articles that a page shows."""
    assert answer.status_code == 200, answer.text
    return {item["article_id"] for item in answer.json["widgets"]["w"]["items"]}


STANDING = {f"a-{topic}" for topic in TOPICS} - {"a-goat", "a-pears"}


def test_pages_are_filled_as_they_last_were_and_without_paid_ads(host: Host, renderer: Headers) -> None:
    host.store.kill()
    web = create_app(host.start()).test_client()
    answer = page(web, renderer)
    assert shown(answer) == STANDING
    assert answer.json["slots"] == {"top": None}
    assert shown(page(web, {"Origin": ORIGIN})) == STANDING
    ready = web.get("/readyz")
    assert (ready.status_code, ready.json["status"]) == (200, "degraded")


def test_whoever_was_not_known_waits_for_the_store_and_so_does_what_is_no_page(host: Host, renderer: Headers) -> None:
    host.store.kill()
    web = create_app(host.start()).test_client()
    kind, token_id, secret = renderer["Authorization"].split("_")
    assert page(web, {"Authorization": f"{kind}_{token_id}_{secret[::-1]}"}).status_code == 401
    assert page(web, {"Authorization": f"{kind}_{token_id[::-1]}_{secret}"}).status_code == 503
    assert web.delete("/v1/articles/a-organ", headers=dict(renderer)).status_code == 503
    assert page(web, {"Origin": "https://elsewhere.example"}).status_code == 403


def test_when_the_store_is_back_pages_are_filled_from_it(host: Host, renderer: Headers) -> None:
    host.store.kill()
    services = host.start()
    web = create_app(services).test_client()
    assert shown(page(web, renderer)) == STANDING
    host.store.start()
    services.articles.remove("courier", "a-organ")
    host.look(services)
    answer = page(web, renderer)
    assert shown(answer) == STANDING - {"a-organ"}
    assert answer.json["slots"]["top"]["flight_id"] == "paid"


def test_a_revoked_token_and_an_erased_site_are_known_no_longer(host: Host, renderer: Headers) -> None:
    services = host.start()
    services.tokens.revoke(renderer["Authorization"].split("_")[1])
    services.site_records.put(Site("other"))
    services.site_records.remove("courier")
    host.look(services)
    assert not (host.data / "known" / "courier").exists()
    host.store.kill()
    web = create_app(host.start()).test_client()
    assert page(web, renderer).status_code == 503


def test_what_is_kept_holds_no_secret_and_is_for_its_owner_alone(host: Host, renderer: Headers) -> None:
    files = [path for path in (host.data / "known").rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"access.json", "snapshot.json"}
    secret = renderer["Authorization"].rpartition("_")[2].encode()
    for path in files:
        assert secret not in path.read_bytes()
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", [lambda told: told[: len(told) // 2], lambda _: b"", lambda _: b"{}"])
def test_what_is_cut_is_as_good_as_nothing(host: Host, renderer: Headers, damage: Callable[[bytes], bytes]) -> None:
    for path in (host.data / "known").rglob("*.json"):
        path.write_bytes(damage(path.read_bytes()))
    host.store.kill()
    web = create_app(host.start()).test_client()
    assert page(web, renderer).status_code == 503
    assert web.get("/readyz").status_code == 503
