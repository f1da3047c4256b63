"""A site that is erased leaves nothing: no key, no file, no token, nothing in a running process."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis as redis_client

from service.adapters.files.site_folders import erase_site_files
from service.adapters.redis.redis_keys import PROBE, SECRET, SITES, TOKENS, KeySpec, all_keys
from service.adapters.redis.sites.site_erasure import erase_site_keys
from service.domain.errors import NotFound
from service.domain.sites.access import Scope
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.sites.erase_site import SETTLED_S, Erased, EraseSite

pytestmark = pytest.mark.redis

PARTS = {"shard": 7, "hour": 491_000, "plan_id": "p1", "image_id": "ab", "number": 3, "epoch": 1, "minute": 29}
PARTS |= {"digest": "cd", "feed_id": "wire", "segment": "ef", "day": 20_500}
OF_NO_SITE = {SITES.pattern, SECRET.pattern, TOKENS.pattern, PROBE.pattern, "sf:token:<token_id>"}


def key_of(spec: KeySpec, site_id: str) -> str:
    """One key of the family."""
    return spec.name(site=site_id, **PARTS).replace("<site.", f"<{site_id}.").replace("<", "").replace(">", "")


def families() -> list[KeySpec]:
    """Every family of keys that belongs to a site."""
    return [spec for spec in all_keys() if spec.pattern not in OF_NO_SITE]


def kept_keys(redis: redis_client.Redis) -> set[str]:
    """Every key in the store."""
    return {key.decode() for key in redis.scan_iter()}


def test_every_family_of_a_sites_keys_is_erased_and_none_of_another_sites(redis: redis_client.Redis) -> None:
    others = {key_of(spec, other) for spec in families() for other in ("courier-2", "cour", "the-courier")}
    own = {key_of(spec, "courier") for spec in families()}
    for key in others | own | {SECRET.pattern, SITES.pattern}:
        redis.set(key, "kept")
    assert erase_site_keys(redis, "courier") == len(own)
    assert kept_keys(redis) == others | {SECRET.pattern, SITES.pattern}


def test_a_family_of_keys_is_a_sites_or_one_of_the_few_that_are_not() -> None:
    assert all(spec.pattern.startswith("sf:{<site") for spec in families())


def test_more_keys_than_a_batch_are_all_erased(redis: redis_client.Redis) -> None:
    redis.mset({f"sf:{{courier}}:used:1:{minute}": "1" for minute in range(1_700)})
    assert erase_site_keys(redis, "courier") == 1_700
    assert not kept_keys(redis)


def test_files_of_the_site_are_erased_wherever_sites_have_folders(tmp_path: Path) -> None:
    for name in ("index/courier/generation-1", "bundles/courier/model-1", "bundles/gazette/model-1"):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        (folder / "terms.npy").write_bytes(b"1")
    folders = [tmp_path / name for name in ("index", "bundles", "nothing")]
    assert erase_site_files(folders, "courier") == 2
    assert [path.name for path in tmp_path.glob("*/*")] == ["gazette"]


def test_the_record_goes_first_then_after_a_while_all_that_others_may_still_have_written(services: Services) -> None:
    services.site_records.put(Site("courier"))
    own = services.access.create("courier", [Scope.RENDER])[1]
    everywhere = services.access.create(None, [Scope.ADMIN])[1]
    waits: list[float] = []

    def others_write_on(seconds: float) -> None:
        assert services.site_records.all() == []
        services.reads.add("courier", {"a-1": 1}, 1_770_000_000.0)
        waits.append(seconds)

    erase = EraseSite(
        services.site_records,
        services.tokens,
        lambda site_id: erase_site_keys(services.client, site_id),
        lambda _: 0,
        others_write_on,
    )
    erased = erase.erase("courier")
    assert waits == [SETTLED_S]
    assert (erased.tokens, erased.keys) == (1, 2)  # versions and reads; the record was gone before
    assert [token.id for token in services.tokens.all()] == [everywhere.id]
    assert services.tokens.get(own.id) is None


def test_an_erasure_that_was_cut_off_is_ended_by_another_and_a_third_finds_nothing(services: Services) -> None:
    services.reads.add("courier", {"a-1": 1}, 1_770_000_000.0)
    assert services.erase_site.erase("courier") == Erased(tokens=0, keys=1, files=0)
    with pytest.raises(NotFound, match="no site 'courier'"):
        services.erase_site.erase("courier")


def test_a_running_process_lets_go_of_an_erased_site_and_of_its_index(services: Services) -> None:
    services.site_records.put(Site("courier"))
    services.snapshots.look_around()
    folder = services.config.data_dir / "index" / "courier"
    folder.mkdir(parents=True)
    (folder / "CURRENT").write_text("generation-1")
    services.site_records.remove("courier")
    services.snapshots.look_around()
    assert not folder.exists()


def test_a_process_that_was_away_meanwhile_removes_the_index_of_an_erased_site(services: Services) -> None:
    folder = services.config.data_dir / "index" / "courier"
    folder.mkdir(parents=True)
    services.snapshots.look_around()
    assert not folder.exists()
