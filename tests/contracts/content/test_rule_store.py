"""What a RuleStore does, on a real server."""

from __future__ import annotations

from typing import Any

import pytest

from service.adapters.redis.page.rule_store import RedisRuleStore
from service.adapters.redis.redis_keys import RULES
from service.adapters.redis.sites.version_store import RedisVersionStore
from service.domain.editorial.rule import Rule
from service.domain.errors import Conflict, NotFound
from service.domain.ports import RuleStore

pytestmark = pytest.mark.redis

NOON = 1_772_366_400
PIN = Rule(
    "lead", "pin", article="a-1", widget="must-read", position=1, begins_at=NOON, note="Today's lead", put_at=7.5
)
BOOST = Rule("harbour", "boost", tag="harbour", factor=1.5, ends_at=NOON, put_at=8.0)
BLOCK = Rule("suit", "block", section="Courts", legal=True, put_at=9.0)


@pytest.fixture
def rules(redis: Any) -> RuleStore:
    return RedisRuleStore(redis)


@pytest.mark.parametrize("rule", [PIN, BOOST, BLOCK])
def test_a_rule_comes_back_as_it_was_put(rules: RuleStore, rule: Rule) -> None:
    assert rules.put("courier", rule) is True
    assert rules.get("courier", rule.id) == rule


def test_a_rule_put_again_is_changed_and_not_new(rules: RuleStore) -> None:
    rules.put("courier", PIN)
    assert rules.put("courier", Rule("lead", "block", article="a-1")) is False
    assert rules.get("courier", "lead").kind == "block"


def test_all_rules_of_one_site_are_listed_by_id(rules: RuleStore) -> None:
    for rule in (PIN, BLOCK, BOOST):
        rules.put("courier", rule)
    assert rules.all("courier") == [BOOST, PIN, BLOCK]
    assert rules.all("herald") == []


def test_a_removed_rule_is_gone_and_cannot_be_removed_again(rules: RuleStore) -> None:
    rules.put("courier", PIN)
    assert rules.remove("courier", "lead") is True
    assert rules.remove("courier", "lead") is False
    with pytest.raises(NotFound, match="no rule 'lead'"):
        rules.get("courier", "lead")


def test_every_change_moves_the_version_that_pollers_look_at(rules: RuleStore, redis: Any) -> None:
    redis.sadd("sf:sites", "courier")
    seen = []
    for change in (lambda: rules.put("courier", PIN), lambda: rules.remove("courier", "lead")):
        change()
        seen.append(RedisVersionStore(redis).all()["courier"].rules)
    assert seen == [1, 2]


def test_a_site_has_only_so_many_rules_and_may_still_change_them(redis: Any) -> None:
    rules = RedisRuleStore(redis, limit=2)
    rules.put("courier", PIN)
    rules.put("courier", BOOST)
    with pytest.raises(Conflict, match="2 rules, as many as it may"):
        rules.put("courier", BLOCK)
    assert rules.put("courier", PIN) is False
    assert rules.put("herald", BLOCK) is True


def test_a_field_of_a_later_version_is_passed_over(rules: RuleStore, redis: Any) -> None:
    record = b'{"id":"x","kind":"block","tag":"oil","legal":false,"from":null,"to":null,"put_at":"2026-03-01T12:00:00Z","mood":"grim"}'  # noqa: E501
    redis.hset(RULES.name(site="courier"), "x", record)
    assert rules.get("courier", "x") == Rule("x", "block", tag="oil", put_at=NOON)
