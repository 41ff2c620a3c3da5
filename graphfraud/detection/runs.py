"""Cut each identifier's users into runs: units that came close together in time, against the identifier's own rate.

Reach: the component (all users of an identifier). A hub is judged per run, never per lifetime: a work phone is evidence
and a hub.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from scipy.stats import poisson

from graphfraud.detection.clocks import AllClocks, clock_of_code
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.links import EVIDENCE_CODE, Links
from graphfraud.detection.ordering import begins, cells, distinct_in
from graphfraud.detection.parameters import RunParams
from graphfraud.detection.units import Units

STATIONARY = tuple(EVIDENCE_CODE[name] for name in ("device", "phone", "ip"))  # kinds that can belong to one store

LEAST_STEP = 1 / 365  # of the market's clock: a day of a year
TOGETHER = 2_000_000  # ties that are cut together


@dataclass(frozen=True)
class Runs:
    """Users of identifiers, and the runs they form.

    One row a user (the first application of each unit at an identifier), ordered by identifier and time: application,
    unit, run.

    One row a run: identifier, kind, owned; units (in the run), all_units (of the identifier); first_day, last_day;
    dealers, salespersons, employers (distinct, in the run), all_employers (distinct, of the identifier); dealer_share,
    salesperson_share (the most frequent one's share of the identifier's users); clerk (a number that follows one
    salesperson); untold (nobody in the run gives an employer); tempo (decimal orders of surprise that so many came so
    close, 0–12).

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
    untold: Bools
    tempo: Floats
    timed: bool

    def __len__(self) -> int:
        return len(self.identifier)


def cut_runs(a: Applications, units: Units, links: Links, clocks: AllClocks, params: RunParams) -> Runs:
    """Find the runs of every identifier that two or more units use; a stretch of identifiers at a time, to save memory."""
    owners = _Owners(clocks.dealers.index(a.dealer_ids), clocks.salespersons.index(a.salesperson_ids))
    parts = [_cut(a, units, links, rows, clocks, owners, params) for rows in _stretches(links.identifier)]
    before = np.cumsum([0, *(len(part) for part in parts)])
    run = np.concatenate([part.run + base for part, base in zip(parts, before, strict=False)])
    columns = [field.name for field in fields(Runs) if field.name not in ("run", "timed")]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in columns}
    return Runs(run=run, timed=a.timed, **joined)


def _stretches(identifier: Ints) -> Iterator[slice]:
    """Cut ordered identifiers into stretches of about TOGETHER rows, each identifier whole."""
    start = 0
    while start < len(identifier) or start == 0:
        last = identifier[min(start + TOGETHER, len(identifier)) - 1] if len(identifier) else 0
        end = int(np.searchsorted(identifier, last, "right"))
        yield slice(start, end)
        start = max(end, 1)


@dataclass(frozen=True)
class _Owners:
    """The clock of each dealer and salesperson, by code; -1 where there is none."""

    dealer: Ints
    salesperson: Ints


def _cut(
    a: Applications, units: Units, links: Links, rows: slice, clocks: AllClocks, owners: _Owners, params: RunParams
) -> Runs:
    """Find the runs of the identifiers of some rows of the links."""
    application, identifier = links.application[rows], links.identifier[rows]
    user = first_of_each_unit(application, identifier - (identifier[0] if len(identifier) else 0), units.unit)
    application, identifier = application[user], identifier[user]
    head = begins(identifier)
    which = np.cumsum(head) - 1
    kind = links.kind[identifier]
    dealer, salesperson = a.dealer[application], a.salesperson[application]
    users = _with_hidden(a, identifier, _users(a, application, which, owners, params))
    n = users.count
    clerk = (kind == EVIDENCE_CODE["phone"]) & (users.dealer_share == 1) & (users.salesperson_share > params.bound_share)
    bound = (users.dealer_share > params.bound_share) & np.isin(kind, STATIONARY) & (n >= params.bound_users)
    day = a.day[application]
    clock, step = _own_clock(day, clocks, users, bound, clerk)
    stationed = bound & (kind != EVIDENCE_CODE["phone"]) & (n >= params.stationed_users)
    clock, step = _own_lifetime(clock, step, day, users, head, which, stationed, params)
    cut = head | (np.diff(clock, prepend=-np.inf) > params.gap)
    run = np.cumsum(cut) - 1
    first = np.flatnonzero(cut)
    last = np.append(first[1:], len(run))[: len(first)] - 1
    m = np.bincount(run) if len(run) else run
    width = np.maximum(clock[last] - clock[first], step[first])
    tempo = surprise(m, n[first], width, params)
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
        all_employers=users.employers[first],
        dealer_share=users.dealer_share[first],
        salesperson_share=users.salesperson_share[first],
        clerk=clerk[first],
        untold=np.bincount(run, weights=a.employer[application] >= 0, minlength=len(first)) == 0,
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


def first_of_each_unit(application: Ints, identifier: Ints, unit: Ints) -> Ints:
    """Rows of the first application of each unit at each identifier, where two or more units meet, in time order.

    Application numbers are in order of submission, so the first row of an (identifier, unit) is the earliest.
    """
    kept = np.sort(cells(identifier, unit[application]).first)  # rows stand by identifier, then application
    meets = np.bincount(identifier[kept], minlength=int(identifier.max(initial=-1)) + 1)[identifier[kept]] > 1
    return np.asarray(kept[meets])


