"""`graphfraud explain`: why an application has its risk, why three rings are rings and three families are none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, load_settings, open_store, out, print_json, table

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from graphfraud.results import ApplicationDetail, LookAlike, Reason, Ring, Standing
    from graphfraud.settings import Settings
    from graphfraud.store import Store
    from graphfraud.wording import Lang

NOT_SCANNED = "not in the last scan; run graphfraud scan"


def explain(
    applications: Annotated[
        list[str] | None, typer.Argument(metavar="[APPLICATION]…", help="Ids of applications; none: rings and look-alikes.")
    ] = None,
    look_alike: Annotated[
        str, typer.Option("--look-alike", metavar="CLASS", help="Class of look-alikes to show (household, fleet, …; all).")
    ] = "household",
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="How many rings, and how many look-alikes.")] = 3,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Say why: of an application its risk, or of the riskiest rings and of look-alikes why they are one or none.

    A look-alike is a group that shares identifiers and is no ring: a household, a fleet, a store's tablet. Those that look
    most like a ring come first. A fold that is wrong can be revoked: graphfraud scan --revoke FILE.

    \b
    Examples:
      graphfraud explain
      graphfraud explain --look-alike fleet --top 5
      graphfraud explain AP20250353
    """
    settings = load_settings()
    with open_store(settings) as store:
        if applications:
            _explain_applications(settings, store, applications, lang.value, as_json)
        else:
            _explain_groups(settings, store, look_alike, top, lang.value, as_json)


def register(app: typer.Typer) -> None:
    """Add the command to the app."""
    app.command("explain")(explain)


def why(
    store: Store, folder: Path, scanned: list[str], application_id: str
) -> tuple[tuple[Reason, ...], tuple[LookAlike, ...]]:
    """Return an application's reasons and the look-alikes it is in, with masks; scanned: `scanned_ids` of the folder."""
    from graphfraud.citing import look_alikes_with_masks, reasons_with_masks
    from graphfraud.explanations import look_alikes_of, reasons_of
    from graphfraud.store.changes import masks

    reasons = reasons_with_masks(reasons_of(folder, application_id), partial(masks, store))
    found = look_alikes_of(folder, scanned, application_id)
    return reasons, look_alikes_with_masks(found, partial(masks, store))


@dataclass(frozen=True)
class SpokenOf:
    """Rings that an application is not in: the one that its reasons mean, and the one near which it stands, and by what.

    no_ring: what its reasons mean is a group of too little risk or too few to be a ring.
    """

    meant: Ring | None
    no_ring: bool
    near: tuple[Ring, Reason] | None


def spoken_of(store: Store, folder: Path, detail: ApplicationDetail, reasons: tuple[Reason, ...]) -> SpokenOf:
    """Say which rings an application outside all of them has to do with, as far as the scan of the folder tells."""
    from graphfraud.citing import reasons_with_masks
    from graphfraud.explanations import near_ring, ring_meant
    from graphfraud.store import results
    from graphfraud.store.changes import masks

    if detail.ring is not None:
        return SpokenOf(None, False, None)
    meant = ring_meant(folder, detail.application_id) if reasons else None
    near = near_ring(folder, detail.application_id)
    ring = partial(results.ring, store, scan_id=folder.name)
    return SpokenOf(
        ring(meant) if meant else None,
        meant == "",
        (ring(near[0]), reasons_with_masks([near[1]], partial(masks, store))[0]) if near else None,
    )


def print_standing(console: Console, detail: ApplicationDetail, standing: Standing | None, lang: Lang) -> None:
    """Print an application's own risk, score and band in the last scan, and its ring."""
    from rich.text import Text

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


def print_spoken_of(console: Console, rings: SpokenOf, lang: Lang) -> None:
    """Print which ring the reasons of an application outside all of them mean, and which it stands near."""
    from graphfraud import wording

    zh = lang == "zh"
    if rings.meant is not None:
        named, risk = rings.meant.ring_id, f"{rings.meant.risk:.2f}"
        console.print(f"下述团伙为 {named}（风险 {risk}）" if zh else f"the ring spoken of is {named} (risk {risk})")
    elif rings.no_ring:
        console.print(
            "下述团伙未达到团伙的风险或人数"
            if zh
            else "the ring spoken of is a group of too little risk, or too few, to be one"
        )
    if rings.near is not None:
        ring, reason = rings.near
        named, risk, said = ring.ring_id, f"{ring.risk:.2f}", wording.sentence(reason, lang)
        console.print(
            f"临近团伙 {named}（风险 {risk}），计入评分：{said}"
            if zh
            else f"near ring {named} (risk {risk}), which the score looks at: {said}"
        )


def print_why(
    console: Console,
    reasons: tuple[Reason, ...],
    found: tuple[LookAlike, ...],
    in_ring: bool,
    lang: Lang,
    near: bool = False,
) -> None:
    """Print an application's reasons, and why it is in no ring or what else it shares."""
    from graphfraud import wording

    told = wording.by_share(reasons)
    if told:
        made = table("share", "理由" if lang == "zh" else "reason", right=("share",))
        for reason in told:
            made.add_row(wording.share(reason), wording.sentence(reason, lang))
        console.print(made)
    if found:
        title = (
            ("其他共用" if in_ring else "为何不属于团伙")
            if lang == "zh"
            else "also shared"
            if in_ring
            else "why it is in no ring"
        )
        made = table(title)
        for one in found:
            made.add_row(wording.why_not(one, lang))
        console.print(made)
    elif not told and not near:
        console.print(
            "与其他申请没有值得注意的共用标识" if lang == "zh" else "it shares nothing that counts with any other application"
        )


