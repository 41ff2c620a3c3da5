"""`graphfraud report PATH`: the top rings drawn and explained on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, load_settings, open_store, print_json, progress, say
from api.cli.rings import MaxQChanceOption, MaxQOption


def report(
    path: Annotated[Path, typer.Argument(metavar="FILE|DIR", help="An .html file, or a folder that gets rings.html.")],
    top: Annotated[int, typer.Option("--top", min=1, max=500, help="How many rings, the riskiest first.")] = 20,
    max_q: MaxQOption = None,
    max_q_chance: MaxQChanceOption = None,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Draw the riskiest rings on one HTML page.

    The page explains each ring and needs nothing but itself: mail it to somebody, open it with any browser.

    \b
    Examples:
      graphfraud report rings.html --top 10 --lang zh
      graphfraud report rings.html --max-q 0.2
    """
    settings = load_settings()
    from api.cli.rings import current_scan
    from graphfraud import wording
    from graphfraud.check.scale import REVIEW_FROM
    from graphfraud.export import replace_files
    from graphfraud.report import render_report
    from graphfraud.results import cut_at_q
    from graphfraud.store import results

    file = path if path.suffix.lower() in (".html", ".htm") and not path.is_dir() else path / "rings.html"
    with open_store(settings) as store, progress("report: the rings", total=top) as done:
        scan = current_scan(store)
        found = results.rings(store, None, scan_id=scan.scan_id)
        rings, left_out = cut_at_q(found, max_q, max_q_chance)
        details = []
        for number, ring in enumerate(rings[:top], start=1):
            details.append(results.ring_detail(store, ring.ring_id, scan.scan_id))
            done(number, f"report: {ring.ring_id}")
        done(len(details), "report: drawing")
        page = render_report(
            details,
            scan,
            rings=len(rings),
            reviewed=sum(ring.risk >= REVIEW_FROM for ring in rings),
            applications=scan.counts.get("applications"),
            left_out=left_out,
            lang=lang.value,
            conventions=settings.conventions,
        )
    replace_files(file.parent, {file.name: lambda aside: _write(aside, page)})
    if as_json:
        print_json({"scan_id": scan.scan_id, "file": str(file), "rings": len(details), "bytes": len(page.encode())})
        return
    if left_out:
        say(wording.left_out(left_out))
    say(f"{len(details)} of {len(found)} rings of {scan.label}; open it with any browser:")
    typer.echo(str(file))


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("report")(report)


def _write(path: Path, page: str) -> None:
    path.write_text(page, encoding="utf-8", newline="\n")
