"""Puts, lists and deletes a site's editorial rules, after checking every field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from service.domain.editorial.rule import Rule, rule_faults
from service.domain.errors import InvalidInput, NotFound
from service.domain.guard import Guard
from service.domain.identity import section_hash, tag_hash
from service.domain.index.article_index import ArticleIndex
from service.domain.ports import ArticleStore, Clock, RuleStore
from service.domain.sites.site import Site
from service.domain.widgets.kinds import site_kinds


class EditRules:
    """What editors do with rules; every process takes a change up within a second."""

    def __init__(
        self, rules: RuleStore, articles: ArticleStore, clock: Clock, index_of: Callable[[str], ArticleIndex]
    ) -> None:
        """`index_of` returns a site's articles as this process has them in memory."""
        self._rules = rules
        self._articles = articles
        self._clock = clock
        self._index_of = index_of

    def put(self, site_id: str, rule: Rule, guard: Guard[Rule] | None = None) -> tuple[Rule, bool]:
        """Keeps the rule, dated now; returns it, and whether it is new.

        Raises InvalidInput with every faulty field; Conflict where the site has as many rules as it may.
        """
        faults = list(rule_faults(rule))
        if faults:
            raise InvalidInput(faults, f"The rule has {len(faults)} faulty field{'s' if len(faults) > 1 else ''}.")
        dated = replace(rule, put_at=self._clock())
        return dated, self._rules.put(site_id, dated, guard)

    def warnings(self, site: Site, rule: Rule) -> list[str]:
        """Returns what an editor may have meant otherwise: names that nothing has, a time gone by."""
        return [
            *self._past(rule),
            *self._unknown_subject(site.id, rule),
            *_unknown_widget(site, rule),
            *self._pinned_there(site.id, rule),
        ]

    def _past(self, rule: Rule) -> Iterator[str]:
        if rule.state(int(self._clock())) == "ended":
            yield "to: is past, so the rule does not hold"

    def _pinned_there(self, site_id: str, rule: Rule) -> Iterator[str]:
        now = int(self._clock())
        for other in self._rules.all(site_id) if rule.kind == "pin" else ():
            same = (other.kind, other.widget, other.position) == (rule.kind, rule.widget, rule.position)
            if same and other.id != rule.id and other.state(now) != "ended":
                yield f"position: the rule '{other.id}' pins there too; it has no effect while this one holds"

    def _unknown_subject(self, site_id: str, rule: Rule) -> Iterator[str]:
        if rule.article is not None and self._articles.fetch(site_id, [rule.article])[0] is None:
            yield f"article: there is no article '{rule.article}' here yet; the rule holds once there is"
        index, now = self._index_of(site_id), int(self._clock())
        if not index.size:
            return
        if rule.section is not None and not index.recent(1, now, frozenset({section_hash(rule.section)})).size:
            yield f"section: no article is in '{rule.section}' now; the rule holds once one is"
        if rule.tag is not None and not index.tagged(1, now, frozenset({tag_hash(rule.tag)})).size:
            yield f"tag: no article has '{rule.tag}' now; the rule holds once one does"

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


def _unknown_widget(site: Site, rule: Rule) -> Iterator[str]:
    kinds = site_kinds(site.widgets).kinds
    if rule.widget is not None and rule.widget not in kinds:
        like = ", ".join(get_close_matches(rule.widget, kinds, n=1) or kinds)
        yield f"widget: '{rule.widget}' is no kind ({like}); the rule holds on pages that call a widget so"
