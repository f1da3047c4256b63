"""Draws the pairs of real articles that were then read and judged: by stratum of likeness, before anything was tuned.

`python -m tests.quality.draw_pairs` prints a line a pair: stratum, both numbers, and whether it is held back. What was
judged of them stands in judged_pairs.csv. Likeness is scikit-learn's own TF-IDF: no analyzer of ours chose the pairs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.sparse import triu
from sklearn.feature_extraction.text import TfidfVectorizer

from tests.quality.news_articles import NewsArticle, news_articles, news_file

SEED = 20_170_329
BODY_STRATA = (0.08, 0.15, 0.25, 0.35, 0.5, 0.7, 1.01)
HEADLINE_STRATA = (0.3, 0.5, 0.6, 0.8, 1.01)
PER_BODY_STRATUM = 25
PER_HEADLINE_STRATUM = 10
NEIGHBOURS = 40
TELLING_STRATA = (0.2, 0.3, 0.4, 0.6, 0.9)
PER_TELLING_STRATUM = 20
TELLINGS_APART_DAYS = 2

Pair = tuple[int, int]


def draw(articles: tuple[NewsArticle, ...]) -> Iterator[tuple[str, int, int, bool]]:
    """Yields stratum, the two articles' numbers, and whether the pair is held back (every second at random)."""
    draws = np.random.default_rng(SEED)
    seen: set[Pair] = set()
    bodies = [f"{a.title} {a.title} {a.title} {a.text}" for a in articles]
    headlines = [a.title for a in articles]
    for name, found in (
        *_by_cosine("body", _words(bodies), BODY_STRATA, PER_BODY_STRATUM, draws),
        *_by_cosine("headline", _words(headlines), HEADLINE_STRATA, PER_HEADLINE_STRATUM, draws),
        ("neighbour", _neighbours(articles, bodies, draws)),
        ("telling", _tellings(articles, _words(bodies), draws)),
    ):
        for one, other in found:
            if (one, other) not in seen:
                seen.add((one, other))
                yield name, articles[one].id, articles[other].id, bool(draws.integers(2))


def _words(texts: list[str]) -> npt.NDArray[np.float32]:
    return TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=np.float32).fit_transform(texts)


def _by_cosine(
    name: str, rows: object, strata: tuple[float, ...], count: int, draws: np.random.Generator
) -> Iterator[tuple[str, list[Pair]]]:
    cosines = triu(rows @ rows.T, k=1).tocoo()
    for low, high in pairwise(strata):
        within = np.flatnonzero((cosines.data >= low) & (cosines.data < high))
        chosen = draws.choice(within, min(count, within.size), replace=False)
        found = zip(cosines.row[chosen].tolist(), cosines.col[chosen].tolist(), strict=True)
        yield f"{name} {low:g}", sorted(found)


def _neighbours(articles: tuple[NewsArticle, ...], texts: list[str], draws: np.random.Generator) -> Iterable[Pair]:
    """Returns random articles with the nearest of another publisher's, by runs of four characters."""
    shapes = TfidfVectorizer(analyzer="char_wb", ngram_range=(4, 4), sublinear_tf=True, dtype=np.float32)
    rows = shapes.fit_transform(texts)
    publishers = np.array([a.publisher for a in articles])
    for one in sorted(draws.choice(len(articles), NEIGHBOURS, replace=False).tolist()):
        cosines = (rows @ rows[one].T).toarray().ravel()
        cosines[publishers == publishers[one]] = 0
        other = int(cosines.argmax())
        yield (one, other) if one < other else (other, one)


def _tellings(articles: tuple[NewsArticle, ...], rows: object, draws: np.random.Generator) -> Iterable[Pair]:
    """Returns pairs of two publishers, at most two days apart, by stratum of cosine."""
    cosines = triu(rows @ rows.T, k=1).tocoo()
    publishers = np.unique([a.publisher for a in articles], return_inverse=True)[1]
    days = np.array([a.day.toordinal() for a in articles])
    near = abs(days[cosines.row] - days[cosines.col]) <= TELLINGS_APART_DAYS
    near &= publishers[cosines.row] != publishers[cosines.col]
    for low, high in pairwise(TELLING_STRATA):
        within = np.flatnonzero(near & (cosines.data >= low) & (cosines.data < high))
        chosen = draws.choice(within, PER_TELLING_STRATUM, replace=False)
        yield from sorted(zip(cosines.row[chosen].tolist(), cosines.col[chosen].tolist(), strict=True))


def main() -> None:
    """Prints the drawn pairs."""
    path = news_file()
    if path is None:
        sys.exit("Set STANDFIRST_SAMPLE_DATA to the folder of sample data.")
    print("stratum,a,b,held_back")
    for name, one, other, held_back in draw(news_articles(path)):
        print(f"{name},{one},{other},{int(held_back)}")


if __name__ == "__main__":
    main()
