"""`graphfraud serve`: the HTTP front door."""

from __future__ import annotations

import ipaddress
from enum import StrEnum
from typing import Annotated

import typer

from api.cli.context import JsonOption, load_settings, print_json, say


class LogFormat(StrEnum):
    """How the lines of the log are written."""

    text = "text"
    json = "json"


def serve(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; others than loopback are for a proxy with TLS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")] = 8000,
    workers: Annotated[
        int, typer.Option("--workers", min=1, max=64, help="Processes that answer; one that dies is replaced.")
    ] = 1,
    observe: Annotated[
        bool, typer.Option("--observe", help="Answer pass to everybody, and record what would have been said.")
    ] = False,
    budget_ms: Annotated[
        int,
        typer.Option("--budget-ms", min=20, max=60_000, help="Milliseconds after which a check is answered without the graph."),
    ] = 300,
    log_format: Annotated[LogFormat, typer.Option("--log-format", help="Form of the log on stderr.")] = LogFormat.text,
    as_json: JsonOption = False,
) -> None:
    """Answer fraud checks over HTTP until SIGTERM or Ctrl-C.

    Make a key for whoever calls: graphfraud keys create NAME --scope checks. What was accepted is finished before it ends.
    What --observe recorded is summed up by graphfraud policy compare.

    \b
    Examples:
      graphfraud serve
      graphfraud serve --port 8080 --workers 2 --log-format json
    """
    load_settings()  # what is wrong with a setting is said before anything is started
    from api.http import logs
    from api.http.options import Options
    from api.http.supervisor import Supervisor

    logs.configure(log_format.value)
    options = Options(host, port, workers, observe, budget_ms, log_format.value)
    if not _is_loopback(host):
        logs.event(
            "not loopback",
            logs.WARNING,
            host=host,
            advice="put a proxy with TLS before it: keys and applications travel in the clear",
        )

    def heard(name: str, **fields: object) -> None:
        if name == "ready" and as_json:
            print_json(fields)
        elif name == "ready" and log_format is LogFormat.text:
            how = (f" with {workers} workers" if workers > 1 else "") + (" and only observes" if observe else "")
            say(f"Ready: graphfraud answers at {fields['url']}{how}. Ctrl-C stops it.")
        else:
            logs.event(name, logs.WARNING if name == "worker died" else logs.INFO, **fields)

    code = Supervisor(options, heard).run()
    if code:
        raise typer.Exit(code)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("serve")(serve)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
