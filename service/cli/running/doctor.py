"""`standfirst doctor`: is this deployment sound, and what to do where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click

from service.cli.terminal.session import CommandFailed, ExitCode, Invocation, pass_invocation
from service.domain.errors import StoreUnavailable
from service.usecases.doctor import (
    Finding,
    Verdict,
    judge_clicks,
    judge_data_dir,
    judge_export,
    judge_journal,
    judge_model,
    judge_store,
    judge_stream,
    judge_writes,
    sound,
    unreachable,
)

COLOURS = {Verdict.OK: "green", Verdict.WARN: "yellow", Verdict.FAIL: "red"}


@click.command()
@pass_invocation
def doctor(invocation: Invocation) -> None:
    """Check settings, data folder, store, clock and models; exit 1 if something must be mended.

    \b
    standfirst doctor --redis-url redis://127.0.0.1:6379/0
    """
    findings = list(examine(invocation))
    text = "\n".join(_line(finding) for finding in findings)
    invocation.output.result([asdict(finding) for finding in findings], text)
    if not sound(findings):
        click.get_current_context().exit(ExitCode.FAILED)


def examine(invocation: Invocation) -> Iterator[Finding]:
    """Yields the findings, in the order in which they are best mended."""
    from service.adapters.files.events.journal import FileJournal

    config = invocation.config
    where = "a configured store" if config.redis_url else "the embedded store"
    yield Finding("settings", Verdict.OK, f"read without fault; {where}")
    yield judge_data_dir(config.data_dir)
    yield judge_journal(FileJournal(config.journal, config.max_journal_bytes).state())
    try:
        yield from _examine_store(invocation)
    except (StoreUnavailable, CommandFailed) as error:
        yield unreachable(str(error))


def _examine_store(invocation: Invocation) -> Iterator[Finding]:
    from service.adapters.redis.store_facts import store_facts

    with invocation.services() as services:
        facts = store_facts(services.client)
        yield from judge_store(facts)
        yield judge_writes(facts.write_ms, services.config.ledger_timeout_ms)
        for site in services.sites.all():
            yield judge_model(services.models.state(site.id))
            yield from judge_clicks(site.id, services.learn_clicks.fault(site.id))
            stream, most = services.event_stream.state(site.id), services.config.max_waiting_events
            export = services.export_log.state(site.id)
            yield judge_stream(site.id, stream, most)
            yield from judge_export(site.id, export, services.config.export_every_s, stream.entries, most)


def _line(finding: Finding) -> str:
    verdict = click.style(f"{finding.verdict:<4}", fg=COLOURS[finding.verdict])
    line = f"{verdict}  {finding.part:<12} {finding.found}"
    return f"{line}\n      {'':<12} {finding.remedy}" if finding.remedy else line
