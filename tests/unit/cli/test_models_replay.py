"""`standfirst models replay`: what a log tells of another way of choosing, and what of a log is faulty."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from service.cli import main

CLICKED = {"earned": 1, "chance": 0.5, "target_chance": 0.9, "expected_shown": 0.8, "expected_target": 0.74}
MISSED = {"earned": 0, "chance": 0.5, "target_chance": 0.1, "expected_shown": 0.2, "expected_target": 0.74}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log.jsonl"


def judge(log: Path, choices: list[dict[str, float]], *options: str) -> Result:
    log.write_text("".join(f"{json.dumps(one)}\n" for one in choices))
    return CliRunner().invoke(main, ["models", "replay", str(log), *options], catch_exceptions=False)


def test_a_policy_that_prefers_what_was_clicked_is_told_to_earn_more(log: Path) -> None:
    told = json.loads(judge(log, [CLICKED, MISSED] * 50, "--json").stdout)

    assert (told["entries"], told["logged"]) == (100, 0.5)
    assert told["estimates"]["ips"]["value"] == pytest.approx(0.9)
    assert told["estimates"]["snips"]["value"] == pytest.approx(0.9)
    assert told["estimates"]["doubly robust"]["value"] == pytest.approx(0.74 + (1.8 * 0.2 - 0.2 * 0.2) / 2)
    for estimate in told["estimates"].values():
        assert estimate["low"] <= estimate["value"] <= estimate["high"]


def test_without_a_model_there_is_no_doubly_robust_estimate(log: Path) -> None:
    plain = [{name: one[name] for name in ("earned", "chance", "target_chance")} for one in (CLICKED, MISSED)]

    told = judge(log, plain * 50).stdout

    assert "snips" in told
    assert "doubly" not in told


def test_every_faulty_line_is_named(log: Path) -> None:
    answer = judge(log, [CLICKED, {**CLICKED, "chance": 0}, {"earned": 1}])

    assert answer.exit_code == 1
    assert "line 2.chance" in answer.stderr
    assert "line 3.chance" in answer.stderr
    assert "line 3.target_chance" in answer.stderr


def test_an_empty_log_tells_nothing_and_says_so(log: Path) -> None:
    answer = judge(log, [])

    assert answer.exit_code == 1
    assert "empty" in answer.stderr
