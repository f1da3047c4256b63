"""What is known of each candidate when a page is decided: the features that click models learn from and rank by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from service.domain.engagement.shown_pages import ShownTeaser
from service.domain.page.filling.widget_filling import Filling
from service.domain.page.ranking.pool import Pool
from service.domain.page.ranking.ranking import default_score, features_of, measure_of


def shown_of(pool: Pool, fillings: Sequence[Filling]) -> tuple[ShownTeaser, ...]:
    """Returns the teasers of the widgets that a click model may order, with all that it may know of them."""
    return tuple(teaser for filling in fillings if filling.kind.weights.clicks for teaser in _of(pool, filling))


def _of(pool: Pool, filling: Filling) -> Iterator[ShownTeaser]:
    features = features_of(pool.candidates, np.array(measure_of(filling.kind, None), float))
    taken = filling.taken
    scores = default_score(features, filling.kind)[taken].tolist()
    hashes = pool.columns.id_hash[taken].tolist()
    for at, known in enumerate(features[:, taken].T.tolist()):
        yield ShownTeaser(hashes[at], filling.asked.request.kind, at + 1, scores[at], tuple(known))
