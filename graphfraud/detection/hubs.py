"""Identifiers with more users than a family or a gang has: what a part of the data, which shows a few of them, must know.

A part holds a handful of the thousands who send from one tablet or work for one firm. Judged by those alone the tablet
would be a gang's and the firm a family; so the calibration keeps how many there are, since when, and whose they are.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from graphfraud.detection.clocks import AllClocks, clock_of_code
from graphfraud.detection.columns import KIND_CODE, Applications, Bools, Floats, Hidden, Ints, Tokens
from graphfraud.detection.links import main_employer, work_phones_of_firms
from graphfraud.detection.ordering import begins, cells, distinct_in
from graphfraud.detection.parameters import RunParams
from graphfraud.detection.runs import few_strays, first_of_each_unit, most_frequent
from graphfraud.detection.units import Units

MORE_THAN = 12  # users: what a check reads of one identifier is more than that


@dataclass(frozen=True)
class Hubs:
    """Identifiers with more than MORE_THAN users, in order of their token; one row each.

    token, kind; users (units), persons, employers (distinct); first_day of use, without strays; dealer_clock and
    salesperson_clock: the clock (-1 none) of its most frequent dealer and salesperson, and their shares of the users; owned:
    somebody's own phone; main_employer: of a work phone, the token of the employer whose it is (0 none).
    """

    token: Tokens
    kind: Ints
    users: Ints
    persons: Ints
    employers: Ints
    first_day: Floats
    dealer_clock: Ints
    dealer_share: Floats
    salesperson_clock: Ints
    salesperson_share: Floats
    owned: Bools
    main_employer: Tokens

    def __len__(self) -> int:
        return len(self.token)


def learn_hubs(a: Applications, units: Units, clocks: AllClocks, params: RunParams) -> Hubs:
    """Note the identifiers that more users hold than a part can show; one kind after another, to save memory."""
    owners = clocks.dealers.index(a.dealer_ids), clocks.salespersons.index(a.salesperson_ids)
    firm = _firms(a)
    found = [_hubs_of(a, a.occurrences(kind), units, owners, firm, params) for kind in KIND_CODE]
    columns = {f.name: np.concatenate([getattr(part, f.name) for part in found]) for f in fields(Hubs)}
    order = np.argsort(columns["token"], kind="stable")
    return Hubs(**{name: column[order] for name, column in columns.items()})


def _firms(a: Applications) -> Tokens:
    """Return by identifier the token of the employer whose work phone it is, 0 where it is nobody's or no work phone."""
    application, phone = work_phones_of_firms(a)
    employer = main_employer(phone, a.employer[application])
    found = np.zeros(len(a.identifier_token), np.uint64)
    found[phone[employer >= 0]] = a.employer_tokens[employer[employer >= 0]]
    return found


def _hubs_of(a: Applications, rows: slice, units: Units, owners: tuple[Ints, Ints], firm: Tokens, params: RunParams) -> Hubs:
    """Note the hubs among the identifiers of some occurrences, in order of identifier."""
    application, identifier = a.occ_application[rows], a.occ_identifier[rows]
    first = int(identifier[0]) if len(identifier) else 0
    held = np.bincount(identifier - first)[identifier - first] > MORE_THAN if len(identifier) else np.empty(0, bool)
    application, identifier = application[held], identifier[held]
    persons = np.bincount(cells(identifier - first, a.person[application]).group)
    user = first_of_each_unit(application, identifier - first, units.unit)
    application, identifier = application[user], identifier[user]
    kept = np.bincount(identifier - first)[identifier - first] > MORE_THAN if len(identifier) else np.empty(0, bool)
    application, identifier = application[kept], identifier[kept]
    at = np.flatnonzero(begins(identifier))
    which = np.cumsum(begins(identifier)) - 1
    hub, users = identifier[at], np.bincount(which, minlength=len(at))
    dealer_share, dealer = most_frequent(which, a.dealer[application])
    seller_share, seller = most_frequent(which, a.salesperson[application])
    day = a.day[application]
    return Hubs(
        a.identifier_token[hub],
        a.identifier_kind[hub],
        users,
        persons[hub - first],
        distinct_in(which, a.employer[application]) if len(which) else at,
        day[at + few_strays(users, params)],
        clock_of_code(owners[0], dealer[at]),
        dealer_share[at],
        clock_of_code(owners[1], seller[at]),
        seller_share[at],
        units.owned[hub],
        firm[hub],
    )


def with_hubs(a: Applications, hubs: Hubs) -> Applications:
    """Tell a part of the users of its identifiers that it does not show; `a` itself where it shows all or was told before."""
    if a.hidden is not None or not len(hubs) or not len(a.identifier_token):
        return a
    at = np.minimum(np.searchsorted(hubs.token, a.identifier_token), len(hubs) - 1)
    known = (hubs.token[at] == a.identifier_token) & (hubs.kind[at] == a.identifier_kind)
    holders = np.bincount(a.occ_identifier, minlength=len(a.identifier_token))
    cut_off = known & (hubs.users[at] > holders)
    if not cut_off.any():
        return a
    hidden = {f.name: getattr(hubs, f.name)[at] for f in fields(Hidden) if f.name != "known"}
    return replace(a, hidden=Hidden(known=cut_off, **hidden))
