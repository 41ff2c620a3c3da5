"""`graphfraud scan`: find the rings in what is loaded."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import (
    JsonOption,
    load_settings,
    open_state,
    open_store,
    out,
    print_json,
    progress,
    say,
    table,
    write_waiting,
)


def scan(
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only applications submitted from here on.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only applications submitted before.")] = None,
    decoys: Annotated[
        int, typer.Option("--decoys", min=0, max=1_000, help="Rounds of chance to compare with; 0: no error rates.")
    ] = 3,
    stability: Annotated[
        int, typer.Option("--stability", min=0, max=1_000, help="Perturbed runs that must find a ring again; 20 is usual.")
    ] = 0,
    revoke: Annotated[
        Path | None,
        typer.Option("--revoke", metavar="FILE", help="Groups of applications, one a line, that are not one after all."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Find the rings in what is loaded.

    Readers see the last scan until this one is whole; interrupted, the last one stands. Times are dates or ISO 8601;
    without an offset they are on the configured time zone's clock. Three rounds of decoys take somewhat longer than
    finding the rings, twenty perturbed runs about as long. Every application gets its score and band by the policy in
    force. Applications of one line of a --revoke file count as strangers, whatever folds them.

    \b
    Examples:
      graphfraud scan
      graphfraud scan --since 2025-01-01 --until 2025-04-01
      graphfraud scan --decoys 10 --stability 20
      graphfraud scan --revoke not-one-family.txt
    """
    from graphfraud.check.formed import tell, untold
    from graphfraud.check.in_force import active_policy
    from graphfraud.detection.parameters import DecoyParams, Parameters, StabilityParams, UnitParams
    from graphfraud.export import scan_folder
    from graphfraud.revocations import read_revocations
    from graphfraud.scan import run_scan
    from graphfraud.store.results import current_scan

    settings = load_settings()
    units = UnitParams(revoked=read_revocations(revoke) if revoke else ())
    policy = active_policy(settings)
    write_waiting(settings)
    with open_store(settings, may_begin=True) as store, progress("scan") as report:
        before, folder_of = current_scan(store), partial(scan_folder, settings.home, store.store_id())
        if before is not None and untold(folder := folder_of(before.scan_id)):
            with open_state(settings) as state:
                tell(folder, state)
        stages = iter(range(1, 1_000))
        parameters = Parameters(units=units, decoys=DecoyParams(rounds=decoys), stability=StabilityParams(runs=stability))
        result = run_scan(
            settings,
            store,
            since,
            until,
            parameters,
            progress=lambda stage: report(next(stages), f"scan: {stage}"),
            weights=policy.weights,
            cutoffs=policy.cutoffs,
        )
    done = result.scan
    with open_state(settings) as state:
        tell(folder_of(done.scan_id), state)
    if as_json:
        from api.documents import scan_document

        print_json(scan_document(done, settings.conventions.zone))
        return
    made = table("scan", done.scan_id)
    if done.window:
        made.add_row("window", done.window)
    for name, count in done.counts.items():
        made.add_row(name.replace("_", " "), f"{count:,}")
    made.add_row("state read", str(done.sequence))
    made.add_row("seconds", f"{sum(done.stage_seconds.values()):.1f}")
    made.add_row("hash", done.hash[:16])
    out().print(made)
    say("Next: graphfraud rings" if result.rings else "No ring was found.")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("scan")(scan)
