"""A breaking-news minute: while a visitor watches, a story and its follow-ups arrive, as a newsroom would send them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from service.demo.edition import Story
from standfirst_client import StandfirstClient, StandfirstError

log = logging.getLogger(__name__)

FIRST_AFTER_S = 20.0
APART_S = 12.0
RETRY_S = 2.0


@dataclass(frozen=True, slots=True)
class Pace:
    """When stories arrive, in seconds: the first after the start, each further one after the one before."""

    first_after_s: float = FIRST_AFTER_S
    apart_s: float = APART_S
    retry_s: float = RETRY_S


class BreakingNews:
    """Sends stories over HTTP, one after the other, each first to the paper, whose page must stand before its teaser.

    `write` puts all stories before the paper, the edition's and those that have arrived.
    """

    def __init__(
        self, client: StandfirstClient, stories: Sequence[Story], write: Callable[[Sequence[Story]], None], address: str
    ) -> None:
        self._client = client
        self._stories = stories
        self._write = write
        self._address = address
        self._told_to_stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pace: Pace = Pace()) -> None:
        """Begins to count, in a thread of its own."""
        self._thread = threading.Thread(target=self._run, args=(pace,), name="breaking-news", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Sends nothing more; returns once nothing is on its way."""
        self._told_to_stop.set()
        if self._thread:
            self._thread.join()
        self._client.close()

    def _run(self, pace: Pace) -> None:
        arrived: list[Story] = []
        wait_s = pace.first_after_s
        for story in self._stories:
            if self._told_to_stop.wait(wait_s):
                return
            arrived.append({**story, "published_at": datetime.now(UTC).isoformat(timespec="seconds")})
            self._write(arrived)
            if not self._sent(arrived[-1], pace.retry_s):
                return
            wait_s = pace.apart_s

    def _sent(self, story: Story, retry_s: float) -> bool:
        """Returns True once the service has the story; asks again while it is away, until told to stop."""
        while not self._told_to_stop.is_set():
            try:
                self._client.put_article(story["id"], **article_fields(story, self._address))
            except StandfirstError as error:
                log.warning("%s was not taken: %s", story["id"], error)
                if error.status is not None and error.status < 500:
                    return True  # it will not be taken the next time either
                self._told_to_stop.wait(retry_s)
            else:
                return True
        return False


def article_fields(story: Story, address: str) -> Mapping[str, object]:
    """Returns the story as the contract writes an article of the paper at this address."""
    own = ("title", "text", "section", "tags", "byline", "published_at", "comment_count")
    fields = {name: story[name] for name in own if story.get(name) is not None}
    if story.get("image"):
        fields["image"] = {"url": f"{address}/img/{story['id']}.svg", "alt": story["image"]["alt"]}
    return {**fields, "url": f"{address}/article/{story['id']}"}


def write_stories(path: Path, stories: Sequence[Story]) -> None:
    """Puts a new file of stories in the place of the old one, at once: nobody reads half of it."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(b"".join(orjson.dumps(story) + b"\n" for story in stories))
    fresh.replace(path)
