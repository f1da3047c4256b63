"""Models over HTTP: what a site has, which one serves, and back to the one before."""

from __future__ import annotations

from flask import Response
from pydantic import BaseModel

from service.domain.access import Scope
from service.domain.errors import NotFound
from service.usecases.manage_models import ModelRow
from service.web.endpoint import Api, Call, json_answer

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
        return cls(
            version=row.version,
            created_at=row.created_at,
            articles=row.articles,
            vocabulary=row.vocabulary,
            serving=row.serving,
        )


class ModelsAnswer(BaseModel):
    """Every model of a site, oldest first."""

    models: list[ModelAnswer]


@api.endpoint("GET", "/v1/models", scope=Scope.MODELS, answer=ModelsAnswer, summary="Every model of the site")
def list_models(call: Call[None]) -> Response:
    """Answers the models, oldest first."""
    rows = call.services.models.list(call.site.id)
    return json_answer(ModelsAnswer(models=[ModelAnswer.of(row) for row in rows]))


@api.endpoint("GET", "/v1/models/<version>", scope=Scope.MODELS, answer=ModelAnswer, summary="One model of the site")
def get_model(call: Call[None], version: str) -> Response:
    """Answers the model of this version."""
    for row in call.services.models.list(call.site.id):
        if row.version == version:
            return json_answer(ModelAnswer.of(row))
    raise NotFound("model", version)


@api.endpoint("POST", "/v1/models/rollback", scope=Scope.MODELS, answer=ModelAnswer,
              summary="Serve from the model before the present one")  # fmt: skip
def rollback(call: Call[None]) -> Response:
    """Answers the model that serves again."""
    return json_answer(ModelAnswer.of(call.services.models.rollback(call.site.id)))
