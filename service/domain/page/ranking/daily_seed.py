"""The seed of a day's draws, and how many of a widget's positions explore by it."""

from __future__ import annotations

from service.domain.identity import hash64


def seed_of(site_id: str, day: int, who: object) -> int:
    """Returns the seed of one day's draws for one reader, or for one page where no reader is known."""
    return hash64(f"{site_id}\0{day}\0{who}")


def chance_of(seed: int) -> float:
    """Returns the number in [0, 1) by which a seed's positions are rounded."""
    return hash64(f"{seed}\0positions") / 2**64


def positions(chance: float, share: float, size: int) -> int:
    """Returns how many of `size` positions explore: `share` of them on average over seeds, rounded up or down."""
    wanted = share * size
    return int(wanted) + (chance < wanted % 1)
