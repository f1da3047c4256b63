"""Feeds as a newsroom meets them: put over HTTP, polled by the real worker, and loaded once from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from service.cli import ExitCode, main
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

FEED = """<rss version="2.0"><channel><title>Courier</title>%s</channel></rss>"""
ITEM = """<item><title>Story %d</title><link>https://courier.example/%d</link><description>Text of %d.</description>
<pubDate>Sun, 01 Mar 2026 09:00:00 GMT</pubDate></item>"""
EXPORT = """<rss xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><wp:wxr_version>1.2</wp:wxr_version>%s</channel></rss>"""
POST = """<item><title>Post</title><link>https://courier.example/12</link><wp:post_id>12</wp:post_id>
<content:encoded>Words.</content:encoded><wp:post_type>%s</wp:post_type><wp:status>publish</wp:status>
<wp:post_date_gmt>2026-03-01 08:00:00</wp:post_date_gmt></item>"""


@dataclass
class Newspaper:
    """A server on loopback with one feed, whose text and status a test may change."""

    port: int = 0
    body: str = FEED % (ITEM % (1, 1, 1))
    status: int = 200
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed"


@pytest.fixture
def newspaper() -> Iterator[Newspaper]:
    paper = Newspaper()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paper.asked.append(self.headers.get("If-None-Match", ""))
            same = self.headers.get("If-None-Match") == str(hash(paper.body))
            data = b"" if same else paper.body.encode()
            self.send_response(304 if same else paper.status)
            self.send_header("ETag", str(hash(paper.body)))
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    paper.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield paper
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def content(services: Services, bearer: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The header of a token that may change the site's content."""
    services.site_records.put(Site("courier"))
    return bearer("content", site="courier")


def test_a_feed_is_put_read_listed_and_forgotten(web: FlaskClient, content: dict[str, str]) -> None:
    body = {"url": "https://courier.example/world.rss", "kind": "rss", "section": "World", "every_s": 300}
    made = web.put("/v1/feeds/world", json=body, headers=content)
    assert made.status_code == 201
    assert {name: made.json[name] for name in body} == body
    assert web.put("/v1/feeds/world", json=body, headers=content).status_code == 200

    found = web.get("/v1/feeds/world", headers=content).json
    assert (found["enabled"], found["last_attempt_at"], found["next_attempt_at"]) == (True, None, None)
    assert found["last"] == {"loaded": 0, "updated": 0, "unchanged": 0, "refused": 0, "unpublished": 0, "refusals": []}
    assert [feed["id"] for feed in web.get("/v1/feeds", headers=content).json["feeds"]] == ["world"]

    assert web.delete("/v1/feeds/world", headers=content).status_code == 204
    assert web.get("/v1/feeds/world", headers=content).status_code == 404
    assert web.delete("/v1/feeds/world", headers=content).status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"url": "http://127.0.0.1/feed"}, "url"),
        ({"url": "http://localhost/feed"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://ada:secret@courier.example/"}, "url"),
        ({"every_s": 59}, "every_s"),
        ({"kind": "gopher"}, "kind"),
        ({"evry_s": 300}, "evry_s"),
        ({"id_prefix": "a b"}, "id_prefix"),
    ],
)
def test_a_faulty_feed_is_refused_by_its_field(
    web: FlaskClient, content: dict[str, str], change: dict[str, Any], path: str
) -> None:
    answer = web.put("/v1/feeds/world", json={"url": "https://courier.example/rss"} | change, headers=content)
    assert answer.status_code == 400
    assert [error["path"] for error in answer.json["errors"]] == [path]


def test_a_feed_needs_the_scope_and_is_the_sites_own(
    web: FlaskClient, services: Services, content: dict[str, str], bearer: Callable[..., dict[str, str]]
) -> None:
    services.site_records.put(Site("herald"))
    web.put("/v1/feeds/world", json={"url": "https://courier.example/rss"}, headers=content)
    assert web.get("/v1/feeds/world", headers=bearer("render", site="courier")).status_code == 403
    assert web.get("/v1/feeds/world", headers=bearer("content", site="herald")).status_code == 404
    assert web.get("/v1/feeds", headers=bearer("content", site="herald")).json == {"feeds": [], "cursor": None}


