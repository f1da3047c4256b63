"""What `standfirst doctor` finds, and what it says to do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from click.testing import CliRunner

from service.adapters.redis.store_facts import store_facts
from service.cli import main
from service.domain.events.export import ExportState
from service.domain.events.journal import JournalState
from service.domain.events.sums.rollup import StreamState
from service.usecases.doctor import (
    StoreFacts,
    Verdict,
    judge_data_dir,
    judge_export,
    judge_journal,
    judge_store,
    judge_stream,
    judge_writes,
)

SOUND = StoreFacts("valkey", "9.1.2", "7.2.4", "master", "noeviction", "yes", "everysec", 0.002, 0.4)


def verdicts(facts: StoreFacts) -> dict[str, Verdict]:
    """Returns the verdict on each part that is not well."""
    return {found.part: found.verdict for found in judge_store(facts) if found.verdict is not Verdict.OK}


def test_a_sound_store_has_nothing_to_mend() -> None:
    assert verdicts(SOUND) == {}


@pytest.mark.parametrize(
    ("change", "part", "verdict"),
    [
        ({"maxmemory_policy": "allkeys-lru"}, "eviction", Verdict.FAIL),
        ({"maxmemory_policy": None}, "eviction", Verdict.WARN),
        ({"appendonly": "no"}, "persistence", Verdict.FAIL),
        ({"appendonly": None}, "persistence", Verdict.WARN),
        ({"appendfsync": "no"}, "persistence", Verdict.WARN),
        ({"redis_version": "5.0.14"}, "store", Verdict.FAIL),
        ({"role": "slave"}, "store role", Verdict.FAIL),
        ({"ahead_s": -4.0}, "clock", Verdict.WARN),
        ({"ahead_s": 3_600.0}, "clock", Verdict.FAIL),
    ],
)
def test_each_unsound_part_is_found_and_has_a_remedy(change: dict[str, Any], part: str, verdict: Verdict) -> None:
    facts = replace(SOUND, **change)
    assert verdicts(facts) == {part: verdict}
    assert all(found.remedy for found in judge_store(facts) if found.part == part)


def test_a_data_folder_that_is_not_there_yet_is_judged_by_where_it_would_be(tmp_path: Path) -> None:
    assert judge_data_dir(tmp_path / "a" / "b").verdict is not Verdict.FAIL


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (JournalState(0, 1_000), Verdict.OK),
        (JournalState(10, 1_000), Verdict.WARN),
        (JournalState(0, 1_000, ("17-ab.aside",)), Verdict.WARN),
        (JournalState(900, 1_000), Verdict.FAIL),
    ],
)
def test_a_journal_that_holds_events_is_told_of(state: JournalState, verdict: Verdict) -> None:
    found = judge_journal(state)
    assert found.verdict is verdict
    assert bool(found.remedy) == (verdict is not Verdict.OK)
    assert all(name in found.remedy for name in state.set_aside)


@pytest.mark.parametrize(
    ("state", "verdict", "word"),
    [
        (StreamState(400), Verdict.OK, "400 of 1,000 wait"),
        (StreamState(600), Verdict.FAIL, "600 of 1,000 wait"),
        (StreamState(4, 2, ("17-0", "form 9")), Verdict.WARN, "the last 17-0: form 9"),
    ],
)
def test_a_stream_that_is_not_worked_off_or_has_poisoned_entries_is_told_of(
    state: StreamState, verdict: Verdict, word: str
) -> None:
    found = judge_stream("courier", state, 1_000)
    assert (found.verdict, bool(found.remedy)) == (verdict, verdict is not Verdict.OK)
    assert word in found.found


@pytest.mark.parametrize(
    ("write_ms", "verdict", "word"),
    [
        (0.4, Verdict.OK, "0.4 ms"),
        (49.0, Verdict.OK, "49.0 ms"),
        (51.0, Verdict.WARN, "150 ms"),
        (None, Verdict.FAIL, "none"),
    ],
)
def test_a_store_that_writes_too_slowly_for_pages_is_told_of(
    write_ms: float | None, verdict: Verdict, word: str
) -> None:
    found = judge_writes(write_ms, 150)
    assert (found.verdict, bool(found.remedy)) == (verdict, verdict is not Verdict.OK)
    assert word in found.found


@pytest.mark.redis
def test_a_real_store_tells_of_itself(redis: redis_client.Redis) -> None:
    facts = store_facts(redis)
    assert facts.maxmemory_policy == "noeviction"
    assert facts.appendonly == "no"
    assert abs(facts.ahead_s) < 1
    assert facts.version
    assert facts.write_ms is not None


@pytest.mark.redis
def test_an_unsound_store_ends_the_command_with_1(redis: redis_client.Redis, redis_url: str, tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "--json", "--redis-url", redis_url, "--data-dir", str(tmp_path)])
    assert told.exit_code == 1
    failed = [found for found in json.loads(told.stdout) if found["verdict"] == "FAIL"]
    assert [found["part"] for found in failed] == ["persistence"]
    assert "appendonly yes" in failed[0]["remedy"]


def test_a_store_that_is_away_is_a_failure_with_a_remedy(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "--redis-url", f"unix://{tmp_path}/nobody", "--data-dir", str(tmp_path)])
    assert told.exit_code == 1
    assert "FAIL  store" in told.stdout
    assert "STANDFIRST_REDIS_URL" in told.stdout


@pytest.mark.redis
def test_the_embedded_store_is_sound(store_server: Path, tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["doctor", "--data-dir", str(tmp_path / "var")], env={"STANDFIRST_REDIS_URL": ""})
    assert told.exit_code == 0, told.output
    assert "noeviction" in told.stdout


@pytest.mark.parametrize(
    ("state", "verdict", "words"),
    [
        (ExportState(events=12_000), Verdict.OK, "12,000 events in files"),
        (ExportState(now_ms=1_000_000, oldest_ms=940_000), Verdict.OK, "0 events in files"),
        (ExportState(now_ms=1_000_000, oldest_ms=0), Verdict.WARN, "the oldest event waits for 17 minutes"),
        (
            ExportState(now_ms=1_000_000, oldest_ms=0, fault="/out cannot be written: No space left on device.",
                        fault_ms=400_000),
            Verdict.FAIL,
            "fails for 10 minutes: /out cannot be written: No space left on device.",
        ),
    ],
)  # fmt: skip
def test_an_export_that_fails_or_stands_still_is_told_of(state: ExportState, verdict: Verdict, words: str) -> None:
    [found] = judge_export("s", state, 60, 0, 1_000)
    assert (found.part, found.verdict, found.found) == ("export of s", verdict, words)
    assert bool(found.remedy) == (verdict is not Verdict.OK)


def test_a_site_that_is_not_exported_is_not_told_of() -> None:
    assert list(judge_export("s", None, 60, 0, 1_000)) == []


def test_a_failing_export_says_when_paid_ads_stop_and_how_much_no_file_has() -> None:
    """Of 1,000 events 600 came in an hour: 400 more take two thirds of one."""
    state = ExportState(
        now_ms=3_600_000, oldest_ms=0, fault="no space.", fault_ms=0, left_out=12_000, left_out_ms=1_795_600_000_000
    )
    left_out, failing = judge_export("s", state, 60, 600, 1_000)
    assert left_out.verdict is Verdict.WARN
    assert left_out.found == "12,000 events are in no file, the last left out at 2026-11-25 09:46 UTC"
    assert failing.verdict is Verdict.FAIL
    assert failing.remedy.endswith("in 0.7 hours.")


def test_events_that_were_left_out_long_ago_are_told_and_warned_of_no_more() -> None:
    now_ms = 1_795_600_000_000
    state = ExportState(events=9_000, now_ms=now_ms, left_out=12_000, left_out_ms=now_ms - 8 * 86_400_000)
    (found,) = judge_export("s", state, 60, 0, 1_000)
    assert (found.verdict, found.found) == (Verdict.OK, "9,000 events in files, 12,000 left out over a week ago")
