"""What the first page of a process would wait for is compiled before."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import service.domain.page
from service.adapters.files.index.warming import warm_up


def compiled() -> int:
    """How many versions of functions numba has compiled, or read, for pages."""
    names = [each.name for each in pkgutil.walk_packages(service.domain.page.__path__, "service.domain.page.")]
    found = {id(value): value for name in names for value in vars(import_module(name)).values()}
    return sum(len(value.signatures) for value in found.values() if hasattr(value, "nopython_signatures"))


def test_pages_of_any_site_find_their_code_compiled():
    from tests.unit.page.filling import test_page_rules as rules

    warm_up()
    before = compiled()
    for own, kinds, explore in (
        (None, ["recent-news"], 0.5),
        (7, ["must-read", "most-read"], 0.0),
        (3, ["related"], 0.5),
    ):
        for count in (0, 5, 60):
            drawn = {"seed": 1, "count": count, "own": own, "kinds": kinds, "size": 5, "excluded": [], "read": [4],
                     "reader": "one", "counted": True, "explore": explore}  # fmt: skip
            rules.Case(drawn, rules=(rules.Rule("pin", "pin", article="a-9", widget=kinds[0], position=2),))

    assert before >= 8
    assert compiled() == before
