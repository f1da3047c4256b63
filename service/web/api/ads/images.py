"""Creatives' images over HTTP: uploaded and listed by marketers, served to readers' browsers."""

from __future__ import annotations

import re
from operator import attrgetter

from flask import Response, request
from pydantic import BaseModel

from service.config import Config
from service.domain.ads.image import EXTENSIONS, Image, image_path, image_type
from service.domain.errors import InvalidInput, NotFound
from service.domain.sites.access import Scope
from service.domain.sites.site import SITE_ID_PATTERN
from service.web.api.page.page import own_address
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import json_answer
from service.web.endpoints.paging import ListQuery, part_of

api = Api("images", __name__)

FORM_ROOM_BYTES = 16_384
_NAME = re.compile(r"([0-9a-f]{64})\.(png|jpg|gif|webp)")
_TYPES = {extension: media for media, extension in EXTENSIONS.items()}
# An address names its bytes: it never changes. Opened as a page, an image can neither run nor load anything.
_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


def image_limit(config: Config) -> int:
    """Returns the largest body of an upload, in bytes: an image, and the form around it."""
    return config.max_image_bytes + FORM_ROOM_BYTES


class StoredImage(BaseModel):
    """An image: the digest of its bytes, its address, its size in pixels and its media type."""

    id: str
    url: str
    width: int
    height: int
    type: str


class ImageList(BaseModel):
    """Images of the site by id, and where the next answer begins (none at the end)."""

    images: list[StoredImage]
    cursor: str | None


@api.endpoint("POST", "/v1/images", scope=Scope.ADS, answer=StoredImage, body_limit=image_limit,
              takes=dict.fromkeys((*EXTENSIONS, "multipart/form-data")),
              statuses=(200, 201, 400, 409, 413), summary="Upload an image: PNG, JPEG, GIF or WebP")  # fmt: skip
def upload_image(call: Call[None]) -> Response:
    """Answers 201 for a new image, 200 for one that is known."""
    content, media = _uploaded()
    image, new = call.services.ads.images.upload(call.site.id, content, media)
    return json_answer(_answer(call, image), 201 if new else 200)


@api.endpoint("GET", "/v1/images", scope=Scope.ADS, query=ListQuery, answer=ImageList, summary="The site's images")
def list_images(call: Call[None]) -> Response:
    """Answers images by id."""
    part, cursor = part_of(call.services.ads.images.all(call.site.id), attrgetter("id"), call.query)
    return json_answer({"images": [_answer(call, image) for image in part], "cursor": cursor})


@api.endpoint("DELETE", "/v1/images/<image_id>", scope=Scope.ADS, statuses=(204, 404, 409),
              summary="Forget an image that no creative shows")  # fmt: skip
def delete_image(call: Call[None], image_id: str) -> Response:
    """Answers 204; 409 while a creative shows it."""
    call.services.ads.images.remove(call.site.id, image_id)
    return Response(status=204)


@api.endpoint("GET", "/images/<site_id>/<name>", scope=None, site_from="none", media="image/*",
              statuses=(200, 304, 404), summary="An image, for readers' browsers to keep")  # fmt: skip
def show_image(call: Call[None], site_id: str, name: str) -> Response:
    """Answers the image's bytes; 304 to a browser that has them."""
    found = _NAME.fullmatch(name)
    if not found or not re.fullmatch(SITE_ID_PATTERN, site_id):
        raise NotFound("image", name)
    content = call.services.ads.images.content(site_id, found[1])
    if image_type(content) != _TYPES[found[2]]:
        raise NotFound("image", name)
    answer = Response(content, content_type=_TYPES[found[2]], headers=_HEADERS)
    answer.set_etag(found[1])
    answer.make_conditional(request)
    return answer


def _uploaded() -> tuple[bytes, str]:
    """The image's bytes, and the media type that they were sent as."""
    if request.mimetype != "multipart/form-data":
        return request.get_data(cache=False), request.mimetype
    files = list(request.files.values())
    if len(files) != 1:
        raise InvalidInput.one("", f"Send one file; the form holds {len(files)}.")
    return files[0].read(), files[0].mimetype


def _answer(call: Call[None], image: Image) -> dict[str, object]:
    address = (call.services.config.public_url or own_address()).rstrip("/")
    url = address + image_path(call.site.id, image)
    return {"id": image.id, "url": url, "width": image.width, "height": image.height, "type": image.type}
