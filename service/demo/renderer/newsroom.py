"""The Courier's own stories: what stands on its front page, in its sections and in its articles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

LEAD_WITHIN = timedelta(hours=36)
SECOND_COUNT = 3
BLOCK_SIZE = 3
MORE_COUNT = 4
SAME_HEADLINE_RATIO = 0.4


@dataclass(frozen=True, slots=True)
class Picture:
    """What a story's illustration shows, and the words that stand for it."""

    hue: float
    motif: str
    alt: str


@dataclass(frozen=True, slots=True)
class Story:
    """One story as the newsroom wrote it; `published_at` is aware, `comment_count` None means unknown."""

    id: str
    title: str
    paragraphs: tuple[str, ...]
    section: str
    published_at: datetime
    byline: str | None = None
    tags: tuple[str, ...] = ()
    comment_count: int | None = None
    picture: Picture | None = None

    @property
    def path(self) -> str:
        """Returns the story's own address on this site."""
        return f"/article/{quote(self.id, safe='')}"

    @property
    def picture_path(self) -> str:
        """Returns the address of the story's illustration on this site."""
        return f"/img/{quote(self.id, safe='')}.svg"


@dataclass(frozen=True, slots=True)
class Block:
    """A section's part of the front page."""

    section: str
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The front page's own stories: the lead, those beside it, and a block for each section."""

    lead: Story | None
    seconds: tuple[Story, ...]
    blocks: tuple[Block, ...]

    @property
    def story_ids(self) -> list[str]:
        """Returns the ids of all stories on the page."""
        stories = [self.lead] if self.lead else []
        stories += [*self.seconds, *(story for block in self.blocks for story in block.stories)]
        return [story.id for story in stories]


class Newsroom:
    """All stories, the newest first; raises KeyError or ValueError when made from rows that are no stories."""

    def __init__(self, articles: Iterable[Mapping[str, Any]]) -> None:
        stories = [story_of(article) for article in articles]
        self.stories: Sequence[Story] = sorted(stories, key=lambda story: story.published_at, reverse=True)
        self._by_id = {story.id: story for story in self.stories}

    @property
    def sections(self) -> list[str]:
        """Returns the section names, in the order a newspaper has them and then by name."""
        usual = ["World", "City", "Business", "Sport", "Culture", "Science"]
        present = {story.section for story in self.stories}
        return [name for name in usual if name in present] + sorted(present - set(usual))

    def story(self, story_id: str) -> Story | None:
        """Returns the story of that id, or None."""
        return self._by_id.get(story_id)

    def in_section(self, name: str) -> list[Story]:
        """Returns the stories of a section, the newest first; its name may be written in any case."""
        return [story for story in self.stories if story.section.casefold() == name.casefold()]

    def front_page(self) -> FrontPage:
        """Returns the front page: no story stands on it twice, nor in two tellings."""
        lead = self._lead()
        shown = [lead] if lead else []
        seconds = self._fresh(self.stories, shown, SECOND_COUNT)
        blocks = [
            Block(name, _pictured_first(self._fresh(self.in_section(name), shown, BLOCK_SIZE)))
            for name in self.sections
        ]
        return FrontPage(lead, seconds, tuple(block for block in blocks if block.stories))

    def with_retellings(self, story_ids: Iterable[str]) -> list[str]:
        """Returns the ids, and those of every story that retells one of theirs."""
        shown = [story for story in map(self.story, story_ids) if story]
        return [story.id for story in self.stories if any(_same_headline(story, other) for other in shown)]

    def section_page(self, name: str) -> tuple[Story, ...]:
        """Returns the stories of a section, the newest first, each event told once."""
        return self._fresh(self.in_section(name), [], len(self.stories))

    def more_after(self, story: Story, shown_ids: Iterable[str], count: int = MORE_COUNT) -> tuple[Story, ...]:
        """Returns the newest stories, the same section's first, that neither stand on the page nor retell one of it."""
        shown = [story, *(other for other in map(self.story, shown_ids) if other)]
        own = self._fresh(self.in_section(story.section), shown, count)
        return (*own, *self._fresh(self.stories, shown, count - len(own)))

    def _lead(self) -> Story | None:
        """Returns the most discussed recent story with a picture, else the newest."""
        if not self.stories:
            return None
        since = self.stories[0].published_at - LEAD_WITHIN
        recent = [story for story in self.stories if story.picture and story.published_at >= since]
        return max(recent, key=lambda story: story.comment_count or 0, default=self.stories[0])

    @staticmethod
    def _fresh(stories: Iterable[Story], shown: list[Story], count: int) -> tuple[Story, ...]:
        """Takes up to `count` stories that do not retell one already shown, and adds them to those."""
        taken: list[Story] = []
        for story in stories:
            if len(taken) < count and not any(_same_headline(story, other) for other in shown):
                taken.append(story)
                shown.append(story)
        return tuple(taken)


def story_of(article: Mapping[str, Any]) -> Story:
    """Returns the story of one row of the content file; raises KeyError or ValueError naming what it lacks."""
    published_at = datetime.fromisoformat(article["published_at"])
    if published_at.tzinfo is None:
        raise ValueError(f"published_at of {article['id']!r} needs its offset")
    image = article.get("image")
    return Story(
        id=article["id"],
        title=article["title"],
        paragraphs=tuple(part.strip() for part in re.split(r"\n\s*\n", article["text"]) if part.strip()),
        section=article.get("section") or "News",
        published_at=published_at,
        byline=article.get("byline"),
        tags=tuple(article.get("tags") or ()),
        comment_count=article.get("comment_count"),
        picture=Picture(float(image["hue"]), image["motif"], image.get("alt") or "") if image else None,
    )


def _pictured_first(stories: tuple[Story, ...]) -> tuple[Story, ...]:
    """Returns the stories with the newest that has a picture at their head."""
    head = next((story for story in stories if story.picture), None)
    return (head, *(story for story in stories if story is not head)) if head else stories


def _same_headline(story: Story, other: Story) -> bool:
    """Returns whether two headlines share most of their longer words: one event told twice."""
    ours, theirs = _headline_words(story), _headline_words(other)
    return story.id == other.id or len(ours & theirs) > SAME_HEADLINE_RATIO * len(ours | theirs)


def _headline_words(story: Story) -> set[str]:
    return {word for word in re.findall(r"\w+", story.title.casefold()) if len(word) > 3}
