"""`graphfraud application ID`: what is known of one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, load_settings, open_state, open_store, out, print_json, say, table
from api.times import json_time, local_time, title_with_zone

if TYPE_CHECKING:
    from rich.console import Console

    from graphfraud.results import ApplicationDetail, Standing
    from graphfraud.settings import Conventions, Settings
    from graphfraud.state.answers import Answer
    from graphfraud.wording import Lang


def application(
    application_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the application, as in the file.")],
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of one application.

    Its versions, its identifiers (masked), its risk and score in the last scan, its ring, and why: its reasons, and what it
    shares that makes no ring; then what checks decided, the newest first.

    \b
    Example:
      graphfraud application AP20250353
    """
    settings = load_settings()
    from api.cli.explanations import print_spoken_of, print_why, scanned_ids, spoken_of, why
    from graphfraud.explanations import LOOK_ALIKES
    from graphfraud.export import scan_folder, standing_of
    from graphfraud.store import results

    with open_store(settings) as store:
        detail = results.application(store, application_id)
        scan = results.current_scan(store)
        folder = scan_folder(settings.home, store.store_id(), scan.scan_id) if scan else None
        explained = folder is not None and (folder / LOOK_ALIKES).is_file()
        reasons, found = why(store, folder, scanned_ids(folder), application_id) if folder and explained else ((), ())
        others = spoken_of(store, folder, detail, reasons) if folder and explained else None
    standing = standing_of(folder, application_id) if folder else None
    changed = standing is not None and scan is not None and detail.versions[0].since > scan.sequence
    checks = _checks(settings, application_id)
    if as_json:
        from api.documents import application_document, look_alike_document, reason_document

        document = application_document(detail, standing, lang.value, settings.conventions.zone, tokens=True)
        document["reasons"] = [reason_document(reason, lang.value, tokens=True) for reason in reasons]
        document["changed_since_scan"] = changed
        document["look_alikes"] = [look_alike_document(one, lang.value, tokens=True) for one in found]
        document["checks"] = [
            {"check_id": one.check_id, "at": json_time(one.created_at, settings.conventions.zone)}
            | {name: getattr(one, name) for name in ("decision", "score", "policy_version", "degraded")}
            for one in checks
        ]
        print_json(document)
        return
    _print(out(), detail, standing, changed, settings.conventions, lang.value)
    if standing is not None:
        if others is not None:
            print_spoken_of(out(), others, lang.value)
        near = others is not None and others.near is not None
        print_why(out(), reasons, found, detail.ring is not None, lang.value, near=near)
    if checks:
        _print_checks(out(), checks, settings.conventions, lang.value)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("application")(application)


def _print(
    console: Console,
    detail: ApplicationDetail,
    standing: Standing | None,
    changed: bool,
    conventions: Conventions,
    lang: Lang,
) -> None:
    from api.cli.explanations import print_standing
    from graphfraud import wording

    print_standing(console, detail, standing, lang)
    if changed:
        old = "changed since the last scan: risk, score, ring and reasons are those of what it said before"
        console.print("上次扫描后已变更：风险、评分、团伙与理由均依据变更前的内容" if lang == "zh" else old)
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


def _checks(settings: Settings, application_id: str) -> list[Answer]:
    """Return the answers that checks gave; none where there is no state database, which looking at the graph does not need."""
    from graphfraud.errors import StateError
    from graphfraud.state import inspect_state

    try:
        if inspect_state(settings).version is None:
            return []
        with open_state(settings) as state:
            return state.answers.of_application(application_id)
    except StateError as error:
        say(f"graphfraud: past checks are not shown: {error}")
        return []


def _print_checks(console: Console, checks: list[Answer], conventions: Conventions, lang: Lang) -> None:
    from graphfraud import wording

    names = ("decided", "decision", "score", "policy", "check")
    decided, *others = (wording.title(name, lang) for name in names)
    decided = title_with_zone(decided, conventions.zone, *(one.created_at for one in checks))
    made = table(decided, *others, right=(others[1],))
    for one in checks:
        decision = wording.decision(one.decision, "", lang)
        if one.degraded:
            decision += "（降级）" if lang == "zh" else " (degraded)"
        score = "–" if one.score is None else str(one.score)
        made.add_row(local_time(one.created_at, conventions.zone), decision, score, one.policy_version, one.check_id)
    console.print(made)


def _value(value: float | int | str) -> str:
    return f"{value:,.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def _is_token(attribute: str) -> bool:
    from graphfraud.schema import ATTRIBUTE

    return attribute in ATTRIBUTE and ATTRIBUTE[attribute].type == "token"
