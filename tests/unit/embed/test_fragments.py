"""Ready HTML: the same decision as the JSON, escaped, labelled, in the site's language, with ads in frames."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from service.domain.ads.inventory import FlightStatus
from service.domain.content.article import Article, Image
from service.domain.sites.site import Site
from service.services import Services

pytestmark = pytest.mark.redis

STORIES = {
    "Ferry <script>": "Crews of the estuary boats stayed ashore for a third day over pay.",
    "Organ": "Four thousand pipes of the seamen's church open in a weekend loft.",
    "Chowder": "Three kitchens argue about tomatoes while a pot simmers on the quay.",
    "Lighthouse": "A keeper retires after forty winters and hands over the lamp.",
    "Goal": "The striker scored twice before half time in heavy rain.",
}
NOW = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
SHEET = """advertiser,campaign,flight,placements,creative,format,headline,width,height,html,landing_url,tier,price
acme,spring,words,sidebar,k1,native,"Cars <b>& more</b>",,,,https://acme.example/cars,price,2.00
acme,spring,frame,article-foot,k2,html,,300,250,"<p title=""a 'b'"">""Buy"" & go</p>",https://acme.example/go,price,2.00
"""
WIDGETS = [{"id": "side", "kind": "must-read", "size": 3}, {"id": "none", "kind": "latest-in-section", "size": 2}]
Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def site(services: Services) -> Site:
    made = Site(
        "courier", language="ur", timezone="Asia/Karachi", origins=("https://courier.example",),
        widgets={"must-read": {"heading": 'Lies "das"'}},
    )  # fmt: skip
    services.site_records.put(made)
    return made


@pytest.fixture
def ask(web: FlaskClient, services: Services, bearer: Callable[..., dict[str, str]], site: Site) -> Ask:
    """Calls a page of a site with five articles and two flights."""
    image = Image("https://courier.example/p.jpg", 'A "quay"', 600, 400)
    services.articles.put("courier", [
        Article(f"a{n}", f"https://courier.example/{n}", title, text, NOW - timedelta(hours=n), section="City & port",
                comment_count=n, image=image if n == 1 else None)
        for n, (title, text) in enumerate(STORIES.items())
    ])  # fmt: skip
    services.snapshots.look_around()
    headers = bearer("render", "ads", site="courier")
    loaded = web.post("/v1/inventory?mode=apply", data=SHEET.encode(), content_type="text/csv", headers=headers)
    assert loaded.status_code == 200, loaded.json
    services.ads.snapshots.refresh("courier")

    def call(query: str = "?format=html", **body: Any) -> dict[str, Any]:
        answer = web.post(f"/v1/page{query}", headers=headers, json={"widgets": WIDGETS, **body})
        assert answer.status_code == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    return call


def test_a_page_as_html_has_the_teasers_of_the_page_as_json(ask: Ask) -> None:
    plain, ready = ask("", page_view="v"), ask(page_view="v")

    items = HTMLParser(ready["widgets"]["side"]).css("li")

    assert [item.attributes["data-standfirst-article"] for item in items] == [
        item["article_id"] for item in plain["widgets"]["side"]["items"]
    ]
    assert ready["model"] == plain["model"]
    assert ready["page_view"] == "v"


def test_titles_are_escaped_and_links_are_the_click_addresses(ask: Ask) -> None:
    plain, ready = ask("", page_view="v"), ask(page_view="v")
    tree = HTMLParser(ready["widgets"]["side"])

    assert tree.css("script") == []
    assert [link.text() for link in tree.css("h3 a")] == [item["title"] for item in plain["widgets"]["side"]["items"]]
    assert [link.attributes["href"] for link in tree.css("h3 a")] == [
        item["click_url"] for item in plain["widgets"]["side"]["items"]
    ]


def test_a_widget_is_worded_in_the_sites_language_and_time_zone(ask: Ask) -> None:
    section = HTMLParser(ask(page_view="v")["widgets"]["side"]).css_first("section")

    assert (section.attributes["lang"], section.attributes["dir"]) == ("ur", "rtl")
    assert section.attributes["aria-label"] == 'Lies "das"'
    assert section.css_first("h2").text() == 'Lies "das"'
    assert "25" in section.css_first("time").text(), "half past eleven in the evening is the next day in Karachi"
    assert "تبصرے" in section.html


def test_a_widget_without_teasers_is_empty(ask: Ask, services: Services) -> None:
    for number in range(5):
        services.articles.remove("courier", f"a{number}")
    services.snapshots.look_around()

    assert ask(page_view="v")["widgets"] == {"side": "", "none": ""}


def test_a_native_ad_is_escaped_and_an_ad_of_html_stands_in_a_frame_without_scripts(ask: Ask) -> None:
    slots = [{"id": "top", "placement": "sidebar"}, {"id": "foot", "placement": "article-foot"}]
    ready = ask(page_view="v", slots=slots)["slots"]

    native, frame = (
        HTMLParser(ready["top"]).css_first("[role=group]"),
        HTMLParser(ready["foot"]).css_first("[role=group]"),
    )

    assert native.css_first(".sf-ad-headline").text() == "Cars <b>& more</b>"
    assert native.css_first("a").attributes["rel"] == "sponsored noopener"
    assert "/c/" in (native.css_first("a").attributes["href"] or "")
    assert "/i/" in (native.css_first("img.sf-pixel").attributes["src"] or "")
    assert "/v/" in (native.attributes["data-standfirst-view"] or "")
    sandbox = frame.css_first("iframe").attributes["sandbox"] or ""
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert '<p title="a \'b\'">"Buy" & go</p>' in (frame.css_first("iframe").attributes["srcdoc"] or "")
    assert frame.css("p[title]") == []


@pytest.fixture
def get(web: FlaskClient, ask: Ask) -> Callable[..., Any]:
    """Calls an address as a browser of the site's origin does."""

    def call(path: str, method: str = "GET", **headers: str) -> Any:
        return web.open(path, method=method, headers={"Origin": "https://courier.example", **headers})

    return call


