"""Offer `landsvc events …`: see what events wait because a handler failed, and decide about them."""

from __future__ import annotations

from pathlib import Path

import click

from landsvc.core import access, outbox
from landsvc.core.commandline import answer, data_option, json_option, say, settings_from
from landsvc.core.errors import NotFound


class NoSuchFailure(NotFound):
    """No event of this number is set aside for this consumer."""

    slug = "no-such-failure"
    title = "No such event is set aside"
    detail = "Consumer {consumer} has no event {event_id} set aside."
    remedy = "See: landsvc events list"


@click.group("events")
def events() -> None:
    """Show events that could not be handled; try them again or leave them out."""


@events.command("list")
@data_option
@json_option
def list_command(data: Path | None, as_json: bool) -> None:
    """List every event that failed or waits behind one that did; exit 1 when one was given up."""
    with access.opened(settings_from(data)) as database:
        found = outbox.failures(database)
    rows = {f"{each.consumer} {each.event_id}": _facts(each) for each in found}
    answer(rows, as_json=as_json)
    if not rows:
        say("No event waits")
    if any(each.due_at is None for each in found):
        raise click.exceptions.Exit(1)


def _facts(failure: outbox.Failure) -> dict[str, object]:
    state = "given up" if failure.due_at is None else "tried again" if failure.attempts else "waits"
    return {
        "topic": failure.topic,
        "key": failure.key,
        "state": state,
        "attempts": failure.attempts,
        "dueAt": failure.due_at and failure.due_at.isoformat(timespec="seconds"),
        "since": failure.since.isoformat(timespec="seconds"),
        "error": failure.error,
    }


@events.command("retry")
@data_option
@click.argument("consumer")
@click.argument("event_id", type=click.IntRange(1, 2**63 - 1))
def retry_command(data: Path | None, consumer: str, event_id: int) -> None:
    """Try an event again at once, when its cause is mended."""
    with access.opened(settings_from(data)) as database:
        if not outbox.retry(database, consumer, event_id):
            raise NoSuchFailure(consumer=consumer, event_id=event_id)
    say(f"The worker of {consumer} takes event {event_id} next")


@events.command("skip")
@data_option
@click.argument("consumer")
@click.argument("event_id", type=click.IntRange(1, 2**63 - 1))
def skip_command(data: Path | None, consumer: str, event_id: int) -> None:
    """Leave an event out for good, so that what waits behind it goes on."""
    with access.opened(settings_from(data)) as database:
        if not outbox.leave_out(database, consumer, event_id):
            raise NoSuchFailure(consumer=consumer, event_id=event_id)
    say(f"{consumer} goes on without event {event_id}")
