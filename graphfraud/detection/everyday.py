"""Everyday groups: the users of any one identifier, evidence or not. What they look like is usual for a group.

Communities are no measure of the usual: only suspicious ones are found at all, and among gangs a gang is not strange.
Reach: the component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import Applications, Ints
from graphfraud.detection.ordering import places, sorted_unique
from graphfraud.detection.runs import Runs

MOST_GROUPS = 6_000  # more change no figure


@dataclass(frozen=True)
class EverydayGroups:
    """Members, one row each, ordered by group and application; `run` names the run that each group comes from."""

    group: Ints
    application: Ints
    run: Ints

    @property
    def count(self) -> int:
        """Number of groups."""
        return len(self.run)


def everyday_groups(a: Applications, unit: Ints, runs: Runs, most: int) -> EverydayGroups:
    """Take the runs of two to `most` units (evenly spaced ones if there are many), with all applications of the units."""
    few = np.flatnonzero((runs.units >= 2) & (runs.units <= most))
    if len(few) > MOST_GROUPS:
        few = few[np.linspace(0, len(few) - 1, MOST_GROUPS).astype(np.int64)]
    number = np.full(len(runs), -1, np.int64)
    number[few] = np.arange(len(few))
    user = np.flatnonzero(number[runs.run] >= 0) if len(runs) else np.empty(0, np.int64)
    order = np.argsort(unit, kind="stable")
    row, at = places(unit[order], runs.unit[user])
    n = max(len(a), 1)
    pair = sorted_unique(number[runs.run[user]][row] * n + order[at])
    return EverydayGroups(pair // n, pair % n, few)
