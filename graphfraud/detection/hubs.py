"""Identifiers with more users than a family or a gang has: what a part of the data, which shows a few of them, must know.

A part holds a handful of the thousands who send from one tablet or work for one firm. Judged by those alone the tablet
would be a gang's and the firm a family; so the calibration keeps how many there are, since when, and whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from graphfraud.detection.clocks import AllClocks, clock_of_code
from graphfraud.detection.columns import Applications, Bools, Floats, Hidden, Ints, Tokens
from graphfraud.detection.ordering import begins, cells, distinct_in
from graphfraud.detection.parameters import RunParams
from graphfraud.detection.runs import few_strays, first_of_each_unit, most_frequent
from graphfraud.detection.units import Units

MORE_THAN = 12  # users: what a check reads of one identifier is more than that


@dataclass(frozen=True)
class Hubs:
    """Identifiers with more than MORE_THAN users, in order of their token; one row each.

    token, kind; users (units), persons, employers (distinct); first_day and last_day of use, the former without strays;
    dealer_clock and salesperson_clock: the clock (-1 none) of its most frequent dealer and salesperson, and their shares of
    the users;
    owned: somebody's own phone.
    """

    token: Tokens
    kind: Ints
    users: Ints
    persons: Ints
    employers: Ints
    first_day: Floats
    last_day: Floats
    dealer_clock: Ints
    dealer_share: Floats
    salesperson_clock: Ints
    salesperson_share: Floats
    owned: Bools

    def __len__(self) -> int:
        return len(self.token)


def learn_hubs(a: Applications, units: Units, clocks: AllClocks, params: RunParams) -> Hubs:
    """Note the identifiers that more users hold than a part can show."""
    holders = np.bincount(a.occ_identifier, minlength=len(a.identifier_kind))
    row = np.flatnonzero(holders[a.occ_identifier] > MORE_THAN)
    row = row[first_of_each_unit(a.occ_application[row], a.occ_identifier[row], units.unit)]
    identifier = a.occ_identifier[row]
    users = np.bincount(identifier, minlength=len(a.identifier_kind))
    kept = users[identifier] > MORE_THAN
    row, identifier = row[kept], identifier[kept]
    application = a.occ_application[row]
    head = np.flatnonzero(begins(identifier))
    which = np.cumsum(begins(identifier)) - 1
    hub = identifier[head]
    dealer_share, dealer = most_frequent(which, a.dealer[application])
    seller_share, seller = most_frequent(which, a.salesperson[application])
    day = a.day[application]
    last = np.append(head[1:], len(which))[: len(head)] - 1
    order = np.argsort(a.identifier_token[hub], kind="stable")
    at, hub = head[order], hub[order]
    return Hubs(
        a.identifier_token[hub],
        a.identifier_kind[hub],
        users[hub],
        _persons(a, holders)[hub],
        distinct_in(which, a.employer[application])[order] if len(which) else at,
        day[at + few_strays(users[hub], params)],
        day[last[order]],
        clock_of_code(clocks.dealers.index(a.dealer_ids), dealer[at]),
        dealer_share[at],
        clock_of_code(clocks.salespersons.index(a.salesperson_ids), seller[at]),
        seller_share[at],
        units.owned[hub],
    )


def with_hubs(a: Applications, hubs: Hubs) -> Applications:
    """Tell a part of the users of its identifiers that it does not show; `a` itself where it shows all."""
    if not len(hubs) or not len(a.identifier_token):
        return a
    at = np.minimum(np.searchsorted(hubs.token, a.identifier_token), len(hubs) - 1)
    known = (hubs.token[at] == a.identifier_token) & (hubs.kind[at] == a.identifier_kind)
    holders = np.bincount(a.occ_identifier, minlength=len(a.identifier_token))
    cut_off = known & (hubs.users[at] > holders)
    if not cut_off.any():
        return a
    hidden = {f.name: getattr(hubs, f.name)[at] for f in fields(Hidden) if f.name != "known"}
    return replace(a, hidden=Hidden(known=cut_off, **hidden))


def _persons(a: Applications, holders: Ints) -> Ints:
    row = np.flatnonzero(holders[a.occ_identifier] > MORE_THAN)
    held = cells(a.occ_identifier[row], a.person[a.occ_application[row]])
    return np.bincount(held.group, minlength=len(holders))
