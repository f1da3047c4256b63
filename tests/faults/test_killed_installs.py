"""Training and building of snapshots, killed for good amid their files: what was installed before serves on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from service.adapters.redis.ads.inventory.store import RedisInventoryStore
from service.domain.ads.inventory_store import InventoryChanges
from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.known import inventory_snapshots
from tests.makers.adverts import auctioned, inventory

pytestmark = pytest.mark.redis

# Runs a command of ours, which stops at its nth call of a function, and waits.
STOPPING = """
import sys
from importlib import import_module
module, name, nth, command, *words = sys.argv[1:]
home, calls = import_module(module), []
whole = getattr(home, name)

def stop_at_last(*given, **named):
    calls.append(name)
    if len(calls) == int(nth):
        print("waiting", flush=True)
        sys.stdin.read()
    return whole(*given, **named)

setattr(home, name, stop_at_last)
command_module, function = command.split(":")
getattr(import_module(command_module), function)(words)
"""
TRAIN = "service.cli:main", "models", "train", "--site", "courier"
BUILD = "service.worker.build_inventory:build_inventory", "--site", "courier"


@contextmanager
def killed(services: Services, redis_url: str, at: tuple[str, str, int], command: tuple[str, ...]) -> Iterator[None]:
    """Runs the command until it stops, lets the test look, and kills it."""
    own = {"STANDFIRST_REDIS_URL": redis_url, "STANDFIRST_DATA_DIR": str(services.config.data_dir)}
    words = [sys.executable, "-c", STOPPING, *map(str, at), *command]
    with subprocess.Popen(
        words, env={**os.environ, **own}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert "waiting\n" in iter(process.stdout.readline, "")
        yield
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("at", [("numpy", "save", 3), ("models.relevance.bundle", "_sync", 2)], ids=["arrays", "sync"])
def test_a_training_killed_amid_its_bundle_leaves_the_model_that_serves(
    services: Services, redis_url: str, at: tuple[str, str, int]
) -> None:
    services.sites.put(Site("courier"))
    published_at = datetime(2026, 1, 1, tzinfo=UTC)
    services.articles.put(
        "courier",
        [Article(f"a-{n}", f"https://s.example/{n}", f"Ferry {n}", f"ferry word{n} " * 9, published_at)
         for n in range(20)],
    )  # fmt: skip
    good = services.models.train("courier")
    with killed(services, redis_url, at, TRAIN):
        pass
    folder = services.config.bundles / "courier"
    (left,) = folder.glob(".*")
    assert [(row.version, row.serving) for row in services.models.list("courier")] == [(good.version, True)]
    services.snapshots.look_around()
    assert services.snapshots.snapshot("courier").index.model_version == good.version
    assert services.snapshots.lack() is None

    os.utime(left, (time.time() - 100_000,) * 2)
    later = services.models.train("courier")
    assert {row.version for row in services.models.list("courier") if row.serving} == {later.version}
    assert not list(folder.glob(".*")), "what a killed training left is removed by one of a later day"


@pytest.mark.parametrize("at", ["pack", "write_arrays"])
def test_a_snapshot_build_killed_amid_its_work_leaves_the_snapshot_before(
    services: Services, redis_url: str, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory_snapshots, "LEAST_SHARED", 2)
    services.sites.put(Site("courier"))
    stored = RedisInventoryStore(services.client)
    stored.apply("courier", inventory(auctioned("first")), 0)
    good = services.ads.snapshots.refresh("courier")
    folder = services.config.data_dir / "inventory" / "courier"
    (before,) = folder.glob("[!.]*-*")
    stored.apply("courier", InventoryChanges((auctioned("second"),)), 1)
    with killed(services, redis_url, ("service.adapters.files.inventory.inventory_files", at, 1), BUILD):
        assert [*folder.glob("[!.]*-*")] == [before]
    assert [*folder.glob("[!.]*-*")] == [before]
    assert list(folder.glob(".*")), "it was killed amid its files"
    assert [held.flight.id for held in good.flights_by_number.values()] == ["first"]

    new = services.ads.snapshots.refresh("courier")
    assert {held.flight.id for held in new.flights_by_number.values()} == {"first", "second"}
    assert len([*folder.glob("[!.]*-*")]) == 2, "the one before stays, for whoever still reads it"
    assert not list(folder.glob(".*")), "what the killed build left is gone"
