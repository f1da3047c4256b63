"""Money: exact text and exact shares of a price for a thousand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.ads.money import MAX_MICROS, MAX_PRICE_MICROS, cost_of_nth, decimal_text, micros_of

prices = st.integers(0, MAX_PRICE_MICROS)


@settings(deadline=None)
@given(st.integers(0, MAX_MICROS))
def test_an_amount_is_read_as_it_was_written(micros: int) -> None:
    assert micros_of(decimal_text(micros)) == micros


@pytest.mark.parametrize("text", ["-1", "1.0000001", "NaN", "Infinity", "1,50", "", "9000000001", "=1"])
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        micros_of(text)


@settings(deadline=None)
@given(prices, st.integers(1, 10**9))
def test_the_nth_impression_costs_the_difference_of_the_floors(price: int, n: int) -> None:
    assert cost_of_nth(n, price) == n * price // 1000 - (n - 1) * price // 1000


@settings(deadline=None)
@given(prices, st.integers(1, 3_000))
def test_the_costs_of_all_impressions_sum_to_the_price_rounded_down_once(price: int, n: int) -> None:
    assert sum(cost_of_nth(i, price) for i in range(1, n + 1)) == n * price // 1000


@settings(deadline=None)
@given(prices, st.integers(1, 10**9))
def test_no_impression_costs_more_than_its_hold(price: int, n: int) -> None:
    assert 0 <= cost_of_nth(n, price) <= -(-price // 1000)
