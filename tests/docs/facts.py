"""What the reference must say, read from the code: each setting, key, metric, route and command as table rows."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import click
from flask import Flask
from pydantic_core import PydanticUndefined

from service.adapters.redis.redis_keys import all_keys
from service.app import APIS
from service.cli import main
from service.cli.terminal.session import OPTIONS
from service.config import Config
from service.domain.ads.plan.slot_outcome import WORDS as FLIGHT_OUTCOMES
from service.domain.widgets.kind import KINDS
from service.domain.widgets.settings import SETTINGS, settings_json
from service.observability import METRICS
from service.web.endpoints.endpoint import Endpoint, declared_by

Rows = dict[str, tuple[str, ...]]


def settings() -> Rows:
    """Returns default and purpose of each setting."""
    rows: Rows = {}
    for name, field in Config.model_fields.items():
        assert field.default is not PydanticUndefined, f"{name} has no default"
        default = "none" if field.default in (None, "") else f"`{field.default}`"
        rows[f"STANDFIRST_{name.upper()}"] = (default, _cell(field.description or ""))
    return rows


def keys() -> Rows:
    """Returns type, life time and purpose of each family of keys."""
    return {
        key.pattern: (key.type, "kept" if key.ttl_s is None else f"{key.ttl_s:,} s", _cell(key.purpose))
        for key in all_keys()
    }


def metrics() -> Rows:
    """Returns kind, labels and purpose of each metric."""
    return {metric.name: (metric.kind, ", ".join(metric.labels), _cell(metric.purpose)) for metric in METRICS}


def widget_settings() -> Rows:
    """Returns of each setting of a kind of widget what `must-read` has, and what it is."""
    shown = settings_json(KINDS["must-read"])
    return {name: (f"`{json.dumps(shown[name])}`", _cell(setting.told)) for name, setting in SETTINGS.items()}


def flight_outcomes() -> Rows:
    """Returns what each code says of a flight in a slot."""
    return {code: (_cell(text),) for code, text in FLIGHT_OUTCOMES.items()}


def routes() -> Rows:
    """Returns scope, place of the site, statuses and purpose of each route."""
    app = Flask("reference", static_folder=None)
    for api in APIS:
        app.register_blueprint(api)
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)
    return dict(_route(rule.rule, declared_by(app.view_functions[rule.endpoint])) for rule in rules)


def _route(rule: str, declared: Endpoint | None) -> tuple[str, tuple[str, ...]]:
    assert declared is not None, f"{rule} declares nothing"
    path = re.sub(r"<[^<>]*?:?(\w+)>", r"<\1>", rule)
    scope = (declared.scope.value if declared.scope else "open") + (", browsers" if declared.origins else "")
    statuses = ", ".join(map(str, declared.statuses))
    return f"{declared.method} {path}", (scope, declared.site_from, statuses, _cell(declared.summary.rstrip(".")))


def shared_options() -> dict[str, str]:
    """Returns what each option is that every command takes."""

    def bare() -> None: ...

    for option in reversed(OPTIONS):
        option(bare)
    return dict(map(_option, reversed(vars(bare)["__click_params__"])))


def commands() -> dict[str, tuple[str, str, dict[str, str]]]:
    """Returns purpose, arguments and own options of each command that does something."""
    shared = shared_options()
    rows = {}
    for words, command in _leaves(main, ("standfirst",)):
        options = [_option(each) for each in command.params if isinstance(each, click.Option)]
        arguments = "".join(f" {each.make_metavar(click.Context(command))}" for each in command.params
                            if isinstance(each, click.Argument))  # fmt: skip
        own = {spelled: text for spelled, text in options if spelled not in shared}
        rows[" ".join(words)] = (command.get_short_help_str(200), arguments, own)
    return rows


def _leaves(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _leaves(found, (*words, name))


def _option(option: click.Parameter) -> tuple[str, str]:
    assert isinstance(option, click.Option)
    record = option.get_help_record(click.Context(click.Command("any")))
    assert record is not None
    return record[0].replace("|", " or "), _cell(re.sub(r" *\[", " [", record[1]))


def _cell(text: str) -> str:
    """The text as it stands in a table's cell."""
    return text.replace("|", "\\|").replace("\n", " ").strip()
