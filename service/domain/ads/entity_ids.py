"""What entities are called, by the numbers under which the ledger and events know them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Protocol

from service.domain.ads.inventory import Kind


def unknown_id(number: int) -> str:
    """Returns what an entity is called of which only its number is known, as in a report."""
    return f"#{number}"


class EntityIds(Protocol):
    """Knows entities by their numbers, and advertisers' currencies: theirs for ever. Raises StoreUnavailable."""

    def of(self, site_id: str, numbers: Mapping[Kind, Set[int]]) -> Mapping[tuple[Kind, int], str]:
        """Returns at least the id of each of these numbers, that of `unknown_id` where the site never gave one."""

    def currencies(self, site_id: str, advertisers: Set[str]) -> Mapping[str, str]:
        """Returns in which currency each of these advertisers pays, by id; without those that are gone."""
