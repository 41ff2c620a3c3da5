"""Whether the detectors earn their place: rankings by evidence, by each detector, and by what detection makes of both.

    python -m bench.anomaly [--applications 60000] [--seeds 2] [--first-seed 301] [--cache DIR] [--yelpchi FOLDER]

Worlds: usual, hard, half of the typologies left out (either half), and gangs of sorts that detection has never met. On each,
average precision by every part (evidence alone, each detector alone, the detectors together) and by `both`, what detection
says in the end; `gap` is how far `both` is below the best part, whichever that is, and a gap of more than 0.01 is shouted.

- rings: the communities that evidence finds; to be found are those that are half or more of one planted ring.
- applications: all but the second ones of a ring's persons. `missed` is the area under the ROC curve among those for which
  there is no evidence at all: where detectors can find what evidence has no word for.
- dealers: to be found are those of which more than a tenth of the applications are in planted rings. Evidence ranks them by
  the mean risk of their applications; detection says that and a little for strangeness.

Ends with 1 when a gap is more than 0.01 anywhere. The last line of each world is what scoring takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.worlds import default_cache, world_columns
from bench.yelpchi import MAPPING, cases, writers
from graphfraud.detection import judge
from graphfraud.detection.anomaly import Panel
from graphfraud.detection.columns import Applications
from graphfraud.detection.dealer_features import drawn_to_peers
from graphfraud.detection.features import View, measure
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.detection.opinions import Alone, Measured, Opinions, measure_alone, opinion_on_dealers, opinion_on_groups
from graphfraud.detection.parameters import Parameters
from graphfraud.evaluate import area_under_roc, average_precision
from graphfraud.notebook import find_rings
from ingest.world.make import Plan, plan_world
from ingest.world.registry import FACTS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ALLOWED = 0.01  # average precision by which what is said in the end may be below its best part
USUAL_SHARE = 0.1  # of a dealer's applications in planted rings, from which it counts as one to find
ONE_ROWS, MANY_ROWS = 1_000, 200_000


@dataclass(frozen=True)
class Gap:
    """How far what detection says in the end is below the best part (average precision), which that is, and of what."""

    file: str
    subject: str
    part: str
    below: float

    @property
    def too_wide(self) -> bool:
        """Whether the combination is worse than it may be."""
        return self.below > ALLOWED


@dataclass
class Seen:
    """What detection had before it when it asked the detectors about applications: one entry a run."""

    found: list[Findings] = field(default_factory=list)
    view: list[View] = field(default_factory=list)
    measured: list[Measured] = field(default_factory=list)
    opinions: list[Opinions] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Seen]:
    """Note what is handed to the last stage of judging."""
    seen, ask, add = Seen(), measure_alone, judge._with_opinions

    def measured(view: View) -> Measured:
        seen.view.append(view)
        seen.measured.append(ask(view))
        return seen.measured[-1]

    def added(found: Findings, a: Applications, alone: Alone, opinions: Opinions, params: Parameters) -> Findings:
        seen.opinions.append(opinions)
        seen.found.append(found)
        return add(found, a, alone, opinions, params)

    with patch.object(judge, "measure_alone", measured), patch.object(judge, "_with_opinions", added):
        yield seen


def main() -> int:
    """Print the rankings of every file, the gaps and the times; return 1 if a gap is too wide."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=301)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--yelpchi", type=Path, help="folder of the real reviews, as bench/yelpchi.py reads it")
    options = parser.parse_args()
    gaps: list[Gap] = []
    for name, plan in plans(options.applications, range(options.first_seed, options.first_seed + options.seeds)):
        columns, truth = world_columns(plan, options.cache)
        gaps += compare(name, columns, truth)
    if options.yelpchi:
        gaps += compare_reviews(options.yelpchi)
    return int(summed_up(gaps))


