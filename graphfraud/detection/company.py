"""How near an application outside every ring stands to one: it holds what mostly a ring's members hold.

That makes nobody a member: a member's neighbour, cousin or flatmate stands as near. It is what a person should look at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.links import Links
from graphfraud.detection.ordering import begins, counted, places, sorted_unique
from graphfraud.detection.parameters import CompanyParams
from graphfraud.detection.runs import Runs
from graphfraud.results import Reason
from graphfraud.schema import KINDS

NEAR_RING = "near_ring"
SHOWN = 3  # members named in a reason


@dataclass(frozen=True)
class Company:
    """near: how near (0–1) each application stands to a ring, 0 for members; member: the number of its ring (-1 none).

    One row an identifier (of the columns) by which an application outside the rings stands near one, by application, the
    strongest first: application, identifier, ring (its number), members (of the ring who hold it), users (units), value.
    """

    near: Floats
    member: Ints
    application: Ints
    identifier: Ints
    ring: Ints
    members: Ints
    users: Ints
    value: Floats

    def strongest(self, risk: Floats) -> tuple[Ints, Floats]:
        """Return the first row of each application that stands nearer to a ring than its risk says, and what it alone adds.

        risk is by application; the second row of an application says nearly as much, and is not taken away with the first.
        """
        first = np.flatnonzero(begins(self.application))
        several = np.diff(first, append=len(self.application)) > 1
        second = np.where(several, np.append(self.value, 0.0)[first + 1], 0.0)
        own = risk[self.application[first]]
        kept = self.value[first] > own
        return first[kept], (self.value[first] - np.maximum(second, own))[kept]

    def reason(self, a: Applications, row: int, risk: Floats) -> Reason | None:
        """Say why one application, whose own risk (risk is by application) is less, stands near a ring."""
        rows, adds = self.strongest(risk)
        at = int(np.searchsorted(self.application[rows], row))
        if at == len(rows) or self.application[rows[at]] != row:
            return None
        first = rows[at]
        identifier = int(self.identifier[first])
        holders = a.occ_application[a.occ_identifier == identifier]
        inside = sorted_unique(holders[self.member[holders] == self.ring[first]])
        kind = KINDS[int(a.identifier_kind[identifier])].name
        return Reason(
            NEAR_RING,
            float(adds[at]),
            kind,
            (f"{int(a.identifier_token[identifier]):016x}",),
            facts={"members": int(self.members[first]), "persons": int(self.users[first])},
            token_kinds=(kind,),
            applications=tuple(a.application_id[name] for name in inside[:SHOWN].tolist()),
        )


def keep_company(a: Applications, links: Links, runs: Runs, ring: Ints, risk: Floats, params: CompanyParams) -> Company:
    """Find who stands near a ring; ring is the number of each application's ring (-1 none), risk that of each ring.

    Of k other users of an identifier j are of one ring: the next one is with probability (j + w p) / (k + w), w users'
    worth of the share p of all applications that are in rings; times the ring's risk; of several identifiers the one that
    says most.
    """
    empty = np.empty(0, np.int64)
    nobody = Company(np.zeros(len(a)), ring, empty, empty, empty, empty, empty, np.empty(0))
    if not len(risk) or not len(runs):
        return nobody
    identifier = runs.identifier[runs.run]
    touched = ring[runs.application]
    few = (runs.all_units[runs.run] <= params.users) & (identifier < len(a.identifier_kind))
    inside = np.flatnonzero((touched >= 0) & few)
    key, members = counted(identifier[inside] * len(risk) + touched[inside])
    several = members >= params.members
    held, which, members = (key // len(risk))[several], (key % len(risk))[several], members[several]
    rows = np.flatnonzero(few & (touched < 0))
    rows = rows[np.argsort(identifier[rows], kind="stable")]
    pair, at = places(identifier[rows], held)
    if not len(pair):
        return nobody
    row = rows[at]
    users = runs.all_units[runs.run[row]]
    share = (members[pair] + params.prior * params.in_rings) / (users - 1 + params.prior)
    value = np.minimum(share, 1.0) * risk[which[pair]]
    application = runs.application[row]
    order = np.lexsort((links.cited[held[pair]], -value, application))
    pair, application, value = pair[order], application[order], value[order]
    near = np.zeros(len(a))
    np.maximum.at(near, application, value)
    return Company(near, ring, application, held[pair], which[pair], members[pair], users[order], value)
