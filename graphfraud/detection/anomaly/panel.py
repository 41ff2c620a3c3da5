"""The detectors together, on one scale that means the same from night to night."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.anomaly.clusters import Clusters, fit_clusters
from graphfraud.detection.anomaly.detector import Detector
from graphfraud.detection.anomaly.forest import Forest, fit_forest
from graphfraud.detection.anomaly.histograms import Histograms, fit_histograms
from graphfraud.detection.columns import Floats, Ints

LEAST_ROWS = 30  # fewer tell nothing about what is usual
FITTED_ROWS = 4_000  # more change no figure
SCALED_ROWS = 40_000  # rows that the scale is learned from
# Steps of the scale: hundredths, then ever finer towards the strangest
STEPS = np.unique(np.concatenate([np.linspace(0, 0.99, 100), 1 - np.logspace(-2, -4, 41), [1.0]]))
LEAST_SPREAD = 1e-9
BLOCK = 1 << 17  # rows that are standardised and scored together
THREADS = min(os.cpu_count() or 1, 4)  # blocks scored at a time; NumPy leaves Python free meanwhile


@dataclass(frozen=True)
class Panel:
    """Three detectors of different nature, fitted on one sort of things.

    middle, spread: medians and standard deviations of the features, by which they are standardised (a missing value is the
    median). detector_middle, detector_far: each detector's median and 99 % score. quantiles: the joint score at STEPS.
    rows: how many things it was fitted on; with fewer than LEAST_ROWS it has no opinion.
    """

    forest: Forest
    histograms: Histograms
    clusters: Clusters
    middle: Floats
    spread: Floats
    detector_middle: Floats
    detector_far: Floats
    quantiles: Floats
    rows: int

    @property
    def detectors(self) -> dict[str, Detector]:
        """The detectors by name, in the order of detector_middle and detector_far."""
        return {"isolation forest": self.forest, "histograms": self.histograms, "clusters": self.clusters}

    def standardised(self, features: Floats) -> Floats:
        """Return the features in standard deviations from the median, 0 where missing."""
        return np.nan_to_num((features - self.middle) / self.spread, nan=0.0)

    def joint(self, features: Floats) -> Floats:
        """Return the mean of the detectors' scores, each in log steps from its median, its 99 % score at log 2."""
        if len(features) <= BLOCK:
            return self._joint(features)
        with ThreadPoolExecutor(THREADS) as pool:
            return np.concatenate(list(pool.map(self._joint, _blocks(features))))

    def _joint(self, features: Floats) -> Floats:
        rows = self.standardised(features)
        scores = [detector.scores(rows) for detector in self.detectors.values()]
        return _joint(scores, self.detector_middle, self.detector_far)

    def anomaly(self, features: Floats) -> Floats:
        """Return the share (0–1) of what it was fitted on that is less strange than each row; 0 without an opinion."""
        if self.rows < LEAST_ROWS or len(features) == 0:
            return np.zeros(len(features))
        return np.asarray(np.interp(self.joint(features), self.quantiles, STEPS))

    def unusual(self, features: Floats, count: int) -> Ints:
        """Return the features in which each row is furthest from the median, in standard deviations, the furthest first.

        None, an empty column, without an opinion.
        """
        if self.rows < LEAST_ROWS:
            return np.empty((len(features), 0), np.int64)
        return np.argsort(-np.abs(self.standardised(features)), axis=1, kind="stable")[:, :count]


@dataclass(frozen=True)
class Opinion:
    """What the detectors add to each community's evidence (decimal orders), from which features, by which panel."""

    amount: Floats
    features: Floats
    panel: Panel

    def unusual(self, community: int, count: int = 2) -> list[int]:
        """Return the features in which a community is furthest from the usual, the furthest first."""
        return [int(feature) for feature in self.panel.unusual(self.features[community : community + 1], count)[0]]


def tail(anomaly: Floats, most: float) -> Floats:
    """Return how rare such an anomaly is in decimal orders: 2 for one in a hundred; at most `most`."""
    return np.asarray(np.minimum(-np.log10(np.maximum(1 - anomaly, 10.0**-most)), most))


def fit_panel(features: Floats, trees: int, seed: int) -> Panel:
    """Fit the detectors on rows in a canonical order; with too few rows, a panel without an opinion."""
    rows = len(features)
    if rows < LEAST_ROWS:
        features = np.zeros((2, features.shape[1]))
        features[1] = 1.0
    some = [features[_evenly(len(features), most)] for most in (FITTED_ROWS, SCALED_ROWS)]
    middle, spread = _middle_and_spread(some[1])
    fitted, scaled = (np.nan_to_num((rows - middle) / spread, nan=0.0) for rows in some)
    detectors = (fit_forest(fitted, trees, seed), fit_histograms(fitted), fit_clusters(fitted, seed))
    scores = [detector.scores(scaled) for detector in detectors]
    half = np.array([np.quantile(score, 0.5) for score in scores])
    far = np.array([np.quantile(score, 0.99) for score in scores])
    far = np.maximum(far, half + LEAST_SPREAD)
    return Panel(*detectors, middle, spread, half, far, np.quantile(_joint(scores, half, far), STEPS), rows)


def _middle_and_spread(features: Floats) -> tuple[Floats, Floats]:
    """Median and standard deviation of the known values of each feature; 0 and 1 where there are none or all are equal."""
    there = ~np.isnan(features)
    known = there.sum(axis=0)
    mean = np.where(there, features, 0.0).sum(axis=0) / np.maximum(known, 1)
    spread = np.sqrt(np.where(there, (features - mean) ** 2, 0.0).sum(axis=0) / np.maximum(known, 1))
    middle = [np.nanmedian(column) if some else 0.0 for column, some in zip(features.T, known > 0, strict=True)]
    return np.array(middle), np.where(spread > LEAST_SPREAD, spread, 1.0)


def _blocks(features: Floats) -> Iterator[Floats]:
    return (features[start : start + BLOCK] for start in range(0, len(features), BLOCK))


def _joint(scores: Sequence[Floats], middle: Floats, far: Floats) -> Floats:
    total = np.zeros(len(scores[0]))
    for score, at, beyond in zip(scores, middle.tolist(), far.tolist(), strict=True):
        total += np.log1p(np.maximum((score - at) / (beyond - at), 0.0))
    return total / len(scores)


def _evenly(rows: int, most: int) -> Ints:
    """Return at most so many row numbers, evenly spaced."""
    return np.unique(np.linspace(0, rows - 1, min(rows, most)).astype(np.int64))
