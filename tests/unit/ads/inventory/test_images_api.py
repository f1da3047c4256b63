"""Creative images over HTTP: uploaded, served, shown in a slot, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.app import create_app
from service.bootstrap.services import build_services
from service.config import load_config
from service.domain.ads.slot import SlotRequest
from service.domain.sites.site import Site
from service.services import Services
from service.usecases.ads.delivery.slots_request import SlotsRequest
from tests.conftest import PATIENCE

pytestmark = pytest.mark.redis

Headers = dict[str, str]
FOLDER = Path(__file__).parent / "images"
PNG = (FOLDER / "plain.png").read_bytes()
JPEG = (FOLDER / "baseline.jpg").read_bytes()
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.fixture(autouse=True)
def courier(services: Services) -> None:
    services.sites.put(Site("courier"))


@pytest.fixture
def ads(bearer: Callable[..., Headers]) -> Headers:
    return bearer("ads", site="courier")


@pytest.fixture
def upload(web: FlaskClient, ads: Headers) -> Callable[..., Any]:
    def post(content: bytes = PNG, media: str = "image/png") -> Any:
        return web.post("/v1/images", data=content, content_type=media, headers=ads)

    return post


def path_of(url: str) -> str:
    """The path of an address on the test's host."""
    assert url.startswith("http://localhost/")
    return url.removeprefix("http://localhost")


def test_an_image_is_uploaded_once_and_served_for_ever(web: FlaskClient, upload: Callable[..., Any]) -> None:
    first, again = upload(), upload()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert {key: first.json[key] for key in ("width", "height", "type")} == {
        "width": 12,
        "height": 7,
        "type": "image/png",
    }
    shown = web.get(path_of(first.json["url"]))
    assert (shown.status_code, shown.data, shown.content_type) == (200, PNG, "image/png")
    assert shown.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    known = web.get(path_of(first.json["url"]), headers={"If-None-Match": shown.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_every_type_comes_back_as_it_was(web: FlaskClient, upload: Callable[..., Any], path: Path) -> None:
    answer = upload(path.read_bytes(), "application/octet-stream")
    assert answer.status_code == 201
    shown = web.get(path_of(answer.json["url"]))
    assert (shown.data, shown.content_type) == (path.read_bytes(), answer.json["type"])


def test_an_image_comes_in_a_form_too(web: FlaskClient, ads: Headers) -> None:
    answer = web.post("/v1/images", data={"file": (io.BytesIO(JPEG), "a.jpg", "image/jpeg")}, headers=ads)
    assert (answer.status_code, answer.json["type"]) == (201, "image/jpeg")
    two = {"one": (io.BytesIO(JPEG), "a.jpg"), "two": (io.BytesIO(PNG), "b.png")}
    assert web.post("/v1/images", data=two, headers=ads).status_code == 400
    assert (
        web.post("/v1/images", data={"file": "no file"}, content_type="multipart/form-data", headers=ads).status_code
        == 400
    )


@pytest.mark.parametrize(
    ("content", "media"),
    [(SVG, "image/svg+xml"), (SVG, "image/png"), (b"alert(1)", "image/gif"), (b"<html></html>", "text/html"),
     (PNG + b"<script>1</script>", "image/png"), (PNG[:-5], "image/png"), (b"", "image/png"), (PNG, "image/gif")],
)  # fmt: skip
def test_what_is_no_image_is_refused(
    web: FlaskClient, upload: Callable[..., Any], ads: Headers, content: bytes, media: str
) -> None:
    answer = upload(content, media)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert web.get("/v1/images", headers=ads).json == {"images": [], "cursor": None}


def test_too_large_an_image_is_refused(upload: Callable[..., Any], services: Services) -> None:
    most = services.config.max_image_bytes
    assert most == 500_000
    for size in (most + 1, most + 100_000):
        assert upload(b"\x89PNG\r\n\x1a\n" + b"\x00" * size).status_code == 413


@pytest.mark.parametrize(
    "path",
    ["courier/{id}.gif", "herald/{id}.png", "courier/{id}", "courier/{id}.svg", "courier/{id}.png%0a",
     "COURIER/{id}.png", "courier/" + "0" * 64 + ".png"],
)  # fmt: skip
def test_no_other_address_leads_to_an_image(web: FlaskClient, upload: Callable[..., Any], path: str) -> None:
    answer = web.get(f"/images/{path.format(id=upload().json['id'])}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_an_uploaded_image_is_shown_in_a_slot_and_kept_while_it_is(
    web: FlaskClient, upload: Callable[..., Any], services: Services, ads: Headers
) -> None:
    answer = upload().json
    sheet = (
        "advertiser,campaign,flight,placements,creative,format,width,height,image_url,landing_url,price\n"
        f"acme,spring,f1,sidebar,k1,image,300,250,{answer['url']},https://acme.example/,2.00\n"
    )
    loaded = web.post("/v1/inventory?mode=apply", data=sheet.encode(), content_type="text/csv", headers=ads)
    assert loaded.status_code == 200, loaded.text
    assert web.get("/v1/creatives/k1", headers=ads).json["image_url"] == path_of(answer["url"])
    services.ads.snapshots.refresh("courier")
    request = SlotsRequest(Site("courier"), "v", (SlotRequest("top", "sidebar"),), base_url="https://ads.example")
    slot = services.ads.slots.fill(request, services.clock()).slots["top"]
    assert slot is not None
    assert slot.to_json()["creative"]["image"]["url"] == f"https://ads.example{path_of(answer['url'])}"
    assert web.delete(f"/v1/images/{answer['id']}", headers=ads).status_code == 409
    assert [one["id"] for one in web.get("/v1/images", headers=ads).json["images"]] == [answer["id"]]


def test_an_image_that_nothing_shows_is_removed(web: FlaskClient, upload: Callable[..., Any], ads: Headers) -> None:
    answer = upload().json
    assert web.delete(f"/v1/images/{answer['id']}", headers=ads).status_code == 204
    assert web.get(path_of(answer["url"])).status_code == 404
    assert web.delete(f"/v1/images/{answer['id']}", headers=ads).status_code == 404


def test_a_site_full_of_images_takes_no_other(redis_url: str, tmp_path: Path, ads: Headers) -> None:
    services = build_services(
        load_config(data_dir=tmp_path, max_images=1, public_url="https://ads.example/", **PATIENCE), redis_url
    )
    web = create_app(services).test_client()
    first = web.post("/v1/images", data=PNG, content_type="image/png", headers=ads)
    assert first.json["url"].startswith("https://ads.example/images/courier/")
    assert web.post("/v1/images", data=JPEG, content_type="image/jpeg", headers=ads).status_code == 409
    services.close()
