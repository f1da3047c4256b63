"""Which descriptions a page is like: the same as cosine by cosine, and told by the words that both have."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.ads.targeting.similarity import DescriptionIndex, described, description, description_key
from service.domain.index.article_index import TermVector

TERMS = st.dictionaries(st.integers(0, 12), st.floats(0.1, 9.0), max_size=8)


def vector(weights: dict[int, float]) -> TermVector:
    """A vector of length 1, or none."""
    terms = np.array(sorted(weights), np.uint64)
    values = np.array([weights[term] for term in sorted(weights)])
    return TermVector(terms, (values / (np.sqrt(values @ values) or 1.0)).astype(np.float32))


def cosine(one: TermVector, other: TermVector) -> float:
    """The cosine, term by term."""
    ours, theirs = (dict(zip(v.terms.tolist(), v.weights.tolist(), strict=True)) for v in (one, other))
    return sum(weight * theirs.get(term, 0.0) for term, weight in ours.items())


@given(st.lists(st.tuples(TERMS, st.sampled_from([0.02, 0.3, 0.8])), max_size=6), TERMS, st.sampled_from([1.0, 1.24]))
def test_a_page_is_like_what_is_near_enough_and_nothing_else(
    told: list[tuple[dict[int, float], float]], page: dict[int, float], power: float
) -> None:
    vectors = {f"text {n % 4}": vector(weights) for n, (weights, _) in reversed([*enumerate(told)])}
    items = [description(f"text {n % 4} >= {least}") for n, (_, least) in enumerate(told)]
    index, own = DescriptionIndex(items, vectors.__getitem__, power), vector(page)
    near = {text: cosine(one, own) ** power for text, one in vectors.items()}
    met = set(index.likeness(own).met)
    for item in items:
        text, least = described(item)
        if abs(near[text] - least) > 1e-6:
            assert (description_key(item) in met) == (near[text] >= least)
        found, parts = index.likeness(own).parts(text)
        assert found == pytest.approx(near[text], abs=1e-6)
        assert {term for term, _ in parts} == set(vectors[text].terms.tolist()) & set(own.terms.tolist())
        assert [weight for _, weight in parts] == sorted((weight for _, weight in parts), reverse=True)


@pytest.mark.parametrize(
    ("written", "item", "told"),
    [
        ("Boats  and\nships", "Boats and ships", ("Boats and ships", 0.1)),
        ("Boats >= 0.10", "Boats", ("Boats", 0.1)),
        ("Boats>=.07", "Boats >= 0.07", ("Boats", 0.07)),
        ("Boats of >= 3 masts", "Boats of >= 3 masts", ("Boats of >= 3 masts", 0.1)),
        ("Boats of >= 3 masts >= 1", "Boats of >= 3 masts >= 1", ("Boats of >= 3 masts", 1.0)),
    ],
)  # fmt: skip
def test_a_description_has_one_form_and_may_name_its_least_cosine(
    written: str, item: str, told: tuple[str, float]
) -> None:
    assert description(written) == description(item) == item
    assert described(item) == told
