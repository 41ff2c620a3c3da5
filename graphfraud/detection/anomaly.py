"""A second opinion without words: an isolation forest over the communities' features.

Fitted once by the calibration through PyOD, kept as plain arrays (no pickle), and read back without either library: a
community's score does not depend on which others are scored with it. Isolation forest: Liu, Ting, Zhou, ICDM 2008,
doi:10.1109/ICDM.2008.17.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.columns import Floats, Ints

LEAST_COMMUNITIES = 30  # fewer tell nothing about what is usual


@dataclass(frozen=True)
class Forest:
    """Trees as arrays, one row a node, tree t from start[t] to start[t + 1].

    left and right are node numbers (-1 in a leaf), feature and threshold say where a row goes (left if ≤), path is the
    depth of a leaf plus the mean depth of what was left unsplit in it, usual the mean path that normalises. quantiles
    are the scores of the communities it was fitted on, at even steps; middle and spread their features' medians and
    interquartile ranges.
    """

    start: Ints
    left: Ints
    right: Ints
    feature: Ints
    threshold: Floats
    path: Floats
    usual: float
    quantiles: Floats
    middle: Floats
    spread: Floats


@dataclass(frozen=True)
class Opinion:
    """What the detectors add to each community's evidence (decimal orders), from which features, by which forest."""

    amount: Floats
    features: Floats
    forest: Forest

    def unusual(self, community: int, count: int = 2) -> list[int]:
        """Return the features in which a community is furthest from the usual, in interquartile ranges."""
        if len(self.forest.middle) == 0:
            return []
        away = np.abs(self.features[community] - self.forest.middle) / self.forest.spread
        return [int(feature) for feature in np.argsort(-away, kind="stable")[:count]]


def fit_forest(features: Floats, trees: int, seed: int) -> Forest:
    """Fit the forest; with too few communities, an empty one that has no opinion."""
    if len(features) < LEAST_COMMUNITIES:
        none, empty = np.empty(0, np.int64), np.empty(0)
        return Forest(np.zeros(1, np.int64), none, none, none, empty, empty, 1.0, empty, empty, empty)
    from pyod.models.iforest import IForest

    model = IForest(n_estimators=trees, random_state=seed, n_jobs=1).fit(features)
    columns: list[tuple[Ints, Ints, Ints, Floats, Floats]] = []
    start = [0]
    for tree, seen in zip(model.estimators_, model.estimators_features_, strict=True):
        t = tree.tree_
        base = start[-1]
        leaf = t.children_left < 0
        depth = _depths(t.children_left, t.children_right)
        columns.append(
            (
                np.where(leaf, -1, t.children_left + base),
                np.where(leaf, -1, t.children_right + base),
                np.where(leaf, 0, np.asarray(seen)[np.maximum(t.feature, 0)]),
                np.where(leaf, 0.0, t.threshold),
                np.where(leaf, depth + _mean_path(t.n_node_samples), 0.0),
            )
        )
        start.append(base + t.node_count)
    left, right, feature, threshold, path = (np.concatenate(c) for c in zip(*columns, strict=True))
    usual = float(_mean_path(np.array([min(256, len(features))]))[0])
    low, middle, high = np.quantile(features, [0.25, 0.5, 0.75], axis=0)
    spread = np.maximum(high - low, 1e-9)
    forest = Forest(np.array(start), left, right, feature, threshold, path, usual, np.empty(0), middle, spread)
    return replace(forest, quantiles=np.quantile(anomaly_scores(forest, features), np.linspace(0, 1, 1001)))


def anomaly_scores(forest: Forest, features: Floats) -> Floats:
    """Return how strange each row is, in (0, 1), higher is stranger; 0 from an empty forest."""
    trees = len(forest.start) - 1
    if trees == 0 or len(features) == 0:
        return np.zeros(len(features))
    rows = np.arange(len(features))
    seen = features.astype(np.float32)  # what the trees were grown on
    total = np.zeros(len(features))
    for root in forest.start[:-1]:
        node = np.full(len(features), root)
        while True:
            inner = forest.left[node] >= 0
            if not inner.any():
                break
            goes_left = seen[rows, forest.feature[node]] <= forest.threshold[node]
            node = np.where(inner, np.where(goes_left, forest.left[node], forest.right[node]), node)
        total += forest.path[node]
    return np.asarray(2.0 ** -(total / trees / forest.usual))


def strangeness(forest: Forest, features: Floats) -> Floats:
    """Return the opinion in [0, 1]: 0 for an ordinary community, 1 for one stranger than 99 % of those calibrated on."""
    if len(forest.quantiles) == 0 or len(features) == 0:
        return np.zeros(len(features))
    below = np.interp(anomaly_scores(forest, features), forest.quantiles, np.linspace(0, 1, len(forest.quantiles)))
    return np.asarray(np.clip(-np.log10(np.maximum(1 - below, 1e-2)) / 2, 0, 1))


def _depths(left: Ints, right: Ints) -> Floats:
    depth = np.zeros(len(left))
    for node in range(len(left)):  # parents come before children
        if left[node] >= 0:
            depth[left[node]] = depth[right[node]] = depth[node] + 1
    return depth


def _mean_path(n: Ints) -> Floats:
    """Mean path of an unsuccessful search among n in a binary tree (Preiss 1999, as used by Liu et al.)."""
    n = np.asarray(n, dtype=np.float64)
    many = 2 * (np.log(np.maximum(n - 1, 1)) + np.euler_gamma) - 2 * (n - 1) / np.maximum(n, 1)
    return np.where(n > 2, many, np.where(n == 2, 1.0, 0.0))
