"""What is known of each candidate when a page is decided: the features that click models learn from and rank by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service.domain.events.shown_pages import ShownTeaser
from service.domain.page.pool import Floats, Pool
from service.domain.page.ranking import default_score, features_of
from service.domain.page.widget_filling import Filling
from service.domain.widgets.kind import PARTS


def shown_of(pool: Pool, fillings: Sequence[Filling]) -> tuple[ShownTeaser, ...]:
    """Returns the teasers of the widgets that a click model may order, with all that it may know of them."""
    return tuple(teaser for filling in fillings if filling.kind.weights.clicks for teaser in _of(pool, filling))


def _of(pool: Pool, filling: Filling) -> Iterator[ShownTeaser]:
    features: Mapping[str, Floats] = features_of(pool, filling.kind)
    scores = default_score(pool, filling.kind)
    for position, at in enumerate(filling.placed, start=1):
        known = tuple(float(features[name][at]) for name in PARTS)
        id_hash = int(pool.columns.id_hash[at])
        yield ShownTeaser(id_hash, filling.asked.request.kind, position, float(scores[at]), known)