@pytest.mark.e2e
def test_the_worker_loads_a_feed_soon_after_it_is_put_and_tells_of_its_errors(
    web: FlaskClient,
    content: dict[str, str],
    newspaper: Newspaper,
    redis_url: str,
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    services: Services,
    wait_until: Callable[..., Any],
) -> None:
    own = {
        "STANDFIRST_REDIS_URL": redis_url,
        "STANDFIRST_DATA_DIR": str(tmp_path / "worker"),
        "STANDFIRST_FEED_PRIVATE_HOSTS": f"127.0.0.1:{newspaper.port}",
    }
    object.__setattr__(services, "config", services.config.model_copy(
        update={"feed_private_hosts": f"127.0.0.1:{newspaper.port}"}))  # fmt: skip
    command = Path(sys.executable).with_name("standfirst")
    feed = {"url": newspaper.url}

    def state() -> dict[str, Any]:
        return dict(web.get("/v1/feeds/world", headers=content).json)

    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([command, "worker"], cwd=tmp_path, env=environment | own, stdout=log, stderr=log)
    try:
        assert web.put("/v1/feeds/world", json=feed, headers=content).status_code == 201
        wait_until(lambda: state()["last_success_at"], 100)
        assert state()["articles_loaded"] == 1
        assert [item["title"] for item in web.get("/v1/articles", headers=content).json["items"]] == ["Story 1"]

        web.put("/v1/feeds/world", json=feed, headers=content)  # due at once
        wait_until(lambda: len(newspaper.asked) == 2 and state()["next_attempt_at"])
        assert newspaper.asked[1] == state()["etag"]

        newspaper.body = "<html><body>Sorry</body></html>"
        web.put("/v1/feeds/world", json=feed, headers=content)
        wait_until(lambda: state()["last_error"])
        assert "a page of HTML" in state()["last_error"]
        process.terminate()
        assert process.wait(45) == 0, "a worker that polls feeds ends when told to"
    finally:
        process.kill()
        process.wait()


Run = Callable[..., Result]


@pytest.fixture
def run(services: Services, content: dict[str, str], redis_url: str, tmp_path: Path) -> Run:
    """Runs `standfirst articles WORDS...` on the site."""

    def invoke(*words: str | Path, **settings: str) -> Result:
        options = ("--site", "courier", "--redis-url", redis_url, "--data-dir", str(tmp_path / "var"))
        return CliRunner().invoke(main, ["articles", *map(str, words), *options], env=settings)

    return invoke


def test_a_feed_is_loaded_once_from_a_file(run: Run, tmp_path: Path, services: Services) -> None:
    path, report = tmp_path / "feed.xml", tmp_path / "refused.txt"
    path.write_text(FEED % (ITEM % (1, 1, 1) + "<item><title>No link</title></item>"), encoding="utf-8")
    first = run("feed", path, "--section", "World", "--refused", report, "--json")
    assert first.exit_code == ExitCode.SOME_REFUSED
    told = json.loads(first.stdout)
    assert (told["loaded"], told["refused"], told["skipped"]) == (1, 1, {})
    assert "url is required" in report.read_text("utf-8")
    assert json.loads(run("feed", path, "--section", "World", "--json").stdout)["unchanged"] == 1
    (article_id,) = services.articles.ids("courier")
    assert services.articles.get("courier", article_id).section == "World"


def test_a_feed_is_loaded_once_from_an_address_that_a_setting_allows(run: Run, newspaper: Newspaper) -> None:
    refused = run("feed", newspaper.url)
    assert refused.exit_code == ExitCode.FAILED
    assert "leads to a private network" in refused.stderr
    allowed = run("feed", newspaper.url, STANDFIRST_FEED_PRIVATE_HOSTS=f"127.0.0.1:{newspaper.port}")
    assert allowed.exit_code == 0, allowed.stderr
    assert "loaded             1" in allowed.stdout


@pytest.mark.parametrize("body", ["<html></html>", FEED[:40], ""])
def test_what_is_no_feed_loads_nothing_and_names_the_file(
    run: Run, tmp_path: Path, services: Services, body: str
) -> None:
    path = tmp_path / "feed.xml"
    path.write_text(body, encoding="utf-8")
    told = run("feed", path)
    assert told.exit_code == ExitCode.FAILED
    assert str(path) in told.stderr
    assert services.articles.count("courier") == 0


def test_an_export_is_loaded_and_what_is_no_post_is_counted(run: Run, tmp_path: Path, services: Services) -> None:
    path = tmp_path / "export.xml"
    path.write_text(EXPORT % (POST % "post" + POST % "page"), encoding="utf-8")
    told = json.loads(run("wordpress", path, "--json").stdout)
    assert (told["loaded"], told["refused"], told["skipped"]) == (1, 0, {"page": 1})
    assert services.articles.get("courier", "wp-12").text == "Words."


def test_an_export_that_is_cut_changes_nothing(run: Run, tmp_path: Path, services: Services) -> None:
    path = tmp_path / "export.xml"
    whole = EXPORT % (POST % "post" * 50)
    path.write_text(whole[: len(whole) // 2], encoding="utf-8")
    told = run("wordpress", path)
    assert told.exit_code == ExitCode.FAILED
    assert "cut or broken XML" in told.stderr
    assert told.stdout == ""
    assert services.articles.count("courier") == 0


def test_what_was_loaded_before_a_later_source_failed_is_summed_up(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(EXPORT % (POST % "post"), encoding="utf-8")
    told = run("wordpress", path, tmp_path / "missing.xml")
    assert told.exit_code == ExitCode.FAILED
    assert "missing.xml" in told.stderr
    assert "loaded             1" in told.stdout
