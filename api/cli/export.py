"""`graphfraud export DIR`: rings, members, applications and dealers as files."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, load_settings, open_store, print_json, say
from api.cli.rings import MaxQChanceOption, MaxQOption


class Form(StrEnum):
    """Format of the exported files."""

    csv = "csv"
    parquet = "parquet"


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files; made if it does not exist.")],
    form: Annotated[Form, typer.Option("--format", help="Format of the files.")] = Form.csv,
    max_q: MaxQOption = None,
    max_q_chance: MaxQChanceOption = None,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Write the last scan's tables into a folder.

    The tables are rings, members, applications, dealers, the applications' reasons, and look-alikes (groups that share
    identifiers and are no ring). Files of the same names are replaced, each in one step; nothing else in the folder is
    touched. An application whose ring is left out by --max-q or --max-q-chance keeps its risk and names no ring.

    \b
    Examples:
      graphfraud export results --format parquet
      graphfraud export sure --max-q 0.2
    """
    settings = load_settings()
    from api.cli.rings import current_scan
    from graphfraud import wording
    from graphfraud.citing import all_with_masks, look_alikes_with_masks
    from graphfraud.explanations import all_reasons, top_look_alikes
    from graphfraud.export import TOP_LOOK_ALIKES, scan_applications, scan_dealers, scan_folder, write_export
    from graphfraud.results import cut_at_q
    from graphfraud.store import results
    from graphfraud.store.changes import masks

    with open_store(settings) as store:
        scan = current_scan(store)
        rings, left_out = cut_at_q(results.rings(store, None, scan_id=scan.scan_id), max_q, max_q_chance)
        kept_in = scan_folder(settings.home, store.store_id(), scan.scan_id)
        applications = scan_applications(kept_in)
        reasons = all_with_masks(all_reasons(kept_in), partial(masks, store))
        found = top_look_alikes(kept_in, list(applications["application_id"]), TOP_LOOK_ALIKES)
        found = look_alikes_with_masks(found, partial(masks, store))
    kept = applications["ring_id"].isin([ring.ring_id for ring in rings])
    applications = applications.assign(ring_id=applications["ring_id"].where(kept, ""))
    zone = settings.conventions.time_zone
    dealers = scan_dealers(kept_in)
    told = (reasons, found)
    paths = write_export(folder, rings, applications, dealers, *told, form=form.value, lang=lang.value, time_zone=zone)
    if as_json:
        counts = {
            "rings": len(rings),
            "members": sum(ring.applications for ring in rings),
            "applications": len(applications),
            "dealers": len(dealers),
            "reasons": sum(len(why) for _, why in reasons),
            "look_alikes": len(found),
        }
        print_json({"scan_id": scan.scan_id, "files": [str(path) for path in paths], "rows": counts})
        return
    if left_out:
        say(wording.left_out(left_out))
    say(f"{len(rings):,} rings and {len(applications):,} applications of {scan.label}:")
    for path in paths:
        typer.echo(str(path))


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("export")(export)
