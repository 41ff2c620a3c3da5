"""`graphfraud rings` and `graphfraud ring ID`: what the last scan found, and why one ring is one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import (
    JsonOption,
    LangOption,
    Language,
    load_settings,
    open_store,
    out,
    print_fitting,
    print_json,
    say,
    table,
)
from api.times import local_time

if TYPE_CHECKING:
    from rich.console import Console

    from graphfraud.results import Ring, RingDetail, Scan
    from graphfraud.settings import Conventions
    from graphfraud.store import Store
    from graphfraud.wording import Lang

MaxQOption = Annotated[
    float | None,
    typer.Option(
        "--max-q",
        min=0.0,
        max=1.0,
        help="Only rings whose q is at most so much: at 0.2, 20 % of such a list are false. Small files reach no low q.",
    ),
]
MaxQChanceOption = Annotated[
    float | None,
    typer.Option(
        "--max-q-chance",
        min=0.0,
        max=1.0,
        help="Only rings whose q_chance is at most so much: the share of such a list that chance alone makes.",
    ),
]
NO_SCAN = "there is no scan yet; load applications (graphfraud load FILE…) and run graphfraud scan"
MOST_DEALERS = 5


def rings(
    top: Annotated[int, typer.Option("--top", min=1, help="How many rings, the riskiest first.")] = 20,
    min_risk: Annotated[float, typer.Option("--min-risk", min=0.0, max=1.0, help="Leave out rings below this risk.")] = 0.0,
    max_q: MaxQOption = None,
    max_q_chance: MaxQChanceOption = None,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """List the riskiest rings of the last scan.

    \b
    Examples:
      graphfraud rings --top 10 --min-risk 0.5
      graphfraud rings --max-q 0.2
    """
    settings = load_settings()
    from graphfraud import wording
    from graphfraud.results import cut_at_q
    from graphfraud.store import results

    zone = settings.conventions.zone
    with open_store(settings) as store:
        scan = current_scan(store)
        # how many rings have a larger q is known from all of them
        uncut = max_q is None and max_q_chance is None
        riskiest = results.rings(store, top if uncut else None, scan_id=scan.scan_id)
    kept, left_out = cut_at_q(riskiest, max_q, max_q_chance)
    found = [ring for ring in kept[:top] if ring.risk >= min_risk]
    if as_json:
        from api.documents import ring_document, scan_document

        shown = [ring_document(ring, lang.value, zone, tokens=True) for ring in found]
        print_json({"scan": scan_document(scan, zone), "rings": shown})
        return
    _print_rings(out(), found, settings.conventions, lang.value)
    total = scan.counts.get("rings", len(found))
    if left_out:
        say(wording.left_out(left_out))
    say(f"{len(found)} of {total} rings of {scan.label}." + (" Next: graphfraud ring ID" if found else ""))


def ring(
    ring_id: Annotated[
        str, typer.Argument(metavar="ID", help="Id of the ring, or its beginning (with or without R-) if only one begins so.")
    ],
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Show why one ring is one.

    Its reasons, when its applications came, its members, and what they share.

    \b
    Example:
      graphfraud ring R-7F3A
    """
    settings = load_settings()
    from graphfraud.store import results

    zone = settings.conventions.zone
    with open_store(settings) as store:
        scan = current_scan(store)
        detail = results.ring_detail(store, whole_ring_id(store, scan, ring_id), scan.scan_id)
    if as_json:
        from api.documents import ring_detail_document

        print_json(ring_detail_document(detail, lang.value, zone, tokens=True))
        return
    _print_ring(out(), detail, settings.conventions, lang.value)


def register(app: typer.Typer) -> None:
    """Add the commands to the app."""
    app.command("rings")(rings)
    app.command("ring")(ring)


def current_scan(store: Store) -> Scan:
    """Return the last scan; raise NotFound that says how to make one."""
    from graphfraud.errors import NotFound
    from graphfraud.store import results

    scan = results.current_scan(store)
    if scan is None:
        raise NotFound(NO_SCAN)
    return scan


def whole_ring_id(store: Store, scan: Scan, beginning: str) -> str:
    """Return the one ring id of the scan that begins so, R- or not and in any case; raise NotFound if none or several do."""
    from graphfraud.errors import NotFound
    from graphfraud.store import results

    ids = [ring.ring_id for ring in results.rings(store, None, scan_id=scan.scan_id)]
    if beginning in ids:
        return beginning
    wanted = beginning.upper()
    fitting = sorted(ring_id for ring_id in ids if wanted and ring_id.upper().startswith((wanted, f"R-{wanted}")))
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        some = ", ".join(fitting[:3]) + (", …" if len(fitting) > 3 else "")
        raise NotFound(f"{len(fitting)} rings begin with {beginning!r} ({some}); give more of the id")
    raise NotFound(f"no ring of {scan.label} begins with {beginning!r}; graphfraud rings lists them")


