"""`graphfraud keys`: who may call the HTTP API, and for what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.cli.context import (
    JsonOption,
    actor,
    duration_ms,
    load_settings,
    open_state,
    out,
    print_fitting,
    print_json,
    say,
    table,
)
from api.times import local_time, title_with_zone, with_times

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from graphfraud.state.keys import ApiKey

HELP = "Make and end keys of the HTTP API.\n\n\b\nExample:\n  KEY=$(graphfraud keys create approval --scope checks)"
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the key is called, such as the calling system.")]
ExpiresOption = Annotated[
    str, typer.Option("--expires", metavar="TIME", help="The key ends after so long: 90d, 12h, 30m. [default: never]")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="keys")


@group.command("create")
def create(
    name: NameArgument,
    scope: Annotated[list[str], typer.Option("--scope", metavar="SCOPE", help="checks, read, outcomes or admin; repeatable.")],
    expires: ExpiresOption = "",
    rate: Annotated[
        int | None, typer.Option("--rate", metavar="N", min=1, help="Requests a minute that it may make. [default: any number]")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a key and print it: once, and nothing else on stdout. What is stored is a hash.

    Scopes: checks (send applications, read their answers), read (rings, applications, answers), outcomes (send what
    became of loans), admin (everything).

    \b
    Example:
      KEY=$(graphfraud keys create approval --scope checks)
    """
    settings = load_settings()
    with open_state(settings) as state:
        until = state.clock() + duration_ms(expires, "--expires") if expires else None
        text, key = state.keys.create(name, scope, actor=actor(), expires_at=until, rate_per_minute=rate)
    _print_made(text, key, settings.conventions.zone, as_json)


@group.command("rotate")
def rotate(
    name: NameArgument,
    grace: Annotated[str, typer.Option("--grace", metavar="TIME", help="The old key works so long: 24h, 30m, 0m.")] = "24h",
    expires: ExpiresOption = "",
    as_json: JsonOption = False,
) -> None:
    """Make a new key for the same client and print it; the old one works for a time of grace.

    Idempotency keys, scopes and the rate stay the client's.

    \b
    Example:
      graphfraud keys rotate approval --grace 48h
    """
    settings = load_settings()
    with open_state(settings) as state:
        until = state.clock() + duration_ms(expires, "--expires") if expires else None
        text, key = state.keys.rotate(name, actor=actor(), grace_ms=duration_ms(grace, "--grace"), expires_at=until)
    _print_made(text, key, settings.conventions.zone, as_json)


@group.command("list")
def list_keys(as_json: JsonOption = False) -> None:
    """List all keys, without their secrets: who has them, what for, and when each was last used.

    The last use is kept to ten minutes.

    \b
    Example:
      graphfraud keys list
    """
    settings = load_settings()
    with open_state(settings) as state:
        keys, now = state.keys.list(), state.clock()
    zone = settings.conventions.zone
    if as_json:
        print_json([_document(key, now, zone) for key in keys])
        return
    made = title_with_zone("made", zone, *(at for key in keys for at in (key.created_at, key.expires_at, key.last_used_at)))
    shown = table("name", "key", "state", "scopes", "a minute", made, "ends", "last used", right=("a minute",))
    for key in keys:
        shown.add_row(
            key.name,
            f"gf_{key.key_id}_…",
            key.state(now),
            " ".join(sorted(key.scopes)),
            str(key.rate_per_minute or ""),
            local_time(key.created_at, zone),
            local_time(key.revoked_at or key.expires_at, zone),
            local_time(key.last_used_at, zone),
        )
    print_fitting(out(), shown, ("a minute", made))


@group.command("revoke")
def revoke(name: NameArgument, as_json: JsonOption = False) -> None:
    """End all keys of a name now; running servers notice within ten seconds.

    \b
    Example:
      graphfraud keys revoke approval
    """
    with open_state() as state:
        ended = state.keys.revoke(name, actor=actor())
    if as_json:
        print_json({"name": name, "revoked": ended})
    else:
        out().print(f"{ended} key{'' if ended == 1 else 's'} of {name} ended")


def _document(key: ApiKey, now: int, zone: ZoneInfo) -> dict[str, Any]:
    times = "created_at", "expires_at", "revoked_at", "last_used_at"
    return {**with_times(key, zone, *times), "scopes": sorted(key.scopes), "state": key.state(now)}


def _print_made(text: str, key: ApiKey, zone: ZoneInfo, as_json: bool) -> None:
    if as_json:
        print_json({"key": text, **_document(key, key.created_at, zone)})
        return
    typer.echo(text)
    say(f"key of {key.name} with {', '.join(sorted(key.scopes))}: it is shown this once")
