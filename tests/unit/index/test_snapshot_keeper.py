"""What a process holds of its sites: taken up look by look, whole before it is called ready."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from service.adapters.files.index.generations.builder import IndexBuilder
from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.index.known_snapshots import KnownSnapshots
from service.adapters.files.index.site_index import IndexLimits
from service.adapters.files.index.site_indexes import SiteIndexes
from service.adapters.files.index.snapshot_keeper import SnapshotKeeper
from service.adapters.files.model_shelf import ModelShelf
from service.adapters.files.promoted_models import PromotedModels
from service.domain.editorial.rule import Rule
from service.domain.engagement.rates import NO_ENGAGEMENT
from service.domain.errors import StoreUnavailable
from service.domain.ports import ModelPointer, Versions
from service.usecases.engagement.reader_counts import ReaderCounts
from tests.makers.memory_articles import MemoryArticleStore
from tests.makers.newsroom import NOW, SITE, article


class Counters:
    """The versions that a poller compares, set by the test; and the reads of the last hours."""

    def __init__(self):
        self.versions = Versions()
        self.reads = {}
        self.away = False

    def all(self):
        if self.away:
            raise StoreUnavailable("away")
        return {SITE.id: self.versions}

    def get(self, _):
        return SITE

    def recent(self, *_):
        return self.reads


class Pointers:
    """The models that were promoted, the last one serving."""

    def __init__(self):
        self.promoted = []

    def promote(self, _, pointer):
        self.promoted.append(pointer)

    def history(self, _):
        return self.promoted


class Host:
    """A process's keeper with everything it looks at."""

    def __init__(self, folder: Path, *, delta: int = 100):
        self.counters, self.articles, self.pointers = Counters(), MemoryArticleStore(), Pointers()
        self.shelf, self.folder, self.now = ModelShelf(folder / "bundles"), folder / "index", NOW
        self.models = PromotedModels(self.pointers, self.shelf)
        self.rules = []
        self.asked = []
        self.keeper = SnapshotKeeper(
            versions=self.counters,
            sites=self.counters,
            rules=self,
            models=self.models,
            indexes=SiteIndexes(self.articles, self.folder, IndexLimits(delta, 10), self.asked.append),
            counts=ReaderCounts(self.counters, lambda *_: NO_ENGAGEMENT),
            known=KnownSnapshots(folder / "known", self.folder, self.shelf),
            clock=lambda: self.now,
        )

    def all(self, _):
        """The site's editorial rules."""
        return self.rules

    def put(self, count: int):
        texts = [article(f"a-{n}", f"title{n} word{n}", f"word{n} " * 9, age_s=n) for n in range(count)]
        self.articles.put(SITE.id, texts)
        self.counters.versions = Versions(articles=self.articles.version(SITE.id), model=self.counters.versions.model)

    def train(self) -> ModelPointer:
        rows = [row for row in self.articles.fetch(SITE.id, list(self.articles.ids(SITE.id))) if row]
        self.now += 1
        manifest = self.shelf.train(SITE, rows, self.now, lambda _: None)
        pointer = ModelPointer(manifest.version, manifest.digest, int(self.now))
        self.pointers.promote(SITE.id, pointer)
        versions = self.counters.versions
        self.counters.versions = Versions(articles=versions.articles, model=versions.model + 1)
        return pointer

    def build(self):
        _, model = self.models.serving(SITE.id)
        IndexBuilder(SITE, self.articles, model, Generations(self.folder / SITE.id)).build()


@pytest.fixture
def host(tmp_path):
    return Host(tmp_path)


def test_a_site_that_was_never_looked_at_is_empty(host):
    assert host.keeper.snapshot("nowhere").index.size == 0


def test_a_look_takes_up_articles_and_model(host):
    host.put(5)
    pointer = host.train()
    host.keeper.look_around()

    index = host.keeper.snapshot(SITE.id).index
    assert (index.size, index.model_version) == (5, pointer.version)
    assert host.keeper.behind() is None


def test_the_age_of_the_model_counts_from_its_promotion(host):
    host.put(5)
    host.keeper.look_around()
    assert host.keeper.model_age_s() is None
    pointer = host.train()
    host.keeper.look_around()
    host.now = pointer.since + 500
    assert host.keeper.model_age_s() == 500


def test_a_process_that_holds_only_some_articles_is_not_ready_until_an_index_brings_the_rest(tmp_path):
    host = Host(tmp_path, delta=20)
    host.put(50)
    host.keeper.look_around()
    assert host.keeper.behind() == f"{SITE.id}: 30 changes of articles to take in"
    assert host.asked

    host.build()
    host.keeper.look_around()
    assert host.keeper.behind() is None


