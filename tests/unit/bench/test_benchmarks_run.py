"""Benchmarks run on a small site, so that a change of the code they measure is noticed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.ads import inventory
from bench.events import drain
from bench.index import arrivals
from bench.pages import stages
from bench.pages.worker import private_mb
from bench.servers.callers import Caller, call_pages, one_caller_a_worker, workers_of
from bench.sites.site import StandingSite, standing_site
from tests.conftest import PATIENT_ENVIRONMENT

pytestmark = [pytest.mark.redis, pytest.mark.e2e, pytest.mark.usefixtures("store_server")]


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[pytest.MonkeyPatch]:
    """Patience with the store, for all that is started here."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PATIENT_ENVIRONMENT.items():
            environment.setenv(name, value)
        yield environment


@pytest.fixture(scope="module")
def site(environment: pytest.MonkeyPatch) -> Iterator[StandingSite]:
    """A small site in a store of its own."""
    with standing_site(120, 10) as standing:
        environment.delenv("STANDFIRST_SAMPLE_DATA", raising=False)
        yield standing


def test_every_stage_of_a_page_call_takes_time_and_a_page_asked_again_is_not_searched_for(
    site: StandingSite, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(stages, "PAGES", 2)
    stages.measure(site, 120, 10, iter(range(120)))
    printed = [line for line in capfd.readouterr().out.splitlines() if line.startswith('{"figure"')]
    first, again = map(json.loads, printed)
    assert all(first[stage]["min"] > 0 for stage in (*stages.STAGES, stages.REST))
    assert again["candidates"]["max"] == again["rank and fill"]["max"] == 0
    assert again["reserve"]["min"] > 0


def test_an_article_put_is_seen_in_each_worker_and_workers_memory_is_read(
    site: StandingSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "ROUND_S", 1)
    with site.serve("--workers", "2") as (url, pid):
        workers = workers_of(pid, 2)
        looking = one_caller_a_worker(url, site.token, workers)
        assert set(looking) == set(workers)
        assert len(call_pages(url, site.token, range(20), 3, connections=2)) == 20
        with closing(Caller(url, site.token)) as putting:
            visible = arrivals.arrive(putting, list(looking.values()), batch=1)
        for caller in looking.values():
            caller.close()
        assert len(visible) == arrivals.A_MINUTE // 60
        assert all(0 < each < 1_000 * (arrivals.ROUND_S + arrivals.GIVE_UP_S) for each in visible)
        assert 1 < private_mb(workers, site.services.config.data_dir) < 1_000


def test_a_worker_drains_what_the_benchmark_filled_in(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(drain, "SAMPLE", 30)
    drain.run(events=1_000, rounds=1)
    figure = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert figure["clock"]["min"] > 0
    assert 30 < figure["stream_bytes_an_event"] < 200


def test_a_sheet_is_loaded_and_its_snapshot_mapped_by_a_process_that_did_not_build_it(
    capfd: pytest.CaptureFixture[str],
) -> None:
    inventory.run(rows=2_500, rounds=1)
    load, snapshot = map(json.loads, capfd.readouterr().out.splitlines()[-2:])
    assert 0 < load["cpu_s"]["median"] < load["s"]["median"] * 2
    assert load["longest_wait_ms"]["median"] > 0
    assert snapshot["mapped_ms"]["median"] < 1_000 * snapshot["built_s"]["median"]
    assert snapshot["page_ms"]["median"] > 0
