"""Clusters: what lies far from every usual sort of things is strange. CBLOF, He, Xu, Deng, 2003,
doi:10.1016/S0167-8655(03)00003-5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import Bools, Floats

CLUSTERS = 8
LARGE = 0.85  # large clusters hold this share of the rows; below 7/8, so that of eight equal clusters seven do
BLOCK = 16_384
FEW = 16  # rows that are quicker summed at once


@dataclass(frozen=True)
class Clusters:
    """Centres of the clusters, one row each, and which clusters are large (the usual sorts)."""

    centre: Floats
    large: Bools

    def scores(self, features: Floats) -> Floats:
        """Return the distance to the own cluster's centre, for a row of a small cluster to the nearest large one's."""
        result = np.empty(len(features))
        for start in range(0, len(features), BLOCK):
            rows = features[start : start + BLOCK]
            square = self._squares(rows)
            own = np.argmin(square, axis=0)
            usual = np.min(square[self.large], axis=0)
            result[start : start + BLOCK] = np.sqrt(np.where(self.large[own], square[own, np.arange(len(rows))], usual))
        return result

    def _squares(self, rows: Floats) -> Floats:
        """Squared distance of every centre to every row.

        Summed feature by feature rather than as a matrix product, whose last digits depend on how many rows there are.
        """
        if len(rows) <= FEW:
            return np.asarray(np.cumsum((rows - self.centre[:, None]) ** 2, axis=2)[:, :, -1])
        square = np.zeros((len(self.centre), len(rows)))
        for k in range(self.centre.shape[1]):
            away = rows[:, k] - self.centre[:, k, None]
            away *= away
            square += away
        return square


def fit_clusters(features: Floats, seed: int) -> Clusters:
    """Cluster with PyOD's CBLOF (k-means); on one thread, because the order of adding shows in the last digits."""
    from pyod.models.cblof import CBLOF
    from threadpoolctl import threadpool_limits

    count = min(CLUSTERS, len(np.unique(features, axis=0)))
    if count < 2:
        return Clusters(features[:1].copy(), np.ones(1, bool))
    model = CBLOF(count, alpha=min(LARGE, 0.99 - 0.99 / count), use_weights=False, random_state=seed)
    # It would score what it was fitted on, which nobody asks for and which compiles for seconds.
    model._decision_function = lambda rows, _labels: np.zeros(len(rows))
    with threadpool_limits(1):
        model.fit(features)
    large = np.zeros(count, bool)
    large[model.large_cluster_labels_] = True
    return Clusters(np.asarray(model.cluster_centers_, dtype=np.float64), large)