def test_once_whole_a_process_stays_ready_while_much_arrives(tmp_path):
    host = Host(tmp_path, delta=20)
    host.put(5)
    host.keeper.look_around()
    host.put(50)
    host.keeper.look_around()

    assert host.keeper.behind() is None


def test_an_altered_model_is_told_and_the_old_one_serves_on(host):
    host.put(5)
    first = host.train()
    host.keeper.look_around()
    second = host.train()
    file = next((host.folder.parent / "bundles" / SITE.id / second.version).glob("idf.npy"))
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    host.keeper.look_around()

    assert host.keeper.snapshot(SITE.id).index.model_version == first.version
    assert "idf.npy is missing or altered" in host.keeper.lack()


def test_a_large_sites_first_model_is_told_of_until_the_index_is_built_for_it(host):
    host.put(20)
    host.build()
    host.keeper.look_around()
    assert host.keeper.lack() is None
    first = host.train()
    host.keeper.look_around()
    assert host.keeper.lack().startswith(f"{SITE.id}: {first.version} is used when the index is built for it")
    host.build()
    host.keeper.look_around()
    host.train()
    host.keeper.look_around()
    assert host.keeper.lack() is None, "the first serves until the index is built for the second"


def test_a_snapshot_is_replaced_only_when_something_changed(host):
    host.put(5)
    host.keeper.look_around()
    before = host.keeper.snapshot(SITE.id)
    host.now += 60
    host.keeper.look_around()
    assert host.keeper.snapshot(SITE.id) is before

    host.counters.reads = {"7": 3.0, "9": 5.0}
    host.now += 60
    host.keeper.look_around()
    assert list(host.keeper.snapshot(SITE.id).reads) == [9, 7]


def test_rules_are_taken_up_before_the_articles_that_they_block_and_again_when_they_change(host):
    host.put(2)
    host.rules = [Rule("x", "block", article="a-0")]
    host.counters.versions = replace(host.counters.versions, rules=1)

    def unreachable(*_):
        raise StoreUnavailable("away")

    known, host.all = host.all, unreachable
    with pytest.raises(StoreUnavailable):
        host.keeper.look_around()
    assert host.keeper.snapshot(SITE.id).index.size == 0
    host.all = known
    host.keeper.look_around()
    first = host.keeper.snapshot(SITE.id)
    assert (first.index.size, len(first.rules.rules)) == (2, 1)

    host.rules = []
    host.keeper.look_around()
    assert host.keeper.snapshot(SITE.id) is first, "nothing is read again while the version stands"
    host.counters.versions = replace(host.counters.versions, rules=2)
    host.keeper.look_around()
    assert host.keeper.snapshot(SITE.id).rules.rules == ()


def test_a_process_that_starts_without_the_store_fills_pages_from_generation_and_arrivals_of_before(tmp_path):
    host = Host(tmp_path)
    host.put(20)
    pointer = host.train()
    host.build()
    host.articles.remove(SITE.id, "a-3")
    host.articles.put(SITE.id, [article("new", "A new word", "word7 word8")])
    host.rules = [Rule("x", "block", article="a-0")]
    host.counters.versions = Versions(articles=host.articles.version(SITE.id), model=1, rules=1)
    host.keeper.look_around()
    host.keeper.write_down(NOW)
    before = host.keeper.snapshot(SITE.id)

    later = Host(tmp_path)
    later.counters.away = True
    with pytest.raises(StoreUnavailable):
        later.keeper.look_around()
    recalled = later.keeper.snapshot(SITE.id)
    assert later.keeper.has_recalled()
    assert recalled.index.model_version == pointer.version
    assert recalled.index.row_of("a-3") is None
    assert recalled.rules.rules == before.rules.rules
    vector = recalled.index.vector(recalled.index.row_of("new"))
    nearest, known = (s.index.related(vector, since=0, limit=5, also=np.empty(0, np.int64)) for s in (recalled, before))
    assert nearest.rows.tolist() == known.rows.tolist()
    assert nearest.rows.size > 1


def test_what_is_written_down_is_written_anew_only_when_it_changed(tmp_path):
    host = Host(tmp_path)
    host.put(5)
    host.keeper.look_around()
    folder = tmp_path / "known" / SITE.id

    def written():
        host.keeper.write_down(NOW)
        return sorted((path.name, path.stat().st_mtime_ns) for path in folder.iterdir())

    first = written()
    assert written() == first
    host.put(6)
    host.keeper.look_around()
    assert written() != first
