"""Whether the detectors earn their place: rankings by evidence, by each detector, and by what detection makes of both.

    python bench/anomaly.py [--applications 60000] [--seeds 2] [--first-seed 301] [--cache DIR] [--yelpchi FOLDER]

Worlds: usual, hard, half of the typologies left out (either half), and gangs of sorts that detection has never met. On each,
average precision over the communities that evidence finds (is it half or more of one planted ring?) and over applications.
`both` is what detection says in the end; `short` is how far it falls below the better of evidence and detectors together;
`missed` is the area under the ROC curve among the applications for which there is no evidence at all: where detectors can
find what evidence has no word for. Dealers are compared with those of which more than a tenth of the applications are in
planted rings. Ends with 1 when `both` falls short by more than 0.01 anywhere. The last lines are what scoring takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
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
from graphfraud.detection.dealer_features import drawn_to_peers
from graphfraud.detection.features import View, measure
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.detection.opinions import Measured, Opinions
from graphfraud.detection.parameters import Parameters
from graphfraud.evaluate import area_under_roc, average_precision
from graphfraud.notebook import find_rings
from ingest.world.make import Plan, plan_world
from ingest.world.registry import FACTS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
ALLOWED = 0.01
USUAL_SHARE = 0.1  # of a dealer's applications in planted rings, from which it counts as one to find
ONE_ROWS, MANY_ROWS = 1_000, 200_000


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
    seen, usual = Seen(), judge._with_opinions

    def noted(found: Findings, view: View, measured: Any, opinions: Opinions, params: Parameters) -> Findings:
        measured = measured or judge.measure_alone(view)
        seen.view.append(view)
        seen.measured.append(measured)
        seen.opinions.append(opinions)
        seen.found.append(found)
        return usual(found, view, measured, opinions, params)

    with patch.object(judge, "_with_opinions", noted):
        yield seen


def main() -> int:
    """Print the rankings of every file, the worst shortfall and the times; return 1 if one falls too short."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--first-seed", type=int, default=301)
    parser.add_argument("--cache", type=Path, default=default_cache())
    parser.add_argument("--yelpchi", type=Path, help="folder of the real reviews, as bench/yelpchi.py reads it")
    options = parser.parse_args()
    short = [0.0]
    for name, plan in plans(options.applications, range(options.first_seed, options.first_seed + options.seeds)):
        columns, truth = world_columns(plan, options.cache)
        short += compare(name, columns, truth)
    if options.yelpchi:
        short += compare_reviews(options.yelpchi)
    print(f"falls short by at most {max(short):.4f}")
    return int(max(short) > ALLOWED)


def plans(applications: int, seeds: range) -> Iterator[tuple[str, Plan]]:
    """Name the worlds."""
    typologies = sorted(fact.name for fact in FACTS if fact.kind == "typology" and fact.usual)
    for seed in seeds:
        yield f"usual {seed}", plan_world(applications, seed)
        yield f"hard {seed}", plan_world(applications, seed, difficulty="hard")
        for half in (0, 1):
            yield f"half {seed}.{half}", Plan(applications, seed, without=frozenset(typologies[half::2]))
        yield f"unmet {seed}", plan_world(applications, seed, typologies="unseen")


def compare(name: str, columns: Any, truth: pd.DataFrame) -> list[float]:
    """Print the rankings of one world and return by how much each combination falls short."""
    with watched() as seen:
        _, found = calibrate_and_judge(columns, Parameters())
    assert found is not None
    quiet = replace(Parameters(), anomaly=replace(Parameters().anomaly, opinion=0.0, alone=0.0))
    alone = calibrate_and_judge(columns, quiet)[1]
    assert alone is not None
    view, opinions = seen.view[0], seen.opinions[0]
    known = truth.set_index("application_id").reindex(columns.application_id)
    ring = known["ring_id"].fillna(-1).to_numpy(dtype=np.int64)
    counted = known["ring_person"].astype(str).to_numpy() != "True"
    short = [_rings(name, view, opinions, ring)]
    of = Ranking(ring[counted] >= 0, alone.risk[counted], found.risk[counted])
    rows = seen.measured[0].applications[counted]
    short.append(of.told(f"{name:10} applications", opinions.applications, rows))
    nothing = alone.risk[counted] == 0
    if (of.positive & nothing).any():
        missed = area_under_roc(of.positive[nothing], opinions.applications.joint(rows[nothing]))
        print(f"{'':23} missed: {missed:.3f} ({int((of.positive & nothing).sum())} of {int(nothing.sum()):,})")
    _dealers(name, seen.measured[0], opinions, columns.dealer, ring >= 0)
    return short


