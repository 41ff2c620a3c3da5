"""What the detectors think of communities, applications and dealers: learned by `calibrate`, asked by `judge`.

A community is compared with everyday groups, an application with the others, a dealer with its peers. The scale of each is
part of the calibration: an anomaly of 0.99 is what one in a hundred has there, every night until the next calibration.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.anomaly import Opinion, Panel, fit_panel, tail
from graphfraud.detection.application_features import ApplicationView, measure_applications
from graphfraud.detection.columns import Floats, Ints, Strings
from graphfraud.detection.dealer_features import DEALER_FEATURES, DealerView, drawn_to_peers, learn_peers, measure_dealers
from graphfraud.detection.everyday import everyday_groups
from graphfraud.detection.features import View, measure, measure_everyday
from graphfraud.detection.parameters import AnomalyParams
from graphfraud.results import DealerRisk


@dataclass(frozen=True)
class Opinions:
    """A panel for each sort of thing, and the dealers' mean of each feature that is one (`peers`)."""

    groups: Panel
    applications: Panel
    dealers: Panel
    peers: Floats


@dataclass(frozen=True)
class Dealers:
    """Features of the dealers, one row each; their names, and how many applications each has sent."""

    features: Floats
    dealer_id: Strings
    count: Floats


@dataclass(frozen=True)
class Measured:
    """Features of the applications, one row each, and the dealers with theirs."""

    applications: Floats
    dealers: Dealers


@dataclass(frozen=True)
class Alone:
    """How strange each application is by itself (0–1), and the dealers."""

    anomaly: Floats
    dealers: Dealers


def measure_alone(view: View) -> Measured:
    """Measure what does not need the panels: applications and dealers."""
    a = view.a
    seen = ApplicationView(a, view.unit, view.runs, view.market)
    features = measure_applications(seen)
    tied = np.zeros(len(a), bool)
    tied[view.groups.application[(view.groups.evidence > 0)[view.groups.community]]] = True
    dealers = DealerView(seen, features, tied, int(a.dealer.max(initial=-1)) + 1)
    return Measured(features, Dealers(measure_dealers(dealers), a.dealer_ids, dealers.count))


def strange_alone(opinions: Opinions, measured: Measured) -> Alone:
    """Ask the applications' panel; the features, by far the largest thing there is, are not needed any more."""
    return Alone(opinions.applications.anomaly(measured.applications), measured.dealers)


def learn_opinions(view: View, measured: Measured, params: AnomalyParams) -> Opinions:
    """Fit the panels on the whole of the data."""
    groups = everyday_groups(view.a, view.unit, view.runs, params.everyday_units)
    usual = measure_everyday(view.a, view.unit, view.runs, view.market, groups)
    met = measured.dealers
    peers = learn_peers(met.features, met.count)
    by_name = np.argsort(met.dealer_id.astype(str), kind="stable")
    dealers = drawn_to_peers(met.features, met.count, peers, params.dealer_applications)[by_name]
    return Opinions(
        fit_panel(usual, params.trees, params.seed),
        fit_panel(measured.applications, params.application_trees, params.seed),
        fit_panel(dealers, params.trees, params.seed),
        peers,
    )


def opinion_on_groups(opinions: Opinions, view: View, params: AnomalyParams) -> Opinion:
    """Return what the strangeness of each community adds to its evidence.

    Nothing up to one in ten everyday groups, `opinion` from one in a thousand on.
    """
    features = measure(view)
    rare = _between(opinions.groups.anomaly(features), params.strange_from, params.opinion_at)
    return Opinion(params.opinion * rare, features, opinions.groups)


def risk_alone(anomaly: Floats, params: AnomalyParams) -> Floats:
    """Return the risk of applications that nothing but their strangeness speaks against.

    Nothing up to one in ten, `alone` from one in ten thousand on: where strange means honest (a busy reviewer), ordering
    everybody by it would cost precision.
    """
    return params.alone * _between(anomaly, params.strange_from, params.alone_at)


def _between(anomaly: Floats, nothing: float, everything: float) -> Floats:
    """Where the rareness of anomalies (decimal orders) stands between two of which the first says nothing, 0–1."""
    return np.asarray(np.clip((tail(anomaly, everything) - nothing) / (everything - nothing), 0, 1))


def opinion_on_dealers(
    opinions: Opinions, dealers: Dealers, dealer: Ints, risk: Floats, params: AnomalyParams
) -> tuple[DealerRisk, ...]:
    """Return every dealer of the part with its risk, its anomaly and its three most unusual features, the riskiest first.

    dealer and risk are those of the applications. What is expected in rings says nearly all; strangeness adds up to
    `dealer_alone` to it, on the scale of `risk_alone`.
    """
    features = drawn_to_peers(dealers.features, dealers.count, opinions.peers, params.dealer_applications)
    anomaly, unusual = opinions.dealers.anomaly(features), opinions.dealers.unusual(features, 3)
    known = dealer >= 0
    expected = np.bincount(dealer[known], risk[known], len(dealers.count)) / np.maximum(dealers.count, 1)
    strange = params.dealer_alone * _between(anomaly, params.strange_from, params.alone_at)
    risks = expected + (1 - expected) * strange
    found = [
        DealerRisk(name, int(count), own_risk, strangeness, tuple(DEALER_FEATURES[k].__name__ for k in which))
        for name, count, own_risk, strangeness, which in zip(
            dealers.dealer_id.tolist(),
            dealers.count.tolist(),
            risks.tolist(),
            anomaly.tolist(),
            unusual.tolist(),
            strict=True,
        )
    ]
    return tuple(sorted(found, key=lambda dealer: (-dealer.risk, -dealer.anomaly, dealer.dealer_id)))
