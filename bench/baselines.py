"""The textbook recipes, on the same frame: what a first attempt at fraud rings gives.

Each takes a frame in the default contract and returns rings and risks as `graphfraud.evaluate` reads them. They get what
a careful engineer would give them: placeholders out, phone numbers to digits, contacts and own numbers in one space.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import igraph
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.ensemble import IsolationForest

Ints = NDArray[np.int64]

KINDS: dict[str, tuple[str, ...]] = {
    "phone": ("phone", "contact_phone_1", "contact_phone_2"),
    "device": ("device_id",),
    "account": ("account_no",),
    "address": ("address",),
    "vehicle": ("vin",),
    "work_phone": ("employer_phone",),
    "ip": ("ip",),
    "employer": ("employer",),
}
PLACEHOLDERS = frozenset(("", "0", "-", "无", "unknown", "00000000", "13800138000", "n/a", "nan", "none"))
SMALLEST_RING = 3


@dataclass(frozen=True)
class Found:
    """members: ring_id, application_id, risk; applications: application_id, risk (higher is worse)."""

    members: pd.DataFrame
    applications: pd.DataFrame


@dataclass(frozen=True)
class Holdings:
    """Who holds what: application number and identifier number, each pair once; kind of every identifier."""

    application: Ints
    identifier: Ints
    kind: Ints

    def shared(self, most: int | None = None) -> Holdings:
        """Keep identifiers that two or more applications hold (and no more than `most`)."""
        uses = np.bincount(self.identifier, minlength=len(self.kind))
        fits = (uses >= 2) & (uses <= (most or uses.max(initial=0)))
        keep = fits[self.identifier]
        return Holdings(self.application[keep], self.identifier[keep], self.kind)


def holdings(frame: pd.DataFrame) -> Holdings:
    """Read the identifiers of a frame."""
    parts, kinds, start = [], [], 0
    for kind, columns in enumerate(KINDS.values()):
        rows, values = [], []
        for column in columns:
            text = frame[column].fillna("").astype(str).str.strip()
            if column.startswith(("phone", "contact")):
                text = text.str.replace(r"\D", "", regex=True).str[-11:]
            known = ~text.str.lower().isin(PLACEHOLDERS).to_numpy()
            rows.append(np.flatnonzero(known))
            values.append(text.to_numpy()[known])
        codes, distinct = pd.factorize(np.concatenate(values))
        parts.append(np.unique(np.c_[np.concatenate(rows), codes + start], axis=0))
        kinds.append(np.full(len(distinct), kind))
        start += len(distinct)
    pairs = np.concatenate(parts)
    return Holdings(pairs[:, 0], pairs[:, 1], np.concatenate(kinds))


def components(frame: pd.DataFrame, cap: int) -> Found:
    """Weakly connected components over identifiers that at most `cap` applications hold; larger is riskier."""
    n = len(frame)
    held = holdings(frame).shared(cap)
    graph = coo_matrix(
        (np.ones(len(held.application)), (held.application, n + held.identifier)), shape=(n + len(held.kind),) * 2
    )
    label = connected_components(graph, directed=False)[1][:n]
    return _rings(frame, label, np.bincount(label)[label].astype(float))


def leiden(frame: pd.DataFrame, objective: str, resolution: float) -> Found:
    """Leiden communities of the bipartite graph; the more identifiers its members share, the riskier a community is."""
    n = len(frame)
    held = holdings(frame).shared()
    random.seed(0)
    igraph.set_random_number_generator(random)
    graph = igraph.Graph(n=n + len(held.kind), edges=np.c_[held.application, n + held.identifier])
    found = graph.community_leiden(objective_function=objective, resolution=resolution, n_iterations=4)
    label = np.array(found.membership)
    inside = label[held.application] == label[n + held.identifier]
    members = np.bincount(label[:n], minlength=len(label))
    ties = np.bincount(label[held.application[inside]], minlength=len(label))
    return _rings(frame, label[:n], (ties / np.maximum(members, 1))[label[:n]])


def forest(frame: pd.DataFrame) -> Found:
    """An isolation forest per application: amounts, age, hour, and how many others hold each of its identifiers."""
    held = holdings(frame)
    uses = np.bincount(held.identifier, minlength=len(held.kind))[held.identifier]
    columns: list[NDArray[Any]] = []
    for kind in range(len(KINDS)):
        most = np.zeros(len(frame))
        own = held.kind[held.identifier] == kind
        np.maximum.at(most, held.application[own], np.log1p(uses[own]))
        columns.append(most)
    for name in ("age", "monthly_income", "vehicle_price", "loan_amount", "term_months"):
        columns.append(frame[name].astype(float).to_numpy())
    columns.append((frame["loan_amount"].astype(float) / frame["vehicle_price"].astype(float)).to_numpy())
    columns.append(frame["submitted_at"].str[11:13].astype(float).to_numpy())
    features = np.nan_to_num(np.column_stack(columns))
    model = IsolationForest(n_estimators=200, random_state=0).fit(features)
    risk = pd.DataFrame({"application_id": frame["application_id"].to_numpy(), "risk": -model.score_samples(features)})
    return Found(pd.DataFrame({"ring_id": [], "application_id": [], "risk": []}), risk)


BASELINES: dict[str, Callable[[pd.DataFrame], Found]] = {
    "components, at most 10 each": lambda frame: components(frame, 10),
    "components, at most 30 each": lambda frame: components(frame, 30),
    "Leiden, modularity": lambda frame: leiden(frame, "modularity", 1.0),
    "Leiden, CPM": lambda frame: leiden(frame, "CPM", 0.01),
    "isolation forest": forest,
}


def _rings(frame: pd.DataFrame, label: Ints, risk: NDArray[np.float64]) -> Found:
    """Return groups of three and more as rings; everybody has the risk of the own group."""
    ids = frame["application_id"].to_numpy()
    size = np.bincount(label)
    ring = size[label] >= SMALLEST_RING
    members = pd.DataFrame({"ring_id": label[ring], "application_id": ids[ring], "risk": risk[ring]})
    return Found(members, pd.DataFrame({"application_id": ids, "risk": np.where(ring, risk, 0.0)}))


def each(frame: pd.DataFrame) -> Iterator[tuple[str, Found]]:
    """Run all baselines on a frame."""
    for name, run in BASELINES.items():
        yield name, run(frame)
