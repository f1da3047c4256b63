"""The words that a teaser shares with its page: what each adds, and which of them its reason names."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from service.domain.page.reasons.shared_words import LEAST_SHOWN, ends_of, shared_words, write_strongest
from tests.makers.filled_page import fill, widget
from tests.makers.newsroom import article, snapshot

SUBJECT = {
    "en": "ferry strike harbour crews talks mediator",
    "zh": "渡輪船員罷工港口談判",
    "th": "เรือข้ามฟากหยุดงานประท้วง",
}
SHARING = 12


def own_words(language: str, number: int) -> str:
    """What one article alone says."""
    if language == "en":
        return " ".join(f"word{number}of{n}" for n in range(8))
    first = {"zh": 0x5000, "th": 0x0E01}[language]
    return "".join(chr(first + (7 * number + n * (number + 1)) % 40) for n in range(16))


@pytest.fixture(params=SUBJECT)
def harbour(request):
    """Articles of one language, the first of one subject, every other one in the delta; and their snapshot."""
    articles = []
    for n in range(3 * SHARING):
        own = own_words(request.param, n)
        text = f"{SUBJECT[request.param]} " * 6 * (n < SHARING) + own
        articles.append(article(f"a-{n}", own, text, age_s=9_000 * n, language=request.param))
    return articles, snapshot(articles[::2], articles[1::2])


def by_hand(index, page: int, row: int) -> dict[str, float]:
    """What each word adds to the cosine, by the terms of both."""
    own, keywords = index.vector(page), index.telling(row).keywords
    weights = dict(zip(own.terms.tolist(), own.weights.tolist(), strict=True))
    parts: Counter[str] = Counter()
    for term, weight, word in zip(keywords.hashes.tolist(), keywords.weights.tolist(), index.words(row), strict=True):
        parts[word] += weight * weights.get(term, 0.0)
    return {word: part for word, part in parts.items() if part}


def test_a_word_of_several_terms_stands_once_with_what_all_of_them_add(harbour):
    articles, index = harbour
    page = index.row_of("a-0")
    for row in range(len(articles)):
        found = shared_words(index, index.vector(page), row)

        assert {word: part for part, word in found} == pytest.approx(by_hand(index, page, row), rel=1e-6)
        assert len({word for _, word in found}) == len(found)
        assert [part for part, _ in found] == sorted((part for part, _ in found), reverse=True)


def test_a_reason_names_the_three_words_that_add_most(harbour):
    articles, index = harbour
    own = index.vector(index.row_of("a-0"))
    page = fill(index, articles, "a-0", [widget("related", 6)], kinds={"related": {"stories": SHARING}})

    sharing = [teaser for teaser in page.widgets["related"].teasers if teaser.reason.code == "shares-words"]
    for teaser in sharing:
        words = [word for _, word in shared_words(index, own, teaser.row)]
        assert teaser.reason.text == f"Shares: {', '.join(words[:3])}"
    assert {teaser.row >= len(articles) // 2 for teaser in sharing} == {True, False}, "of the base and of the delta"


def test_a_word_shared_by_chance_is_no_reason():
    words, text = np.frombuffer("strike\nwindow\nférry".encode(), np.uint8), np.empty(30, np.uint8)
    parts = np.array([LEAST_SHOWN, 0.9 * LEAST_SHOWN, 0.2])

    end = write_strongest(text, 0, words, ends_of(words, 3), parts, 3)

    assert text[:end].tobytes().decode() == "férry, strike"
