"""The addresses of pictures: a story's illustration and an advertiser's creative."""

from __future__ import annotations

from flask import Blueprint, Response, abort, current_app, request

from service.demo.renderer.art.advertisement import artwork_of, draw_advertisement
from service.demo.renderer.art.picture import draw_picture
from service.demo.renderer.newsroom import Newsroom

NAME_LIMIT = 100

pictures = Blueprint("pictures", __name__)


@pictures.get("/img/<story_id>.svg")
def illustration(story_id: str) -> Response:
    """Returns a story's illustration; 404 when there is no such story, or it has none."""
    newsroom: Newsroom = current_app.extensions["newsroom"]
    story = newsroom.story(story_id)
    if story is None or story.picture is None:
        abort(404)
    picture = story.picture
    return _svg(draw_picture(story.id, picture.hue, picture.motif, picture.alt))


@pictures.get("/ads/<creative_id>.svg")
def creative(creative_id: str) -> Response:
    """Returns an advertiser's creative; one that is not known is made up from its name."""
    if len(creative_id) > NAME_LIMIT:
        abort(404)
    return _svg(draw_advertisement(artwork_of(creative_id)))


def _svg(document: str) -> Response:
    response = Response(document, mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 3600
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.add_etag()
    response.make_conditional(request)
    return response
