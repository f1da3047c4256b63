"""A process takes up inventories as they move, each once."""

from __future__ import annotations

import numpy as np
import pytest

from service.domain.ads.inventory import (
    Advertiser,
)
from service.domain.ads.inventory_store import (
    InventoryChanges,
)
from service.domain.errors import StoreUnavailable
from service.domain.ports import Versions
from service.usecases.ads.known.follow_inventories import FollowInventories
from service.usecases.ads.known.inventory_snapshots import InventorySnapshots
from tests.makers.memory_inventory import MemoryInventoryStore


class Host:
    """A process that follows the sites of a told store."""

    def __init__(self) -> None:
        self.told: dict[str, Versions] = {"a": Versions(inventory=0), "b": Versions(inventory=0)}
        self.store, self.read, self.away = MemoryInventoryStore(), list[str](), False
        self.snapshots = InventorySnapshots(self.store, self.analyzers_of)
        self.follow = FollowInventories(self, self.snapshots)

    def all(self) -> dict[str, Versions]:
        return dict(self.told)

    def analyzers_of(self, site_id: str) -> list[object]:
        """Asked once for each snapshot that is built."""
        if self.away:
            raise StoreUnavailable("away")
        self.read.append(site_id)
        return [lambda _: np.array([], np.uint64)]

    def load(self, site_id: str) -> None:
        version = self.store.apply(site_id, InventoryChanges((Advertiser("x"),)), self.store.version(site_id))
        self.told[site_id] = Versions(inventory=version)


@pytest.fixture
def host() -> Host:
    return Host()


def test_an_inventory_is_taken_up_when_it_moves_and_only_then(host: Host) -> None:
    host.follow.look()
    host.follow.look()
    assert host.read == ["a", "b"]
    host.load("b")
    host.follow.look()
    assert host.read == ["a", "b", "b"]
    assert (host.snapshots.version("a"), host.snapshots.version("b")) == (0, 1)


def test_one_that_could_not_be_read_is_taken_up_at_a_later_look(host: Host) -> None:
    host.follow.look()
    host.load("a")
    host.away = True
    with pytest.raises(StoreUnavailable):
        host.follow.look()
    assert host.snapshots.version("a") == 0
    host.away = False
    host.follow.look()
    assert host.snapshots.version("a") == 1


def test_a_site_of_other_languages_is_read_anew(host: Host) -> None:
    host.follow.look()
    host.told["a"] = Versions(inventory=0, site=1)
    host.follow.look()
    assert host.read == ["a", "b", "a"]


def test_a_site_that_is_erased_is_let_go_of_and_a_new_one_of_its_name_is_read(host: Host) -> None:
    host.load("a")
    host.follow.look()
    erased = host.told.pop("a")
    host.follow.look()
    assert [site_id for site_id, _ in host.snapshots.held()] == ["b"]
    host.told["a"] = erased
    host.follow.look()
    assert host.read == ["a", "b", "a"]
