"""The article index: scikit-learn's neighbours, arrivals at once, and what was replaced or removed is gone."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from models.relevance.pipeline import relevance_pipeline
from service.adapters.files.index.generations.segment_building import KeptRows, open_segment, write_segment
from service.adapters.files.index.segment.segment import arrays_of
from service.domain.identity import hash64, tag_hash
from tests.makers.newsroom import NOW, article, model_of, snapshot

WORDS = ["ferry", "strike", "harbour", "dredging", "cup", "final", "crowd", "storm", "tram", "summit", "war", "peace"]
NONE = np.empty(0, np.int64)


def random_articles(count: int, seed: int = 1):
    chosen = np.random.default_rng(seed)
    return [
        article(f"a-{n}", " ".join(chosen.choice(WORDS, 3)), " ".join(chosen.choice(WORDS, 30)), age_s=n * 3_600)
        for n in range(count)
    ]


def ids_of(index, rows):
    return [index.columns(np.array([row])).id_hash[0] for row in rows.tolist()]


def test_neighbours_and_cosines_are_those_of_scikit_learn():
    articles = random_articles(60)
    index = snapshot(articles)
    rows = relevance_pipeline().fit_transform([(a.title, a.text, "en") for a in articles])
    reference = cosine_similarity(rows)

    for position, own in enumerate(articles):
        found = index.related(index.vector(index.row_of(own.id)), since=0, limit=10, also=NONE)
        assert found.scores == pytest.approx(np.sort(reference[position])[::-1][:10], abs=1e-5)
        expected = {hash64(a.id): reference[position][at] for at, a in enumerate(articles)}
        assert [expected[i] for i in ids_of(index, found.rows)] == pytest.approx(found.scores, abs=1e-5)


def test_the_scores_of_further_rows_are_their_cosines():
    articles = random_articles(30)
    index = snapshot(articles[:25], articles[25:], model_of(articles))
    vector = index.vector(index.row_of("a-3"))
    every = np.arange(index.size)

    related = index.related(vector, since=0, limit=30, also=every)

    found = dict(zip(related.rows.tolist(), related.scores.tolist(), strict=True))
    assert [found.get(row, 0.0) for row in every.tolist()] == pytest.approx(related.also, abs=1e-6)


def test_a_window_leaves_older_articles_out():
    index = snapshot(random_articles(40))
    vector = index.vector(index.row_of("a-0"))

    related = index.related(vector, since=NOW - 10 * 3_600, limit=40, also=NONE)

    assert (index.columns(related.rows).published_at >= NOW - 10 * 3_600).all()
    assert related.rows.size > 1


def test_an_arrival_is_found_beside_the_base():
    index = snapshot(random_articles(20), [article("new", "Zorblat opens", "zorblat zorblat")])

    vector, _ = index.encode("Zorblat", "zorblat", "en")
    related = index.related(vector, since=0, limit=5, also=NONE)

    assert ids_of(index, related.rows) == [hash64("new")]


def test_articles_added_after_training_that_share_only_a_new_name_are_first_neighbours():
    known = random_articles(40)
    one = article("one", "Qaxivane opens bakery", "harbour storm cup")
    other = article("other", "Tram halts", "Mayor Qaxivane crowd summit")
    index = snapshot(known, [one, other], model_of(known))

    for own, expected in ((one, other), (other, one)):
        related = index.related(index.vector(index.row_of(own.id)), since=0, limit=2, also=NONE)
        assert ids_of(index, related.rows) == [hash64(own.id), hash64(expected.id)]


def test_a_replaced_article_is_found_by_its_new_text_only():
    base = random_articles(20)
    index = snapshot(base, [article("a-4", "Zorblat", "zorblat")])

    vector, _ = index.encode("", base[4].text, "en")
    related = index.related(vector, since=0, limit=50, also=NONE)

    assert ids_of(index, related.rows).count(hash64("a-4")) == 0
    assert index.row_of("a-4") >= 20


def test_a_removed_article_is_nowhere():
    index = snapshot(random_articles(20), gone=["a-0"])

    assert index.row_of("a-0") is None
    assert index.row_of_url("https://courier.example/a-0") is None
    assert hash64("a-0") not in ids_of(index, index.recent(50, NOW))
    vector, _ = index.encode("ferry", "", "en")
    assert hash64("a-0") not in ids_of(index, index.related(vector, since=0, limit=50, also=NONE).rows)


def test_recent_articles_stand_newest_first_across_base_and_delta():
    articles = random_articles(30)
    index = snapshot(articles[::2], articles[1::2], model_of(articles))

    assert ids_of(index, index.recent(30, NOW)) == [hash64(a.id) for a in articles]


def test_an_embargoed_or_expired_or_future_article_is_not_recent():
    from datetime import UTC, datetime

    def at(seconds):
        return datetime.fromtimestamp(NOW + seconds, UTC)

    hidden = [
        article("embargoed", "One", age_s=5, embargo_until=at(59.5)),
        article("expired", "Two", age_s=5, expires_at=at(0)),
        article("future", "Three", age_s=-60),
    ]
    index = snapshot([article("shown", "Four", age_s=10), *hidden])

    assert ids_of(index, index.recent(5, NOW)) == [hash64("shown")]
    assert ids_of(index, index.recent(5, NOW + 59)) == [hash64("shown")]
    assert len(ids_of(index, index.recent(5, NOW + 60))) == 3


@pytest.mark.parametrize(
    "url",
    ["https://courier.example/a-3", "http://COURIER.example/a-3/", "https://courier.example/a-3#comments"],
)
def test_an_article_is_known_by_its_address_in_any_form(url):
    index = snapshot(random_articles(10))

    assert index.row_of_url(url) == index.row_of("a-3")


def test_a_saved_segment_opens_as_it_was(tmp_path):
    segment = snapshot(random_articles(30)).base.segment
    write_segment([KeptRows(segment, np.arange(segment.size))], tmp_path)

    opened = arrays_of(open_segment(tmp_path))

    for name, array in arrays_of(segment).items():
        assert np.array_equal(array, opened[name]), name
        assert not opened[name].flags.writeable


def test_the_teaser_is_json_without_braces_and_without_the_comment_count():
    import json

    index = snapshot([article("a", "Ferry strike", "Crews stay out.", comment_count=4), article("b", "Cup", "Cup.")])

    fields = json.loads(b"{" + index.teaser(index.row_of("a")) + b"}")

    assert fields["title"] == "Ferry strike"
    assert "comment_count" not in fields
    assert index.columns(np.array([index.row_of("a")])).comment_count.tolist() == [4]


def test_rows_tell_their_tags_whichever_segment_they_are_in_and_whatever_their_case():
    plain = random_articles(6)
    base = [replace(plain[1], tags=("Harbour", "Strike")), *plain[2:]]
    index = snapshot(base, [replace(plain[4], tags=("harbour",)), replace(plain[2], tags=("Tram", "tram"))])
    rows = np.array([index.row_of(i) for i in ("a-4", "a-3", "a-2", "a-1")], np.int64)

    tags = index.tags(rows)

    found = sorted(zip(tags.bearer.tolist(), tags.tag_hash.tolist(), strict=True))
    harbour, strike, tram = map(tag_hash, ("HARBOUR", "strike", "Tram"))
    assert found == sorted([(0, harbour), (2, tram), (3, harbour), (3, strike)])


def test_tags_move_with_their_rows_when_blocks_are_joined_and_sorted():
    articles = [article(f"a-{n}", f"title {n}", tags=[f"tag {t}" for t in range(n)], age_s=n) for n in range(6)]
    index = snapshot(articles[3:], articles[:3])

    for each in articles:
        tags = index.tags(np.array([index.row_of(each.id)], np.int64))
        assert set(tags.tag_hash.tolist()) == set(map(tag_hash, each.tags))