def summed_up(gaps: Sequence[Gap]) -> bool:
    """Print the widest gap of each subject and every one that is too wide; say whether there is one."""
    for subject in dict.fromkeys(gap.subject for gap in gaps):
        of = [gap for gap in gaps if gap.subject == subject]
        widest, wide = max(of, key=lambda gap: gap.below), sum(gap.too_wide for gap in of)
        print(f"{subject:12}  widest gap {widest.below:+.4f} ({widest.part}, {widest.file})  too wide in {wide} of {len(of)}")
    for gap in gaps:
        if gap.too_wide:
            print(f"TOO WIDE: {gap.subject} of {gap.file}: {gap.below:.4f} below {gap.part} (allowed {ALLOWED})")
    return any(gap.too_wide for gap in gaps)


def plans(applications: int, seeds: range) -> Iterator[tuple[str, Plan]]:
    """Name the worlds."""
    typologies = sorted(fact.name for fact in FACTS if fact.kind == "typology" and fact.usual)
    for seed in seeds:
        yield f"usual {seed}", plan_world(applications, seed)
        yield f"hard {seed}", plan_world(applications, seed, difficulty="hard")
        for half in (0, 1):
            yield f"half {seed}.{half}", Plan(applications, seed, without=frozenset(typologies[half::2]))
        yield f"unmet {seed}", plan_world(applications, seed, typologies="unseen")


def compare(name: str, columns: Any, truth: pd.DataFrame) -> list[Gap]:
    """Print the rankings of one world and return the gaps."""
    with watched() as seen:
        _, found = calibrate_and_judge(columns, Parameters())
    assert found is not None
    alone = calibrate_and_judge(columns, without_detectors())[1]
    assert alone is not None
    view, measured, opinions = seen.view[0], seen.measured[0], seen.opinions[0]
    known = truth.set_index("application_id").reindex(columns.application_id)
    ring = known["ring_id"].fillna(-1).to_numpy(dtype=np.int64)
    counted = known["ring_person"].astype(str).to_numpy() != "True"
    gaps = _rings(name, view, opinions, ring)
    of = Ranking(ring[counted] >= 0, alone.risk[counted], found.risk[counted])
    rows = measured.applications[counted]
    gaps += of.told(name, "applications", scores(opinions.applications, rows))
    nothing = alone.risk[counted] == 0
    if (of.positive & nothing).any():
        missed = area_under_roc(of.positive[nothing], opinions.applications.joint(rows[nothing]))
        print(f"{'':23} missed: {missed:.3f} ({int((of.positive & nothing).sum())} of {int(nothing.sum()):,})")
    gaps += _dealers(name, measured, opinions, columns.dealer, ring >= 0, alone.risk)
    _times(measured, opinions)
    return gaps


def without_detectors() -> Parameters:
    """Parameters under which evidence alone speaks."""
    return replace(Parameters(), anomaly=replace(Parameters().anomaly, opinion=0.0, alone=0.0))


@dataclass(frozen=True)
class Ranking:
    """Rows, which of them are to be found, and how evidence alone and detection in the end rank them."""

    positive: Bools
    evidence: Floats
    both: Floats

    def told(self, file: str, subject: str, strange: Mapping[str, Floats], more: str = "") -> list[Gap]:
        """Print average precisions by evidence, detectors (`strange`, by name) and both; return the gap to the best part.

        Nothing is said where there is nothing to find.
        """
        if not self.positive.any():
            return []
        parts = {"evidence": self.evidence, **strange}
        aps = {name: average_precision(self.positive, score) for name, score in parts.items()}
        both = average_precision(self.positive, self.both)
        best = max(aps, key=lambda name: aps[name])
        gap = Gap(file, subject, best, aps[best] - both)
        figures = "  ".join(f"{name} {ap:.3f}" for name, ap in aps.items())
        loud = f"  <<< MORE THAN {ALLOWED} BELOW {best.upper()}" if gap.too_wide else ""
        print(f"{file:14} {subject:12}  {figures}  both {both:.3f}  gap {gap.below:+.4f}{more}{loud}", flush=True)
        return [gap]


def scores(panel: Panel, features: Floats) -> Mapping[str, Floats]:
    """Return how strange each row is by each detector, and by all together."""
    rows = panel.standardised(features)
    return {name: detector.scores(rows) for name, detector in panel.detectors.items()} | {"together": panel.joint(features)}


