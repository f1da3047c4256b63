"""A publisher's pages behind a cache: a thousand readers share one page, and each one's ad is counted once."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from standfirst_client import StandfirstClient
from tests.conftest import skip_or_fail
from tests.ports import free_port

pytestmark = [pytest.mark.e2e, pytest.mark.redis]

READERS, AT_ONCE = 1_000, 8
SHEET = """advertiser,campaign,flight,placements,creative,format,headline,landing_url,tier,price,lifetime_cap,pacing
acme,spring,paid,sidebar,k1,native,Cars,https://acme.example/cars,price,2.00,1.50,asap
courier,own,house,sidebar,k2,native,Subscribe,https://courier.example/subscribe,house,,,asap
courier,own,foot,article-foot,k3,native,Write,https://courier.example/write,house,,,asap
"""
ARTICLES = [
    {
        "id": "strike",
        "title": "Ferry strike enters its third day",
        "text": "Crews of the boats stayed ashore.",
    },
    {
        "id": "organ",
        "title": "An organ with four thousand pipes",
        "text": "The church opens its loft on Saturday.",
    },
    {"id": "chowder", "title": "Chowder, as the quay cooks it", "text": "Three kitchens argue about tomatoes."},
]
CONFIGURATION = """
daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=pages:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{renderer}; proxy_cache pages; proxy_cache_valid 200 10m; proxy_cache_lock on;
    }}
  }}
}}
"""


@dataclass
class Publisher:
    """A site of cached pages: where readers ask for them, and how many its renderer made."""

    port: int
    service: Any
    made: list[str] = field(default_factory=list)

    def read(self) -> str:
        """Returns the page as a reader gets it, from the cache but for the first."""
        return _get(self.port, "/strike")[1]

    def ad(self, page_view: str, placement: str = "sidebar") -> dict[str, Any] | None:
        """Returns what a reader's browser is told to show in the slot of its own view of the page."""
        body = {"site": "courier", "article": {"id": "strike"}, "slots": [{"id": "s", "placement": placement}],
                "page_view": page_view}  # fmt: skip
        status, answer = self.service.call("POST", "/v1/page", body, Origin="https://courier.example")
        assert status == 200, answer
        shown: dict[str, Any] | None = answer["slots"]["s"]
        return shown


def _get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("latin-1")
    finally:
        connection.close()


@pytest.fixture(scope="module")
def publisher(
    running: Any, admin: dict[str, str], command: Any, tmp_path_factory: pytest.TempPathFactory, wait_until: Any
) -> Iterator[Publisher]:
    """The service with a site, a renderer that asks it for teasers, and a cache before the renderer."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        skip_or_fail("nginx", "nginx is not installed")
    assert nginx is not None
    _prepare(running, command)
    folder = tmp_path_factory.mktemp("nginx")
    site = Publisher(free_port(), running)
    client = StandfirstClient(
        f"http://127.0.0.1:{running.port}", admin["Authorization"].removeprefix("Bearer "), "courier", timeout_s=30
    )
    renderer = ThreadingHTTPServer(("127.0.0.1", 0), _rendering(client, site.made))
    threading.Thread(target=renderer.serve_forever, daemon=True).start()
    configuration = folder / "nginx.conf"
    # Started by root, its worker would else be somebody who may not write to the test's folder.
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(user + CONFIGURATION.format(folder=folder, port=site.port, renderer=renderer.server_port))
    with (folder / "log").open("wb") as log:
        cache = subprocess.Popen([nginx, "-c", configuration, "-p", folder, "-e", "stderr"], stdout=log, stderr=log)
    try:
        wait_until(lambda: cache.poll() is not None or _listens(site.port))
        assert cache.poll() is None, (folder / "log").read_text()
        wait_until(lambda: all(_is_known(site, client) for _ in range(20)))
        yield site
    finally:
        cache.terminate()
        cache.wait(30)
        renderer.shutdown()
        renderer.server_close()
        client.close()


def _is_known(site: Publisher, client: StandfirstClient) -> bool:
    """Whether whichever worker answers knows the articles, and the inventory by an ad that takes no budget."""
    teasers = client.page(article="strike", widgets=["must-read"]).teasers("must-read")
    return bool(teasers) and site.ad("before", "article-foot") is not None


def _prepare(running: Any, command: Any) -> None:
    folder: Path = running.folder
    (folder / "articles.ndjson").write_text(
        "\n".join(
            json.dumps({**one, "url": f"https://courier.example/{one['id']}", "published_at": "2026-11-20T08:00:00Z"})
            for one in ARTICLES
        )
    )
    (folder / "ads.csv").write_text(SHEET)
    for words in (
        ("sites", "create", "courier", "--origin", "https://courier.example"),
        ("articles", "load", "articles.ndjson", "--site", "courier"),
        ("ads", "load", "ads.csv", "--site", "courier"),
    ):
        done = command(folder, *words)
        assert done.returncode == 0, done.stderr


def _listens(port: int) -> bool:
    with socket.socket() as trying:
        return trying.connect_ex(("127.0.0.1", port)) == 0


def _rendering(client: StandfirstClient, made: list[str]) -> type[BaseHTTPRequestHandler]:
    class Renderer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = client.page(article=self.path[1:], widgets=["must-read"])
            made.append(self.path)
            content = "\n".join(teaser.click_url for teaser in page.teasers("must-read")).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keeps the test's output free of requests."""

    return Renderer


@pytest.mark.timeout(180)
def test_a_thousand_readers_of_one_cached_page_are_billed_for_a_thousand_ads_at_most_and_exactly(
    publisher: Publisher, admin: dict[str, str]
) -> None:
    def read(reader: int) -> str | None:
        assert "/c/" in publisher.read()
        shown = publisher.ad(f"view-{reader}")
        if shown is None:
            return None
        assert _get(publisher.service.port, urlsplit(shown["impression_url"]).path)[0] == 200
        return str(shown["flight_id"])

    with ThreadPoolExecutor(AT_ONCE) as readers:
        told = Counter(readers.map(read, range(READERS)))

    _, report = publisher.service.call("GET", "/v1/reports/delivery?site=courier&by=flight", **admin)
    rows = {row["flight_id"]: row for row in report["rows"]}
    assert len(publisher.made) == 1, "all readers but the first were served from the cache"
    assert told["paid"] == 750, "1.50 at 2.00 per thousand"
    assert sum(told.values()) == READERS
    assert rows["paid"]["net_impressions"] == told["paid"]
    assert float(rows["paid"]["spend"]) == 1.50
    assert rows["paid"]["unbilled_impressions"] == 0
    assert rows["house"]["gross_impressions"] == told["house"] == 250


def test_teasers_of_a_cached_page_lead_every_reader_to_their_story(publisher: Publisher) -> None:
    links = publisher.read().split()

    for link in links * 3:
        status, _ = _get(publisher.service.port, urlsplit(link).path)
        assert status == 302
