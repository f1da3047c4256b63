"""The ten nearest articles: our index beside scipy's product and scikit-learn's cosine_similarity."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import cosine_similarity

from bench.corpus import segment_of
from bench.figures import in_turn, report, spread
from service.adapters.files.postings import known_terms, search_numba, search_scipy
from service.adapters.files.segment import Segment

QUERIES = 20
TOP = 10


def run(size: int = 100_000) -> None:
    """Prints the time of one query, exact top ten of `size` articles, one core, and how often the same ten came."""
    segment = segment_of(size)
    block = segment.block
    columns = np.searchsorted(segment.vocabulary, block.term_hashes)
    rows = sparse.csr_array((block.weights, columns, block.indptr), shape=(size, segment.vocabulary.size))
    # X.T in the form that scipy multiplies fastest: a row a term, which is X by columns read the other way round.
    transposed = rows.tocsc().T
    queries = np.random.default_rng(3).choice(size, QUERIES, replace=False).tolist()

    def ours(row: int) -> np.ndarray:
        return search_numba(segment, *_query(segment, row), 0, TOP, 0)[1]

    def ours_scipy(row: int) -> np.ndarray:
        return search_scipy(segment, *_query(segment, row), 0, TOP, 0)[1]

    def product(row: int) -> np.ndarray:
        return _top((rows[[row]] @ transposed).data)

    def scikit_learn(row: int) -> np.ndarray:
        return _top(cosine_similarity(rows[[row]], rows).ravel())

    agreeing = sum(np.allclose(ours(row), product(row), atol=1e-4) for row in queries)
    ways = {"ours": ours, "ours_scipy": ours_scipy, "scipy_product": product, "sklearn": scikit_learn}
    times = in_turn({name: lambda way=way: [way(row) for row in queries] for name, way in ways.items()})
    per_query = {name: [total / QUERIES for total in totals] for name, totals in times.items()}
    report(
        f"related_top{TOP}_at_{size}",
        unit="ms a query",
        terms=int(segment.vocabulary.size),
        postings=int(segment.posting_rows.size),
        **{name: spread(values) for name, values in per_query.items()},
        times_scipy=round(np.median(per_query["scipy_product"]) / np.median(per_query["ours"]), 2),
        times_sklearn=round(np.median(per_query["sklearn"]) / np.median(per_query["ours"]), 2),
        same_scores=f"{agreeing} of {QUERIES}",
    )


def _query(segment: Segment, row: int) -> tuple[np.ndarray, np.ndarray]:
    span = slice(segment.block.indptr[row], segment.block.indptr[row + 1])
    return known_terms(segment, segment.block.term_hashes[span], segment.block.weights[span])


def _top(scores: np.ndarray) -> np.ndarray:
    best = np.argpartition(-scores, TOP)[:TOP]
    return np.sort(scores[best])[::-1]
