"""What is kept of a reader's reading, with their consent, or for one session: which articles, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from service.domain.durations import DAY_S
from service.domain.reader_digest import reader_digest

MOST_KEPT = 100
"""Articles kept of one reader or session, the last ones: twice those that make a profile (taste.READ_LAST)."""

KEPT_S = 30 * DAY_S
"""Seconds for which a reader's articles are kept, each from when it was read last."""

SESSION_S = 1_800
"""Seconds without a page after which a session is forgotten."""

_PURPOSE = b"history"


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose reading it is, by digest: a reader's, or with `is_session` that of one session.

    `before` is the reader's digest of last month, whose last articles still count.
    """

    digest: str
    before: str | None = None
    is_session: bool = False


@dataclass(frozen=True, slots=True)
class Recalled:
    """Hashes of the ids of articles that were read or followed, the last one last.

    `tells_taste`: they may also choose what comes next; else they are only not shown again.
    """

    read: tuple[int, ...] = ()
    tells_taste: bool = False


NOTHING_RECALLED = Recalled()


def whose_reading(site_id: str, reader_id: str | None, session: str | None, at: float, secret: bytes) -> Whose | None:
    """Returns whose reading is kept: the reader's, else the session's; None where neither is named.

    The digest is of the site, and of the month in UTC of `at` (seconds since 1970).
    """
    if reader_id is not None:
        first = datetime.fromtimestamp(at, UTC).replace(day=1)
        named = f"{site_id}\0reader\0{reader_id}"
        digest, before = (
            reader_digest(secret, _PURPOSE, month.strftime("%Y-%m").encode(), named)
            for month in (first, first - timedelta(days=1))
        )
        return Whose(digest, before)
    if session is not None:
        # A session is short: no month parts it.
        return Whose(reader_digest(secret, _PURPOSE, b"session", f"{site_id}\0{session}"), is_session=True)
    return None
