"""The relevance models that serve: of each site the one that was promoted last, opened from the shelf."""

from __future__ import annotations

from dataclasses import dataclass

from models.relevance.model import RelevanceModel
from service.adapters.files.model_shelf import ModelShelf
from service.domain.ports import ModelPointer, ModelPointers


@dataclass(frozen=True, slots=True)
class PromotedModels:
    """What was promoted, and where its bundles are."""

    pointers: ModelPointers
    shelf: ModelShelf

    def serving(self, site_id: str) -> tuple[ModelPointer | None, RelevanceModel]:
        """Returns the site's model and what names it, checked; before the first one None and the stand-in.

        Raises StoreUnavailable, ModelUnusable.
        """
        history = self.pointers.history(site_id)
        pointer = history[-1] if history else None
        return pointer, self.shelf.open(site_id, pointer)
