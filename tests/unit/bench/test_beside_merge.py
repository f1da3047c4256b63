"""What a merge is said to do to searches: from as many of each, by rounds, and each search against itself."""

from __future__ import annotations

import pytest

from bench.beside_merge import felt

QUIET = [5.0, 30.0, 5.0]


def test_one_bad_round_of_the_machine_is_no_stall() -> None:
    told = felt({
        "nothing": [QUIET, QUIET, QUIET],
        "merge": [[5.0, 31.0, 5.0], [5.0, 500.0, 5.0], [6.0, 32.0, 6.0]],
        "foreign_process": [[5.0, 31.5, 5.0], [5.0, 30.5, 5.0], [5.0, 31.0, 5.0]],
    })  # fmt: skip

    assert told["stall_ms"] == pytest.approx(1.0)
    assert told["longest_search"]["merge"] == {"median": 32.0, "min": 31.0, "max": 500.0}
    assert told["late_searches"] == {"nothing": 0, "merge": 1, "foreign_process": 0}


def test_a_merge_that_holds_a_search_up_each_time_is_told() -> None:
    late = [5.0, 30.0, 65.0]

    told = felt({"nothing": [QUIET], "merge": [late, late, late], "foreign_process": [QUIET, QUIET, QUIET]})

    assert told["stall_ms"] == 35.0
    assert told["late_searches"]["merge"] == 3


def test_longest_ones_are_of_as_many_searches_beside_each() -> None:
    told = felt({"nothing": [QUIET], "merge": [[*QUIET, 90.0]], "foreign_process": [QUIET]})

    assert told["stall_ms"] == 0.0
    assert told["searches"] == {"nothing": 3, "merge": 4, "foreign_process": 3}