def most_frequent(group: Ints, value: Ints) -> tuple[Floats, Ints]:
    """Share and code of each group's most frequent value (lowest code on ties), repeated on each row; missing counts."""
    if len(group) == 0:
        return np.empty(0), np.empty(0, np.int64)
    found = cells(group, value)
    lowest_first = int(value.max()) - found.value  # of values as frequent as each other
    base = int(value.max()) + 2
    best = np.maximum.reduceat(found.count * base + lowest_first, np.flatnonzero(begins(found.group)))
    code = int(value.max()) - best % base
    share = np.where(code >= 0, best // base / np.bincount(group), 0.0)
    return share[group], code[group]


@dataclass(frozen=True)
class _Users:
    """What is known of all users of an identifier, repeated on the row of each: see `detection.hubs.Hubs`."""

    count: Ints
    employers: Ints
    first_day: Floats
    dealer_clock: Ints
    dealer_share: Floats
    salesperson_clock: Ints
    salesperson_share: Floats


def _users(a: Applications, application: Ints, which: Ints, owners: _Owners, params: RunParams) -> _Users:
    """Describe the users of identifier `which` that are in the part."""
    if len(which) == 0:
        return _Users(which, which, np.empty(0), which, np.empty(0), which, np.empty(0))
    count = np.bincount(which)
    used_from = np.flatnonzero(begins(which)) + few_strays(count, params)
    dealer_share, dealer = most_frequent(which, a.dealer[application])
    seller_share, seller = most_frequent(which, a.salesperson[application])
    return _Users(
        count[which],
        distinct_in(which, a.employer[application])[which],
        a.day[application][used_from][which],
        clock_of_code(owners.dealer, dealer),
        dealer_share,
        clock_of_code(owners.salesperson, seller),
        seller_share,
    )


def _with_hidden(a: Applications, identifier: Ints, seen: _Users) -> _Users:
    """Put what the calibration knows of all users in the place of what a part shows of them."""
    hidden = a.hidden
    if hidden is None:
        return seen
    shown = identifier < len(a.identifier_kind)  # the rest is derived from several identifiers
    at = np.where(shown, identifier, 0)
    known = shown & hidden.known[at]
    return _Users(
        np.where(known, hidden.users[at], seen.count),
        np.where(known, hidden.employers[at], seen.employers),
        np.where(known, np.minimum(hidden.first_day[at], seen.first_day), seen.first_day),
        np.where(known, hidden.dealer_clock[at], seen.dealer_clock),
        np.where(known, hidden.dealer_share[at], seen.dealer_share),
        np.where(known, hidden.salesperson_clock[at], seen.salesperson_clock),
        np.where(known, hidden.salesperson_share[at], seen.salesperson_share),
    )


def _own_clock(day: Floats, clocks: AllClocks, users: _Users, bound: Bools, clerk: Bools) -> tuple[Floats, Floats]:
    """Time of each user on the clock that is the identifier's own, and the smallest step of that clock."""
    market = clocks.market.read(np.zeros(len(day), np.int64), day)
    step = np.full(len(day), LEAST_STEP)
    for rows, clock, of in (
        (bound, users.dealer_clock, clocks.dealers),
        (clerk, users.salesperson_clock, clocks.salespersons),
    ):
        known = np.flatnonzero(rows & (clock >= 0))
        if len(known):
            market[known] = of.read(clock[known], day[known])
            step[known] = 1 / of.count[clock[known]]
    return market, step


def _own_lifetime(
    clock: Floats,
    step: Floats,
    day: Floats,
    users: _Users,
    head: Bools,
    which: Ints,
    stationed: Bools,
    params: RunParams,
) -> tuple[Floats, Floats]:
    """Stretch the clock of a store's own device or line over the months it was in use.

    A tablet that breaks in March and its successor are each busy for half a year: against the whole year that is a burst,
    against its own life it is routine. One that was lent out for a day long before lives no longer for it: the tenth of the
    users at either end do not count.
    """
    if len(which) == 0:
        return clock, step
    first = np.flatnonzero(head)
    size = np.bincount(which)
    # a part shows the end of a long life, and none of its strays
    strays = np.where(size == users.count[first], few_strays(size, params), 0)
    last = first + size - 1 - strays
    first = first + strays
    life = day[last][which] - users.first_day
    seen = (day[last] - day[first])[which]
    # … and the clock went at the same rate before
    longer = np.where(seen > 0, life / np.where(seen > 0, seen, 1.0), 1.0)
    length = np.maximum((clock[last] - clock[first])[which] * longer, 1e-9)
    stretched = stationed & (life >= params.stationed_days)
    own = (clock - clock[first][which]) / length
    return np.where(stretched, own, clock), np.where(stretched, np.minimum(step / length, 1.0), step)


def few_strays(users: Ints, params: RunParams) -> Ints:
    """Return how many users, at either end of an identifier's life, do not tell when it was in use."""
    return (users * params.strays).astype(np.int64)
