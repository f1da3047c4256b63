"""Tells requests that a browser makes ahead of need from those that a reader caused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Sec-Purpose is the Fetch standard's; Purpose and X-Moz are what older browsers send. As WSGI spells them.
HEADERS = ("HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
MARKS = ("prefetch", "prerender", "preview")


def is_prefetch(environ: Mapping[str, Any]) -> bool:
    """True if any header of the WSGI request says that no reader has asked for this yet."""
    return any(mark in environ[name].lower() for name in HEADERS if name in environ for mark in MARKS)
