"""What a caller over HTTP can do about an error that does not say so itself."""

from __future__ import annotations

from collections.abc import Mapping

from service.domain.errors import NotFound, StandfirstError, StoreUnavailable

_LISTED = frozenset(
    {
        "site",
        "article",
        "rule",
        "feed",
        "model",
        "image",
        "advertiser",
        "campaign",
        "flight",
        "creative",
        "placement",
        "credit",
    }
)
_OTHERWISE: Mapping[str, str] = {
    "address": "it is cut or altered: go back to the page that it stood on",
    "token": "`standfirst tokens list` shows those there are",
}


def remedy_of(error: StandfirstError) -> str:
    """Returns what to do next, without a full stop; empty where the error's own words say it."""
    if isinstance(error, StoreUnavailable):
        return "send the call again in a second"
    if not isinstance(error, NotFound) or error.remedy:
        return ""
    if error.kind in _LISTED:
        return f"GET /v1/{error.kind}s lists those there are"
    return _OTHERWISE.get(error.kind, "")
