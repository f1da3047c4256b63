"""Currencies of ISO 4217 as babel knows them."""

from __future__ import annotations

from babel.numbers import is_currency


def is_known(code: str) -> bool:
    """Returns whether this is a currency's code, in capital letters."""
    return len(code) == 3 and code.isascii() and code.isupper() and is_currency(code)
