"""Editorial rules over HTTP: pins, boosts and blocks, put, read, listed and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Annotated, Any

from flask import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from service.domain.content.plain import plain_line
from service.domain.editorial.rule import LEAST_FACTOR, MAX_NAME, MOST_FACTOR, MOST_POINTS, Rule, RuleKind, RuleState
from service.domain.editorial.rule_record import rule_values, seconds
from service.domain.sites.access import Scope
from service.usecases.page.edit_rules import EditRules
from service.web.api.newsroom.article_wire import Moment
from service.web.endpoints.call import Call
from service.web.endpoints.endpoint import Api
from service.web.endpoints.etag import if_match, tagged
from service.web.endpoints.json_wire import WireModel, json_answer
from service.web.endpoints.paging import ListQuery, part_of

api = Api("rules", __name__)

Name = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(plain_line)]


class RuleBody(WireModel):
    """A rule's fields; what is left out is not set."""

    model_config = ConfigDict(strict=True)

    kind: RuleKind = Field(description="`pin`, `boost` or `block`.")
    article: str | None = Field(None, description="Id of the article that it is about.")
    section: Name | None = Field(None, description="Section whose articles it is about, in any case.")
    tag: Name | None = Field(None, description="Tag whose articles it is about, in any case.")
    widget: str | None = Field(None, description="Of a pin: the widget's id or kind.")
    position: int | None = Field(None, description="Of a pin: where it stands, 1 the first.")
    factor: float | None = Field(
        None, description=f"Of a boost: {LEAST_FACTOR:g} to {MOST_FACTOR:g}, multiplies the score."
    )
    points: float | None = Field(
        None, description=f"Of a boost: -{MOST_POINTS:g} to {MOST_POINTS:g}, added to the score."
    )
    legal: bool = Field(False, description="Of a block: the teaser's click address answers 410 as well.")
    begins_at: Moment | None = Field(None, alias="from", description="It holds from then on; null: at once.")
    ends_at: Moment | None = Field(None, alias="to", description="It no longer holds from then on; null: for ever.")
    note: Annotated[Name, Field(description="Why, for people; shown in explanations.")] | None = None

    def rule(self, rule_id: str) -> Rule:
        """Returns the rule of this id; not yet checked."""
        values: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        moments = {name: seconds(values[name]) for name in ("begins_at", "ends_at")}
        return Rule(rule_id, **values | moments)


class RuleAnswer(BaseModel):
    """A rule with its state now; times in UTC; `warnings` say what may have been meant otherwise."""

    id: str
    kind: RuleKind
    state: RuleState
    article: str | None
    section: str | None
    tag: str | None
    widget: str | None
    position: int | None
    factor: float | None
    points: float | None
    legal: bool
    begins_at: str | None = Field(alias="from")
    ends_at: str | None = Field(alias="to")
    note: str | None
    put_at: str
    warnings: list[str]


class RuleList(BaseModel):
    """Rules of the site by id, and where the next answer begins (none at the end)."""

    rules: list[RuleAnswer]
    cursor: str | None


@api.endpoint(
    "PUT",
    "/v1/rules/<rule_id>",
    scope=Scope.CONTENT,
    summary="Create an editorial rule, or change it as a whole; it holds everywhere within a second.",
    body=RuleBody,
    answer=RuleAnswer,
    statuses=(200, 201, 409, 412),
)
def put_rule(call: Call[RuleBody], rule_id: str) -> Response:
    """Answers 201 for a new rule, else 200; `warnings` tells of names that nothing has."""
    edit = call.services.rules
    rule, new = edit.put(call.site.id, call.body.rule(rule_id), if_match(rule_values))
    return tagged(rule_answer(edit, rule, edit.warnings(call.site, rule)), rule_values(rule), 201 if new else 200)


@api.endpoint(
    "GET", "/v1/rules/<rule_id>", scope=Scope.CONTENT, summary="An editorial rule, and whether it holds.",
    answer=RuleAnswer, statuses=(200, 404),
)  # fmt: skip
def get_rule(call: Call[None], rule_id: str) -> Response:
    """Answers the rule as the store has it now."""
    edit = call.services.rules
    rule = edit.get(call.site.id, rule_id)
    return tagged(rule_answer(edit, rule), rule_values(rule))


@api.endpoint(
    "DELETE", "/v1/rules/<rule_id>", scope=Scope.CONTENT, summary="Forget an editorial rule.", statuses=(204, 404)
)
def delete_rule(call: Call[None], rule_id: str) -> Response:
    """Answers 204 without a body; within a second the rule holds nowhere."""
    call.services.rules.delete(call.site.id, rule_id)
    return Response(status=204)


@api.endpoint(
    "GET",
    "/v1/rules",
    scope=Scope.CONTENT,
    summary="The site's editorial rules, by id.",
    query=ListQuery,
    answer=RuleList,
)
def list_rules(call: Call[None]) -> Response:
    """Answers rules, those that have ended among them."""
    edit = call.services.rules
    part, cursor = part_of(edit.all(call.site.id), attrgetter("id"), call.query)
    return json_answer({"rules": [rule_answer(edit, rule) for rule in part], "cursor": cursor})


def rule_answer(edit: EditRules, rule: Rule, warnings: Sequence[str] = ()) -> dict[str, Any]:
    """Returns the rule as it is answered."""
    return rule_values(rule) | {"state": rule.state(edit.now()), "warnings": list(warnings)}
