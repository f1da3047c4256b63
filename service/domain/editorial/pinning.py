"""Where the articles stand that editors pinned, and the others around them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def placed(pins: Mapping[int, int], others: Sequence[int]) -> list[int]:
    """Returns pinned and other candidates in order: each pin at its position, 1 the first, the others between.

    Where the others run out, the pins behind them move up.
    """
    order: list[int] = []
    waiting = list(others)
    for position in sorted(pins):
        ahead = position - 1 - len(order)
        order += waiting[:ahead]
        del waiting[:ahead]
        order.append(pins[position])
    return order + waiting
