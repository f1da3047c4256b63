"""Currencies of ISO 4217 as babel knows them: which there are, and with how many decimals an amount is written."""

from __future__ import annotations

from babel.numbers import get_currency_precision, is_currency

from service.domain.ads.money import decimal_text


def is_known(code: str) -> bool:
    """Returns whether this is a currency's code, in capital letters."""
    return len(code) == 3 and code.isascii() and code.isupper() and is_currency(code)


def amount_text(micros: int, currency: str) -> str:
    """Returns an amount in micros as decimal text with all decimals that the currency has, and six at most."""
    return decimal_text(micros, get_currency_precision(currency))
