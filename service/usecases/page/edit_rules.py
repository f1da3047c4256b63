"""Puts, lists and deletes a site's editorial rules, after checking every field."""

from __future__ import annotations

from dataclasses import replace

from service.domain.editorial.rule import Rule, rule_faults
from service.domain.errors import InvalidInput, NotFound
from service.domain.ports import ArticleStore, Clock, Guard, RuleStore


class EditRules:
    """What editors do with rules; every process takes a change up within a second."""

    def __init__(self, rules: RuleStore, articles: ArticleStore, clock: Clock) -> None:
        self._rules = rules
        self._articles = articles
        self._clock = clock

    def put(self, site_id: str, rule: Rule, guard: Guard[Rule] | None = None) -> tuple[Rule, bool]:
        """Keeps the rule, dated now; returns it, and whether it is new.

        Raises InvalidInput with every faulty field; Conflict where the site has as many rules as it may.
        """
        faults = list(rule_faults(rule))
        if faults:
            raise InvalidInput(faults, f"The rule has {len(faults)} faulty field{'s' if len(faults) > 1 else ''}.")
        dated = replace(rule, put_at=self._clock())
        return dated, self._rules.put(site_id, dated, guard)

    def warning(self, site_id: str, rule: Rule) -> str | None:
        """Returns what an editor may have meant otherwise, or None: an article that is not there, a time gone by."""
        if rule.state(int(self._clock())) == "ended":
            return "to: is past, so the rule does not hold"
        if rule.article is None or self._articles.fetch(site_id, [rule.article])[0] is not None:
            return None
        return f"article: there is no article '{rule.article}' here yet; the rule holds once there is"

    def get(self, site_id: str, rule_id: str) -> Rule:
        """Returns the rule. Raises NotFound."""
        return self._rules.get(site_id, rule_id)

    def all(self, site_id: str) -> list[Rule]:
        """Returns every rule of the site, by id."""
        return self._rules.all(site_id)

    def delete(self, site_id: str, rule_id: str) -> None:
        """Forgets the rule. Raises NotFound."""
        if not self._rules.remove(site_id, rule_id):
            raise NotFound("rule", rule_id)

    def now(self) -> int:
        """Returns the moment, in seconds since 1970, by which rules hold or not."""
        return int(self._clock())
