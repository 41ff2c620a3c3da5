"""Benign groups that look like rings: each class a function that says how well it explains a community, in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from graphfraud.detection.columns import Floats
from graphfraud.detection.features import View
from graphfraud.detection.links import EVIDENCE_CODE

NAMED_FROM = 0.5  # a class is named when it explains at least half of the community


def household(v: View) -> Floats:
    """One surname in one building."""
    return np.minimum(v.top_share(v.a.surname), v.top_share(v.a.building))


def reapply(v: View) -> Floats:
    """Few persons who apply again and again."""
    return 1 - v.distinct(v.a.person) / np.maximum(v.size, 1)


def fleet(v: View) -> Floats:
    """One employer's people within a few days, in so far as accounts are what ties them."""
    return np.minimum(v.top_share(v.a.employer), _share_of_evidence(v, "account")) * (v.timed & (v.duration <= 3))


def dormitory(v: View) -> Floats:
    """Colleagues in one building."""
    return np.minimum(v.top_share(v.a.employer), v.top_share(v.a.building))


def broker(v: View) -> Floats:
    """Phone numbers are what ties them, over more than a season; neither whose they are nor how evenly is asked."""
    return _share_of_evidence(v, "phone") * (v.timed & (v.duration > 90))


def store_tablet(v: View) -> Floats:
    """The device or line of one store."""
    at_one = v.distinct(v.a.dealer) <= 1
    return (_share_of_evidence(v, "device") + _share_of_evidence(v, "ip")) * at_one * (v.timed & (v.duration > 90))


def big_employer(v: View) -> Floats:
    """One employer and its switchboard."""
    tied = _share_of_evidence(v, "work_phone") + _share_of_evidence(v, "employer")
    return np.minimum(v.top_share(v.a.employer), tied)


LookAlike = Callable[[View], Floats]
# those of the classes (`not_raised.CLASSES`) that can explain a community; of equals the first is named
LOOK_ALIKES: tuple[LookAlike, ...] = (household, reapply, fleet, dormitory, broker, store_tablet, big_employer)


def name_look_alikes(view: View) -> tuple[list[str], Floats]:
    """Name the class that explains each community best ("" below NAMED_FROM) and say how well it does."""
    if view.groups.count == 0:
        return [], np.empty(0)
    fit = np.stack([look_alike(view) for look_alike in LOOK_ALIKES])
    best = np.argmax(fit, axis=0)
    well = fit[best, np.arange(view.groups.count)]
    names = [LOOK_ALIKES[k].__name__ if w >= NAMED_FROM else "" for k, w in zip(best.tolist(), well.tolist(), strict=True)]
    return names, well


def _share_of_evidence(v: View, kind: str) -> Floats:
    """Share of the evidence that comes from one kind of identifier."""
    of_kind = (v.runs.kind[v.groups.run] == EVIDENCE_CODE[kind]) * v.groups.run_score
    part = np.bincount(v.groups.run_community, weights=of_kind, minlength=v.groups.count)
    whole = np.bincount(v.groups.run_community, weights=v.groups.run_score, minlength=v.groups.count)
    return np.asarray(part / np.maximum(whole, 1e-9))
