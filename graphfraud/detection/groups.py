"""The communities as they stand after refining: who is in them, by which runs, with how much evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.attach import Attached
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.communities import Communities
from graphfraud.detection.links import Links
from graphfraud.detection.ordering import find, firsts, least_and_most, sorted_unique
from graphfraud.detection.parameters import AttachParams
from graphfraud.detection.units import Units

Circumstances = Mapping[str, Floats]
LEAST_EVIDENCE = 0.01  # circumstances can speak against a group that shares something, not undo that it does


@dataclass(frozen=True)
class Groups:
    """Members and shared runs of each community.

    One row a member, ordered by community and application: community, application, strength (0–1), core (tied itself
    or by its unit). One row a shared run: run_community, run, run_score. circumstances: what each adds by community, under
    the code of the reason that tells of it; unlike: what departing from the customers says of each (`departures`), whether it
    is counted there or in the runs.
    """

    count: int
    community: Ints
    application: Ints
    strength: Floats
    core: Bools
    run_community: Ints
    run: Ints
    run_score: Floats
    circumstances: Circumstances
    unlike: Floats

    @property
    def evidence(self) -> Floats:
        """Evidence of each community in decimal orders of odds, circumstances included."""
        shared = np.bincount(self.run_community, weights=self.run_score, minlength=self.count).astype(np.float64)
        return with_circumstances(shared, self.circumstances)


def with_circumstances(shared: Floats, circumstances: Circumstances) -> Floats:
    """Add to the evidence of what communities share that of circumstances; who shares nothing has none."""
    return np.where(shared > 0, np.maximum(shared + sum(circumstances.values()), LEAST_EVIDENCE), 0.0)


def gather(
    a: Applications,
    units: Units,
    communities: Communities,
    circumstances: Circumstances,
    unlike: Floats,
    attached: Attached,
    links: Links,
    params: AttachParams,
) -> Groups:
    """Collect members (who holds what is shared, all their applications, and what circumstance attaches) and shared runs."""
    run_community, run, run_score = communities.run_scores
    application = np.arange(len(a))
    community, share = _tied_community(a, units, communities, run, links, params.weeks)
    community = np.where(share >= params.unit_share, community, -1)
    core = community >= 0
    strength = _tie_strength(units, communities, run_community, run, run_score)[units.unit]
    certain = attached.probability > params.member_from
    joins = certain & (community[attached.application] < 0)
    community[attached.application[joins]] = attached.community[joins]
    strength[attached.application[joins]] = attached.probability[joins]
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
        circumstances,
        unlike,
    )


def _tied_community(
    a: Applications, units: Units, communities: Communities, run: Ints, links: Links, weeks: float
) -> tuple[Ints, Floats]:
    """Community of each application whose unit is tied, and the share of its unit's persons who hold what is shared.

    It is 1 for who holds something or came to the same dealers in the same weeks; the rest of a family or a fleet is in it
    as far as the unit is.
    """
    if len(run) == 0:
        return np.full(len(a), -1, np.int64), np.zeros(len(a))
    runs, base = communities.runs, max(units.count, 1)
    tied = communities.tie[communities.in_runs.tied]
    shared = np.zeros(len(links.kind), bool)
    shared[runs.identifier[run]] = True
    rows = np.flatnonzero(shared[links.identifier])
    asked = links.identifier[rows] * base + units.unit[links.application[rows]]
    _, holds = find(np.sort(runs.identifier[runs.run[tied]] * base + runs.unit[tied]), asked)
    holder = np.zeros(a.persons, bool)
    holder[a.person[links.application[rows[holds]]]] = True
    person, first = firsts(a.person)
    persons = np.bincount(units.unit[first], minlength=units.count)
    share = np.bincount(units.unit[first], weights=holder[person], minlength=units.count) / np.maximum(persons, 1)
    of_unit = np.full(units.count, -1, np.int64)
    of_unit[runs.unit[tied]] = communities.community[runs.unit[tied]]
    community = of_unit[units.unit]
    held = np.flatnonzero(holder[a.person] & (community >= 0))
    opens, closes = least_and_most(community[held], a.day[held], communities.count)
    dealers = int(a.dealer.max(initial=0)) + 2
    seat = community * dealers + a.dealer + 1
    there = find(sorted_unique(seat[held]), seat)[1] & (a.dealer >= 0) & (community >= 0)
    there &= (a.day >= opens[community] - weeks) & (a.day <= closes[community] + weeks)
    return community, np.where(holder[a.person] | there, 1.0, share[units.unit])


def _tie_strength(units: Units, communities: Communities, run_community: Ints, run: Ints, run_score: Floats) -> Floats:
    """Probability that each unit's ties to its community are no chance: 1 - 10^-(its share of the runs' evidence)."""
    runs = communities.runs
    users = np.bincount(runs.run, minlength=len(runs)) if len(runs) else np.empty(0)
    base = max(len(runs), 1)
    key = run_community * base + run
    order = np.argsort(key)
    asked = communities.community[runs.unit[communities.tie]] * base + runs.run[communities.tie]
    if len(key) == 0:
        return np.zeros(units.count)
    at, hit = find(key[order], asked)
    score = run_score[order][at] / np.maximum(users[runs.run[communities.tie]], 1)
    total = np.bincount(runs.unit[communities.tie][hit], weights=score[hit], minlength=units.count)
    return np.asarray(1 - 10.0**-total)
