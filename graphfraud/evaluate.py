"""Measure found rings against planted truth: how many were found, how purely, in what order, and who was caught instead.

A ring person's other, honest-looking application (`ring_person`) is neutral: finding it is neither right nor wrong, so it
is left out everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graphfraud.check.scale import REVIEW_FROM
from graphfraud.errors import FileError

WORKED = 1.2  # an investigator works through this many rings for each planted one
NO_RISK = -1e9  # risk of applications that were not scored: below all others


@dataclass(frozen=True)
class Evaluation:
    """The figures; all shares in [0, 1], higher is better unless said otherwise; None where nothing is planted.

    ap: average precision over applications. auc: area under the ROC curve. p_at_k: precision among the K riskiest
    applications, K = number in planted rings. ring_recall: share of planted rings that one of the top 1.2 × R rings
    matches with a Jaccard of half or more, R = rings planted. mean_jaccard: mean of the best Jaccard there.
    ring_precision: share of the top R rings whose members come to half or more from one planted ring. fragments: rings
    per planted ring found at all that come to half or more from it (1 is best). rings_at_review: rings of risk 0.5 and
    more; false_at_review: those of them that come to less than half from one planted ring. by_typology: ring recall by
    typology. caught: members of the top R rings that are in no planted ring, by benign group ("none" without one).
    """

    ap: float | None
    auc: float | None
    p_at_k: float | None
    ring_recall: float | None
    mean_jaccard: float | None
    ring_precision: float | None
    fragments: float | None
    rings_planted: int
    rings_found: int
    rings_at_review: int
    false_at_review: int
    by_typology: Mapping[str, float]
    caught: Mapping[str, int]


def evaluate(truth: pd.DataFrame, members: pd.DataFrame, applications: pd.DataFrame | None = None) -> Evaluation:
    """Compare rings with the truth.

    truth: application_id, ring_id (−1: none), typology, benign_group, optionally ring_person. members: ring_id,
    application_id, risk (one risk per ring, higher is worse). applications: application_id, risk; without it an
    application has the highest risk of its rings.
    """
    truth = _without_neutral(truth)
    members = members[members["application_id"].isin(truth.index)]
    rows = members if applications is None else applications
    risk = rows.groupby("application_id")["risk"].max().reindex(truth.index).fillna(NO_RISK).to_numpy(dtype=float)
    in_ring = (truth["ring_id"] >= 0).to_numpy()
    planted = truth.loc[in_ring].groupby("ring_id").size()
    order = _by_risk(members)
    common = _common(members, truth["ring_id"], order, planted)
    best = _best_jaccard(common, order, planted)
    purity = common.groupby("found")["purity"].max().reindex(order.index).fillna(0.0)
    top = order.index[: len(planted)]
    at_review = order.index[order["risk"] >= REVIEW_FROM]
    typology = truth.loc[in_ring].groupby("ring_id")["typology"].first()
    some = len(planted) > 0
    pure = common[common["purity"] >= 0.5].groupby("true").size()
    return Evaluation(
        ap=average_precision(in_ring, risk) if some else None,
        auc=area_under_roc(in_ring, risk) if some and not in_ring.all() else None,
        p_at_k=float(in_ring[np.argsort(-risk, kind="stable")][: int(in_ring.sum())].mean()) if some else None,
        ring_recall=float((best >= 0.5).mean()) if some else None,
        mean_jaccard=float(best.mean()) if some else None,
        ring_precision=float((purity.loc[top] >= 0.5).mean()) if some and len(top) else None,
        fragments=float(pure.mean()) if len(pure) else None,
        rings_planted=len(planted),
        rings_found=len(order),
        rings_at_review=len(at_review),
        false_at_review=int((purity.loc[at_review] < 0.5).sum()),
        by_typology={str(name): float((best.loc[list(rings)] >= 0.5).mean()) for name, rings in _groups(typology).items()},
        caught=_caught(members, truth, top),
    )


def not_scanned(truth: pd.DataFrame, applications: pd.DataFrame) -> tuple[int, int]:
    """Return how many applications of the truth are not among those that were scanned, and how many the truth counts.

    `evaluate` ranks the former below all others, and a planted ring that has some is as large as the truth says.
    """
    known = _without_neutral(truth).index
    return int((~known.isin(applications["application_id"])).sum()), len(known)


def ring_purity(truth: pd.DataFrame, members: pd.DataFrame) -> pd.Series[float]:
    """Return, by ring id, the largest share of a ring's members (0–1) that come from one planted ring; below half it is false.

    Columns as in `evaluate`. A ring of neutral members only is not in it.
    """
    truth = _without_neutral(truth)
    members = members[members["application_id"].isin(truth.index)]
    order = _by_risk(members)
    planted = truth.loc[truth["ring_id"] >= 0].groupby("ring_id").size()
    purity = _common(members, truth["ring_id"], order, planted).groupby("found")["purity"].max()
    return purity.reindex(order.index).fillna(0.0)


def average_precision(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Return the mean precision at each positive, applications of equal score counted as one step."""
    precision, recall = _steps(positive, score)
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def area_under_roc(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> float:
    """Return the probability that a positive scores above a negative, ties half (Mann and Whitney)."""
    rank = pd.Series(score).rank(method="average").to_numpy()
    p, n = int(positive.sum()), int((~positive).sum())
    return float((rank[positive].sum() - p * (p + 1) / 2) / (p * n))


def read_truth(path: Path) -> pd.DataFrame:
    """Read a truth file (CSV, plain or gzip, or Parquet); raise FileError if it is none."""
    try:
        truth = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path, dtype={"application_id": str})
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}; give the truth file of a generated world") from error
    except (OSError, ValueError, EOFError) as error:
        raise FileError(f"{path} cannot be read as CSV or Parquet; give the truth file of a generated world") from error
    missing = [name for name in ("application_id", "ring_id", "typology", "benign_group") if name not in truth.columns]
    if missing:
        raise FileError(f"{path} is no truth file: it has no column {', '.join(missing)}")
    return truth


