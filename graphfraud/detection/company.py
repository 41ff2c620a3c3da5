"""How near an application outside every ring stands to one: it holds what mostly a ring's members hold.

That makes nobody a member: a member's neighbour, cousin or flatmate stands as near. It is what a person should look at.
"""

from __future__ import annotations

import numpy as np

from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.ordering import places
from graphfraud.detection.parameters import CompanyParams
from graphfraud.detection.runs import Runs


def in_company(a: Applications, runs: Runs, ring: Ints, risk: Floats, params: CompanyParams) -> Floats:
    """Return, for each application outside the rings, how likely the next user of what it holds is a ring's (0–1).

    ring is the number of the ring of each application (-1 none), risk that of each ring. Of k other users of an identifier
    j are of one ring: the next one is with probability (j + w p) / (k + w), w users' worth of the share p of all
    applications that are in rings; times the ring's risk; of several identifiers the one that says most.
    """
    near = np.zeros(len(a))
    if not len(risk) or not len(runs):
        return near
    identifier = runs.identifier[runs.run]
    touched = ring[runs.application]
    few = runs.all_units[runs.run] <= params.users
    inside = np.flatnonzero((touched >= 0) & few)
    if not len(inside):
        return near
    count = len(risk)
    key, members = np.unique(identifier[inside] * count + touched[inside], return_counts=True)
    several = members >= params.members
    held, which, members = (key // count)[several], (key % count)[several], members[several]
    rows = np.flatnonzero(few & (touched < 0))
    rows = rows[np.argsort(identifier[rows], kind="stable")]
    pair, at = places(identifier[rows], held)
    row = rows[at]
    others = runs.all_units[runs.run[row]] - 1
    share = (members[pair] + params.prior * params.in_rings) / (others + params.prior)
    np.maximum.at(near, runs.application[row], np.minimum(share, 1.0) * risk[which[pair]])
    return near
