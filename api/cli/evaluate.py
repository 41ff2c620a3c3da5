"""`graphfraud evaluate TRUTH`: how well the last scan found the rings that a file says are there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import JsonOption, load_settings, open_store, out, print_json, say, table

# Figure, what it says.
FIGURES = (
    ("ap", "average precision over applications"),
    ("auc", "area under the ROC curve"),
    ("p_at_k", "precision among the K riskiest applications, K = planted in rings"),
    ("ring_recall", "planted rings matched at Jaccard ≥ 0.5 by the top 1.2 × R rings, R = rings planted"),
    ("mean_jaccard", "mean of the best Jaccard there"),
    ("ring_precision", "top R rings that are half or more of one planted ring"),
    ("fragments", "rings per planted ring (1 is best)"),
    ("rings_planted", "rings planted"),
    ("rings_found", "rings found"),
    ("rings_at_review", "rings of risk 0.5 and more"),
    ("false_at_review", "those of them that are less than half of one planted ring"),
)


def evaluate(
    truth: Annotated[Path, typer.Argument(metavar="TRUTH", help="File: application_id, ring_id, typology, benign_group.")],
    as_json: JsonOption = False,
) -> None:
    """Compare the last scan with a known truth.

    The truth comes with a generated world, or from labelled cases.

    \b
    Example:
      graphfraud evaluate world/truth.csv.gz
    """
    settings = load_settings()
    from api.cli.rings import current_scan
    from graphfraud import evaluate as measures
    from graphfraud.export import members_table, scan_applications, scan_folder
    from graphfraud.store import results

    known = measures.read_truth(truth)
    with open_store(settings) as store:
        scan = current_scan(store)
        rings = results.rings(store, None, scan_id=scan.scan_id)
        applications = scan_applications(scan_folder(settings.home, store.store_id(), scan.scan_id))
    found = measures.evaluate(known, members_table(rings), applications)
    absent, counted = measures.not_scanned(known, applications)
    if as_json:
        print_json({"scan_id": scan.scan_id, **asdict(found), "truth_applications": counted, "not_scanned": absent})
        return
    if absent:
        say(
            f"{absent:,} of the truth's {counted:,} applications were not in the scan; the figures rank them below all "
            "others and count what is planted among them as not found"
        )
    made = table("figure", "", "what it says", right=("",))
    for name, says in FIGURES:
        value = getattr(found, name)
        made.add_row(name, "–" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.3f}", says)
    out().print(made)
    if found.by_typology:
        recalled = table("typology", "ring recall", right=("ring recall",))
        for name, share in sorted(found.by_typology.items()):
            recalled.add_row(name.replace("_", " "), f"{share:.2f}")
        out().print(recalled)
    if found.caught:
        caught = table("caught without being planted", "applications", right=("applications",))
        for name, count in sorted(found.caught.items(), key=lambda item: (-item[1], item[0])):
            caught.add_row(name.replace("_", " "), f"{count:,}")
        out().print(caught)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("evaluate")(evaluate)
