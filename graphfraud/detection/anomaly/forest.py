"""Isolation forest: what a few random cuts set apart is strange. Liu, Ting, Zhou, ICDM 2008, doi:10.1109/ICDM.2008.17.

Trees grown on 256 rows are at most eight deep: each is kept as a full binary tree, children of node k at 2k + 1 and 2k + 2,
so that all rows go down a tree together, eight steps, without asking who has arrived.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphfraud.detection.columns import Floats, Ints

SAMPLE = 256  # rows a tree is grown on, the paper's
MANY = 100_000  # rows that are worth a second of compiling
BLOCK = 4096  # rows that go down together: they and a tree stay in the cache
# Path lengths are whole multiples of this, so that their sum is exact and the order of adding cannot show.
GRAIN = 2.0**-30


@dataclass(frozen=True)
class Forest:
    """Trees as arrays, one row a tree.

    feature, threshold: by inner node; a row goes right where its value (as float32) is greater. path: by leaf, its depth plus
    the mean depth of what was left unsplit in it. usual: the mean path, which normalises.
    """

    feature: npt.NDArray[np.int16]
    threshold: npt.NDArray[np.float32]
    path: Floats
    usual: float

    def scores(self, features: Floats) -> Floats:
        """Return 2^(-mean path / usual path), in (0, 1)."""
        seen = np.asarray(features, dtype=np.float32)  # what the trees were grown on
        trees = len(self.path)
        total = np.empty(len(seen))
        go = self._compiled if len(seen) >= MANY else self._by_tree if len(seen) > trees else self._by_row
        for start in range(0, len(seen), BLOCK):
            total[start : start + BLOCK] = go(seen[start : start + BLOCK])
        return np.asarray(2.0 ** -(total / trees / self.usual))

    @property
    def _depth(self) -> int:
        return int(self.path.shape[1]).bit_length() - 1

    def _compiled(self, seen: npt.NDArray[np.float32]) -> Floats:
        """Return the same sums as `_by_tree`, three times as fast once it is compiled."""
        from graphfraud.detection.anomaly.descent import add_paths

        total = np.zeros(len(seen))
        add_paths(np.ascontiguousarray(seen.T), self.feature, self.threshold, self.path, total)
        return total

    def _by_tree(self, seen: npt.NDArray[np.float32]) -> Floats:
        """Sum of path lengths: all rows down one tree after the other."""
        rows = len(seen)
        column = np.ascontiguousarray(seen.T).ravel()
        row, first_of = np.arange(rows), self.feature.astype(np.int64) * rows
        total = np.zeros(rows)
        for tree in range(len(self.path)):
            node = np.zeros(rows, np.int64)
            for _ in range(self._depth):
                right = column.take(first_of[tree].take(node) + row) > self.threshold[tree].take(node)
                node += node
                node += 1
                node += right
            total += self.path[tree].take(node - self.feature.shape[1])
        return total

    def _by_row(self, seen: npt.NDArray[np.float32]) -> Floats:
        """Return the same sums: one row after the other down all trees, for few rows."""
        trees, inner = self.feature.shape
        first, leaf = np.arange(trees) * inner, np.arange(trees) * (inner + 1) - inner
        feature, threshold, path = self.feature.ravel(), self.threshold.ravel(), self.path.ravel()
        total = np.empty(len(seen))
        for i, values in enumerate(seen):
            node = np.zeros(trees, np.int64)
            for _ in range(self._depth):
                at = first + node
                right = values.take(feature.take(at)) > threshold.take(at)
                node += node
                node += 1
                node += right
            total[i] = path.take(leaf + node).sum()
        return total


def fit_forest(features: Floats, trees: int, seed: int) -> Forest:
    """Grow the forest with PyOD's isolation forest (scikit-learn's trees)."""
    from pyod.models.iforest import IForest

    model = IForest(n_estimators=trees, max_samples=min(SAMPLE, len(features)), random_state=seed, n_jobs=1).fit(features)
    depth = max(int(tree.tree_.max_depth) for tree in model.estimators_)
    grown = [
        _full_tree(tree.tree_, np.asarray(seen), depth)
        for tree, seen in zip(model.estimators_, model.estimators_features_, strict=True)
    ]
    feature, threshold, path = (np.stack(arrays) for arrays in zip(*grown, strict=True))
    usual = float(_mean_path(np.array([min(SAMPLE, len(features))]))[0])
    return Forest(feature, threshold, np.round(path / GRAIN) * GRAIN, usual)


def _full_tree(tree: object, seen: Ints, depth: int) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.float32], Floats]:
    """Lay a scikit-learn tree out in full; below a leaf, both ways lead to copies of it."""
    left, right, feature, threshold, samples = (
        np.asarray(getattr(tree, name))
        for name in ("children_left", "children_right", "feature", "threshold", "n_node_samples")
    )
    inner = 2**depth - 1
    node = np.zeros(2 * inner + 1, np.int64)
    steps = np.zeros(2 * inner + 1)
    for k in range(inner):
        splits = left[node[k]] >= 0
        node[2 * k + 1], node[2 * k + 2] = (left[node[k]], right[node[k]]) if splits else (node[k], node[k])
        steps[2 * k + 1] = steps[2 * k + 2] = steps[k] + splits
    splits = left[node[:inner]] >= 0
    asked = np.where(splits, seen[np.maximum(feature[node[:inner]], 0)], 0).astype(np.int16)
    limit = threshold[node[:inner]].astype(np.float64)
    rounded = limit.astype(np.float32)  # downwards: a float32 is greater than the limit exactly if it is greater than this
    rounded = np.where(rounded > limit, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    path = steps[inner:] + _mean_path(samples[node[inner:]])
    return asked, np.where(splits, rounded, np.float32(np.inf)).astype(np.float32), path


def _mean_path(n: Ints) -> Floats:
    """Mean path of an unsuccessful search among n in a binary tree (Preiss 1999, as used by Liu et al.)."""
    n = np.asarray(n, dtype=np.float64)
    many = 2 * (np.log(np.maximum(n - 1, 1)) + np.euler_gamma) - 2 * (n - 1) / np.maximum(n, 1)
    return np.where(n > 2, many, np.where(n == 2, 1.0, 0.0))
