"""`graphfraud status`: what is loaded, what the last scan found, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from api.cli.context import JsonOption, load_settings, open_store, out, print_fitting, print_json, say, table
from api.times import json_time, local_time, title_with_zone

if TYPE_CHECKING:
    from graphfraud.results import Scan
    from graphfraud.store.loads import LoadState


def status(as_json: JsonOption = False) -> None:
    """Show what is loaded and scanned, and what is next.

    The store and its counts, the last loads, the last scan, and the command to go on with.

    \b
    Example:
      graphfraud status
    """
    settings = load_settings()
    from graphfraud.store import overview, results

    zone = settings.conventions.zone
    with open_store(settings) as store:
        state, engine = store.state(), store.engine
        counts, loads, scan = overview.counts(store), overview.recent_loads(store), results.current_scan(store)
    sequence = state.sequence if state else 0
    todo = _next(counts, loads, scan, sequence)
    if as_json:
        from api.documents import scan_document

        where = {"url": settings.store, "engine": engine, "home": str(settings.home), "sequence": sequence}
        done: list[dict[str, Any]] = [
            {
                "source": load.source,
                "kind": load.kind,
                "started_at": json_time(load.started_at, zone),
                "rows_done": load.rows_done,
                "complete": load.complete,
                "added": load.added,
                "changed": load.changed,
                "unchanged": load.unchanged,
                "superseded": load.superseded,
                "counts": dict(load.counts),
            }
            for load in loads
        ]
        found = scan_document(scan, zone) if scan else None
        print_json({"store": where, "counts": counts, "loads": done, "scan": found, "next": todo})
        return
    made = table("store", settings.store)
    made.add_row("engine", engine)
    made.add_row("data folder", str(settings.home))
    made.add_row("state", f"{sequence:,}")
    for name, count in counts.items():
        if count or name in ("application", "dealer"):
            made.add_row(_plural(name), f"{count:,}")
    out().print(made)
    if loads:
        numbers = ("rows", "added", "changed", "unchanged")
        began = title_with_zone("began", zone, *(load.started_at for load in loads))
        listed = table("loaded", "what", *numbers, began, right=numbers)
        for load in loads:
            name = load.source + ("" if load.complete else " (not complete)")
            done_so_far = (load.rows_done, load.added, load.changed, load.unchanged)
            listed.add_row(name, load.kind, *(f"{n:,}" for n in done_so_far), local_time(load.started_at, zone))
        print_fitting(out(), listed, ("what", "unchanged"))
    if scan:
        last = table("scan", scan.scan_id)
        last.add_row("window", scan.window or "all applications")
        last.add_row(title_with_zone("finished", zone, scan.finished_at), local_time(scan.finished_at, zone))
        newer = f" (the store is at {sequence:,})" if sequence > scan.sequence else ""
        last.add_row("state read", f"{scan.sequence:,}{newer}")
        for name, count in scan.counts.items():
            last.add_row(name.replace("_", " "), f"{count:,}")
        out().print(last)
    say(f"Next: {todo}")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("status")(status)


def _next(counts: dict[str, int], loads: list[LoadState], scan: Scan | None, sequence: int) -> str:
    """Say what somebody would do next."""
    if unfinished := [load.source for load in loads if not load.complete]:
        return f"graphfraud load {unfinished[0]} (it stopped half way and goes on where it was)"
    if not counts.get("application"):
        return "graphfraud load FILE…"
    if scan is None or scan.sequence < sequence:
        return "graphfraud scan"
    if not scan.counts.get("rings"):
        return "graphfraud explain (the scan found no ring; it shows what is shared, and why that is none)"
    return "graphfraud rings"


def _plural(name: str) -> str:
    from graphfraud.wording import KINDS

    return "applications" if name == "application" else KINDS[name].many if name in KINDS else name
