"""`graphfraud application ID`: what is known of one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, load_settings, open_store, out, print_json, table
from api.times import local_time

if TYPE_CHECKING:
    from rich.console import Console

    from graphfraud.results import ApplicationDetail, Standing
    from graphfraud.settings import Conventions
    from graphfraud.wording import Lang


def application(
    application_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the application, as in the file.")],
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of one application.

    Its versions, its identifiers (masked), its risk and score in the last scan, its ring, and why: its reasons, and what it
    shares that makes no ring.

    \b
    Example:
      graphfraud application AP20250353
    """
    settings = load_settings()
    from api.cli.explanations import print_why, scanned_ids, why
    from graphfraud.explanations import LOOK_ALIKES
    from graphfraud.export import scan_folder, standing_of
    from graphfraud.store import results

    with open_store(settings) as store:
        detail = results.application(store, application_id)
        scan = results.current_scan(store)
        folder = scan_folder(settings.home, store.store_id(), scan.scan_id) if scan else None
        explained = folder is not None and (folder / LOOK_ALIKES).is_file()
        reasons, found = why(store, folder, scanned_ids(folder), application_id) if folder and explained else ((), ())
    standing = standing_of(folder, application_id) if folder else None
    if as_json:
        from api.documents import application_document, look_alike_document, reason_document

        document = application_document(detail, standing, lang.value, settings.conventions.zone, tokens=True)
        document["reasons"] = [reason_document(reason, lang.value, tokens=True) for reason in reasons]
        document["look_alikes"] = [look_alike_document(one, lang.value, tokens=True) for one in found]
        print_json(document)
        return
    _print(out(), detail, standing, settings.conventions, lang.value)
    if standing is not None:
        print_why(out(), reasons, found, detail.ring is not None, lang.value)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("application")(application)


def _print(
    console: Console, detail: ApplicationDetail, standing: Standing | None, conventions: Conventions, lang: Lang
) -> None:
    from rich.text import Text

    from api.cli.explanations import NOT_SCANNED
    from api.cli.rings import risk_bar
    from graphfraud import wording

    head = Text.assemble((detail.application_id, "bold"))
    if standing is not None:
        risk = standing.risk
        head.append("  ").append(f"{risk:.2f}", "bold").append(f" {risk_bar(risk)} {wording.risk_word(risk, lang)}")
        if standing.score is not None and standing.band is not None:
            head.append("  评分 " if lang == "zh" else "  score ").append(f"{standing.score}", "bold")
            head.append(f" {wording.band_word(standing.band, lang)}")
    console.print(head)
    if detail.ring:
        console.print(f"ring {detail.ring.ring_id} (risk {detail.ring.risk:.2f}, tie {detail.strength:.2f})")
        console.print(wording.summary(detail.ring, lang))
    else:
        console.print("in no ring of the last scan" if standing else NOT_SCANNED)
    versions = table("state", "submitted", "dealer", "salesperson", "what", "from")
    for number, version in enumerate(detail.versions):
        older = detail.versions[number + 1].attributes if number + 1 < len(detail.versions) else {}
        told = {name: value for name, value in version.attributes.items() if not older or older.get(name) != value}
        versions.add_row(
            f"{version.since}–{'now' if version.until is None else version.until}",
            local_time(version.submitted_at, conventions.zone),
            version.dealer_id or "–",
            version.salesperson_id or "–",
            ", ".join(f"{name} {_value(value)}" for name, value in told.items() if not _is_token(name)),
            f"{version.source}:{version.line}" if version.source and version.line is not None else version.source or "–",
        )
    console.print(versions)
    identifiers = table("identifier", "value", "applications", "until", right=("applications",))
    for held in detail.identifiers:
        identifiers.add_row(
            wording.role_name(held.kind, held.role, lang),
            wording.short_mask(held.mask),
            f"{held.applications:,}",
            "now" if held.until is None else f"state {held.until}",
        )
    console.print(identifiers)


def _value(value: float | int | str) -> str:
    return f"{value:,.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _is_token(attribute: str) -> bool:
    from graphfraud.schema import ATTRIBUTE

    return attribute in ATTRIBUTE and ATTRIBUTE[attribute].type == "token"
