"""The Courier's own stories: what stands on its front page, in its sections and in its articles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

LEAD_WITHIN = timedelta(hours=36)
BREAKING_WITHIN = timedelta(hours=3)
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
    language: str = "en"
    is_breaking: bool = False

    @property
    def text(self) -> str:
        """Returns the whole text, paragraphs apart by an empty line."""
        return "\n\n".join(self.paragraphs)

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
    """A section's part of the front page, or a language's."""

    section: str
    stories: tuple[Story, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The front page's own stories: what breaks, the lead, those beside it, and a block for each section."""

    lead: Story | None
    seconds: tuple[Story, ...]
    blocks: tuple[Block, ...]
    breaking: tuple[Story, ...] = ()

    @property
    def story_ids(self) -> list[str]:
        """Returns the ids of all stories on the page."""
        stories = [*self.breaking, *([self.lead] if self.lead else [])]
        stories += [*self.seconds, *(story for block in self.blocks for story in block.stories)]
        return [story.id for story in stories]


class Newsroom:
    """All stories, the newest first; raises KeyError or ValueError when made from rows that are no stories.

    `language` is the paper's own: its front page and sections keep to it, and each other language has a page.
    """

    def __init__(self, articles: Iterable[Mapping[str, Any]], language: str = "en") -> None:
        self.language = language
        stories = [story_of(article, language) for article in articles]
        self.stories: Sequence[Story] = sorted(stories, key=lambda story: story.published_at, reverse=True)
        self._by_id = {story.id: story for story in self.stories}

    @property
    def sections(self) -> list[str]:
        """Returns the section names, in the order a newspaper has them and then by name."""
        usual = ["World", "City", "Business", "Sport", "Culture", "Science"]
        present = {story.section for story in self._own}
        return [name for name in usual if name in present] + sorted(present - set(usual))

    @property
    def languages(self) -> list[str]:
        """Returns the languages that have a page of their own, by name."""
        return sorted({story.language for story in self.stories} - {self.language})

    @property
    def _own(self) -> list[Story]:
        return self.in_language(self.language)

    def story(self, story_id: str) -> Story | None:
        """Returns the story of that id, or None."""
        return self._by_id.get(story_id)

    def language_of(self, story_id: str) -> str | None:
        """Returns the language of a story that is not in the paper's own, else None."""
        story = self.story(story_id)
        return story.language if story and story.language != self.language else None

    def in_other_languages(self, language: str) -> list[str]:
        """Returns ids that a page leaves out: on one in the paper's own language, those of stories in any other."""
        return [story.id for story in self.stories if self.language == language != story.language]

    def in_section(self, name: str) -> list[Story]:
        """Returns the stories of a section, the newest first; its name may be written in any case."""
        return [story for story in self._own if story.section.casefold() == name.casefold()]

    def in_language(self, language: str) -> list[Story]:
        """Returns the stories in a language, the newest first."""
        return [story for story in self.stories if story.language == language]

    def breaking(self, now: datetime) -> tuple[Story, ...]:
        """Returns the stories that break at this moment, the newest first."""
        return tuple(
            story for story in self.stories if story.is_breaking and now - story.published_at < BREAKING_WITHIN
        )

    def front_page(self, now: datetime) -> FrontPage:
        """Returns the front page: no story stands on it twice, nor in two tellings."""
        breaking = self.breaking(now)
        lead = self._lead(breaking)
        shown = [*breaking, *([lead] if lead else [])]
        seconds = self._fresh(self._own, shown, SECOND_COUNT)
        blocks = [
            Block(name, _pictured_first(self._fresh(self.in_section(name), shown, BLOCK_SIZE)))
            for name in self.sections
        ]
        blocks += [
            Block(language, _pictured_first(self._fresh(self.in_language(language), shown, BLOCK_SIZE)), language)
            for language in self.languages
        ]
        return FrontPage(lead, seconds, tuple(block for block in blocks if block.stories), breaking)

    def with_retellings(self, story_ids: Iterable[str]) -> list[str]:
        """Returns the ids, and those of every story that retells one of theirs."""
        shown = [story for story in map(self.story, story_ids) if story]
        return [story.id for story in self.stories if any(_same_headline(story, other) for other in shown)]

    def section_page(self, name: str) -> tuple[Story, ...]:
        """Returns the stories of a section, the newest first, each event told once."""
        return self._fresh(self.in_section(name), [], len(self.stories))

    def language_page(self, language: str) -> tuple[Story, ...]:
        """Returns the stories in a language that is not the paper's own, the newest first, each event told once."""
        return self._fresh(self.in_language(language) if language in self.languages else [], [], len(self.stories))

    def more_after(self, story: Story, shown_ids: Iterable[str]) -> tuple[Story, ...]:
        """Returns the newest stories in this one's language that neither stand on the page nor retell one of it.

        Those of the same section come first.
        """
        shown = [story, *(other for other in map(self.story, shown_ids) if other)]
        same_language = self.in_language(story.language)
        own = self._fresh((other for other in same_language if other.section == story.section), shown, MORE_COUNT)
        return (*own, *self._fresh(same_language, shown, MORE_COUNT - len(own)))

    def _lead(self, breaking: Sequence[Story]) -> Story | None:
        """Returns the most discussed recent story with a picture, else the newest."""
        stories = [story for story in self._own if story not in breaking]
        if not stories:
            return None
        since = stories[0].published_at - LEAD_WITHIN
        recent = [story for story in stories if story.picture and story.published_at >= since]
        return max(recent, key=lambda story: story.comment_count or 0, default=stories[0])

    @staticmethod
    def _fresh(stories: Iterable[Story], shown: list[Story], count: int) -> tuple[Story, ...]:
        """Takes up to `count` stories that do not retell one already shown, and adds them to those."""
        taken: list[Story] = []
        for story in stories:
            if len(taken) < count and not any(_same_headline(story, other) for other in shown):
                taken.append(story)
                shown.append(story)
        return tuple(taken)


def story_of(article: Mapping[str, Any], language: str = "en") -> Story:
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
        language=article.get("language") or language,
        is_breaking=bool(article.get("breaking")),
    )


def _pictured_first(stories: tuple[Story, ...]) -> tuple[Story, ...]:
    """Returns the stories with the newest that has a picture at their head."""
    head = next((story for story in stories if story.picture), None)
    return (head, *(story for story in stories if story is not head)) if head else stories


def _same_headline(story: Story, other: Story) -> bool:
    """Returns whether two headlines share most of their longer words: one event told twice."""
    ours, theirs = _headline_words(story.title), _headline_words(other.title)
    return story.id == other.id or len(ours & theirs) > SAME_HEADLINE_RATIO * len(ours | theirs)


@lru_cache(maxsize=1_024)
def _headline_words(title: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"\w+", title.casefold()) if len(word) > 3)