def _explain_applications(settings: Settings, store: Store, ids: list[str], lang: Lang, as_json: bool) -> None:
    from api.cli.rings import current_scan
    from api.documents import look_alike_document, reason_document, ring_document
    from graphfraud.export import scan_folder, standing_of
    from graphfraud.store import results

    scan = current_scan(store)
    folder = scan_folder(settings.home, store.store_id(), scan.scan_id)
    in_order = scanned_ids(folder)
    scanned = set(in_order)
    documents = []
    for application_id in ids:
        detail = results.application(store, application_id)
        standing = standing_of(folder, application_id)
        reasons, found = why(store, folder, in_order, application_id)
        others = spoken_of(store, folder, detail, reasons)
        ring, zone = detail.ring, settings.conventions.zone
        if as_json:
            documents.append(
                {
                    "application_id": application_id,
                    "in_last_scan": application_id in scanned,
                    **{name: getattr(standing, name, None) for name in ("risk", "score", "band")},
                    "ring_id": ring.ring_id if ring else None,
                    "strength": detail.strength if ring else None,
                    "ring": ring_document(ring, lang, zone, tokens=True) if ring else None,
                    "ring_meant": {"ring_id": others.meant.ring_id, "risk": others.meant.risk} if others.meant else None,
                    "near": {
                        "ring_id": others.near[0].ring_id,
                        "risk": others.near[0].risk,
                        "reason": reason_document(others.near[1], lang, tokens=True),
                    }
                    if others.near
                    else None,
                    "reasons": [reason_document(reason, lang, tokens=True) for reason in reasons],
                    "look_alikes": [look_alike_document(one, lang, tokens=True) for one in found],
                }
            )
            continue
        print_standing(out(), detail, standing, lang)
        if standing is None:
            continue
        print_spoken_of(out(), others, lang)
        print_why(out(), reasons, found, ring is not None, lang, near=others.near is not None)
    if as_json:
        print_json({"applications": documents})


def _explain_groups(settings: Settings, store: Store, name: str, top: int, lang: Lang, as_json: bool) -> None:
    from rich.text import Text

    from api.cli.rings import current_scan
    from graphfraud import wording
    from graphfraud.citing import look_alikes_with_masks
    from graphfraud.detection.not_raised import CLASSES
    from graphfraud.errors import NotFound
    from graphfraud.explanations import top_look_alikes
    from graphfraud.export import scan_folder
    from graphfraud.store import results
    from graphfraud.store.changes import masks

    if name not in (*CLASSES, "all"):
        raise NotFound(f"there is no class of look-alikes {name!r}; there are {', '.join(CLASSES)} and all")
    scan = current_scan(store)
    folder = scan_folder(settings.home, store.store_id(), scan.scan_id)
    rings = results.rings(store, top, scan_id=scan.scan_id)
    found = top_look_alikes(folder, scanned_ids(folder), top, "" if name == "all" else name)
    found = look_alikes_with_masks(found, partial(masks, store))
    if as_json:
        from api.documents import look_alike_document, ring_document

        zone = settings.conventions.zone
        print_json(
            {
                "rings": [ring_document(ring, lang, zone, tokens=True) for ring in rings],
                "look_alikes": [look_alike_document(one, lang, tokens=True) for one in found],
            }
        )
        return
    if not rings:
        out().print("本次扫描未发现团伙" if lang == "zh" else f"no ring in {scan.label}")
    if not found:
        which = "" if name == "all" else f" ({name})"
        out().print(f"没有疑似正常群体{which}" if lang == "zh" else f"no look-alike in {scan.label}{which}")
    for ring in rings:
        _print_ring(out(), ring, lang)
    for one in found:
        more = f", +{one.applications - 6}" if one.applications > 6 else ""
        out().print(Text.assemble((wording.look_alike(one.name, lang), "bold"), f"  {', '.join(one.members[:6])}{more}"))
        out().print("  " + wording.why_not(one, lang) + "\n")


def _print_ring(console: Console, ring: Ring, lang: Lang) -> None:
    from rich.text import Text

    from graphfraud import wording

    risk = f"{ring.risk:.2f}"
    console.print(Text.assemble((ring.ring_id, "bold"), "  ", (risk, "bold"), f"  {wording.summary(ring, lang)}"))
    made = table("share", "理由" if lang == "zh" else "reason", right=("share",))
    for reason in wording.by_share(ring.reasons):
        made.add_row(wording.share(reason), wording.sentence(reason, lang))
    console.print(made)


def scanned_ids(folder: Path) -> list[str]:
    """The applications of a scan, in its order."""
    import pyarrow.parquet as pq

    from graphfraud.errors import NotFound

    path = folder / "applications.parquet"
    if not path.is_file():
        raise NotFound(f"{path} is not there; run graphfraud scan again with this data folder")
    return list(pq.read_table(path, columns=["application_id"])["application_id"].to_pylist())
