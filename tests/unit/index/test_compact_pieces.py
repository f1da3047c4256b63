"""What an index is built of is taken in spans and worked on in pieces, and nothing of it depends on their size."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.adapters.files.index.segment import compact
from service.adapters.files.index.segment.compact import (
    bands_of,
    block_postings,
    common_norms,
    compact_rows,
    entries_of,
)

TERMS = 40


@given(lengths=st.lists(st.integers(0, 4), min_size=1, max_size=30), data=st.data())
@settings(max_examples=150)
def test_entries_of_rows_are_theirs_in_the_order_asked_for(lengths, data):
    offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    rows = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=40)), np.int64)
    entries = np.arange(offsets[-1])

    own, (taken, twice) = entries_of(offsets, rows, (entries, 2 * entries))

    wanted = [entries[offsets[row] : offsets[row + 1]].tolist() for row in rows.tolist()]
    assert [taken[own[at] : own[at + 1]].tolist() for at in range(rows.size)] == wanted
    assert np.array_equal(twice, 2 * taken)


@pytest.mark.parametrize("rows", [1, 300])
@pytest.mark.parametrize("piece", [1, 7, 500])
def test_a_block_is_the_same_in_pieces_of_any_size(monkeypatch, rows, piece):
    drawn = np.random.default_rng(rows)
    terms = [np.flatnonzero(drawn.random(TERMS) < 0.3 / (1 + number % 3)) for number in range(rows)]
    indptr = np.concatenate(([0], np.cumsum([row.size for row in terms])))
    numbers = np.concatenate(terms)
    block = compact_rows(indptr, numbers, (drawn.random(numbers.size) / 8).astype(np.float32))
    bands = bands_of(np.bincount(numbers, minlength=TERMS), rows)
    postings, norms = block_postings(block, TERMS), common_norms(block, bands)

    monkeypatch.setattr(compact, "PIECE", piece)

    assert all(np.array_equal(*both) for both in zip(block_postings(block, TERMS), postings, strict=True))
    assert np.array_equal(common_norms(block, bands), norms)
