"""Histograms: what has rare values, feature by feature, is strange. HBOS, Goldstein and Dengel, KI 2012."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import Floats, Ints

FEW = 16  # rows that are quicker compared with all edges at once
GRAIN = 2.0**-30  # rarities are whole multiples of this, so that their sum is exact and the order of adding cannot show


@dataclass(frozen=True)
class Histograms:
    """One histogram a feature, feature k's edges from start[k] to start[k + 1].

    edge: ends of the bins, the outer ones moved out by the tolerance. rarity: -log2 of the density of each bin, with one for
    what lies below all bins before them and one for what lies above behind them: feature k's begin at start[k] + k.
    """

    start: Ints
    edge: Floats
    rarity: Floats

    def scores(self, features: Floats) -> Floats:
        """Return the sum of the rarities of a row's values."""
        if len(features) <= FEW:
            above = features.repeat(np.diff(self.start), axis=1) > self.edge
            edges = np.add.reduceat(above, self.start[:-1], axis=1, dtype=np.int64)
            first = self.start[:-1] + np.arange(len(self.start) - 1)
            return np.asarray(self.rarity.take(first + edges).sum(axis=1))
        total = np.zeros(len(features))
        for k, (first, last) in enumerate(zip(self.start[:-1].tolist(), self.start[1:].tolist(), strict=True)):
            edges = np.searchsorted(self.edge[first:last], features[:, k], "left")
            total += self.rarity[first + k : last + k + 1].take(edges)
        return total


def fit_histograms(features: Floats) -> Histograms:
    """Count the bins with PyOD's HBOS; how many there are follows from the data (Birgé and Rozenholc 2006)."""
    from pyod.models.hbos import HBOS

    model = HBOS(n_bins="auto").fit(features)
    edges, rarities = [], []
    for edge, density in zip(model.bin_edges_, model.hist_, strict=True):
        rarity = -np.log2(density + model.alpha)
        widened = edge.copy()
        widened[0] -= model.tol * (edge[1] - edge[0])
        widened[-1] += model.tol * (edge[-1] - edge[-2])
        edges.append(widened)
        rarities.append(np.concatenate([[rarity.max()], rarity, [rarity.max()]]))
    start = np.concatenate([[0], np.cumsum([len(edge) for edge in edges])]).astype(np.int64)
    return Histograms(start, np.concatenate(edges), np.round(np.concatenate(rarities) / GRAIN) * GRAIN)
