"""The script and the style sheet that pages load to have their places filled."""

from __future__ import annotations

from functools import cache
from hashlib import blake2b
from importlib.resources import files

from flask import Response, request

from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api

api = Api("embed", __name__, template_folder="templates")

FILE_CACHE = "public, max-age=3600, stale-while-revalidate=86400"


@api.endpoint("GET", "/embed.js", scope=None, site_from="none", media="text/javascript", statuses=(200, 304),
              summary="Script that fills a page's places for widgets and slots")  # fmt: skip
def script(_: Call[None]) -> Response:
    """Answers the script, the same for every site; it reads what to ask for from the page."""
    return _file("embed.js", "text/javascript; charset=utf-8")


@api.endpoint("GET", "/embed.css", scope=None, site_from="none", media="text/css", statuses=(200, 304),
              summary="A plain look for ready HTML, for pages that have none of their own")  # fmt: skip
def style(_: Call[None]) -> Response:
    """Answers the style sheet; it takes letters and colours from the page around it."""
    return _file("embed.css", "text/css; charset=utf-8")


def _file(name: str, media: str) -> Response:
    content, tag = _content(name)
    answer = Response(content, content_type=media)
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = FILE_CACHE
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.make_conditional(request)
    return answer


@cache
def _content(name: str) -> tuple[bytes, str]:
    """A file's bytes and their digest."""
    content = files(__package__).joinpath(name).read_bytes()
    return content, blake2b(content, digest_size=12).hexdigest()
