"""The search of an index finds exactly what brute force finds, whatever the weights are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.search.postings import Found, Query, nearest_rows, query_of, query_of_row, scores_of
from service.adapters.files.index.segment.compact import BLOCK, compact_rows, weights_of
from service.adapters.files.index.segment.segment import Segment, empty_batch, take
from tests.makers.term_rows import batch, segment_of_rows


def brute_force(segment: Segment, query: Query) -> np.ndarray:
    """The cosine of every row, from the weights that the index keeps."""
    dense = np.zeros(segment.vocabulary.size)
    dense[query.numbers] = query.weights
    shares = dense[segment.rows.numbers] * weights_of(segment.rows, 0, segment.size)
    row_of = np.repeat(np.arange(segment.size), np.diff(segment.rows.indptr))
    return np.bincount(row_of, weights=shares, minlength=segment.size)


def in_order(found: Found) -> bool:
    """Whether the best row stands first, of equal scores the newer."""
    return bool(np.array_equal(np.lexsort((-found.rows, -found.scores)), np.arange(found.rows.size)))


weights = st.one_of(st.just(1.0), st.floats(1e-6, 1.0), st.sampled_from([1e-30, 1e-9, 1.0]))
rows = st.lists(st.dictionaries(st.integers(0, 12), weights, max_size=8), max_size=40)


@given(rows=rows, query=st.dictionaries(st.integers(0, 15), weights, max_size=10), first=st.integers(0, 45),
       limit=st.integers(1, 60))  # fmt: skip
@settings(max_examples=200)
def test_a_search_finds_the_best_of_the_window_as_brute_force_does(rows, query, first, limit):
    segment = segment_of_rows(rows)
    terms = sorted(query)
    asked = query_of(segment, np.array(terms, np.uint64), np.array([query[t] for t in terms], np.float32))
    scores = brute_force(segment, asked)
    window = np.sort(scores[first:])[::-1]
    expected = window[window > 0][:limit]

    found = nearest_rows(segment, asked, min(first, segment.size), limit)

    assert found.scores == pytest.approx(expected, rel=1e-5)
    assert scores[found.rows] == pytest.approx(expected, rel=1e-5)
    assert in_order(found)
    assert (found.rows >= first).all()
    assert scores_of(segment, asked, np.arange(segment.size)) == pytest.approx(scores, rel=1e-5)


@pytest.fixture(scope="module")
def three_blocks():
    """A segment of three blocks whose terms are as common as words are, so that every band has some."""
    chosen = np.random.default_rng(5)
    size, length = 2 * BLOCK + 5_000, 12
    terms = np.minimum(chosen.zipf(1.25, (size, length)), 200_000).astype(np.uint64)
    terms[50:60] = terms[2 * BLOCK + 100]  # equal texts, in blocks of their own
    unique = [np.unique(row) for row in terms]
    indptr = np.concatenate(([0], np.cumsum([row.size for row in unique]))).astype(np.int64)
    lengths = np.repeat(np.diff(indptr), np.diff(indptr))
    return build_segment([batch(indptr, np.concatenate(unique), (lengths**-0.5).astype(np.float32))])


@pytest.mark.parametrize("first", [0, 30, BLOCK - 1, BLOCK, BLOCK + 77, 2 * BLOCK + 4_999])
@pytest.mark.parametrize("limit", [1, 10, 300])
def test_a_search_over_several_blocks_is_exact(three_blocks, first, limit):
    for row in (3, 55, BLOCK, 2 * BLOCK + 100, three_blocks.size - 1):
        query = query_of_row(three_blocks, row)
        scores = brute_force(three_blocks, query)
        window = np.sort(scores[first:])[::-1]

        found = nearest_rows(three_blocks, query, first, limit)

        assert found.scores == pytest.approx(window[window > 0][:limit], rel=1e-5)
        assert scores[found.rows] == pytest.approx(window[window > 0][:limit], rel=1e-5)
        assert in_order(found)


def test_of_equal_scores_the_newer_row_stands_first(three_blocks):
    found = nearest_rows(three_blocks, query_of_row(three_blocks, 55), 0, 11)

    assert found.rows.tolist() == [2 * BLOCK + 100, *range(59, 49, -1)]


def test_a_query_of_a_hundred_thousand_terms_is_exact(three_blocks):
    every = np.arange(min(100_000, three_blocks.vocabulary.size))
    query = Query(every, np.full(every.size, every.size**-0.5))

    found = nearest_rows(three_blocks, query, 0, 20)

    assert found.scores == pytest.approx(np.sort(brute_force(three_blocks, query))[::-1][:20], rel=1e-5)


def test_a_row_is_asked_for_by_its_own_terms_without_a_look_up(three_blocks):
    span = slice(three_blocks.rows.indptr[7], three_blocks.rows.indptr[8])
    hashes = three_blocks.vocabulary[three_blocks.rows.numbers[span]]

    own, looked_up = query_of_row(three_blocks, 7), query_of(three_blocks, hashes, weights_of(three_blocks.rows, 7, 8))

    assert np.array_equal(own.numbers, looked_up.numbers)
    assert np.array_equal(own.weights, looked_up.weights)


def test_weights_that_bounds_cannot_hold_for_are_refused():
    indptr, numbers = np.array([0, 2]), np.array([0, 1])

    with pytest.raises(ValueError, match="negative"):
        compact_rows(indptr, numbers, np.array([0.5, -0.1], np.float32))
    with pytest.raises(ValueError, match="longer than 1"):
        compact_rows(indptr, numbers, np.array([0.9, 0.9], np.float32))


def test_storage_of_postings_is_less_than_half_of_plain_arrays():
    """Plain: a 32-bit row and a 32-bit weight a posting."""
    chosen = np.random.default_rng(2)
    terms = [np.unique(chosen.zipf(1.3, 160) % 3_000).astype(np.uint64) for _ in range(8_000)]
    indptr = np.concatenate(([0], np.cumsum([row.size for row in terms]))).astype(np.int64)
    lengths = np.repeat(np.diff(indptr), np.diff(indptr))
    segment = build_segment([batch(indptr, np.concatenate(terms), (lengths**-0.5).astype(np.float32))])

    assert sum(array.nbytes for array in segment.postings) < 0.5 * 8 * segment.postings.rows.size


def test_taking_rows_of_a_batch_of_none_gives_none():
    assert take(empty_batch().block, np.empty(0, np.int64)).size == 0
