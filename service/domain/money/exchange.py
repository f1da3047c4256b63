"""What other currencies are worth to a site, by its own rates: to compare by, for nothing billed is converted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from service.domain.money.money import MAX_MICROS

# A rate is a whole number of trillionths: even currencies a million to one keep six significant digits.
PAR = 10**12
MAX_RATE = 1_000_000


def rate_of(text: str) -> int:
    """Returns the rate of a decimal text such as `0.92`, in trillionths. Raises ValueError saying what is wrong."""
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"'{text[:40]}' is not a rate; write it like 0.92") from error
    if not rate.is_finite():
        raise ValueError(f"'{text[:40]}' is not a rate; write it like 0.92")
    if not 0 < rate <= MAX_RATE:
        raise ValueError(f"must be above 0 and at most {MAX_RATE:,}")
    exact = rate.scaleb(12)
    if exact != exact.to_integral_value():
        raise ValueError("has more than twelve decimals")
    return int(exact)


def rate_text(rate: int) -> str:
    """Returns a rate in trillionths as the shortest decimal text."""
    whole, fraction = divmod(rate, PAR)
    return f"{whole}.{fraction:012d}".rstrip("0").rstrip(".")


def converted(micros: int, rate: int) -> int:
    """Returns what an amount is worth at a rate in trillionths, in micros, rounded down; MAX_MICROS at most."""
    return micros if rate == PAR else min(MAX_MICROS, micros * rate // PAR)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A site's currency, and for each other one what a unit of it is worth in that, in trillionths."""

    currency: str = "EUR"
    rates: Mapping[str, int] = field(default_factory=dict)

    def rate(self, currency: str) -> int:
        """Returns the rate of a currency, in trillionths; 0 where the site has none."""
        return PAR if currency == self.currency else self.rates.get(currency, 0)


OWN_CURRENCY = Exchange()
"""That of a site which has the default's currency and no rates."""
