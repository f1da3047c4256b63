"""What a reader read or followed is out of their next page at once; what is kept of it, they allowed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from service.adapters.redis.redis_keys import HISTORY, SESSION_HISTORY
from service.app import create_app
from service.bootstrap.services import build_services
from service.cli import main
from service.config import load_config
from service.domain.engagement.reader_history import whose_reading
from service.domain.sites.site import Site
from tests.conftest import PATIENCE
from tests.makers.newsroom import article

pytestmark = pytest.mark.redis

STORIES = (
    "cup final at the stadium", "goal in the cup at night", "striker wins the cup", "ferry strike at the harbour",
    "storm over the bridge", "keeper saves the cup", "lamp of the lighthouse", "organ in the church",
)  # fmt: skip
WIDGETS = [{"id": "side", "kind": "recent-news", "size": 4}]
AT_COURIER = {"Origin": "https://courier.example"}
GRANTED, DENIED = {"id": "ada"}, {"id": "ada", "consent": {"gpc": True}}
Bearer = Callable[..., dict[str, str]]


class Paper:
    """A site whose readers are remembered unless they object; the test owns the clock."""

    def __init__(self, redis_url: str, folder: Any) -> None:
        self.now = time.time()
        self.services = build_services(load_config(data_dir=folder, **PATIENCE), redis_url, clock=lambda: self.now)
        self.services.site_records.put(Site("courier", origins=("https://courier.example",), consent_default="granted"))
        self.services.articles.put("courier", [article(f"a-{n}", text, age_s=n) for n, text in enumerate(STORIES)])
        self.services.snapshots.look_around()
        self.web = create_app(self.services).test_client()
        self.headers: dict[str, str] = {}

    def call(self, reader: dict[str, Any] | None, article_id: str | None = None, **more: Any) -> dict[str, Any]:
        """A page call's answer."""
        asked: dict[str, Any] = {"widgets": WIDGETS, "reader": reader, **more}
        if article_id:
            asked["article"] = {"id": article_id}
        answer = self.web.post("/v1/page", headers=self.headers, json=asked)
        assert answer.status_code == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    def items(self, reader: dict[str, Any] | None, article_id: str | None = None) -> dict[str, str]:
        """The articles of a page and the tokens of their teasers, in order."""
        items = self.call(reader, article_id)["widgets"]["side"]["items"]
        return {item["article_id"]: item["click_url"].rpartition("/")[2] for item in items}

    def follow(self, reader: dict[str, Any], token: str, headers: dict[str, str] | None = None) -> None:
        """Tells of a followed teaser, as a page's script does."""
        batch = {"events": [{"token": token, "kind": "click"}], "reader": reader}
        answer = self.web.post("/v1/events?site=courier", data=orjson.dumps(batch), headers=headers or AT_COURIER)
        assert answer.json["refused"] == 0

    def kept(self) -> list[bytes]:
        """The names of all that is kept of readers."""
        patterns = (spec.name(site="courier", digest="*") for spec in (HISTORY, SESSION_HISTORY))
        return sorted(name for pattern in patterns for name in self.services.client.keys(pattern))


@pytest.fixture
def paper(redis: Any, redis_url: str, tmp_path: Any, bearer: Bearer) -> Iterator[Paper]:
    made = Paper(redis_url, tmp_path)
    made.headers = bearer("render", "reports", site="courier")
    yield made
    made.services.close()


def test_what_a_reader_opened_is_out_of_their_next_page_and_of_nobody_elses(paper: Paper) -> None:
    opened = next(iter(paper.items(None)))
    assert opened in paper.items(GRANTED)

    paper.call(GRANTED, opened)

    assert opened not in paper.items(GRANTED), "though decided pages are held"
    assert opened in paper.items(None)
    assert opened in paper.items({"id": "bob"})


def test_what_a_reader_followed_is_out_at_once(paper: Paper) -> None:
    followed, token = list(paper.items(GRANTED).items())[1]

    paper.follow(GRANTED, token)

    assert followed not in paper.items(GRANTED)
    assert followed in paper.items(None)


@pytest.mark.parametrize("reader", [DENIED, {"id": "ada", "consent": {"tcf": "nonsense"}}, {}])
def test_without_consent_and_session_nothing_is_kept(paper: Paper, reader: dict[str, Any]) -> None:
    followed, token = next(iter(paper.items(reader).items()))

    paper.follow(reader, token)
    paper.call(reader, followed)

    assert followed in paper.items(reader)
    assert paper.kept() == []


