"""The OpenAPI 3.1 description of the whole interface, made from the routes' own declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from service import __version__
from service.web.endpoints.endpoint import Endpoint, declared_by
from service.web.endpoints.idempotency import HEADER
from service.web.problems.problem import ProblemBody

if TYPE_CHECKING:
    from pydantic._internal._dataclasses import PydanticDataclass

REF = "#/components/schemas/{model}"
PROBLEM = {"$ref": "#/components/responses/Problem"}
PLACEHOLDER = re.compile(r"<(?:any\((?P<listed>[^)]*)\):|[^:<>]+:)?(?P<name>[^<>]+)>")

Schema = dict[str, Any]
Declared = tuple[str, Endpoint]
SchemaKey = tuple["type[BaseModel] | type[PydanticDataclass]", JsonSchemaMode]


def describe(app: Flask) -> Schema:
    """Returns the OpenAPI document of every declared route of the app, as plain values."""
    routes = sorted(declared_routes(app), key=lambda route: (route[0], route[1].method))
    schemas, definitions = models_json_schema(sorted(_models(routes), key=_schema_order), ref_template=REF)
    paths: dict[str, Schema] = {}
    for rule, declared in routes:
        operation = _operation(rule, declared, schemas)
        paths.setdefault(path_of(rule), {})[declared.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Standfirst",
            "version": __version__,
            "summary": "Fills a news page's side column in one call: teasers and advertisement, decided together.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": _components(schemas, definitions.get("$defs", {})),
    }


def declared_routes(app: Flask) -> Iterator[Declared]:
    """Yields the path pattern and the declaration of each route that has one."""
    for rule in app.url_map.iter_rules():
        declared = declared_by(app.view_functions[rule.endpoint])
        if declared is not None:
            yield rule.rule, declared


def path_of(rule: str) -> str:
    """Returns a route's rule as OpenAPI writes paths: `/c/<token>` is `/c/{token}`."""
    return PLACEHOLDER.sub(r"{\g<name>}", rule)


def _models(routes: list[Declared]) -> set[SchemaKey]:
    wanted: set[SchemaKey] = {(ProblemBody, "serialization")}
    for _, declared in routes:
        wanted |= {
            (model, "validation") for model in (declared.body, declared.query, *declared.takes.values()) if model
        }
        if declared.answer:
            wanted.add((declared.answer, "serialization"))
    return wanted


def _schema_order(key: SchemaKey) -> tuple[str, str, str]:
    return key[0].__module__, key[0].__qualname__, key[1]


def _components(schemas: dict[SchemaKey, Schema], definitions: Schema) -> Schema:
    content = {"application/problem+json": {"schema": schemas[(ProblemBody, "serialization")]}}
    return {
        "schemas": definitions,
        "responses": {"Problem": {"description": "What is wrong, every faulty field at once.", "content": content}},
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer", "description": "sf_<id>_<secret>"},
            "origin": {
                "type": "apiKey",
                "in": "header",
                "name": "Origin",
                "description": "Set by a browser; an origin on the site's list needs no token.",
            },
        },
    }


def _operation(rule: str, declared: Endpoint, schemas: dict[SchemaKey, Schema]) -> Schema:
    operation: Schema = {
        "operationId": f"{declared.method.lower()}{re.sub(r'[^A-Za-z0-9]+', '_', rule)}".rstrip("_"),
        "summary": declared.summary,
        "parameters": [*_path_parameters(rule), *_query_parameters(declared), *_header_parameters(declared)],
        "responses": _responses(declared, schemas),
        "security": _security(declared),
    }
    if declared.scope is not None:
        operation["x-scope"] = declared.scope.value
    if declared.body is not None:
        schema = schemas[(declared.body, "validation")]
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif declared.takes:
        content = {
            media: {"schema": schemas[(model, "validation")] if model else {}}
            for media, model in declared.takes.items()
        }
        operation["requestBody"] = {"required": False, "content": content}
    return operation


def _security(declared: Endpoint) -> list[Schema]:
    if declared.scope is None:
        return []
    return [{"token": []}, {"origin": []}] if declared.origins else [{"token": []}]


def _path_parameters(rule: str) -> Iterator[Schema]:
    for part in PLACEHOLDER.finditer(rule):
        schema: Schema = {"type": "string"}
        if part["listed"]:
            schema["enum"] = [word.strip() for word in part["listed"].split(",")]
        yield {"name": part["name"], "in": "path", "required": True, "schema": schema}


def _header_parameters(declared: Endpoint) -> Iterator[Schema]:
    if 412 in declared.statuses:
        text = "ETag of what the caller has read: 412 where another wrote since."
        yield {"name": "If-Match", "in": "header", "required": False, "description": text, "schema": {"type": "string"}}
    if declared.is_done_once:
        text = "A word of the caller's own: sent again with it, the same call is done once and answered as before."
        schema = {"type": "string", "maxLength": 128}
        yield {"name": HEADER, "in": "header", "required": False, "description": text, "schema": schema}


def _query_parameters(declared: Endpoint) -> Iterator[Schema]:
    if declared.site_from == "query":
        text = "The site's id; a token of one site implies it."
        yield {"name": "site", "in": "query", "required": False, "description": text, "schema": {"type": "string"}}
    if declared.query is None:
        return
    schema = declared.query.model_json_schema(ref_template=REF)
    for name, shape in schema.get("properties", {}).items():
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": shape.get("description", ""),
            "schema": {key: value for key, value in shape.items() if key != "description"},
        }


def _responses(declared: Endpoint, schemas: dict[SchemaKey, Schema]) -> Schema:
    answers: Schema = {}
    for status in declared.statuses:
        # A fault is a problem, whatever the route answers else; only readiness has an answer of its own for 503.
        if 400 <= status < 503:
            answers[str(status)] = PROBLEM
            continue
        answers[str(status)] = {"description": declared.summary}
        if status not in (204, 302, 304):
            schema = schemas[(declared.answer, "serialization")] if declared.answer else {}
            answers[str(status)]["content"] = {declared.media: {"schema": schema}}
    faults = [500]
    if declared.body or declared.query or declared.site_from != "none":
        faults += [400, 404, 503]
    if declared.scope is not None:
        faults += [401, 403, 503]
    if declared.body or declared.takes:
        faults.append(413)
    return answers | {str(status): PROBLEM for status in sorted(set(faults) - set(declared.statuses))}
