"""Partitions by brute force and by plain recipes, and what the constant Potts model says of each."""

from __future__ import annotations

from functools import cache

import networkx as nx
import numpy as np


@cache
def all_partitions(n: int) -> np.ndarray:
    """All partitions of n nodes, one a row, as restricted growth strings: label i is at most one above those before."""
    rows = np.zeros((1, 1), np.int64)
    for _ in range(n - 1):
        most = rows.max(axis=1)
        rows = np.concatenate(
            [np.c_[rows[most + 1 >= label], np.full((most + 1 >= label).sum(), label)] for label in range(most.max() + 2)]
        )
    return rows


def quality(ends: np.ndarray, weight: np.ndarray, label: np.ndarray, resolution: float) -> float:
    """Weight of the edges inside, less the resolution for every pair inside; label: one of each node."""
    inside = weight[label[ends[:, 0]] == label[ends[:, 1]]].sum()
    sizes = np.unique(label, return_counts=True)[1]
    return float(inside - resolution * (sizes * (sizes - 1) / 2).sum())


def best_quality(n: int, ends: np.ndarray, weight: np.ndarray, resolution: float) -> float:
    """The best quality that any partition of at most eight nodes has."""
    rows = all_partitions(n)
    inside = (rows[:, ends[:, 0]] == rows[:, ends[:, 1]]) @ weight
    sizes = np.stack([(rows == label).sum(axis=1) for label in range(n)], axis=1)
    return float((inside - resolution * (sizes * (sizes - 1) / 2).sum(axis=1)).max())


def plain_partitions(n: int, ends: np.ndarray, weight: np.ndarray, resolution: float) -> dict[str, np.ndarray]:
    """What simpler recipes make of a graph: everybody alone, all together, by edge weight, networkx's methods, moves."""
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_weighted_edges_from((int(u), int(v), float(w)) for (u, v), w in zip(ends, weight, strict=True))
    strong = nx.Graph([edge for edge in ends.tolist() if graph.edges[edge]["weight"] >= np.median(weight)])
    strong.add_nodes_from(range(n))
    found = {
        "alone": [{i} for i in range(n)],
        "together": nx.connected_components(graph),
        "strong edges": nx.connected_components(strong),
        "louvain": nx.community.louvain_communities(graph, seed=0),
        "label propagation": nx.community.asyn_lpa_communities(graph, weight="weight", seed=0),
    }
    labels = {name: _labels(n, groups) for name, groups in found.items()}
    return labels | {"moves": moved(n, ends, weight, resolution)}


def moved(n: int, ends: np.ndarray, weight: np.ndarray, resolution: float) -> np.ndarray:
    """Start with everybody alone and move single nodes, in order, to where quality rises most, until nothing moves."""
    label = np.arange(n)
    strength = np.zeros((n, n))
    strength[ends[:, 0], ends[:, 1]] = strength[ends[:, 1], ends[:, 0]] = weight
    while True:
        changed = False
        for node in range(n):
            size = np.bincount(np.delete(label, node), minlength=n)
            gain = np.bincount(np.delete(label, node), np.delete(strength[node], node), minlength=n) - resolution * size
            to = int(gain.argmax())
            if gain[to] > gain[label[node]] + 1e-12:
                label[node], changed = to, True
        if not changed:
            return label


def _labels(n: int, groups: object) -> np.ndarray:
    label = np.zeros(n, np.int64)
    for k, group in enumerate(groups):  # type: ignore[arg-type]
        label[list(group)] = k
    return label
