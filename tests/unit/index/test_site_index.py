"""A site's index in one process: arrivals at once, generations taken up, models changed, removals at once."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from models.relevance.model import untrained
from service.adapters.files.index.generations.builder import IndexBuilder
from service.adapters.files.index.generations.generations import CURRENT, Generations
from service.adapters.files.index.site_index import IndexLimits, SiteIndex
from tests.makers.memory_articles import MemoryArticleStore
from tests.makers.newsroom import SITE, article, model_of

TEXTS = ["ferry strike harbour", "cup final stadium", "storm bridge flood", "summit border talks", "tram line city"]


def written(number: int, text: str = "", **fields):
    """The numbered article of a site, a minute older than the one before."""
    words = text or f"{TEXTS[number % 5]} word{number} word{number + 1}"
    return article(f"a-{number}", words, f"{words} " * 5, age_s=60 * number, **fields)


class House:
    """A store, a folder of generations, and an index that notes how often it asked for a build."""

    def __init__(self, folder, *, delta=100, merge_after=10):
        self.store = MemoryArticleStore()
        self.generations = Generations(folder)
        self.asked = 0
        self.index = SiteIndex(self.store, self.generations, IndexLimits(delta, merge_after), self._ask)
        self.model = untrained()

    def _ask(self):
        self.asked += 1

    def put(self, *articles):
        self.store.put(SITE.id, articles)

    def refresh(self):
        return self.index.refresh(SITE, self.model, newest=self.store.version(SITE.id))

    def build(self):
        return IndexBuilder(SITE, self.store, self.model, self.generations).build()

    def ids(self):
        snapshot = self.index.snapshot
        found = snapshot.recent(1_000, 2_000_000_000)
        return [snapshot.teaser(row).split(b'"article_id":"')[1].split(b'"')[0].decode() for row in found.tolist()]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path / "index")


def test_an_arrival_is_there_after_one_look(house):
    house.put(written(1), written(0))

    assert house.refresh()
    assert house.ids() == ["a-0", "a-1"]


def test_nothing_changed_means_nothing_done(house):
    house.put(written(0))
    house.refresh()
    before = house.index.snapshot

    assert not house.refresh()
    assert house.index.snapshot is before


def test_a_change_and_a_removal_are_seen_across_base_and_delta(house):
    house.put(*[written(n) for n in range(20)])
    house.build()
    house.refresh()
    house.put(written(3, "zorblat qaxivane"))
    house.store.remove(SITE.id, "a-5")
    house.refresh()

    assert sorted(house.ids()) == sorted(f"a-{n}" for n in range(20) if n != 5)
    vector, _ = house.index.snapshot.encode("zorblat", "qaxivane", "en")
    found = house.index.snapshot.related(vector, since=0, limit=5, also=np.empty(0, np.int64))
    assert found.rows.tolist() == [house.index.snapshot.row_of("a-3")]


def test_a_generation_takes_over_what_the_delta_held(house):
    house.put(*[written(n) for n in range(20)])
    house.refresh()
    assert house.index.snapshot.delta.size == 20
    info = house.build()
    house.put(written(20))
    house.refresh()

    assert info.version == 20
    assert house.index.snapshot.base.segment.size == 20
    assert house.index.snapshot.delta.size == 1
    assert len(house.ids()) == 21


def test_a_replaced_generation_is_unmapped_by_a_look_and_not_by_who_read_it_last(house):
    def is_mapped(generation):
        return f"{house.generations.folder / generation}/" in Path("/proc/self/maps").read_text()

    house.put(*[written(n) for n in range(20)])
    house.build()
    house.refresh()
    replaced, reading = house.index.generation, house.index.snapshot
    house.put(written(20))
    house.build()
    house.refresh()
    house.refresh()
    assert reading.row_of("a-3") is not None
    assert is_mapped(replaced)

    del reading
    assert is_mapped(replaced)

    house.refresh()
    assert not is_mapped(replaced)
    assert is_mapped(house.index.generation)


def test_many_changes_ask_for_a_generation(house):
    house.put(*[written(n) for n in range(10)])
    house.refresh()
    assert house.asked == 0
    house.put(written(10))
    house.refresh()

    assert house.asked == 1


def test_beyond_its_limit_the_delta_waits_for_a_generation(tmp_path):
    house = House(tmp_path / "index", delta=8)
    house.put(*[written(n) for n in range(30)])
    house.refresh()
    house.refresh()
    assert house.index.snapshot.delta.size == 8

    house.build()
    house.refresh()
    assert len(house.ids()) == 30


def test_a_merge_keeps_rows_and_does_not_read_them_again(house, monkeypatch):
    house.put(*[written(n) for n in range(20)])
    house.build()
    house.put(written(20), written(3, "zorblat qaxivane"))
    house.store.remove(SITE.id, "a-4")
    fetched = []
    fetch = house.store.fetch
    monkeypatch.setattr(house.store, "fetch", lambda site, ids: (fetched.extend(ids), fetch(site, ids))[1])

    house.build()
    house.refresh()

    assert sorted(fetched) == ["a-20", "a-3", "a-4"]
    assert sorted(house.ids()) == sorted(f"a-{n}" for n in range(21) if n != 4)


def test_a_small_site_takes_a_new_model_up_at_once(house):
    articles = [written(n) for n in range(6)]
    house.put(*articles)
    house.refresh()
    house.model = model_of(articles)
    house.refresh()

    assert house.index.snapshot.model_version == house.model.version
    assert len(house.ids()) == 6


def test_a_large_site_serves_from_the_old_model_until_its_index_is_built(house):
    articles = [written(n) for n in range(20)]
    house.put(*articles)
    house.build()
    house.refresh()
    house.model = model_of(articles)
    house.refresh()
    assert house.index.snapshot.model_version is None
    assert house.asked == 1
    assert len(house.ids()) == 20

    house.build()
    house.refresh()
    assert house.index.snapshot.model_version == house.model.version
    assert len(house.ids()) == 20


def test_a_changed_count_analyses_no_text_again(house, monkeypatch):
    import service.adapters.files.index.segment.row_block as row_block

    house.put(written(0), written(1))
    house.refresh()
    monkeypatch.setattr(row_block, "prepare_text", lambda *_: pytest.fail("the text was analysed again"))
    house.put(written(0, comment_count=7))
    house.refresh()

    row = house.index.snapshot.row_of("a-0")
    assert house.index.snapshot.columns(np.array([row])).comment_count.tolist() == [7]


def test_a_store_that_goes_away_amid_a_look_leaves_all_as_it_was(house, monkeypatch):
    from service.domain.errors import StoreUnavailable

    house.put(*[written(n) for n in range(20)])
    house.refresh()
    house.build()
    house.put(written(20))
    before = house.index.snapshot

    def away(*_):
        raise StoreUnavailable("gone")

    with monkeypatch.context() as patched:
        patched.setattr(house.store, "fetch", away)
        with pytest.raises(StoreUnavailable):
            house.refresh()
    assert house.index.snapshot is before

    house.refresh()
    assert len(house.ids()) == 21


@pytest.mark.parametrize("harm", ["cut", "missing", "no pointer", "nonsense"])
def test_a_damaged_generation_is_not_taken_up(house, harm):
    house.put(*[written(n) for n in range(8)])
    info = house.build()
    folder = house.generations.folder
    file = folder / info.name / "postings.rows.npy"
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-4])
    elif harm == "missing":
        file.unlink()
    elif harm == "no pointer":
        (folder / CURRENT).unlink()
    else:
        (folder / CURRENT).write_text("../../elsewhere")

    house.refresh()

    assert house.index.snapshot.base.segment.size == 0
    assert len(house.ids()) == 8


def test_all_of_a_generation_is_on_the_disk_before_the_pointer_moves(house, monkeypatch):
    """A power cut may take what was not synced: no file of a generation that the pointer names may be among it."""
    house.put(written(1))
    house.build()
    pointer = house.generations.folder / CURRENT
    before, synced = pointer.read_text(), []

    def noted(descriptor):
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((path.name.removeprefix("."), pointer.read_text() == before))

    monkeypatch.setattr(os, "fsync", noted)
    house.put(written(2))
    house.build()

    info = house.generations.current()
    files = {path.name for path in (house.generations.folder / info.name).iterdir()}
    assert {name for name, ahead in synced if ahead} >= {*files, info.name, house.generations.folder.name}
    assert synced[-1] == (house.generations.folder.name, False)


def test_a_build_that_was_killed_leaves_the_last_good_generation(house):
    house.put(*[written(n) for n in range(20)])
    good = house.build()
    half = house.generations.folder / ".generation-99-untrained-1"
    half.mkdir()
    (half / "postings.rows.npy").write_bytes(b"half")

    assert house.generations.current() == good
    house.put(written(20))
    assert house.build().version == 21


def test_one_process_of_a_host_builds_at_a_time(house):
    house.put(*[written(n) for n in range(3)])
    with house.generations.building() as mine:
        assert mine
        assert house.build() is None
    assert house.build() is not None


def test_old_generations_are_removed_but_one(house):
    for number in range(4):
        house.put(written(number))
        house.build()

    assert len([path for path in house.generations.folder.iterdir() if path.is_dir()]) == 2
