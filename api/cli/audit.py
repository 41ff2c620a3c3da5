"""`graphfraud audit VERDICTS`: what investigators' verdicts prove about the share of false rings."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import JsonOption, load_settings, open_store, out, print_json, say, table

CUTS = (0.5, 0.8, 0.9, 0.95, 0.99)


class Chosen(StrEnum):
    """How the rings with a verdict were chosen."""

    random = "random"
    top = "top"


def audit(
    verdicts: Annotated[Path, typer.Argument(metavar="VERDICTS", help="CSV file: ring_id, verdict (confirmed, cleared).")],
    min_risk: Annotated[
        float | None, typer.Option("--min-risk", min=0.0, max=1.0, help="Only this cut instead of the usual five.")
    ] = None,
    sample: Annotated[
        Chosen, typer.Option("--sample", help="How rings were chosen: at random above the cut, or from the top down.")
    ] = Chosen.random,
    confidence: Annotated[
        float, typer.Option("--confidence", min=0.5, max=0.9999, help="How sure the bound is; each cut on its own.")
    ] = 0.95,
    as_json: JsonOption = False,
) -> None:
    """Bound the share of false rings by verdicts.

    The bound is exact and needs no model, but it believes what --sample says: rings chosen at random speak for all above
    the cut; of a list worked from the top, rings above the cut without a verdict count as false.

    \b
    Examples:
      graphfraud audit verdicts.csv
      graphfraud audit verdicts.csv --min-risk 0.8 --sample top
    """
    settings = load_settings()
    from api.cli.rings import current_scan
    from graphfraud import verdicts as proofs
    from graphfraud.store import results
    from graphfraud.wording import percent

    known = proofs.read_verdicts(verdicts)
    with open_store(settings) as store:
        scan = current_scan(store)
        rings = results.rings(store, None, scan_id=scan.scan_id)
    elsewhere = len(known.keys() - {ring.ring_id for ring in rings})
    cuts = CUTS if min_risk is None else (min_risk,)
    found = [proofs.audited_rate(rings, known, cut, sample.value, confidence) for cut in cuts]
    if as_json:
        print_json(
            {
                "scan_id": scan.scan_id,
                "sample": sample.value,
                "confidence": confidence,
                "verdicts_elsewhere": elsewhere,
                "cuts": [asdict(cut) for cut in found],
            }
        )
        return
    made = table(
        "risk from", "rings", "confirmed", "cleared", "stated q", "false at most", right=("rings", "confirmed", "cleared")
    )
    for cut in found:
        stated = "–" if cut.stated is None else percent(cut.stated)
        bound = percent(cut.bound) if cut.confirmed + cut.cleared else "–"
        made.add_row(f"{cut.risk:.2f}", f"{cut.rings:,}", f"{cut.confirmed:,}", f"{cut.cleared:,}", stated, bound)
    out().print(made)
    also = f" {elsewhere:,} verdicts on rings of other scans were left out." if elsewhere else ""
    say(f"Bounds hold with confidence {confidence:g} for {scan.label}.{also}")


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("audit")(audit)
