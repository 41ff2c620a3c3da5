"""Where we stand on real reviews of hotels and restaurants (YelpChi): a graph of users and products, without time or text.

    python bench/yelpchi.py FOLDER [--split testing]

FOLDER holds reviews.csv.gz (user_id, product_id, is_spam) and nash_detect_attack_edges.csv.gz (split, attack, user_id,
product_id), as published by UGFraud and Nash-Detect. They go through the shipped mapping `yelpchi_reviews`: a review is an
application, its writer the applicant, the product the dealer. A user is as suspicious as the riskiest review. Users are
compared with the label (spam: any review filtered); of each attack plan, its reviews are added and its accounts are to be
found among all users. Prints our figures beside those published or measured for others on exactly these files; no
parameter is changed for them.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd

from graphfraud.evaluate import area_under_roc, average_precision
from graphfraud.notebook import FoundRings, find_rings

MAPPING = "yelpchi_reviews"
SPEAGLE = (0.663, 0.318)  # UGFraud's SpEagle: AUC and average precision over users
# average precision of the accounts of each attack plan: FRAUDAR, plain degree
ATTACKS = {
    "IncBP": (0.848, 0.812),
    "IncDS": (0.338, 0.381),
    "IncPR": (0.413, 0.379),
    "Random": (0.402, 0.388),
    "Singleton": (0.030, 0.012),
}


@dataclass(frozen=True)
class Ranked:
    """AUC and average precision of the users, share of them in rings, and the largest share of the wanted in one ring."""

    auc: float
    ap: float
    users: int
    wanted: int
    rings: int
    in_one_ring: float


def main() -> None:
    """Score the reviews, then those with each attack added, and print the figures side by side."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=("testing", "training"), default="testing", help="attack plans of this split")
    options = parser.parse_args()
    (_, reviews, spam), *attacks = cases(options.folder, options.split)
    whole = rank_users(reviews, spam)
    print(f"{len(reviews):,} reviews by {whole.users:,} users, {whole.wanted:,} of them spam; {whole.rings} rings")
    print(f"users: AUC {whole.auc:.3f} (SpEagle {SPEAGLE[0]}), AP {whole.ap:.3f} (SpEagle {SPEAGLE[1]})")
    print(f"{'attack':10} {'accounts':>8}   {'AP':>5} {'FRAUDAR':>8} {'degree':>7}   {'AUC':>5}   rings, most of it in one")
    for attack, both, accounts in attacks:
        fraudar, degree = ATTACKS[attack]
        found = rank_users(both, accounts)
        print(
            f"{attack:10} {found.wanted:>8}   {found.ap:.3f} {fraudar:>8.3f} {degree:>7.3f}   {found.auc:.3f}   "
            f"{found.rings}, {found.in_one_ring:.2f}",
            flush=True,
        )


def cases(folder: Path, split: str) -> Iterator[tuple[str, pd.DataFrame, set[str]]]:
    """Yield (name, reviews, users to be found): the label, then each attack plan of a split added to the reviews."""
    reviews = pd.read_csv(folder / "reviews.csv.gz", dtype=str)
    plans = pd.read_csv(folder / "nash_detect_attack_edges.csv.gz", dtype=str)
    yield "label", reviews, set(reviews.loc[reviews["is_spam"] == "1", "user_id"])
    for attack in ATTACKS:
        added = plans[(plans["split"] == split) & (plans["attack"] == attack)]
        yield attack, pd.concat([reviews, added[["user_id", "product_id"]]], ignore_index=True), set(added["user_id"])


def rank_users(reviews: pd.DataFrame, wanted: set[str]) -> Ranked:
    """Score reviews and rank their users; `wanted` are those that a good ranking has first."""
    with as_file(files("ingest.mappings") / f"{MAPPING}.toml") as mapping:
        found = find_rings(reviews[["user_id", "product_id"]], mapping)
    writer = writers(reviews)
    risk = found.applications["risk"].groupby(found.applications["application_id"].map(writer).to_numpy()).max()
    positive = risk.index.isin(wanted)
    return Ranked(
        area_under_roc(positive, risk.to_numpy()),
        average_precision(positive, risk.to_numpy()),
        len(risk),
        int(positive.sum()),
        len(found.rings),
        _most_in_one_ring(found, writer, wanted),
    )


def writers(reviews: pd.DataFrame) -> dict[str, str]:
    """Return the writer of each review by the id that the mapping gives it."""
    ids = (reviews["user_id"] + "-" + reviews["product_id"]).tolist()
    return dict(zip(ids, reviews["user_id"].tolist(), strict=True))


def _most_in_one_ring(found: FoundRings, writer: dict[str, str], wanted: set[str]) -> float:
    if not len(found.members):
        return 0.0
    user = found.members["application_id"].map(writer)
    hits = user[user.isin(wanted)].groupby(found.members["ring_id"]).nunique()
    return float(hits.max() / len(wanted)) if len(hits) and np.isfinite(hits.max()) else 0.0


if __name__ == "__main__":
    main()
