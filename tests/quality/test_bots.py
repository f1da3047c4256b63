"""How well crawlers are told from browsers: precision and recall on published user agents."""

from __future__ import annotations

import os
import timeit
from pathlib import Path

import pytest

from service.adapters.sources.user_agents import agent_of
from service.domain.events.validity.agents import Agent

# Families of the sample that people read pages with; the sample's others are crawlers, libraries, apps and odd things.
BROWSERS = (
    "Amazon Silk|Android|BlackBerry WebKit|Chrome|Chrome Mobile|Chrome Mobile iOS|Chrome Mobile WebView|Chromium|"
    "Coc Coc|DuckDuckGo Mobile|Ecosia iOS|Edge|Edge Mobile|Epiphany|Facebook|Firefox|Firefox Beta|Firefox Focus|"
    "Firefox Mobile|Firefox iOS|Google|IE|IE Mobile|Iceweasel|Instagram|Iron|Konqueror|LINE|MIUI Browser|Maxthon|"
    "Mobile Safari|Mobile Safari UI/WKWebView|Netscape|Nokia Browser|Opera|Opera Mini|Opera Mobile|Opera Tablet|"
    "Pale Moon|Puffin|QQ Browser|QQ Browser Mobile|Safari|Samsung Internet|SeaMonkey|Sogou Explorer|UC Browser|"
    "Vivaldi|WeChat Browser|Whale|Yandex Browser"
)
# Families of the sample that are what programs make requests with.
LIBRARIES = (
    "AHC|Apache-HttpClient|Go-http-client|GuzzleHttp|HTTPClient|Java|PycURL|Python Requests|Python aiohttp|"
    "Python-urllib|ReactorNetty|Vert.x-WebClient|akka-http|axios|curl|go-resty|got|http.rb|libcurl-agent|libwww-perl|"
    "lua-resty-http|okhttp|reqwest|scalaj-http|unirest-java|ureq"
)
# One that the sample calls Chrome by its engine, which names itself a robot: it is none of a reader's.
NO_READER = "Google Web Preview"


def sampled(families: str) -> list[str]:
    """User agents of the sample that are of these families."""
    folder = os.environ.get("STANDFIRST_SAMPLE_DATA")
    if not folder:
        pytest.skip("STANDFIRST_SAMPLE_DATA does not name the folder of sample data")
    yaml = pytest.importorskip("yaml")
    path = Path(folder) / "user_agents" / "uap-core.test_ua.yaml"
    named = set(families.split("|"))
    cases = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["test_cases"]
    return sorted({case["user_agent_string"] for case in cases if case["family"] in named})


def browsers() -> list[str]:
    """User agents of the sample that are readers'."""
    return [agent for agent in sampled(BROWSERS) if NO_READER not in agent]


def crawlers() -> list[str]:
    """User agents that the first list gives as instances of its own patterns: what both lists together must keep."""
    import crawleruseragents

    listed = crawleruseragents.CRAWLER_USER_AGENTS_DATA
    return sorted({instance for entry in listed for instance in entry["instances"]})


def test_nearly_no_browser_is_taken_for_a_crawler_and_nearly_no_crawler_for_a_browser(
    record_property: pytest.RecordProperty,
) -> None:
    readers, bots = browsers(), crawlers()
    taken = [agent for agent in readers if agent_of(agent) is not Agent.BROWSER]
    found = [agent for agent in bots if agent_of(agent) is not Agent.BROWSER]
    precision, recall = len(found) / (len(found) + len(taken)), len(found) / len(bots)
    print(f"{len(readers)} browsers, {len(taken)} taken for others: {taken}; {len(bots)} crawlers, {len(found)} found")
    print(f"precision {precision:.4f}, recall {recall:.4f}")
    assert len(readers) > 200
    assert len(bots) > 2_000
    assert precision >= 0.999
    assert recall >= 0.999
    assert len(taken) / len(readers) <= 0.01


def test_nearly_every_library_is_a_program() -> None:
    """What a program sends counts unless the service is told else; what a crawler sends never does."""
    libraries = sampled(LIBRARIES)
    programs = [agent for agent in libraries if agent_of(agent) is Agent.PROGRAM]
    print(f"{len(programs)} of {len(libraries)} libraries are programs")
    assert len(libraries) > 30
    assert len(programs) / len(libraries) >= 0.9


def test_the_second_list_finds_most_of_the_crawlers_that_the_first_does_not_know() -> None:
    crawlerdetect = pytest.importorskip("crawlerdetect")
    detector = crawlerdetect.CrawlerDetect()
    bots = crawlers()
    recall = sum(bool(detector.is_crawler(agent)) for agent in bots) / len(bots)
    print(f"recall of the second list alone on the first one's instances: {recall:.4f}")
    assert recall >= 0.85


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("", Agent.PROGRAM),
        ("curl/8.5.0", Agent.PROGRAM),
        ("python-requests/2.32", Agent.PROGRAM),
        ("python-urllib3/2", Agent.PROGRAM),
        ("Java/1.8 (SomeNewThing crawler)", Agent.CRAWLER),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36", Agent.PROGRAM),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Agent.CRAWLER),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.0)", Agent.CRAWLER),
        ("Mozilla/5.0 (compatible; SomeNewThing-crawler/1.0)", Agent.CRAWLER),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0", Agent.BROWSER),
        ("x" * 100_000, Agent.BROWSER),
    ],
)
def test_a_driven_browser_and_a_library_are_programs_and_robots_are_crawlers(agent: str, expected: Agent) -> None:
    assert agent_of(agent) is expected


def test_an_agent_that_is_known_costs_under_two_microseconds() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120 Safari/537.36"
    agent_of(agent)
    best_s = min(timeit.repeat(lambda: agent_of(agent), number=10_000, repeat=5)) / 10_000
    print(f"{best_s * 1e6:.2f} microseconds")
    assert best_s < 2e-6
