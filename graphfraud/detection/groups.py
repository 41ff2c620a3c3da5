"""The communities as they stand after refining: who is in them, by which runs, with how much evidence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.attach import Attached
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.communities import Communities, core_members, run_scores
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.parameters import AttachParams
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import Units


@dataclass(frozen=True)
class Groups:
    """Members and shared runs of each community.

    One row a member, ordered by community and application: community, application, strength (0–1), core (tied itself
    or by its unit). One row a shared run: run_community, run, run_score. coherence: what the dealers add, by community.
    """

    count: int
    community: Ints
    application: Ints
    strength: Floats
    core: Bools
    run_community: Ints
    run: Ints
    run_score: Floats
    coherence: Floats

    @property
    def evidence(self) -> Floats:
        """Evidence of each community in decimal orders of odds, coherence included."""
        shared = np.bincount(self.run_community, weights=self.run_score, minlength=self.count)
        return np.where(shared > 0, np.maximum(shared + self.coherence, 0.01), 0.0)


def gather(
    a: Applications,
    units: Units,
    runs: Runs,
    evidence: Evidence,
    communities: Communities,
    coherence: Floats,
    attached: Attached,
    params: AttachParams,
) -> Groups:
    """Collect members (all applications of a tied unit, and what circumstance attaches) and shared runs."""
    run_community, run, run_score = run_scores(runs, evidence, communities)
    tied_community, tied = core_members(runs, communities)
    community_of_unit = np.full(units.count, -1, np.int64)
    community_of_unit[units.unit[tied]] = tied_community
    application = np.arange(len(a))
    community = community_of_unit[units.unit] if len(a) else application
    strength = _tie_strength(units, runs, communities, run_community, run, run_score)[units.unit]
    certain = attached.probability > params.member_from
    joins = certain & (community[attached.application] < 0)
    community[attached.application[joins]] = attached.community[joins]
    strength[attached.application[joins]] = attached.probability[joins]
    core = community_of_unit[units.unit] >= 0 if len(a) else np.empty(0, bool)
    rows = np.flatnonzero(community >= 0)
    rows = rows[np.argsort(community[rows], kind="stable")]
    return Groups(
        communities.count,
        community[rows],
        application[rows],
        strength[rows],
        core[rows],
        run_community,
        run,
        run_score,
        coherence,
    )


def _tie_strength(
    units: Units, runs: Runs, communities: Communities, run_community: Ints, run: Ints, run_score: Floats
) -> Floats:
    """Probability that each unit's ties to its community are no chance: 1 - 10^-(its share of the runs' evidence)."""
    users = np.bincount(runs.run, minlength=len(runs)) if len(runs) else np.empty(0)
    base = max(len(runs), 1)
    key = run_community * base + run
    order = np.argsort(key)
    asked = communities.community[runs.unit[communities.tie]] * base + runs.run[communities.tie]
    if len(key) == 0:
        return np.zeros(units.count)
    at = np.minimum(np.searchsorted(key[order], asked), len(key) - 1)
    hit = key[order][at] == asked
    score = run_score[order][at] / np.maximum(users[runs.run[communities.tie]], 1)
    total = np.bincount(runs.unit[communities.tie][hit], weights=score[hit], minlength=units.count)
    return np.asarray(1 - 10.0**-total)
