"""`graphfraud state`: the database of keys, lists, policies, answers and webhooks."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from api.cli.context import JsonOption, load_settings, open_state, out, print_json, say, table
from api.times import local_time, with_times

HELP = "Look after application state: keys, lists, policies, answers, webhooks.\n\n\b\nExample:\n  graphfraud state status"
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="state")


@group.command("status")
def status(as_json: JsonOption = False) -> None:
    """Say where the state database is, in which version, and what waits in it.

    \b
    Example:
      graphfraud state status
    """
    with open_state() as state:
        backlog, messages = state.queue.backlog(), state.outbox.counts()
        found = {
            "place": state.database.place,
            "version": state.version(),
            "keys": len(state.keys.list()),
            "lists": len(state.lists.summaries()),
            "answers": state.answers.count(),
            "queued": backlog.count,
            "oldest_queued_ms": backlog.oldest_ms,
            "messages": messages,
        }
    if as_json:
        print_json(found)
        return
    shown = table("state", "", right=())
    for name, value in found.items():
        text = ", ".join(f"{v:,} {k}" for k, v in value.items()) if isinstance(value, dict) else str(value)
        shown.add_row(name.replace("_", " "), text)
    out().print(shown)


@group.command("upgrade")
def upgrade(as_json: JsonOption = False) -> None:
    """Bring the tables to this program's version; every command does so by itself, and again changes nothing.

    \b
    Example:
      graphfraud state upgrade
    """
    from graphfraud.state import migrate
    from graphfraud.state.database import Database

    database = Database(load_settings().state_url)
    try:
        changed = migrate.upgrade(database)
    finally:
        database.close()
    if as_json:
        print_json({"place": database.place, "version": migrate.HEAD, "changed": changed})
    else:
        out().print(f"{database.place}: version {migrate.HEAD}{'' if changed else ', as before'}")


@group.command("log")
def log(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many lines, the newest first.")] = 50,
    subject: Annotated[
        str, typer.Option("--subject", metavar="NAME", help="Only what was done to this key, list, policy …")
    ] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the seals of all lines: exit code 1 if one was changed or taken out.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show who did what, and when: keys, lists, policies, webhooks.

    Each line is sealed together with the one before it. Lines that were cut off at the end do not show: keep a copy of
    the last number and seal elsewhere.

    \b
    Example:
      graphfraud state log --verify
    """
    settings = load_settings()
    zone = settings.conventions.zone
    with open_state(settings) as state:
        broken = state.audit.broken_at() if verify else None
        last = state.audit.lines(limit=1)
        lines = state.audit.lines(limit=limit, subject=subject or None)
    if as_json:
        print_json({"lines": [with_times(one, zone, "at") for one in lines], **({"broken_at": broken} if verify else {})})
    else:
        shown = table("line", "when", "who", "what", "subject", "detail", "seal", right=("line",))
        for one in lines:
            detail = json.dumps(one.detail, ensure_ascii=False)
            shown.add_row(str(one.line), local_time(one.at, zone), one.actor, one.action, one.subject, detail, one.hash[:12])
        out().print(shown)
    if broken is not None:
        say(f"graphfraud: line {broken} was changed, or lines before it are missing")
        raise typer.Exit(1)
    if verify and not as_json:
        number, seal = (last[0].line, last[0].hash) if last else (0, "–")
        say(f"{number:,} {'line' if number == 1 else 'lines'}, unbroken, last seal {seal}")


@group.command("sweep")
def sweep(as_json: JsonOption = False) -> None:
    """Delete answers, idempotency keys and events that were kept long enough; a running server does so every hour.

    \b
    Example:
      graphfraud state sweep
    """
    with open_state() as state:
        swept = state.sweep()
    if as_json:
        print_json(swept)
    else:
        said = f"{swept.answers:,} answers, {swept.idempotency_keys:,} idempotency keys, {swept.events:,} events"
        out().print(f"deleted {said}")
