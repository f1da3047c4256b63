"""Lists of neighbours say what a live search finds, when they are made and after every merge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.adapters.files.index import base_searches
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.segment_building import (
    FreshRows,
    KeptRows,
    Source,
    write_neighbours,
    write_segment,
)
from service.adapters.files.index.search import neighbours
from service.adapters.files.index.search.neighbours import listed
from service.adapters.files.index.search.postings import nearest_rows, query_of_row
from service.adapters.files.index.segment.segment import Segment
from service.domain.index.article_index import TermVector
from tests.makers.term_rows import batch_of_terms

rows = st.lists(st.dictionaries(st.integers(0, 9), st.floats(0.1, 1.0), max_size=6), max_size=25)


@pytest.fixture
def short_lists(monkeypatch):
    """Lists of 6 for the newest 15, found anew below 4."""
    monkeypatch.setattr(neighbours, "LISTED", 15)
    monkeypatch.setattr(neighbours, "LENGTH", 6)
    monkeypatch.setattr(neighbours, "LEAST", 4)


def written(sources: list[Source], folder) -> Segment:
    """A segment of these sources with its lists, as a generation holds it."""
    return write_neighbours(write_segment(sources, folder), sources, folder)


def assert_lists_are_true(segment: Segment) -> None:
    """Each list is the beginning of what a search of the listed rows finds, and all of it where it says so."""
    for row in range(max(0, segment.size - 15), segment.size):
        kept = listed(segment, row)
        assert kept is not None
        (_, scores), whole = kept
        live = nearest_rows(segment, query_of_row(segment, row), max(0, segment.size - 15), 100)
        assert scores == pytest.approx(live.scores[: scores.size], abs=1e-6)
        assert scores.size == live.rows.size if whole else scores.size >= 4


@given(old=rows, fresh=rows, gone=st.sets(st.integers(0, 24)))
@settings(max_examples=80,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_lists_are_those_of_a_search_when_made_and_after_a_merge(short_lists, tmp_path_factory, old, fresh, gone):
    first = written([FreshRows(batch_of_terms(old))], tmp_path_factory.mktemp("first"))
    assert_lists_are_true(first)

    standing = np.array([row for row in range(first.size) if row not in gone], np.int64)
    arrivals = FreshRows(batch_of_terms(fresh, first=1_000))
    merged = written([KeptRows(first, standing), arrivals], tmp_path_factory.mktemp("merged"))

    assert merged.size == standing.size + len(fresh)
    assert_lists_are_true(merged)


def test_a_merge_that_brings_older_rows_into_the_window_puts_them_into_the_lists(short_lists, tmp_path_factory):
    drawn = np.random.default_rng(4)
    terms = [dict.fromkeys(drawn.choice(9, 5, replace=False).tolist(), 1.0) for _ in range(25)]
    first = written([FreshRows(batch_of_terms(terms))], tmp_path_factory.mktemp("first"))

    for newest in (24, 23, 22):  # unpublished: the window begins one row earlier for each
        merged = written([KeptRows(first, np.arange(newest))], tmp_path_factory.mktemp("merged"))
        assert_lists_are_true(merged)


def test_lists_whose_lost_rows_are_made_good_by_arrivals_are_not_searched_anew(
    short_lists, tmp_path_factory, monkeypatch
):
    """Where only the newest rows have lists, each merge takes as many from them as it brings."""
    made = []
    monkeypatch.setattr(neighbours, "nearest_rows", lambda *asked: made.append(1) or nearest_rows(*asked))
    terms = [{0: 1.0} if row < 6 else {1: 1.0} for row in range(15)]
    first = written([FreshRows(batch_of_terms(terms))], tmp_path_factory.mktemp("first"))
    made.clear()

    arrivals = FreshRows(batch_of_terms([{0: 1.0}] * 3, first=15))  # in place of rows 0 to 2 in the lists of 3 to 5
    merged = written([KeptRows(first, np.arange(15)), arrivals], tmp_path_factory.mktemp("merged"))

    assert len(made) == 3
    assert_lists_are_true(merged)


@pytest.fixture
def searched(short_lists, tmp_path, monkeypatch):
    """A base of 20 rows with lists, and the searches that were made in it."""
    drawn = np.random.default_rng(3)
    terms = [dict.fromkeys(drawn.choice(12, 6, replace=False).tolist(), 1.0) for _ in range(20)]
    base = BaseSearches(written([FreshRows(batch_of_terms(terms))], tmp_path))
    made = []
    monkeypatch.setattr(base_searches, "nearest_rows", lambda *asked: made.append(1) or nearest_rows(*asked))
    return base, made


def nearest(base: BaseSearches, row: int, *, limit: int = 4, first: int = 5, dead: tuple[int, ...] = ()):
    gone = np.zeros(base.segment.size, bool)
    gone[list(dead)] = True
    vector = TermVector(np.empty(0, np.uint64), np.empty(0, np.float32), row)
    return base.nearest(vector, base.query(vector), first, limit, gone)


def test_a_listed_row_needs_no_search(searched):
    base, made = searched

    found = nearest(base, 18)

    assert not made
    assert found.rows[0] == 18
    assert found.rows.size == 4


def test_removed_rows_are_passed_over_in_a_list(searched):
    base, made = searched
    first = nearest(base, 18).rows.tolist()

    found = nearest(base, 18, dead=(first[1],))

    assert not made
    assert first[1] not in found.rows
    assert found.rows[:3].tolist() == [first[0], *first[2:4]]


@pytest.mark.parametrize(
    "harm", ["too many are gone", "a narrow window", "a wide window", "an old row", "a long answer"]
)
def test_a_list_that_holds_too_few_gives_way_to_a_search(searched, harm):
    base, made = searched
    dead = tuple(nearest(base, 18, limit=6).rows[1:4].tolist()) if harm == "too many are gone" else ()
    row, limit = (2 if harm == "an old row" else 18), (7 if harm == "a long answer" else 4)

    first = {"a narrow window": 15, "a wide window": 4}.get(harm, 5)

    found = nearest(base, row, limit=limit, first=first, dead=dead)

    assert made
    assert found.rows.size == limit
    assert not set(found.rows.tolist()) & set(dead)


def test_only_rows_of_the_window_in_which_pages_look_first_have_lists(short_lists, tmp_path, monkeypatch):
    monkeypatch.setattr(neighbours, "LISTED_S", 4)
    terms = [{1: 1.0, number: 1.0} for number in range(2, 14)]

    segment = written([FreshRows(batch_of_terms(terms))], tmp_path)

    assert [row for row in range(12) if listed(segment, row)] == [7, 8, 9, 10, 11]  # rows are a second apart