def _without_neutral(truth: pd.DataFrame) -> pd.DataFrame:
    truth = truth.drop_duplicates("application_id", keep="last").set_index("application_id")
    if "ring_person" not in truth:
        return truth
    neutral = truth["ring_person"].astype(str).str.lower().isin(("true", "1"))
    return truth[~neutral]


def _by_risk(members: pd.DataFrame) -> pd.DataFrame:
    """Return the rings with size and risk, riskiest first, then the larger, then by id."""
    found = members.groupby("ring_id").agg(size=("application_id", "nunique"), risk=("risk", "max")).reset_index()
    return found.sort_values(["risk", "size", "ring_id"], ascending=[False, False, True]).set_index("ring_id")


def _common(members: pd.DataFrame, ring: pd.Series[int], found: pd.DataFrame, planted: pd.Series[int]) -> pd.DataFrame:
    """Return found and planted rings that have members in common: found, true, jaccard, purity."""
    pairs = pd.DataFrame(
        {"found": members["ring_id"].to_numpy(), "app": members["application_id"].to_numpy()},
    ).drop_duplicates()
    pairs["true"] = pairs["app"].map(ring).to_numpy()
    common = pairs[pairs["true"] >= 0].groupby(["found", "true"]).size().rename("common").reset_index()
    size = common["found"].map(found["size"]).astype(float)
    common["jaccard"] = common["common"] / (size + common["true"].map(planted) - common["common"])
    common["purity"] = common["common"] / size
    return common


def _best_jaccard(common: pd.DataFrame, order: pd.DataFrame, planted: pd.Series[int]) -> pd.Series[float]:
    worked = order.index[: int(len(planted) * WORKED)]
    best = common[common["found"].isin(worked)].groupby("true")["jaccard"].max()
    return best.reindex(planted.index).fillna(0.0)


def _caught(members: pd.DataFrame, truth: pd.DataFrame, top: pd.Index[int]) -> dict[str, int]:
    ids = members.loc[members["ring_id"].isin(top), "application_id"]
    wrong = ids[ids.map(truth["ring_id"]).to_numpy() < 0]
    group = wrong.map(truth["benign_group"]).fillna("none").replace("", "none")
    return {str(name): int(count) for name, count in group.value_counts().items()}


def _groups(typology: pd.Series[str]) -> dict[str, list[int]]:
    return {str(name): list(rings.index) for name, rings in typology.groupby(typology)}


def _steps(positive: NDArray[np.bool_], score: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision and recall after each distinct score, from the highest on."""
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.flatnonzero(np.r_[np.diff(score[order]) != 0, True])
    return hits[last] / (last + 1), hits[last] / hits[-1]
