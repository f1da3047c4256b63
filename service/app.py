"""Makes the Flask app from the services: blueprints, error handlers, request log. Nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from service.services import Services
from service.web import cors, request_log
from service.web.api import events, models, operations, readers, reports, sites
from service.web.api.ads import avails, blocking, crediting, entities, images, inventory
from service.web.api.newsroom import articles, feeds, rules
from service.web.api.page import page
from service.web.embed import routes as embed
from service.web.event_gate import EventGate
from service.web.problems import problem

APIS = (
    operations.api, sites.api, articles.api, feeds.api, rules.api, inventory.api, entities.api, images.api, page.api,
    events.api, readers.api, reports.api, crediting.api, blocking.api, avails.api, models.api, embed.api,
)  # fmt: skip


class App(Flask):
    """Flask, spared the question whether a view or a hook is a coroutine, asked of each at every request."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Returns the function: none of ours is a coroutine."""
        return func


def create_app(services: Services) -> Flask:
    """Returns the app that answers with these services."""
    app = App("service.web", static_folder=None)
    app.extensions["standfirst"] = services
    request_log.install(app)
    cors.install(app)
    problem.install(app)
    for api in APIS:
        app.register_blueprint(api)
    app.wsgi_app = EventGate(app.wsgi_app, services)  # type: ignore[method-assign]
    return app
