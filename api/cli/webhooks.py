"""`graphfraud webhooks`: addresses that are told of decisions and rings, and what did not arrive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from api.cli.context import JsonOption, actor, load_settings, open_state, out, print_json, say, table
from api.times import json_time, local_time, with_times

if TYPE_CHECKING:
    from graphfraud.state.outbox import Endpoint

HELP = (
    "Tell addresses of decisions and of rings that form.\n\n\b\nExample:\n"
    "  graphfraud webhooks add https://example.com/hook --event check.decided --event ring.formed"
)
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)

IdArgument = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id; see `graphfraud webhooks list`.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="webhooks")


@group.command("add")
def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="Where messages are posted; https.")],
    event: Annotated[list[str], typer.Option("--event", metavar="EVENT", help="check.decided or ring.formed; repeatable.")],
    secret_file: Annotated[
        Path | None,
        typer.Option("--secret-file", metavar="FILE", help="Sign with the secret in this file; every server needs it there."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell an address of events from now on; print the secret that signs the messages, once, unless it is in a file.

    Messages are signed as Standard Webhooks says (standardwebhooks.com). Addresses of this machine and its network, and
    plain http, are refused unless GRAPHFRAUD_WEBHOOK_PRIVATE is yes.

    \b
    Example:
      graphfraud webhooks add https://example.com/hook --event check.decided
    """
    from graphfraud.state.outbox import read_secret, secret_text
    from graphfraud.webhooks import check_url

    settings = load_settings()
    check_url(url, settings.webhook_private)
    if secret_file is not None:
        read_secret(secret_file)  # now rather than with the first message
    with open_state(settings) as state:
        made = state.outbox.add_endpoint(url, event, actor=actor(), secret_file=secret_file)
        secret = None if secret_file else secret_text(state.outbox.secret(made.endpoint_id, None))
    if as_json:
        print_json({**_document(made, settings.conventions.zone), "secret": secret})
        return
    say(f"{made.endpoint_id} tells {url} of {', '.join(made.events)}")
    if secret:
        typer.echo(secret)
        say("this secret signs its messages; it is shown this once")


@group.command("list")
def list_webhooks(as_json: JsonOption = False) -> None:
    """List the addresses, and how many messages wait, arrived and are dead.

    One that answered 410 is off; `graphfraud webhooks enable` tells it again.

    \b
    Example:
      graphfraud webhooks list
    """
    settings = load_settings()
    zone = settings.conventions.zone
    with open_state(settings) as state:
        endpoints, counts = state.outbox.endpoints(), state.outbox.counts()
    if as_json:
        print_json({"webhooks": [_document(endpoint, zone) for endpoint in endpoints], "messages": counts})
        return
    shown = table("webhook", "address", "events", "secret", "since", "state")
    for one in endpoints:
        since = local_time(one.created_at, zone)
        told = "on" if one.off_since is None else f"off since {local_time(one.off_since, zone)}: answered 410"
        shown.add_row(one.endpoint_id, one.url, " ".join(one.events), one.secret_file or "own", since, told)
    out().print(shown)
    out().print("messages: " + ", ".join(f"{count:,} {state}" for state, count in counts.items()))


@group.command("remove")
def remove(webhook: IdArgument, as_json: JsonOption = False) -> None:
    """Tell an address nothing more; messages that wait for it are dropped.

    \b
    Example:
      graphfraud webhooks remove wh_5f8e304a306f
    """
    with open_state() as state:
        state.outbox.remove_endpoint(webhook, actor=actor())
    if as_json:
        print_json({"webhook": webhook, "removed": True})
    else:
        out().print(f"{webhook} is told nothing more")


@group.command("enable")
def enable(webhook: IdArgument, as_json: JsonOption = False) -> None:
    """Tell an address again that was switched off because it answered 410: of what happens from now on.

    What waited for it then is gone; the message that it refused is dead, and `graphfraud webhooks retry` sends it again.

    \b
    Example:
      graphfraud webhooks enable wh_5f8e304a306f
    """
    with open_state() as state:
        state.outbox.switch_on(webhook, actor=actor())
    if as_json:
        print_json({"webhook": webhook, "enabled": True})
    else:
        out().print(f"{webhook} is told again")


@group.command("test")
def test(webhook: IdArgument, as_json: JsonOption = False) -> None:
    """Send a message of type webhook.test now and say how that went; exit code 1 if it did not arrive.

    \b
    Example:
      graphfraud webhooks test wh_5f8e304a306f
    """
    from graphfraud.webhooks import Sender

    with open_state() as state:
        sender = Sender(state, load_settings().webhook_private)
        attempt = sender.test(state.outbox.endpoint(webhook))
        sender.close()
    if as_json:
        print_json({"webhook": webhook, "arrived": attempt.arrived, "status": attempt.status, "error": attempt.error or None})
    else:
        out().print(f"arrived, answered {attempt.status}" if attempt.arrived else attempt.error)
    if not attempt.arrived:
        raise typer.Exit(1)


@group.command("dead")
def dead(
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many, the newest first.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the messages that were given up, and why.

    \b
    Example:
      graphfraud webhooks dead
    """
    settings = load_settings()
    zone = settings.conventions.zone
    with open_state(settings) as state:
        letters = state.outbox.letters("dead", limit)
    if as_json:
        print_json([with_times(letter, zone, "created_at", "next_at") for letter in letters])
        return
    shown = table("event", "type", "webhook", "address", "tries", "made", "last answer", right=("tries",))
    for letter in letters:
        said = letter.last_error or str(letter.last_status or "")
        made = local_time(letter.created_at, zone)
        shown.add_row(letter.event_id, letter.type, letter.endpoint_id, letter.url, str(letter.attempts), made, said)
    out().print(shown)


@group.command("retry")
def retry(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="Id of one event; all that are dead, if none is given.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Try dead messages again, as if they were new; a running server sends them.

    \b
    Example:
      graphfraud webhooks retry
    """
    with open_state() as state:
        count = state.outbox.retry(event or None, actor=actor())
    if as_json:
        print_json({"retried": count})
    else:
        out().print(f"{count:,} message{'' if count == 1 else 's'} will be tried again")


@group.command("send")
def send(as_json: JsonOption = False) -> None:
    """Send what is due now and end: for machines where no server runs that would.

    \b
    Example:
      graphfraud webhooks send
    """
    from graphfraud.webhooks import Sender

    with open_state() as state:
        sender = Sender(state, load_settings().webhook_private)
        arrived = sender.send_due()
        sender.close()
        counts = state.outbox.counts()
    if as_json:
        print_json({"arrived": arrived, "messages": counts})
    else:
        said = ", ".join(f"{count:,} {name}" for name, count in counts.items() if name != "delivered")
        out().print(f"{arrived:,} arrived; {said}")


def _document(endpoint: Endpoint, zone: ZoneInfo) -> dict[str, object]:
    return {
        "webhook": endpoint.endpoint_id,
        "url": endpoint.url,
        "events": list(endpoint.events),
        "secret_file": endpoint.secret_file,
        "created_at": json_time(endpoint.created_at, zone),
        "off_since": json_time(endpoint.off_since, zone),
    }
