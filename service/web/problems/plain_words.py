"""Says in plain words what would be right in place of a value that pydantic refused, not how it was checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service.domain.sites.site import SITE_ID_PATTERN

COUNTRY_PATTERN = r"^[A-Za-z]{2}$"
REGION_PATTERN = r"^[A-Za-z]{2}-[A-Za-z0-9]{1,3}$"
KEY_PATTERN = r"^[\w.-]{1,64}$"
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$"
PREFIX_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:\-]{0,63}$"

_FORMS: Mapping[str, str] = {
    COUNTRY_PATTERN: "give a country's two letters, such as PK",
    REGION_PATTERN: "give a region of ISO 3166-2, such as ES-MD",
    KEY_PATTERN: "use letters, digits and _ . - (64 at most)",
    LANGUAGE_PATTERN: "give a language tag, such as en or pt-BR",
    PREFIX_PATTERN: "use letters, digits and . _ : - (64 at most), a letter or digit first",
    SITE_ID_PATTERN: "use 1 to 32 small letters, digits and hyphens, a letter or digit first",
}
_WORDS: Mapping[str, str | Callable[[Mapping[str, Any]], str]] = {
    "extra_forbidden": "is not a field here; check its spelling",
    "missing": "is required",
    "string_type": "must be a text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "date_type": "is no day; write it like 2026-11-30",
    "date_parsing": "is no day; write it like 2026-11-30",
    "date_from_datetime_parsing": "is no day; write it like 2026-11-30",
    "date_from_datetime_inexact": "must be a day without a time; write it like 2026-11-30",
    "literal_error": lambda told: f"must be {told['expected']}",
    "enum": lambda told: f"must be {told['expected']}",
    "too_long": lambda told: f"has {told['actual_length'] or 'more'} entries; {told['max_length']:,} at most",
    "too_short": lambda told: f"has {told['actual_length']} entries; {told['min_length']:,} at least",
    "string_too_long": lambda told: f"is over {told['max_length']:,} characters",
    "string_too_short": lambda told: (
        "is empty" if told["min_length"] == 1 else f"needs {told['min_length']} characters"
    ),
    "greater_than": lambda told: f"must be above {told['gt']:,}",
    "greater_than_equal": lambda told: f"must be at least {told['ge']:,}",
    "less_than": lambda told: f"must be below {told['lt']:,}",
    "less_than_equal": lambda told: f"must be at most {told['le']:,}",
    "string_pattern_mismatch": lambda told: _FORMS.get(told["pattern"], f"is not of the form {told['pattern']}"),
}


def plain_words(fault: Mapping[str, Any]) -> str:
    """Returns what would be right instead of a refused value, from one of pydantic's error details."""
    words = _WORDS.get(fault["type"])
    if words is None:
        return str(fault["msg"]).removeprefix("Value error, ")
    return words if isinstance(words, str) else words(fault["ctx"])
