"""What benchmarks run on is a site like any other: its index answers, its model weighs and places texts."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from bench.sites.corpus import RARE, segment_of
from bench.sites.model import model_of
from service.adapters.files.index.base_searches import BaseSearches
from service.adapters.files.index.generations.segment_building import build_segment
from service.adapters.files.index.segment.segment import Segment
from service.adapters.files.index.snapshot import IndexSnapshot


@pytest.fixture(scope="module", autouse=True)
def _without_real_articles() -> Iterator[None]:
    """Drawn articles serve here as well; real ones take seconds to read."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("STANDFIRST_SAMPLE_DATA", raising=False)
        yield


@pytest.fixture(scope="module")
def segment() -> Segment:
    """A small corpus."""
    return segment_of(60)


def test_a_drawn_article_is_its_own_nearest_neighbour(segment: Segment) -> None:
    nothing = build_segment([])
    index = IndexSnapshot(model_of(segment), BaseSearches(segment), nothing, np.empty(0, np.int64), 0)
    row = index.row_of("a-30")
    assert row is not None
    found = index.related(index.vector(row), since=0, limit=10, also=np.empty(0, np.int64))
    assert found.rows[0] == row
    assert found.rows.size == 10


def test_a_corpus_eight_times_as_large_has_more_rare_terms_but_not_eight_times(segment: Segment) -> None:
    rare = [int((each.vocabulary >= RARE).sum()) for each in (segment, segment_of(8 * segment.size))]
    assert 1.5 < rare[1] / rare[0] < 8
