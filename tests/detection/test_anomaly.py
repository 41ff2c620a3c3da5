from __future__ import annotations

import numpy as np
import pytest
from pyod.models.cblof import CBLOF
from pyod.models.hbos import HBOS
from pyod.models.iforest import IForest

from graphfraud.detection.anomaly import fit_panel, tail
from graphfraud.detection.anomaly.clusters import CLUSTERS, LARGE, fit_clusters
from graphfraud.detection.anomaly.forest import MANY, fit_forest
from graphfraud.detection.anomaly.histograms import fit_histograms
from graphfraud.detection.anomaly.panel import BLOCK

FIT = {
    "forest": lambda features: fit_forest(features, trees=50, seed=3),
    "histograms": fit_histograms,
    "clusters": lambda features: fit_clusters(features, seed=3),
}
PYOD = {
    "forest": lambda: IForest(n_estimators=50, random_state=3, n_jobs=1),
    "histograms": lambda: HBOS(n_bins="auto"),
    "clusters": lambda: CBLOF(CLUSTERS, alpha=LARGE, use_weights=False, random_state=3),
}
each_detector = pytest.mark.parametrize("name", list(FIT))


def usual_and_strange(rows: int = 700, strange: int = 7, seed: int = 0) -> np.ndarray:
    """Rows of two sorts, with counts, constants and many zeros among the features, and a few strange ones at the end."""
    rng = np.random.default_rng(seed)
    sort = rng.random(rows) < 0.3
    features = np.stack(
        [
            rng.normal(size=rows) + 4 * sort,
            rng.normal(size=rows),
            rng.poisson(0.2, size=rows).astype(float),
            np.zeros(rows),
            np.where(rng.random(rows) < 0.9, 0.0, rng.exponential(size=rows)),
        ],
        axis=1,
    )
    features[len(features) - strange :] = rng.normal(9, 1, size=(strange, 5))
    return features


@each_detector
def test_a_detector_scores_as_pyod_s_does(name):
    features, others = usual_and_strange(), usual_and_strange(300, seed=1)

    ours = FIT[name](features)

    theirs = PYOD[name]().fit(features)
    # PyOD's isolation forest counts from scikit-learn's offset, which follows the assumed contamination
    shift = -theirs.detector_.offset_ if name == "forest" else 0.0
    assert ours.scores(features) == pytest.approx(theirs.decision_function(features) + shift, abs=1e-6)
    assert ours.scores(others) == pytest.approx(theirs.decision_function(others) + shift, abs=1e-6)


@each_detector
def test_higher_is_stranger(name):
    features = usual_and_strange()

    scores = FIT[name](features).scores(features)

    assert scores[-7:].min() > np.quantile(scores[:-7], 0.95)


@each_detector
def test_fitting_twice_gives_the_same_scores(name):
    features = usual_and_strange()

    assert np.array_equal(FIT[name](features).scores(features), FIT[name](features).scores(features))


@each_detector
def test_a_row_s_score_does_not_depend_on_the_others(name):
    features = usual_and_strange(5_000)
    detector = FIT[name](features)

    together = detector.scores(features)

    assert np.array_equal([detector.scores(features[i : i + 1])[0] for i in range(0, 5_000, 97)], together[::97])
    assert np.array_equal(detector.scores(features[100:160]), together[100:160])
    assert len(detector.scores(features[:0])) == 0


@each_detector
@pytest.mark.parametrize("rows", [[[0.0, 0.0]] * 40, [[0.0, 1.0], [2.0, 3.0]], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]] * 10])
def test_few_or_equal_rows_are_scored_all_the_same(name, rows):
    features = np.array(rows)

    assert np.isfinite(FIT[name](features).scores(features)).all()


def test_an_anomaly_is_the_share_of_the_usual_that_is_less_strange():
    features = usual_and_strange(3_000, strange=30)

    panel = fit_panel(features, trees=50, seed=0)

    anomaly = panel.anomaly(features)
    assert anomaly.min() >= 0 and anomaly.max() <= 1
    assert np.mean(anomaly > 0.9) == pytest.approx(0.1, abs=0.01)
    assert anomaly[-30:].min() > 0.98
    assert np.array_equal(panel.anomaly(features[-1:]), anomaly[-1:])


def test_what_is_missing_is_not_strange():
    features = usual_and_strange()
    panel = fit_panel(features, trees=50, seed=0)
    odd = panel.middle.copy()
    odd[0] = 50.0

    unknown = np.where([True, False, False, False, False], np.nan, odd)

    assert panel.anomaly(odd[None])[0] > 0.9 > panel.anomaly(unknown[None])[0]
    assert panel.unusual(odd[None], 1).tolist() == [[0]]


def test_too_few_rows_give_no_opinion():
    panel = fit_panel(np.arange(15.0).reshape(5, 3), trees=10, seed=0)

    assert panel.anomaly(np.full((4, 3), 99.0)).tolist() == [0, 0, 0, 0]
    assert panel.unusual(np.full((4, 3), 99.0), 2).tolist() == [[], [], [], []]


def test_a_feature_that_nobody_has_is_no_reason_to_fail():
    features = usual_and_strange()
    features[:, 1] = np.nan

    assert np.isfinite(fit_panel(features, trees=10, seed=0).anomaly(features)).all()


def test_the_tail_counts_decimal_orders_up_to_a_bound():
    assert tail(np.array([0.0, 0.9, 0.99, 1.0]), 3.0) == pytest.approx([0, 1, 2, 3])


@pytest.mark.parametrize("threads", [1, 3])
def test_many_rows_are_scored_in_blocks_as_they_are_alone_whatever_the_number_of_threads(threads, monkeypatch):
    panel = fit_panel(usual_and_strange(), trees=20, seed=0)
    many = usual_and_strange(rows=2 * BLOCK + 17, strange=5, seed=4)
    monkeypatch.setattr("graphfraud.detection.anomaly.panel.THREADS", threads)

    together = panel.joint(many)

    rows = [0, BLOCK - 1, BLOCK, 2 * BLOCK, len(many) - 1]
    assert together[rows].tolist() == [float(panel.joint(many[row : row + 1])[0]) for row in rows]
    assert together[BLOCK : 2 * BLOCK].tolist() == panel.joint(many[BLOCK : 2 * BLOCK]).tolist()
    assert BLOCK >= MANY, "what is compiled is not compared with anything"
    assert together[:5000].tolist() == panel.joint(many[:5000]).tolist()