def test_one_slot_is_answered_as_json_and_as_html_and_kept_by_nobody(get: Callable[..., Any]) -> None:
    plain = get("/v1/slots/sidebar?site=courier&page_view=v")
    ready = get("/v1/slots/sidebar?site=courier&page_view=v&format=html")

    assert plain.json["flight_id"] == "words"
    assert HTMLParser(ready.text).css_first(".sf-ad-headline").text() == "Cars <b>& more</b>"
    assert ready.content_type == "text/html; charset=utf-8"
    assert {plain.headers["Cache-Control"], ready.headers["Cache-Control"]} == {"no-store"}


def test_a_slot_with_nothing_to_show_is_null_or_empty(get: Callable[..., Any], services: Services) -> None:
    services.ads.entities.set_status("courier", "words", FlightStatus.PAUSED)
    services.ads.snapshots.refresh("courier")

    assert get("/v1/slots/sidebar?site=courier").data == b"null"
    assert get("/v1/slots/sidebar?site=courier&format=html").data == b""


def test_a_slot_asked_for_by_head_or_ahead_of_need_reserves_nothing(get: Callable[..., Any]) -> None:
    ahead = get("/v1/slots/sidebar?site=courier", **{"Sec-Purpose": "prefetch"})

    assert ahead.data == b"null"
    assert get("/v1/slots/sidebar?site=courier", "HEAD").status_code == 200


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("/v1/slots/nowhere?site=courier", "There is no placement 'nowhere'; known: article-foot, "),
        ("/v1/widgets/nonsense?site=courier", "There is no kind of widget 'nonsense'; known: latest-in-section, "),
    ],
)
def test_at_an_unknown_name_is_nothing_and_the_known_ones_are_told(
    get: Callable[..., Any], address: str, told: str
) -> None:
    answer = get(address)

    assert answer.status_code == 404
    assert answer.json["detail"].startswith(told)


def test_what_means_nothing_in_a_renderers_address_is_left_aside_and_told(get: Callable[..., Any]) -> None:
    told = get("/v1/widgets/must-read?site=courier&size=1&utm_source=mail")

    assert len(told.json["items"]) == 1
    assert told.json["warnings"] == ["?utm_source: unknown field, ignored"]
    assert get("/v1/slots/sidebar?site=courier&utm_source=mail").status_code == 200


def test_a_widget_as_html_may_be_kept_and_is_confirmed_by_its_tag(get: Callable[..., Any]) -> None:
    first = get("/v1/widgets/must-read?site=courier&format=html&size=2")
    again = get("/v1/widgets/must-read?site=courier&format=html&size=2", **{"If-None-Match": first.headers["ETag"]})

    assert len(HTMLParser(first.text).css("li")) == 2
    assert first.headers["Cache-Control"].startswith("public")
    assert (again.status_code, again.data) == (304, b"")
    assert get("/v1/widgets/must-read?site=courier&size=2").headers["ETag"] != first.headers["ETag"]


@pytest.mark.parametrize(("name", "media"), [("embed.js", "text/javascript"), ("embed.css", "text/css")])
def test_the_script_and_the_style_sheet_may_be_loaded_and_kept_by_anyone(
    web: FlaskClient, name: str, media: str
) -> None:
    answer = web.get(f"/{name}")
    again = web.get(f"/{name}", headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.content_type == f"{media}; charset=utf-8"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Cache-Control"].startswith("public, max-age=")
    assert again.status_code == 304


def test_another_format_is_a_fault(web: FlaskClient, bearer: Callable[..., dict[str, str]], site: Site) -> None:
    answer = web.post("/v1/page?format=xml", headers=bearer("render", site="courier"), json={})

    assert answer.status_code == 400
    assert answer.json["errors"][0]["path"] == "?format"
