"""How likely a teaser is followed by what is known of it when a page is decided: a learnt model as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

MOST_CLICK_MODELS = 20
"""What a site was chosen by last: three weeks of a model learnt daily."""

NONE_BEFORE = "Pages are chosen by the default, and no click model before it is kept to go back to."

SHARE = 0.5
"""What the model's word is worth beside the score that a kind of widget gives: as much as all the rest together."""


@dataclass(frozen=True, slots=True)
class ClickModel:
    """A logistic model: a weight for each feature by name, the bias, and the mean chance of a click.

    The chance is that of a first position. `share` is the part of a score that it makes.
    """

    weights: Mapping[str, float]
    bias: float
    usual: float
    learnt_at: int = 0
    share: float = SHARE


@dataclass(frozen=True, slots=True)
class ClickModelInUse:
    """What pages are chosen by since `at` (seconds since 1970): a model, or None for the default.

    `gain` is what it was worth on days held back, with its interval: low, value, high.
    """

    model: ClickModel | None = None
    at: int = 0
    gain: tuple[float, float, float] | None = None

    @property
    def version(self) -> str:
        """What it is called: when it was learnt, and eight digits of the SHA-256 of its numbers; or `default`."""
        if self.model is None:
            return "default"
        digest = sha256(json.dumps(asdict(self.model), sort_keys=True).encode()).hexdigest()
        return f"clicks-{datetime.fromtimestamp(self.model.learnt_at, UTC):%Y%m%d-%H%M%S}-{digest[:8]}"


class ClickModels(Protocol):
    """Keeps what each site's pages are chosen by: the click model in use, and those before. Raises StoreUnavailable."""

    def get(self, site_id: str) -> ClickModel | None:
        """Returns the model in use; None for the default. Raises ModelUnusable for one that is altered."""

    def put(self, site_id: str, used: ClickModelInUse) -> None:
        """Has it used from now on."""

    def history(self, site_id: str) -> list[ClickModelInUse]:
        """Returns the last MOST_CLICK_MODELS that were put in use, the present one last, without those altered."""

    def rollback(self, site_id: str) -> ClickModelInUse:
        """Has the one before the present one used again, and returns it; before the first one it was the default.

        Raises Conflict where that is used and none is kept before it, ModelUnusable for one that is altered; then
        nothing changes.
        """
