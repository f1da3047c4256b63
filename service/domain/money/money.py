"""Money as integer micros, read from and written as decimal text, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

MICROS = 1_000_000
# Prices of 1,000 events in these steps are whole micros of an event: bills of several prices add up to their sum.
WHOLE_EVENT_MICROS = 1_000
# Every amount, and every sum of amounts, stays exact in a double (Lua's only number) below 2^53.
MAX_MICROS = 9_000_000_000 * MICROS
# A price times a rate in millionths is still below 2^53: 9,000 units of currency at most.
MAX_PRICE_MICROS = 9_000 * MICROS

# Currencies of ISO 4217 by the decimals of their minor unit, where these are not two.
_CODES_BY_DECIMALS: Mapping[int, str] = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: decimals for decimals, codes in _CODES_BY_DECIMALS.items() for code in codes.split()}


def decimals_of(currency: str) -> int:
    """Returns with how many decimals an amount of a currency is written, by its minor unit in ISO 4217."""
    return _DECIMALS.get(currency, 2)


def micros_of(text: str, currency: str = "") -> int:
    """Returns the amount in micros of a decimal text such as `12.50`. Raises ValueError saying what is wrong.

    Of a currency that has a minor unit it may have more decimals: prices are of thousands. Of another it is whole.
    """
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text}' is not an amount; write it like 12.50") from error
    if not amount.is_finite():
        raise ValueError(f"'{text}' is not an amount; write it like 12.50")
    if amount < 0:
        raise ValueError("must not be negative")
    if amount > MAX_MICROS // MICROS:
        raise ValueError(f"must be at most {MAX_MICROS // MICROS}")
    micros = amount * MICROS
    if micros != micros.to_integral_value():
        raise ValueError("has more than six decimals")
    if micros % MICROS and decimals_of(currency) == 0:
        raise ValueError(f"has decimals, but {currency} has no minor unit; write a whole amount")
    return int(micros)


def decimal_text(micros: int, decimals: int = 2) -> str:
    """Returns an amount in micros as decimal text with so many decimals at least and six at most."""
    sign = "-" if micros < 0 else ""
    whole, fraction = divmod(abs(micros), MICROS)
    shown = f"{fraction:06d}".rstrip("0").ljust(decimals, "0")
    return f"{sign}{whole}.{shown}" if shown else f"{sign}{whole}"


def amount_text(micros: int, currency: str) -> str:
    """Returns an amount in micros as decimal text with all decimals that the currency has, and six at most."""
    return decimal_text(micros, decimals_of(currency))