def _rings(name: str, view: View, opinions: Opinions, ring: NDArray[np.int64]) -> list[Gap]:
    groups, features = view.groups, measure(view)
    found = groups.evidence > 0
    members = pd.DataFrame({"community": groups.community, "ring": ring[groups.application]})
    size = members.groupby("community").size()
    planted = members[members["ring"] >= 0].groupby(["community", "ring"]).size().groupby("community").max()
    share = (planted / size).reindex(range(groups.count)).fillna(0.0).to_numpy()
    opinion = opinion_on_groups(opinions, view, Parameters().anomaly)
    ranking = Ranking((share >= 0.5)[found], groups.evidence[found], (groups.evidence + opinion.amount)[found])
    return ranking.told(name, "rings", scores(opinions.groups, features[found]))


def _dealers(
    name: str, measured: Measured, opinions: Opinions, dealer: NDArray[np.int64], planted: Bools, risk: Floats
) -> list[Gap]:
    known, met = dealer >= 0, measured.dealers

    def mean(of_application: Bools | Floats) -> Floats:
        return np.bincount(dealer[known], of_application[known], len(met.count)) / met.count

    positive = mean(planted) > USUAL_SHARE
    features = drawn_to_peers(met.features, met.count, opinions.peers, Parameters().anomaly.dealer_applications)
    said = {one.dealer_id: one.risk for one in opinion_on_dealers(opinions, met, dealer, risk, Parameters().anomaly)}
    combined = np.array([said[one] for one in met.dealer_id.tolist()])
    ranking = Ranking(positive, mean(risk), combined)
    return ranking.told(name, "dealers", scores(opinions.dealers, features), f"  ({int(positive.sum())} of {len(positive)})")


def _times(measured: Measured, opinions: Opinions) -> None:
    rows = np.resize(measured.applications, (MANY_ROWS, measured.applications.shape[1]))
    began = time.process_time()
    opinions.applications.anomaly(rows)
    many = time.process_time() - began
    began = time.process_time()
    for i in range(ONE_ROWS):
        opinions.applications.anomaly(rows[i : i + 1])
    one = time.process_time() - began
    print(
        f"{'':11}scoring: one row {1000 * one / ONE_ROWS:.2f} ms, a million {1e6 * many / MANY_ROWS:.1f} s of CPU", flush=True
    )


def compare_reviews(folder: Path) -> list[Gap]:
    """Do the same with the real reviews: users by label, then the accounts of each attack plan among all users."""
    from importlib.resources import as_file, files

    gaps = []
    for case, rows, wanted in cases(folder, "testing"):
        with as_file(files("ingest.mappings") / f"{MAPPING}.toml") as mapping, watched() as seen:
            frame = rows[["user_id", "product_id"]]
            both = find_rings(frame, mapping).applications
            evidence = find_rings(frame, mapping, parameters=without_detectors()).applications
        writer = pd.Series(writers(rows))
        user, names = pd.factorize(both["application_id"].map(writer))
        ranking = Ranking(
            np.isin(names.to_numpy(), list(wanted)),
            _largest(user, evidence["risk"].to_numpy(), len(names)),
            _largest(user, both["risk"].to_numpy(), len(names)),
        )
        place = pd.Index(seen.found[0].application_id).get_indexer(pd.Index(both["application_id"]))
        features = seen.measured[0].applications[place]
        panel = seen.opinions[0].applications
        strange = {name: _largest(user, score, len(names)) for name, score in scores(panel, features).items()}
        auc = area_under_roc(ranking.positive, ranking.both)
        gaps += ranking.told(f"reviews {case}", "users", strange, f"  (AUC {auc:.3f})")
    return gaps


def _largest(group: NDArray[np.int64], value: Floats, groups: int) -> Floats:
    largest = np.full(groups, -np.inf)
    np.maximum.at(largest, group, value)
    return largest


if __name__ == "__main__":
    sys.exit(main())
