"""Tells requests that a browser makes ahead of need from those that a reader caused."""

from __future__ import annotations

from werkzeug.datastructures import Headers

# Sec-Purpose is the Fetch standard's; Purpose and X-Moz are what older browsers send.
HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
MARKS = ("prefetch", "prerender", "preview")


def is_prefetch(headers: Headers) -> bool:
    """True if any header says that no reader has asked for this yet."""
    return any(mark in headers.get(name, "").lower() for name in HEADERS for mark in MARKS)
