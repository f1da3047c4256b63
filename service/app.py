"""Makes the Flask app from the services: blueprints, error handlers, request log. Nothing else."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from flask import Flask

from service.bootstrap import Services
from service.web import cors, problem, request_log

# One blueprint a module, each named `api`. One that is not written yet is passed over.
APIS = ("operations", "sites", "articles", "inventory", "page", "widgets", "events", "reports", "models", "embed")


def create_app(services: Services) -> Flask:
    """Returns the app that answers with these services."""
    app = Flask("service.web", static_folder=None)
    app.extensions["standfirst"] = services
    request_log.install(app)
    cors.install(app)
    problem.install(app)
    for name in APIS:
        path = f"service.web.api.{name}"
        if find_spec(path):
            app.register_blueprint(import_module(path).api)
    return app
