"""Generations travel: one host builds and publishes, others take what they have checked, and build nothing."""

from __future__ import annotations

import pytest

from models.relevance.model import untrained
from service.adapters.files.index.generations.builder import IndexBuilder
from service.adapters.files.index.generations.generation_supply import GenerationSupply
from service.adapters.files.index.generations.generations import FORMAT, MANIFEST, Generations
from service.adapters.files.index.segment.segment import arrays_of
from tests.makers.memory_articles import MemoryArticleStore
from tests.makers.newsroom import SITE, article


class Hosts:
    """Two hosts with folders of their own, a folder that both see, and one store of articles."""

    def __init__(self, folder):
        self.store = MemoryArticleStore()
        self.shared = Generations(folder / "shared")
        self.builder, self.taker = Generations(folder / "builder"), Generations(folder / "taker")
        self.publishing = GenerationSupply(self.builder, self.shared, "publish", lambda: self._build(self.builder))
        self.taking = GenerationSupply(self.taker, self.shared, "take", lambda: pytest.fail("a taker builds nothing"))

    def _build(self, generations):
        return IndexBuilder(SITE, self.store, untrained(), generations)

    def put(self, *numbers):
        self.store.put(SITE.id, [article(f"a-{n}", f"word{n} word{n + 1} ferry", age_s=n) for n in numbers])


@pytest.fixture
def hosts(tmp_path):
    return Hosts(tmp_path)


def test_what_one_host_publishes_another_takes_whole(hosts):
    hosts.put(*range(20))
    built = hosts.publishing.bring()

    taken = hosts.taking.bring()

    assert taken == built == hosts.taker.current()
    theirs = arrays_of(hosts.builder.open(built))
    for name, array in arrays_of(hosts.taker.open(taken)).items():
        assert array.tobytes() == theirs[name].tobytes(), name


def test_a_taker_has_no_news_until_there_is_another_generation(hosts):
    assert not hosts.taking.has_news()
    hosts.put(1)
    hosts.publishing.bring()
    assert hosts.taking.has_news()
    hosts.taking.bring()
    assert not hosts.taking.has_news()
    assert hosts.taking.bring() is None


def test_a_host_that_shares_nothing_builds_and_publishes_nothing(hosts, tmp_path):
    alone = GenerationSupply(hosts.builder, hosts.shared, "none", lambda: hosts._build(hosts.builder))
    hosts.put(1)

    assert alone.has_news()
    assert alone.bring() == hosts.builder.current()
    assert hosts.shared.current() is None


def test_what_was_built_but_not_published_is_published_the_next_time(hosts):
    hosts.put(1)
    hosts._build(hosts.builder).build()

    hosts.publishing.bring()

    assert hosts.shared.current() == hosts.builder.current()


def test_a_generation_whose_bytes_changed_on_the_way_is_refused_by_name(hosts):
    hosts.put(*range(5))
    info = hosts.publishing.bring()
    file = hosts.shared.folder / info.name / "rows.levels.npy"
    file.write_bytes(file.read_bytes()[:-1] + b"\x7f")

    with pytest.raises(ValueError, match=r"rows\.levels\.npy"):
        hosts.taking.bring()

    assert hosts.taker.current() is None


def test_a_taker_keeps_its_own_while_a_published_one_is_damaged(hosts):
    hosts.put(1)
    hosts.publishing.bring()
    before = hosts.taking.bring()
    hosts.put(2)
    info = hosts.publishing.bring()
    (hosts.shared.folder / info.name / "vocabulary.npy").unlink()

    assert not hosts.taking.has_news()
    assert hosts.taking.bring() is None
    assert hosts.taker.current() == before


def test_old_generations_leave_the_shared_folder_but_one(hosts):
    for number in range(4):
        hosts.put(number)
        hosts.publishing.bring()

    assert len([path for path in hosts.shared.folder.iterdir() if path.is_dir()]) == 2


@pytest.mark.parametrize("harm", ["another format", "another manifest"])
def test_a_generation_of_another_format_or_manifest_is_built_anew(hosts, harm):
    hosts.put(1)
    info = hosts._build(hosts.builder).build()
    manifest = hosts.builder.folder / info.name / MANIFEST
    written = manifest.read_bytes()
    if harm == "another format":
        changed = written.replace(b'"format":%d' % FORMAT, b'"format":1')
    else:
        changed = written.replace(b"sha256", b"sha265", 1)
    assert changed != written
    manifest.write_bytes(changed)

    assert hosts.builder.current() is None
    assert hosts._build(hosts.builder).build() == hosts.builder.current() is not None
