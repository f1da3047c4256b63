"""A build of an index generation that is killed for good leaves the last good one, and the next build works."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from service.adapters.files.index.generations.generations import Generations

# Builds so many articles; stops amid the articles, or amid the files of the next generation, and waits.
BUILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from models.relevance.model import untrained
from service.adapters.files.index.generations import generations
from service.adapters.files.index.generations.generations import Generations
from service.adapters.files.index.generations.builder import IndexBuilder
from tests.makers.memory_articles import MemoryArticleStore
from service.domain.content.article import Article
from service.domain.sites.site import Site
from service.usecases.content import read_articles

folder, count, stop_at = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

def wait_for_the_end(*_):
    print("waiting", flush=True)
    sys.stdin.read()

assert read_articles.AT_ONCE
read_articles.AT_ONCE = 10
store = MemoryArticleStore()
at = datetime(2026, 1, 1, tzinfo=UTC)
store.put("s", [Article(f"a-{n}", f"https://a.example/{n}", f"word{n} ferry", "ferry text", at) for n in range(count)])
if stop_at == "articles":
    fetch, seen = store.fetch, []
    store.fetch = lambda site, ids: (seen.append(1), len(seen) > 2 and wait_for_the_end(), fetch(site, ids))[2]
elif stop_at == "files":
    generations._digest = wait_for_the_end
IndexBuilder(Site("s"), store, untrained(), Generations(folder)).build()
"""


def begin_build(folder: Path, count: int, stop_at: str) -> subprocess.Popen[str]:
    """Starts a build of so many articles that stops amid its work and waits."""
    return subprocess.Popen(
        [sys.executable, "-c", BUILD, str(folder), str(count), stop_at],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("stop_at", ["articles", "files"])
def test_a_build_killed_amid_its_work_leaves_the_last_good_generation(tmp_path: Path, stop_at: str) -> None:
    begin_build(tmp_path, 40, "nowhere").communicate(timeout=100)
    good = Generations(tmp_path).current()
    assert good is not None

    with begin_build(tmp_path, 90, stop_at) as build:
        assert build.stdout is not None
        assert build.stdout.readline() == "waiting\n"
        assert Generations(tmp_path).is_building()
        build.send_signal(signal.SIGKILL)

    assert not Generations(tmp_path).is_building()
    assert Generations(tmp_path).current() == good
    assert Generations(tmp_path).open(good).size == 40
    assert list(tmp_path.glob(".generation-*")) or list(tmp_path.glob(".spool-*"))

    begin_build(tmp_path, 90, "nowhere").communicate(timeout=100)
    after = Generations(tmp_path).current()
    assert after is not None
    assert Generations(tmp_path).open(after).size == 90
    assert not list(tmp_path.glob(".generation-*"))
    assert not list(tmp_path.glob(".spool-*"))
