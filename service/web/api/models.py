"""Models over HTTP: what a site has, which one serves, serve from another, and back to the one before."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from flask import Response
from pydantic import BaseModel, Field

from service.domain.engagement.click_model import ClickModelInUse
from service.domain.sites.access import Scope
from service.usecases.manage_models import ModelRow
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.json_wire import json_answer
from service.web.endpoints.paging import ListQuery, part_of

api = Api("models", __name__)


class ModelAnswer(BaseModel):
    """A model: its version, when it was trained, on how many articles, with how many words, and whether it serves."""

    version: str
    created_at: str
    articles: int
    vocabulary: int
    serving: bool

    @classmethod
    def of(cls, row: ModelRow) -> ModelAnswer:
        """Returns the row as it is written."""
        return cls(**asdict(row))


class ManifestAnswer(BaseModel):
    """What a bundle says of itself; `digest` is the SHA-256 of the manifest's file, by which the bundle is checked."""

    digest: str
    parameters: dict[str, Any] = Field(description="What rebuilds the model from its arrays.")
    corpus: dict[str, Any] = Field(description="What it was trained on.")
    libraries: dict[str, str] = Field(description="With which versions it was trained.")
    files: dict[str, dict[str, Any]] = Field(description="Size and SHA-256 of each file.")


class ModelDetail(ModelAnswer):
    """A model with how its training went and the manifest of its bundle."""

    metrics: dict[str, Any]
    manifest: ManifestAnswer


class ClickModelAnswer(BaseModel):
    """A click model that was put in use, or `default`: when, its gain on days held back, and whether it is now."""

    version: str
    used_since: datetime
    gain: float | None
    gain_low: float | None
    serving: bool

    @classmethod
    def of(cls, used: ClickModelInUse, *, serving: bool) -> ClickModelAnswer:
        """Returns it as it is written."""
        low, gain, _ = used.gain or (None, None, None)
        since = datetime.fromtimestamp(used.at, UTC)
        return cls(version=used.version, used_since=since, gain=gain, gain_low=low, serving=serving)


class ModelsAnswer(BaseModel):
    """Models of a site, oldest first, `cursor` leading to the next; and every click model, the present one last."""

    models: list[ModelAnswer]
    cursor: str | None
    click_models: list[ClickModelAnswer] = []


@api.endpoint("GET", "/v1/models", scope=Scope.MODELS, query=ListQuery, answer=ModelsAnswer,
              summary="The site's models, oldest first")  # fmt: skip
def list_models(call: Call[None]) -> Response:
    """Answers the models, oldest first."""
    rows, used = call.services.models.list(call.site.id), call.services.learn_clicks.history(call.site.id)
    clicks = [ClickModelAnswer.of(one, serving=one is used[-1]) for one in used]
    part, cursor = part_of(rows, lambda row: f"{row.created_at} {row.version}", call.query)
    return json_answer(ModelsAnswer(models=[ModelAnswer.of(row) for row in part], cursor=cursor, click_models=clicks))


@api.endpoint("GET", "/v1/models/<version>", scope=Scope.MODELS, answer=ModelDetail, statuses=(200, 404),
              summary="One model of the site: its metrics and its manifest")  # fmt: skip
def get_model(call: Call[None], version: str) -> Response:
    """Answers the model of this version."""
    row, manifest = call.services.models.get(call.site.id, version)
    told = {name: getattr(manifest, name) for name in ManifestAnswer.model_fields}
    detail = ModelDetail(
        **ModelAnswer.of(row).model_dump(), metrics=dict(manifest.metrics), manifest=ManifestAnswer.model_validate(told)
    )
    return json_answer(detail)


@api.endpoint("POST", "/v1/models/<version>/promote", scope=Scope.MODELS, answer=ModelAnswer,
              statuses=(200, 404, 409, 422), summary="Serve from this model")  # fmt: skip
def promote(call: Call[None], version: str) -> Response:
    """Answers the model that serves from now on; 409 where it serves already, 422 where it is altered."""
    return json_answer(ModelAnswer.of(call.services.models.promote(call.site.id, version)))


@api.endpoint("POST", "/v1/models/rollback", scope=Scope.MODELS, answer=ModelAnswer,
              summary="Serve from the model before the present one")  # fmt: skip
def rollback(call: Call[None]) -> Response:
    """Answers the model that serves again."""
    return json_answer(ModelAnswer.of(call.services.models.rollback(call.site.id)))


@api.endpoint("POST", "/v1/models/clicks/rollback", scope=Scope.MODELS, answer=ClickModelAnswer, statuses=(200, 409),
              summary="Choose pages by the click model before the present one")  # fmt: skip
def rollback_clicks(call: Call[None]) -> Response:
    """Answers the click model, or `default`, that pages are chosen by again; 409 where there was none before."""
    used = call.services.learn_clicks.rollback(call.site.id)
    return json_answer(ClickModelAnswer.of(used, serving=True))