def _print_rings(console: Console, found: list[Ring], conventions: Conventions, lang: Lang) -> None:
    from rich.text import Text

    from graphfraud import wording

    titles = ("risk", "", "q", "q_chance", "ring", "what", "apps", "pers", "dlrs", "exposure", "last seen")
    right = ("q", "q_chance", "apps", "pers", "dlrs", "exposure")
    made = table(*_titles(titles, lang), right=_titles(right, lang))
    for one in found:
        what = Text(wording.summary(one, lang))
        if one.look_alike:
            what.append(f" ≈ {wording.look_alike(one.look_alike, lang)}", "dim")
        made.add_row(
            f"{one.risk:.2f}",
            risk_bar(one.risk),
            *("–" if rate is None else wording.percent(rate) for rate in (one.q, one.q_chance)),
            one.ring_id,
            what,
            f"{one.applications:,}",
            f"{one.persons:,}",
            f"{one.dealers:,}",
            wording.money(one.exposure, conventions.currency, lang) if one.exposure else "–",
            local_time(one.last_seen, conventions.zone),
        )
    # the sentence says how many applications, persons and dealers
    print_fitting(console, made, _titles(("apps", "pers", "dlrs", ""), lang), below=wording.title("what", lang))


def _titles(names: tuple[str, ...], lang: Lang) -> tuple[str, ...]:
    from graphfraud import wording

    return tuple(wording.title(name, lang) for name in names)


def _print_ring(console: Console, detail: RingDetail, conventions: Conventions, lang: Lang) -> None:
    from rich.text import Text

    from graphfraud import wording

    found = detail.ring
    risk = f" {risk_bar(found.risk)} {wording.risk_word(found.risk, lang)}"
    console.print(Text.assemble((found.ring_id, "bold"), "  ", (f"{found.risk:.2f}", "bold"), risk))
    exposure = wording.money_exact(found.exposure, conventions.currency)
    console.print(f"{wording.summary(found, lang)} {'敞口' if lang == 'zh' else 'Exposure'} {exposure}")
    if found.look_alike:
        name = wording.look_alike(found.look_alike, lang)
        console.print(f"{'最接近的正常解释：' if lang == 'zh' else 'Closest benign explanation: '}{name}", style="dim")
    if said := wording.trust(found, lang):
        console.print(said, style="dim")
    reasons = table(*_titles(("share", "reason"), lang), right=_titles(("share",), lang))
    for reason in wording.by_share(found.reasons):
        reasons.add_row(wording.share(reason), wording.sentence(reason, lang))
    console.print(reasons)
    _print_timeline(console, detail, conventions, lang)
    titles = ("application", "submitted", "dealer", "salesperson", "applicant", "loan", "tie")
    members = table(*_titles(titles, lang), right=_titles(("loan", "tie"), lang))
    for member in detail.members:
        amount = "–" if member.loan_amount is None else wording.money_exact(member.loan_amount, conventions.currency)
        cells = (member.application_id, local_time(member.submitted_at, conventions.zone), member.dealer_id or "–")
        rest = (member.salesperson_id or "–", member.name_mask or "–", amount, f"{member.strength:.2f}")
        members.add_row(*cells, *rest)
    console.print(members)
    shared = table(*_titles(("shared", "identifier", "apps", "held by"), lang), right=_titles(("apps",), lang))
    seen = set()
    for one in detail.shared:
        holders = list(dict.fromkeys(application for application, _ in one.holders))
        some = ", ".join(holders[:6]) + (f", +{len(holders) - 6}" if len(holders) > 6 else "")
        row = (wording.kind_name(one.kind, lang), wording.short_mask(one.mask), str(len(holders)), some)
        if row not in seen:  # a block of numbers and its shift look the same
            shared.add_row(*row)
            seen.add(row)
    console.print(shared)


def _print_timeline(console: Console, detail: RingDetail, conventions: Conventions, lang: Lang) -> None:
    from graphfraud.report.timeline import bin_times, sparkline
    from graphfraud.report.words import timeline_title

    timeline = bin_times([member.submitted_at for member in detail.members], conventions.zone)
    if timeline is None:
        return
    top = max(timeline.counts)
    form = "%Y-%m-%d %H:00" if timeline.unit == "hour" else "%Y-%m-%d"
    dealers = Counter(member.dealer_id for member in detail.members if member.dealer_id)
    lines = [("", timeline.counts)]
    for dealer, _ in sorted(dealers.items(), key=lambda item: (-item[1], item[0]))[:MOST_DEALERS]:
        counts = [0] * len(timeline.counts)
        for member, at in zip(detail.members, timeline.bin_of, strict=True):
            if at is not None and member.dealer_id == dealer:
                counts[at] += 1
        lines.append((dealer, tuple(counts)))
    wide = max(len(name) for name, _ in lines)
    console.print(timeline_title(timeline, lang, timeline.starts[-1]), style="bold")
    for name, drawn in lines if len(lines) > 2 else lines[:1]:
        console.print(f"  {name:>{wide}} {sparkline(drawn, top)}")
    first, last = timeline.starts[0].strftime(form), timeline.starts[-1].strftime(form)
    gap = max(1, len(timeline.counts) - len(first) - len(last))
    console.print(f"  {'':>{wide}} {first}{' ' * gap}{last if last != first else ''}\n", style="dim")


def risk_bar(risk: float, width: int = 8) -> str:
    """Draw a risk in [0, 1] as a bar of fixed width, to an eighth of a character."""
    eighths = round(max(0.0, min(1.0, risk)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (" ▏▎▍▌▋▊▉"[rest] if rest else "")).ljust(width)
