"""What a merge is said to do to searches: from as many of each, by rounds, and each search against itself."""

from __future__ import annotations

import pytest

from bench.index.beside_merge import Search, felt


def searches(*ms: float) -> list[Search]:
    return [Search(one) for one in ms]


QUIET = searches(5.0, 30.0, 5.0)


def test_one_bad_round_of_the_machine_is_no_stall() -> None:
    told = felt({
        "nothing": [QUIET, QUIET, QUIET],
        "merge": [searches(5.0, 31.0, 5.0), searches(5.0, 500.0, 5.0), searches(6.0, 32.0, 6.0)],
        "foreign_process": [searches(5.0, 31.5, 5.0), searches(5.0, 30.5, 5.0), searches(5.0, 31.0, 5.0)],
    })  # fmt: skip

    assert told["stall_ms"] == pytest.approx(1.0)
    assert told["longest_search"]["merge"] == {"median": 32.0, "min": 31.0, "max": 500.0}
    assert told["late_searches"] == {"nothing": 0, "merge": 1, "foreign_process": 0}


def test_a_merge_that_holds_a_search_up_each_time_is_told() -> None:
    late = searches(5.0, 30.0, 65.0)

    told = felt({"nothing": [QUIET], "merge": [late, late, late], "foreign_process": [QUIET, QUIET, QUIET]})

    assert told["stall_ms"] == 35.0
    assert told["late_searches"]["merge"] == 3


def test_longest_ones_are_of_as_many_searches_beside_each() -> None:
    told = felt({"nothing": [QUIET], "merge": [[*QUIET, Search(90.0)]], "foreign_process": [QUIET]})

    assert told["stall_ms"] == 0.0
    assert told["searches"] == {"nothing": 3, "merge": 4, "foreign_process": 3}


def test_searches_that_the_machine_held_up_are_told_apart() -> None:
    held = [*searches(5.0, 31.0), Search(300.0, held_up=True)]

    told = felt({"nothing": [QUIET], "merge": [held, held], "foreign_process": [QUIET, QUIET]})

    assert told["stall_ms"] == pytest.approx(1.0)
    assert told["stall_of_all_ms"] == pytest.approx(270.0)
    assert told["held_up"] == {"nothing": 0, "merge": 2, "foreign_process": 0}
    assert told["late_searches"]["merge"] == 2
