"""`graphfraud store`: look at the store, start and stop the embedded engine, bring an older store up to date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, load_settings, out, print_json, say, table
from api.times import json_time

if TYPE_CHECKING:
    from graphfraud.settings import Settings

HELP = "Look at the store; start, stop and upgrade it.\n\n\b\nExample:\n  graphfraud store status"
store = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


@store.command()
def status(as_json: JsonOption = False) -> None:
    """Say where the store is, whether it runs and what it holds; an embedded engine that is stopped stays so.

    \b
    Example:
      graphfraud store status
    """
    facts = _facts(load_settings())
    if as_json:
        print_json(facts)
        return
    made = table("store", "")
    for name, value in facts.items():
        made.add_row(name.replace("_", " "), "–" if value is None else str(value))
    out().print(made)


@store.command()
def start(as_json: JsonOption = False) -> None:
    """Start the embedded engine now instead of with the next command that needs it.

    \b
    Example:
      graphfraud store start
    """
    from graphfraud.store import embedded

    settings = load_settings()
    folder = _embedded_folder(settings)
    there = embedded.running(folder) is not None
    embedded.connect(folder, settings.store_memory, settings.store_idle).close()
    if as_json:
        print_json({"folder": str(folder), "started": not there})
    else:
        say(f"the engine of {folder} {'was running' if there else 'is running now'}")


@store.command()
def stop(
    force: Annotated[bool, typer.Option("--force", help="Stop it even while a command uses it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop the embedded engine; it would stop by itself when idle. Nothing that was written is lost.

    \b
    Example:
      graphfraud store stop
    """
    from graphfraud.store import embedded

    folder = _embedded_folder(load_settings())
    stopped = embedded.stop(folder, force=force)
    if as_json:
        print_json({"folder": str(folder), "stopped": stopped})
    else:
        say(f"the engine of {folder} {'is stopped' if stopped else 'was not running'}")


@store.command()
def upgrade(as_json: JsonOption = False) -> None:
    """Bring an older store to this program's schema version; safe to run again, and after a kill.

    \b
    Example:
      graphfraud store upgrade
    """
    from graphfraud.store import Store

    with Store.open(load_settings(), any_version=True) as opened:
        before, after = opened.upgrade()
        url = opened.url
    if as_json:
        print_json({"store": url, "from": before, "to": after})
    else:
        say(f"the store at {url} " + (f"is at schema version {after}" if before == after else f"went from {before} to {after}"))


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.add_typer(store, name="store")


def _facts(settings: Settings) -> dict[str, object]:
    from graphfraud.store import Store, embedded

    folder = settings.embedded_folder
    facts: dict[str, object] = {"store": settings.store, "running": True}
    if folder is not None:
        engine = embedded.running(folder)
        facts |= {
            "running": engine is not None,
            "in_use": embedded.in_use(folder),
            "pid": engine.pid if engine else None,
            "running_since": json_time(1000 * int(engine.started_at), settings.conventions.zone) if engine else None,
            "megabytes": _megabytes(folder),
        }
        if engine is None:
            return facts
    with Store.open(settings, any_version=True) as opened:
        state = opened.state()
        facts["engine"] = opened.engine
    return facts | {
        "store_id": state.store_id if state else None,
        "schema_version": state.schema_version if state else None,
        "sequence": state.sequence if state else None,
        "key_fingerprint": state.key_fingerprint if state else None,
    }


def _embedded_folder(settings: Settings) -> Path:
    from graphfraud.errors import SettingError

    folder = settings.embedded_folder
    if folder is None:
        raise SettingError(f"the store is the server at {settings.store}; start and stop it where it runs")
    return folder


def _megabytes(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20, 1)
