"""The ten nearest articles: our index beside scipy's product, scikit-learn's cosine_similarity and tantivy.

The recall of each is against the cosine of the articles' 32-bit weights. A million articles take 6 GB of disk and some
minutes to make; STANDFIRST_BENCH_CACHE names a folder where they stay for the next run, by the index's format and the
way they were made.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity

from bench.figures.figures import in_turn, report, spread
from bench.index.more_like_this import MoreLikeThis
from bench.sites.corpus import MADE_AS, rows_in
from service.adapters.files.arrays.columns import map_array
from service.adapters.files.index.generations.generations import FORMAT
from service.adapters.files.index.generations.segment_building import open_segment, write_segment
from service.adapters.files.index.search.postings import nearest_rows, query_of_row
from service.adapters.files.index.segment.segment import Segment, TermRows

QUERIES = 20
TOP = 10
SIZES = (10_000, 100_000, 1_000_000)

SLOW_QUERIES = 2
"""Of those ways that look at every article."""

TANTIVY_LIMIT = 100_000
"""Articles; beyond, filling its index takes longer than all the rest."""

SAME = 1e-5
"""Cosines that differ by less are the same: the order of two such is chance."""

Rows = npt.NDArray[np.int64]
Way = Callable[[int], Rows]


def run() -> None:
    """Prints the time of one query, exact top ten, one core, at each size, and the recall of every way."""
    for size in SIZES:
        with corpus(size) as (terms, segment):
            _compare(terms, segment)


@contextmanager
def corpus(size: int) -> Iterator[tuple[TermRows, Segment]]:
    """Yields the terms of so many articles with their exact weights, and their index; both memory-mapped."""
    with TemporaryDirectory(prefix="standfirst-bench-", ignore_cleanup_errors=True) as temporary:
        folder = Path(os.environ.get("STANDFIRST_BENCH_CACHE") or temporary, f"articles-{size}-{MADE_AS}-{FORMAT}")
        if not folder.exists():
            building = folder.with_name(f"building-{os.getpid()}")
            for part in ("rows", "index"):
                (building / part).mkdir(parents=True)
            write_segment([rows_in(building / "rows", size)], building / "index")
            building.rename(folder)
        terms = TermRows(*(map_array(folder / "rows" / f"terms.{name}.npy") for name in TermRows._fields))
        yield terms, open_segment(folder / "index")


def _compare(terms: TermRows, segment: Segment) -> None:
    size, width = segment.size, segment.vocabulary.size
    rows = sparse.csr_array((size, width), dtype=np.float32)
    # Set after it is made, and of one type: scipy would else copy them, at every product in the worse case.
    rows.data, rows.indices = terms.weights, segment.rows.numbers.astype(np.int32)
    rows.indptr = terms.indptr.astype(np.int32)
    # X.T in the form that scipy multiplies fastest: a row a term, which is X by columns read the other way round.
    transposed = rows.tocsc().T
    queries = np.random.default_rng(3).choice(size, QUERIES, replace=False).tolist()

    def ours(row: int) -> Rows:
        return nearest_rows(segment, query_of_row(segment, row), 0, TOP).rows

    def scipy_product(row: int) -> Rows:
        scores = rows[[row]] @ transposed
        return scores.indices[_top(scores.data)]

    def sklearn(row: int) -> Rows:
        return _top(cosine_similarity(rows[[row]], rows).ravel())

    fast: dict[str, Way] = {"ours": ours, "scipy_product": scipy_product}
    slow: dict[str, Way] = {"sklearn": sklearn}
    if size <= TANTIVY_LIMIT:
        slow["tantivy_more_like_this"] = MoreLikeThis(segment.rows, TOP).nearest
    times = _per_query(fast, queries) | _per_query(slow, queries[:SLOW_QUERIES])
    exact = {row: (rows[[row]] @ transposed).toarray().ravel() for row in queries}
    report(
        f"related_top{TOP}_at_{size}",
        unit="ms a query",
        articles=size,
        terms=width,
        postings=int(segment.rows.numbers.size),
        **{name: spread(values) for name, values in times.items()},
        **{f"times_{name}": _ratio(times[name], times["ours"]) for name in times if name != "ours"},
        recall={name: _recall(way, exact) for name, way in (fast | slow).items()},
        postings_to_plain=round(sum(array.nbytes for array in segment.postings) / (8 * segment.rows.numbers.size), 3),
    )


def _per_query(ways: Mapping[str, Way], queries: Sequence[int]) -> dict[str, list[float]]:
    works = {name: lambda way=way: [way(row) for row in queries] for name, way in ways.items()}
    return {name: [total / len(queries) for total in totals] for name, totals in in_turn(works).items()}


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return round(float(np.median(theirs) / np.median(ours)), 2)


def _recall(way: Way, exact: Mapping[int, npt.NDArray[np.float32]]) -> float:
    """Returns how many of the rows found are among the ten nearest by the exact cosine, over all queries."""
    hits = 0
    for row, scores in exact.items():
        tenth = np.partition(scores, scores.size - TOP)[scores.size - TOP]
        hits += int(np.count_nonzero(scores[way(row)] >= tenth - SAME))
    return round(hits / (TOP * len(exact)), 4)


def _top(scores: npt.NDArray[np.float32]) -> Rows:
    best: Rows = np.argpartition(-scores, TOP)[:TOP]
    return best