def test_without_consent_a_session_is_remembered_for_half_an_hour_and_chooses_nothing(paper: Paper) -> None:
    tab = {**DENIED, "session": "tab-1"}
    followed, token = next(iter(paper.items(tab).items()))

    paper.follow(tab, token)

    assert followed not in paper.items(tab)
    explained = paper.call(tab, explain=True)["explain"]["widgets"]["side"]
    assert {each["parts"]["profile"] for each in explained} == {0}
    assert followed in paper.items({**DENIED, "session": "tab-2"})
    [name] = paper.kept()
    assert 0 < paper.services.client.ttl(name) <= 1_800


def test_strangers_cannot_tell_what_a_reader_followed(paper: Paper) -> None:
    followed, token = next(iter(paper.items(GRANTED).items()))

    paper.follow(GRANTED, token, {"Origin": "https://elsewhere.example"})

    assert followed in paper.items(GRANTED)
    assert paper.kept() == []


def test_a_history_that_is_kept_chooses_as_one_that_is_sent(paper: Paper) -> None:
    read = ["a-0", "a-1", "a-2"]
    for article_id in read:
        paper.now += 1
        paper.call(GRANTED, article_id)

    kept = paper.call(GRANTED, explain=True)
    sent = paper.call({"id": "bob", "history": read}, explain=True)

    scores = [{each["article_id"]: each["parts"]["profile"] for each in page["explain"]["widgets"]["side"]}
              for page in (kept, sent)]  # fmt: skip
    assert scores[0] == scores[1]
    assert scores[0]["a-5"] > 0
    assert paper.call(GRANTED)["widgets"] == paper.call({"id": "bob", "history": read})["widgets"]


def test_a_page_that_only_a_machine_asks_for_is_no_reading(paper: Paper) -> None:
    paper.headers |= {"Sec-Purpose": "prefetch"}
    paper.call({**GRANTED, "user_agent": "Googlebot/2.1"}, "a-0")

    assert paper.kept() == []


def test_a_call_for_slots_alone_asks_for_no_history(paper: Paper) -> None:
    paper.call(GRANTED, "a-0", widgets=[])

    assert paper.kept() == []


def test_a_store_that_is_away_leaves_the_page_full(paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    full = list(paper.items(None))
    monkeypatch.setattr(paper.services.store_watch, "is_away", lambda: True)

    assert list(paper.items(GRANTED)) == full
    assert list(paper.items({"session": "tab-1"})) == full


def test_a_reader_is_forgotten_when_asked_to_over_http_and_at_a_terminal(
    paper: Paper, bearer: Bearer, redis_url: str, tmp_path: Any
) -> None:
    paper.call(GRANTED, "a-0")
    admin = bearer("admin", site="courier")
    asked = {"json": {"id": "ada"}, "headers": admin}
    assert paper.web.post("/v1/readers/erase", **asked).json == {"records": 1}
    assert paper.web.post("/v1/readers/erase", **asked).json == {"records": 0}
    assert paper.web.post("/v1/readers/erase", json={"id": "ada"}, headers=paper.headers).status_code == 403
    assert "a-0" in paper.items({**GRANTED})

    paper.call(GRANTED, "a-1")
    words = ["readers", "erase", "ada", "--site", "courier", "--data-dir", str(tmp_path), "--redis-url", redis_url]
    found = CliRunner().invoke(main, words)

    assert found.exit_code == 0, found.output
    assert "1 records" in found.output
    assert paper.kept() == []


def test_a_readers_name_is_another_one_each_month_and_for_each_site_and_key() -> None:
    def at(month: int, day: int, site: str = "courier", secret: bytes = b"k") -> Any:
        return whose_reading(site, "ada", None, datetime(2026, month, day, 12, tzinfo=UTC).timestamp(), secret)

    assert at(11, 1) == at(11, 30)
    assert at(12, 1).before == at(11, 30).digest
    assert at(12, 1).digest != at(11, 30).digest
    assert len({at(11, 1).digest, at(11, 1, "herald").digest, at(11, 1, secret=b"other").digest}) == 3
    assert whose_reading("courier", None, None, 0, b"k") is None
