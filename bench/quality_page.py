"""The page of detection quality: results in, Markdown out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import mean

from bench.ablations import ABLATIONS
from bench.goals import FALSE_PER_10_000, MAIN_SIZE, average, fact_costs, figure, goals, ours, risk_bins, sort_of
from bench.measure import BINS, OURS, Result, number
from bench.picture import precision_recall_picture
from ingest.world.registry import FACTS

COLUMNS = {
    "ap": "AP",
    "auc": "AUC",
    "p_at_k": "P@K",
    "ring_recall": "ring recall",
    "mean_jaccard": "Jaccard",
    "ring_precision": "ring precision",
    "fragments": "fragments",
    "false_at_review": "false rings ≥ .5",
}
SORTS = ("usual", "hard", "unseen", "unseen hard", "usual afar", "hard afar", "unseen afar")
NOTHING = 0.002  # a stage whose absence takes less from every figure brings nothing there


def write_page(command: str, results: Sequence[Result], seconds: float) -> str:
    """Put the page together; tables without results are left out."""
    sections = (
        ("Goals", "", _goals_table(results)),
        ("Ours beside the textbook recipes",
         "Means over the seeds. Unseen: gangs of sorts that no usual world has. Afar: gangs recruit all over the country and "
         "file at any hour, where in the other worlds they mostly live as their dealers' customers do.",
         _main_table(results)),
        ("", "![precision against recall](quality.svg)", ""),
        ("Ring recall by typology", "", _typology_table(results)),
        ("Honest groups among the top rings",
         "Rings among the top R (R: rings planted) that are none, by the group of most of their members, in all usual and "
         "hard worlds; and the applications of each group there.", _false_rings_table(results)),
        ("Worlds without any fraud", "", _free_table(results)),
        ("What a claimed risk is worth",
         f"Applications of the usual and hard worlds of {MAIN_SIZE:,} by claimed risk, and the share of them that is in a "
         "planted ring.", _bins_table(results)),
        ("What each stage brings",
         "Detection with one stage, fold or kind of evidence left out, less the whole: AP in a usual, a hard, an unseen and a "
         f"hard world afar of {MAIN_SIZE:,}, ring recall and precision in the mean of the first three, and rings of "
         "risk ≥ 0.5 in a world without fraud but with every stress.", _ablation_table(results)),
        ("What each fact of life costs",
         "AP of a world without the fact, less AP with it: how much detection loses when it comes in. The last ones are "
         "stresses that happen only when asked for (`--with`).", _fact_table(results)),
    )  # fmt: skip
    parts = [
        "# Detection quality",
        f"Written by `{command}` (last run: {seconds / 60:.0f} minutes); do not edit. Worlds are synthetic "
        "(`graphfraud generate`), with seeds that nobody tuned on; `graphfraud.evaluate` defines the figures.",
    ]
    for title, text, table in sections:
        if table or not title:
            parts += [part for part in (f"## {title}" if title else "", text, table) if part]
    return "\n\n".join(parts) + "\n"


def write_picture(results: Sequence[Result]) -> str:
    """Draw the curves of the main size, those of the recipes thin beside them."""
    curves = []
    for sort, colour in (("usual", "normal"), ("hard", "hard"), ("unseen", "unseen")):
        curves += [(f"{colour}, seed {r.job.plan.seed}", colour, r.curve) for r in ours(results, sort, MAIN_SIZE)]
    for r in results:
        if r.job.method != OURS and r.job.plan.applications == MAIN_SIZE and r.job.plan.difficulty == "normal":
            curves.append((r.job.method, "textbook recipes", r.curve))
    return precision_recall_picture(curves)


def _goals_table(results: Sequence[Result]) -> str:
    rows = [(goal.about, goal.goal, goal.figure, "met" if goal.met else "**missed**") for goal in goals(results)]
    return _table(("what", "goal", "reached", ""), rows)


def _main_table(results: Sequence[Result]) -> str:
    groups: dict[tuple[int, int, str], list[Result]] = {}
    for r in results:
        sort = sort_of(r.job.plan)
        if sort in SORTS and not r.job.ablation:
            groups.setdefault((r.job.plan.applications, SORTS.index(sort), r.job.method), []).append(r)
    rows = []
    for (size, sort_number, method), runs in sorted(
        groups.items(), key=lambda item: (item[0][:2], item[0][2] != OURS, item[0])
    ):
        # what a recipe calls its risk has no scale: nothing of it begins at one half
        cells = (number(figure(runs, name) if method == OURS or name != "false_at_review" else None) for name in COLUMNS)
        rows.append((f"{size:,}", SORTS[sort_number], method, str(len(runs)), *cells, f"{mean(r.seconds for r in runs):.1f}"))
    return _table(("applications", "world", "method", "seeds", *COLUMNS.values(), "s"), rows)


def _typology_table(results: Sequence[Result]) -> str:
    rows = []
    for fact in (fact for fact in FACTS if fact.kind == "typology"):
        cells = []
        for sort in ("usual", "hard") if fact.usual else ("unseen", "unseen hard"):
            cells.append(average(r.figures.by_typology.get(fact.name) for r in ours(results, sort)))
        others = [
            r.figures.by_typology[fact.name] for r in results if r.job.method != OURS and fact.name in r.figures.by_typology
        ]
        if cells != [None, None]:
            name = fact.name if fact.usual else f"{fact.name} (unseen)"
            rows.append((name, *map(number, cells), number(max(others, default=None))))
    return _table(("typology", "normal", "hard", "best of any recipe"), rows)


def _false_rings_table(results: Sequence[Result]) -> str:
    runs = [r for sort in ("usual", "hard") for r in ours(results, sort)]
    there, rings, applications = Counter[str](), Counter[str](), Counter[str]()
    for r in runs:
        there += Counter(dict(r.groups))
        rings += Counter(dict(r.false_rings))
        applications += Counter(dict(r.figures.caught))
    rows = [
        (name, f"{count:,}", str(rings[name]), f"{applications[name]:,}", f"{applications[name] / count:.3%}")
        for name, count in there.most_common()
    ]
    return _table(("group", "applications", "false rings", "applications among the top rings", "share"), rows)


def _free_table(results: Sequence[Result]) -> str:
    rows = []
    for r in ours(results, "free"):
        per = r.figures.rings_at_review / r.job.plan.applications * 10_000
        rows.append((str(r.job.plan.seed), f"{r.job.plan.applications:,}", str(r.figures.rings_at_review), f"{per:.2f}"))
    return _table(("seed", "applications", "rings of risk ≥ 0.5", f"per 10,000 (at most {FALSE_PER_10_000:g})"), rows)


def _bins_table(results: Sequence[Result]) -> str:
    rows = [
        (f"{i / BINS:.1f}–{(i + 1) / BINS:.1f}", f"{count:,}", number(claim), number(true), f"{true - claim:+.3f}")
        for i, (count, claim, true) in enumerate(risk_bins(results))
        if count
    ]
    return _table(("claimed", "applications", "mean claim", "true share", "off by"), rows)


def _ablation_table(results: Sequence[Result]) -> str:
    whole = {r.job.plan: r for r in results if r.job.method == OURS and not r.job.ablation}
    rows = []
    for left_out in ABLATIONS:
        runs = [r for r in results if r.job.ablation == left_out.name and r.job.plan in whole]
        if not runs:
            continue

        def moved(name: str, *sorts: str, runs: list[Result] = runs) -> list[float]:
            pairs = [(r.figures, whole[r.job.plan].figures) for r in runs if sort_of(r.job.plan) in sorts]
            values = [(getattr(one, name), getattr(other, name)) for one, other in pairs]
            return [one - other for one, other in values if one is not None and other is not None]

        ap = {sort: moved("ap", sort) for sort in ("usual", "hard", "unseen", "hard afar")}
        planted = ("usual", "hard", "unseen")
        free = sum(moved("rings_at_review", "stressed"))
        recall, precision = moved("ring_recall", *planted), moved("ring_precision", *planted)
        falls = [mean(values) < -NOTHING for values in (*ap.values(), recall, precision) if values]
        nothing = not any(falls) and free <= 0
        rows.append(
            (
                left_out.name,
                *(_signed(values) for values in ap.values()),
                _signed(recall),
                _signed(precision),
                f"{free:+.0f}" if moved("rings_at_review", "stressed") else "–",
                "nothing here" if nothing else "",
                left_out.says,
            )
        )
    head = (
        "left out",
        "AP usual",
        "AP hard",
        "AP unseen",
        "AP afar",
        "ring recall",
        "ring precision",
        "false rings",
        "brings",
        "what it is",
    )
    return _table(head, rows)


def _fact_table(results: Sequence[Result]) -> str:
    rows = []
    for usual in (True, False):
        ap, recall = fact_costs(results, "ap", usual), fact_costs(results, "ring_recall", usual)
        says = {fact.name: fact for fact in FACTS}
        for name, cost in sorted(ap.items(), key=lambda item: -item[1]):
            kind = says[name].kind if usual else "stress"
            rows.append((name, kind, f"{cost:+.3f}", f"{recall.get(name, 0.0):+.3f}", says[name].says))
    return _table(("fact", "kind", "AP lost", "ring recall lost", "what it is"), rows)


def _signed(values: Sequence[float]) -> str:
    return f"{mean(values):+.3f}" if values else "–"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]) if lines else ""