@dataclass(frozen=True)
class Ranking:
    """Rows, which of them are to be found, and how evidence alone and detection in the end rank them."""

    positive: Bools
    evidence: Floats
    both: Floats

    def told(self, what: str, panel: Panel, features: Floats) -> float:
        """Print average precisions by evidence, detectors and both; return how far both fall short of the best part."""
        parts = {"evidence": average_precision(self.positive, self.evidence)}
        parts |= {name: average_precision(self.positive, score) for name, score in scores(panel, features).items()}
        both = average_precision(self.positive, self.both)
        short = max(parts["evidence"], parts["together"]) - both
        figures = "  ".join(f"{name} {ap:.3f}" for name, ap in parts.items())
        print(f"{what}  {figures}  both {both:.3f}  short {max(short, 0.0):.4f}", flush=True)
        return short


def scores(panel: Panel, features: Floats) -> Mapping[str, Floats]:
    """Return how strange each row is by each detector, and by all together."""
    rows = panel.standardised(features)
    return {name: detector.scores(rows) for name, detector in panel.detectors.items()} | {"together": panel.joint(features)}


def _rings(name: str, view: View, opinions: Opinions, ring: NDArray[np.int64]) -> float:
    groups, features = view.groups, measure(view)
    found = groups.evidence > 0
    members = pd.DataFrame({"community": groups.community, "ring": ring[groups.application]})
    size = members.groupby("community").size()
    planted = members[members["ring"] >= 0].groupby(["community", "ring"]).size().groupby("community").max()
    share = (planted / size).reindex(range(groups.count)).fillna(0.0).to_numpy()
    positive = (share >= 0.5)[found]
    if not positive.any():
        return 0.0
    opinion = judge.opinion_on_groups(opinions, view, Parameters().anomaly)
    ranking = Ranking(positive, groups.evidence[found], (groups.evidence + opinion.amount)[found])
    return ranking.told(f"{name:10} rings       ", opinions.groups, features[found])


def _dealers(name: str, measured: Measured, opinions: Opinions, dealer: NDArray[np.int64], planted: Bools) -> None:
    known = dealer >= 0
    share = np.bincount(dealer[known], weights=planted[known], minlength=len(measured.dealer_count)) / measured.dealer_count
    features = drawn_to_peers(measured.dealers, measured.dealer_count, opinions.peers)
    if (share > USUAL_SHARE).any():
        aps = {which: average_precision(share > USUAL_SHARE, s) for which, s in scores(opinions.dealers, features).items()}
        figures = "  ".join(f"{which} {ap:.3f}" for which, ap in aps.items())
        print(f"{name:10} dealers       {figures}  ({int((share > USUAL_SHARE).sum())} of {len(share)})")
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


def compare_reviews(folder: Path) -> list[float]:
    """Do the same with the real reviews: users by label, then the accounts of each attack plan among all users."""
    from importlib.resources import as_file, files

    quiet = replace(Parameters(), anomaly=replace(Parameters().anomaly, opinion=0.0, alone=0.0))
    short = []
    for case, rows, wanted in cases(folder, "testing"):
        with as_file(files("ingest.mappings") / f"{MAPPING}.toml") as mapping, watched() as seen:
            frame = rows[["user_id", "product_id"]]
            both = find_rings(frame, mapping).applications
            evidence = find_rings(frame, mapping, parameters=quiet).applications
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
        aps = {name: average_precision(ranking.positive, score) for name, score in strange.items()}
        aps = {"evidence": average_precision(ranking.positive, ranking.evidence)} | aps
        ap = average_precision(ranking.positive, ranking.both)
        auc = area_under_roc(ranking.positive, ranking.both)
        figures = "  ".join(f"{name} {value:.3f}" for name, value in aps.items())
        print(f"reviews {case:9} users    {figures}  both {ap:.3f} (AUC {auc:.3f})", flush=True)
        short.append(max(aps["evidence"], aps["together"]) - ap)
    return short


def _largest(group: NDArray[np.int64], value: Floats, groups: int) -> Floats:
    largest = np.full(groups, -np.inf)
    np.maximum.at(largest, group, value)
    return largest


if __name__ == "__main__":
    sys.exit(main())
