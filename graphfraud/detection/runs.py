"""Cut each identifier's users into runs: units that came close together in time, against the identifier's own rate.

Reach: the component (all users of an identifier). A hub is judged per run, never per lifetime: a work phone is evidence
and a hub.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import poisson

from graphfraud.detection.clocks import AllClocks
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.links import EVIDENCE_CODE, Links
from graphfraud.detection.ordering import cells, distinct_in
from graphfraud.detection.parameters import RunParams
from graphfraud.detection.units import Units

STATIONARY = tuple(EVIDENCE_CODE[name] for name in ("device", "phone", "ip"))  # kinds that can belong to one store

LEAST_STEP = 1 / 365  # of the market's clock: a day of a year


@dataclass(frozen=True)
class Runs:
    """Users of identifiers, and the runs they form.

    One row a user (the first application of each unit at an identifier), ordered by identifier and time: application,
    unit, run.

    One row a run: identifier, kind, owned; units (in the run), all_units (of the identifier); first_day, last_day;
    dealers, salespersons, employers (distinct, in the run); dealer_share, salesperson_share (the most frequent one's
    share of the identifier's users); clerk (a number that follows one salesperson); tempo (decimal orders of surprise
    that so many came so close, 0–12).

    timed: whether there are times at all; without them there is no tempo.
    """

    application: Ints
    unit: Ints
    run: Ints
    identifier: Ints
    kind: Ints
    owned: Bools
    units: Ints
    all_units: Ints
    first_day: Floats
    last_day: Floats
    dealers: Ints
    salespersons: Ints
    employers: Ints
    all_employers: Ints
    dealer_share: Floats
    salesperson_share: Floats
    clerk: Bools
    tempo: Floats
    timed: bool

    def __len__(self) -> int:
        return len(self.identifier)


def cut_runs(a: Applications, units: Units, links: Links, clocks: AllClocks, params: RunParams) -> Runs:
    """Find the runs of every identifier that two or more units use."""
    user = _first_of_each_unit(links.application, links.identifier, units.unit)
    application, identifier = links.application[user], links.identifier[user]
    head = np.diff(identifier, prepend=-1) != 0
    which = np.cumsum(head) - 1
    n = np.bincount(which)[which] if len(which) else which
    kind = links.kind[identifier]
    dealer, salesperson = a.dealer[application], a.salesperson[application]
    dealer_share, dealer_main = _most_frequent(which, dealer)
    seller_share, seller_main = _most_frequent(which, salesperson)
    clerk = (kind == EVIDENCE_CODE["phone"]) & (dealer_share == 1) & (seller_share > params.bound_share)
    bound = (dealer_share > params.bound_share) & np.isin(kind, STATIONARY) & (n >= params.bound_users)
    clock, step = _own_clock(a, application, clocks, dealer_main, seller_main, bound, clerk)
    stationed = bound & (kind != EVIDENCE_CODE["phone"]) & (n >= params.stationed_users)
    clock, step = _own_lifetime(clock, step, a.day[application], head, which, stationed, params)
    gap = np.diff(clock, prepend=-np.inf)
    hub = (n > params.hub) & (gap > params.hub_gap / np.maximum(n, 1)) & (gap > params.least_gap)
    cut = head | (gap > params.gap) | hub
    run = np.cumsum(cut) - 1
    first = np.flatnonzero(cut)
    last = np.append(first[1:], len(run))[: len(first)] - 1
    m = np.bincount(run) if len(run) else run
    width = np.maximum(clock[last] - clock[first], step[first])
    tempo = surprise(m, n[first], width, params)
    day = a.day[application]
    return Runs(
        application=application,
        unit=units.unit[application],
        run=run,
        identifier=identifier[first],
        kind=kind[first],
        owned=links.owned[identifier[first]] & (kind[first] == EVIDENCE_CODE["phone"]),
        units=m,
        all_units=n[first],
        first_day=day[first],
        last_day=day[last],
        dealers=distinct_in(run, dealer),
        salespersons=distinct_in(run, salesperson),
        employers=distinct_in(run, a.employer[application]),
        all_employers=distinct_in(which, a.employer[application])[which[first]] if len(first) else first,
        dealer_share=dealer_share[first],
        salesperson_share=seller_share[first],
        clerk=clerk[first],
        tempo=tempo if a.timed else np.zeros(len(first)),
        timed=a.timed,
    )


def surprise(units: Ints, users: Ints, width: Floats, params: RunParams) -> Floats:
    """Return the decimal orders of surprise (0 to the ceiling) that so many of an identifier's users come within a width.

    width is in shares of the identifier's clock; Poisson scan, with each user as the first.
    """
    unsteady = np.where(users > params.steady_users, params.unsteady, 1.0)
    chance = users * poisson.sf(units - 2, (users - 1) * width * unsteady)
    return np.asarray(np.clip(-np.log10(np.clip(chance, 10.0**-params.ceiling, 1.0)), 0, params.ceiling))


def _first_of_each_unit(application: Ints, identifier: Ints, unit: Ints) -> Ints:
    """Rows of the first application of each unit at each identifier, where two or more units meet, in time order.

    Application numbers are in order of submission, so the first row of an (identifier, unit) is the earliest.
    """
    kept = np.sort(cells(identifier, unit[application]).first)  # rows stand by identifier, then application
    meets = np.bincount(identifier[kept], minlength=int(identifier.max(initial=-1)) + 1)[identifier[kept]] > 1
    return np.asarray(kept[meets])


def _most_frequent(group: Ints, value: Ints) -> tuple[Floats, Ints]:
    """Share and code of each group's most frequent value (lowest code on ties), repeated on each row; missing counts."""
    if len(group) == 0:
        return np.empty(0), np.empty(0, np.int64)
    found = cells(group, value)
    lowest_first = int(value.max()) - found.value  # of values as frequent as each other
    base = int(value.max()) + 2
    best = np.maximum.reduceat(found.count * base + lowest_first, np.flatnonzero(np.diff(found.group, prepend=-1)))
    code = int(value.max()) - best % base
    share = np.where(code >= 0, best // base / np.bincount(group), 0.0)
    return share[group], code[group]


def _own_clock(
    a: Applications, application: Ints, clocks: AllClocks, dealer: Ints, salesperson: Ints, bound: Bools, clerk: Bools
) -> tuple[Floats, Floats]:
    """Time of each user on the clock that is the identifier's own, and the smallest step of that clock."""
    day = a.day[application]
    market = clocks.market.read(np.zeros(len(day), np.int64), day)
    step = np.full(len(day), LEAST_STEP)
    for rows, who, names, of in (
        (bound, dealer, a.dealer_ids, clocks.dealers),
        (clerk, salesperson, a.salesperson_ids, clocks.salespersons),
    ):
        rows = rows & (who >= 0)
        clock = of.index(names)[who[rows]] if rows.any() else np.empty(0, np.int64)
        known = np.flatnonzero(rows)[clock >= 0]
        clock = clock[clock >= 0]
        market[known] = of.read(clock, day[known])
        step[known] = 1 / of.count[clock]
    return market, step


def _own_lifetime(
    clock: Floats, step: Floats, day: Floats, head: Bools, which: Ints, stationed: Bools, params: RunParams
) -> tuple[Floats, Floats]:
    """Stretch the clock of a store's own device or line over the months it was in use.

    A tablet that breaks in March and its successor are each busy for half a year: against the whole year that is a burst,
    against its own life it is routine.
    """
    if len(which) == 0:
        return clock, step
    first = np.flatnonzero(head)
    last = np.append(first[1:], len(which)) - 1
    life = (day[last] - day[first])[which]
    length = np.maximum(clock[last] - clock[first], 1e-9)[which]
    stretched = stationed & (life >= params.stationed_days)
    own = (clock - clock[first][which]) / length
    return np.where(stretched, own, clock), np.where(stretched, np.minimum(step / length, 1.0), step)
