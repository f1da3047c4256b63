"""A slot: one place for an advertisement on a page, as a page call asks for it to be filled."""

from __future__ import annotations

from dataclasses import dataclass

MAX_SLOTS = 20
"""Slots that a page may have."""


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """One advertisement slot to fill: an occurrence of a placement on the page.

    `near` are the ids of the widgets that it stands beside; None leaves that to the placement, empty means none.
    """

    id: str
    placement: str
    near: tuple[str, ...] | None = None
