"""Money is read and written as exact text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.money.money import MAX_MICROS, decimal_text, micros_of


@given(st.integers(0, MAX_MICROS))
def test_an_amount_is_read_as_it_was_written(micros: int) -> None:
    assert micros_of(decimal_text(micros)) == micros


@pytest.mark.parametrize("text", ["-1", "1.0000001", "NaN", "Infinity", "1,50", "", "9000000001", "=1"])
def test_what_is_no_exact_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        micros_of(text)
