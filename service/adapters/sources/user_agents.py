"""Tells crawlers and programs from browsers by two published lists, each user agent looked up once."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from service.domain.events.validity.agents import Agent

if TYPE_CHECKING:
    from crawlerdetect import CrawlerDetect

CACHED = 16_384
"""User agents whose answer is kept: with MAX_CHARS of each, 16 MB at the very most."""

MAX_CHARS = 512
"""How much of a user agent is read; browsers' own are a third of it."""

PROGRAM_TAGS = {"http-library", "browser-automation"}

LIBRARIES = re.compile(
    r"\b(akka-http|go-resty|guzzlehttp|httpclient|http\.rb|java|libcurl(-agent)?|lua-resty-http|pycurl|python-urllib3|"
    r"reactornetty|reqwest|scalaj-http|unirest-java|ureq|vert\.x-webclient)/[\w.]*",
    re.IGNORECASE,
)
"""Libraries that make requests for any program, which the second list does not tell from crawlers."""


def agent_of(user_agent: str) -> Agent:
    """Returns whose user agent this is."""
    return _agent_of(user_agent[:MAX_CHARS])


@lru_cache(maxsize=CACHED)
def _agent_of(user_agent: str) -> Agent:
    if not user_agent.strip():
        return Agent.PROGRAM
    tags = [set(tagged) for pattern, tagged in _patterns() if pattern.search(user_agent)]
    if tags:
        return Agent.PROGRAM if all(tagged and tagged <= PROGRAM_TAGS for tagged in tags) else Agent.CRAWLER
    if not _is_on_second_list(user_agent):
        return Agent.BROWSER
    return Agent.CRAWLER if _is_on_second_list(LIBRARIES.sub("", user_agent)) else Agent.PROGRAM


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """The first list: for each crawler its pattern and what it is tagged as."""
    import crawleruseragents

    listed = crawleruseragents.CRAWLER_USER_AGENTS_DATA
    return tuple((re.compile(entry["pattern"]), tuple(entry.get("tags", ()))) for entry in listed)


def _is_on_second_list(user_agent: str) -> bool:
    return bool(_second_list().is_crawler(user_agent))


@cache
def _second_list() -> CrawlerDetect:
    from crawlerdetect import CrawlerDetect

    return CrawlerDetect()
