"""Groups that share identifiers and are no ring, with the benign class that explains each, its evidence and confidence.

Three sorts: units (folded: what they share counts once), identifiers that say nothing between units, and communities
whose evidence stays too small. All as columns; objects are made of those that are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import KIND_CODE, NO_TIME, ROLE_CODE, Applications, Bools, Floats, Ints
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import EVIDENCE_CODE, EVIDENCE_KINDS, Links
from graphfraud.detection.ordering import begins, counted, pairs, place_within, placed
from graphfraud.detection.parameters import LookAlikeParams
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import FOLDS, LOOK_ALIKE_OF_FOLD, Units
from graphfraud.results import LookAlike, Tie
from graphfraud.schema import KINDS, RANGES, cited_kind

MOST_LISTED = 50  # applications and identifiers named in one look-alike; its counts know them all
# scans are kept with the numbers of classes: a new one goes to the end
CLASSES: tuple[str, ...] = (
    "reapply",  # the same person again
    "household",  # one home, and one surname or one names the other
    "relative",  # both name a third person's number, and more
    "couple",  # one home and one account or device
    "fleet",  # one firm's cars, bought on one day
    "dormitory",  # colleagues who share a room or a building
    "store_tablet",  # a device of one store
    "store_ip",  # the line of one store
    "carrier_ip",  # a carrier's or a public address
    "promotion",  # a fair or a campaign: many at one house within days
    "big_employer",  # a firm and its switchboard
    "colleagues",  # a small firm: all who name an employer name the same one
    "broker",  # a number nobody owns, named over more than a season
    "clerk_number",  # a number that follows one salesperson
    "friends",  # one names the other's own number as a contact
    "recycled_number",  # a number that changed hands
    "resold_car",  # a car sold again
    "numbers_in_row",  # numbers that were sold in a row
    "tenants",  # one room, one after the other or side by side
    "neighbours",  # one compound
    "coincidence",  # shared, and too little to mean anything
)
CLASS = {name: number for number, name in enumerate(CLASSES)}


@dataclass(frozen=True)
class LookAlikes:
    """Look-alikes as columns, one row each: folded units, then identifiers, then communities.

    name (of CLASSES), confidence (0-1), folded (a unit: what it shares counts once), surname (whether most members have
    one); applications, persons, dealers, days (of those with a time; -1: none has one). Row r has the members
    member[member_start[r]:…] (rows of the columns) and the ties [tie_start[r]:…], one a kind: tie_kind (of EVIDENCE_KINDS),
    tie_count (identifiers); its identifiers are token[token_start[r]:…] of kinds token_kind, at most MOST_LISTED.
    """

    name: Ints
    confidence: Floats
    folded: Bools
    surname: Bools
    applications: Ints
    persons: Ints
    dealers: Ints
    days: Ints
    member_start: Ints
    member: Ints
    tie_start: Ints
    tie_kind: Ints
    tie_count: Ints
    token_start: Ints
    token: np.ndarray
    token_kind: Ints

    def __len__(self) -> int:
        return len(self.name)

    def of(self, row: int) -> Ints:
        """Return the look-alikes that an application (a row of the columns) is in, folds first, surest first."""
        at = np.flatnonzero(self.member == row)
        rows = np.unique(np.searchsorted(self.member_start, at, "right") - 1)
        return rows[np.lexsort((rows, -self.confidence[rows], ~self.folded[rows]))]

    def top(self, most: int) -> Ints:
        """Return, of each class, those that look most like a ring: many persons who share much, surest first on ties."""
        shared = np.bincount(
            np.repeat(np.arange(len(self)), np.diff(self.tie_start)), weights=self.tie_count, minlength=len(self)
        )
        looks = (self.persons - 1) * np.maximum(shared, 1)
        order = np.lexsort((np.arange(len(self)), -self.confidence, -self.applications, -looks, self.name))
        return order[place_within(self.name[order]) < most]

    def look_alike(self, row: int, application_ids: Sequence[str]) -> LookAlike:
        """Return one look-alike; application_ids names the rows of the columns."""
        listed = slice(self.token_start[row], self.token_start[row + 1])
        tokens = (f"{token:016x}" for token in self.token[listed].tolist())
        cited = list(zip(self.token_kind[listed].tolist(), tokens, strict=True))
        ties = slice(self.tie_start[row], self.tie_start[row + 1])
        members = self.member[self.member_start[row] : self.member_start[row + 1]]
        return LookAlike(
            CLASSES[self.name[row]],
            float(self.confidence[row]),
            bool(self.folded[row]),
            tuple(application_ids[i] for i in members[:MOST_LISTED].tolist()),
            int(self.applications[row]),
            int(self.persons[row]),
            int(self.dealers[row]),
            None if self.days[row] < 0 else int(self.days[row]),
            bool(self.surname[row]),
            tuple(
                Tie(
                    EVIDENCE_KINDS[kind],
                    count,
                    tuple(token for held, token in cited if held == _cited(kind)),
                )
                for kind, count in zip(self.tie_kind[ties].tolist(), self.tie_count[ties].tolist(), strict=True)
            ),
        )


@dataclass(frozen=True)
class _Found:
    """Look-alikes before they are laid out: class, confidence by group, and (group, application), (group, kind, identifier)."""

    name: Ints
    confidence: Floats
    group: Ints
    application: Ints
    tie_group: Ints
    tie_kind: Ints
    identifier: Ints


def not_raised(
    a: Applications,
    units: Units,
    links: Links,
    runs: Runs,
    evidence: Evidence,
    groups: Groups,
    is_ring: Bools,
    risk: Floats,
    named: Sequence[str],
    params: LookAlikeParams,
) -> LookAlikes:
    """Collect what shares identifiers and is no ring; named is the class that comes closest to each community ("" none)."""
    # each is brought into order before the next is looked for, to save memory
    found: tuple[_Found, ...] = (
        _in_order(_units(a, units, params)),
        _in_order(_identifiers(a, units, links, runs, evidence, params)),
        _in_order(_communities(links, runs, groups, is_ring, risk, named)),
    )
    offset = np.cumsum([0, *(len(part.name) for part in found)])

    def joined(field: str, base: bool = False) -> Ints:
        columns = [getattr(part, field) for part in found]
        return np.concatenate([column + start for column, start in zip(columns, offset, strict=False)] if base else columns)

    count = int(offset[-1])
    name, confidence = joined("name"), joined("confidence").astype(np.float64)
    group, application = joined("group", base=True), joined("application")
    tie_group, tie_kind, identifier = joined("tie_group", base=True), joined("tie_kind"), joined("identifier")
    found = ()
    by_kind, tie_count = counted(tie_group * len(EVIDENCE_KINDS) + tie_kind)
    listed = (place_within(tie_group) < MOST_LISTED) & (identifier >= 0)
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, np.iinfo(np.int64).min)
    timed = a.submitted_ms[application] != NO_TIME
    np.minimum.at(first, group[timed], a.local_day[application[timed]])
    np.maximum.at(last, group[timed], a.local_day[application[timed]])
    some = last >= first
    known = a.dealer[application] >= 0
    applications = np.bincount(group, minlength=count)
    return LookAlikes(
        name=name,
        confidence=confidence,
        folded=np.arange(count) < offset[1],
        surname=_mostly_same(a.surname[application], group, applications),
        applications=applications,
        persons=np.bincount(pairs(group, a.person[application])[0], minlength=count),
        dealers=np.bincount(pairs(group[known], a.dealer[application[known]])[0], minlength=count),
        days=np.where(some, np.where(some, last, 0) - np.where(some, first, 0) + 1, -1),
        member_start=_starts(group, count),
        member=application,
        tie_start=_starts(by_kind // len(EVIDENCE_KINDS), count),
        tie_kind=by_kind % len(EVIDENCE_KINDS),
        tie_count=tie_count,
        token_start=_starts(tie_group[listed], count),
        token=a.identifier_token[identifier[listed]],
        token_kind=a.identifier_kind[identifier[listed]],
    )


def _in_order(found: _Found) -> _Found:
    """Put groups in the order of their number, with members and ties in theirs, each member once."""
    group, application = pairs(found.group, found.application)
    order = np.lexsort((found.identifier, found.tie_kind, found.tie_group))
    ties = (column[order] for column in (found.tie_group, found.tie_kind, found.identifier))
    return _Found(found.name, found.confidence, group, application, *ties)


def _units(a: Applications, units: Units, params: LookAlikeParams) -> _Found:
    """Folded persons, and persons who apply again: what two or more applications of a unit share speaks for the fold."""
    size = np.bincount(units.unit, minlength=units.count)
    several = size > 1
    number = np.where(several, np.cumsum(several) - 1, -1)
    count = int(several.sum())
    application = np.flatnonzero(number[units.unit] >= 0) if units.count else np.empty(0, np.int64)
    group = number[units.unit[application]]
    persons = np.bincount(pairs(group, a.person[application])[0], minlength=count)
    # too many strangers have a range in common to name it
    kinds = [kind.name for kind in KINDS if kind.name not in RANGES]
    held = [_shared_in_units(a, number[units.unit], persons, name) for name in kinds]
    tie_group, identifier = (np.concatenate(column) for column in zip(*held, strict=True))
    kind = a.identifier_kind[identifier]
    # each fold speaks for its class: the most frequent names the unit
    fold = number[units.unit[_an_application(a)[units.person_a]]] if len(units.person_a) else units.why
    votes = np.zeros((count, len(CLASSES)))
    np.add.at(votes, (fold, _class_of_fold()[units.why]), 1.0)
    name = np.where(persons > 1, np.argmax(votes, axis=1) if count else persons, CLASS["reapply"])
    # independent ties each leave their own doubt
    doubt = np.zeros(count)
    for each in kinds:
        has = np.zeros(count, bool)
        has[tie_group[kind == KIND_CODE[each]]] = True
        doubt += np.where(has, np.log1p(-params.says[each]), 0.0)
    members = np.bincount(group, minlength=count)
    alike = _mostly_same(a.surname[application], group, members)
    doubt += np.where(alike, np.log1p(-params.says["surname"]), 0.0)
    doubt += np.where(name == CLASS["fleet"], np.log1p(-params.says["same_day"]), 0.0)
    confidence = np.where(persons > 1, -np.expm1(doubt), 1.0)  # and no fold is surer than one resident id
    usual = np.array([params.usual_size.get(each, np.inf) for each in CLASSES])[name]
    confidence = np.minimum(confidence, params.says["person"]) * np.minimum(1.0, usual / np.maximum(persons, 1))
    return _Found(name, confidence, group, application, tie_group, kind, identifier)


def _shared_in_units(a: Applications, group: Ints, persons: Ints, kind: str) -> tuple[Ints, Ints]:
    """(group, identifier): of one kind, what two or more persons of a group hold, or applications of its one person."""
    rows = a.occurrences(kind)
    application, identifier = a.occ_application[rows], a.occ_identifier[rows]
    inside = group[application] >= 0
    application, identifier = application[inside], identifier[inside]
    base = len(a.identifier_kind) + 1
    key, of_row = placed(group[application] * base + identifier)
    holders = np.bincount(pairs(of_row, application)[0], minlength=len(key))
    by_persons = np.bincount(pairs(of_row, a.person[application])[0], minlength=len(key))
    shared = key[np.where(persons[key // base] > 1, by_persons > 1, holders > 1)]
    return shared // base, shared % base


def _identifiers(
    a: Applications, units: Units, links: Links, runs: Runs, evidence: Evidence, params: LookAlikeParams
) -> _Found:
    """Identifiers that units share and that say nothing: no run of theirs has evidence."""
    empty = np.empty(0, np.int64)
    if len(runs) == 0:
        return _Found(empty, np.empty(0), empty, empty, empty, empty, empty)
    head = np.flatnonzero(begins(runs.identifier))
    which = np.cumsum(begins(runs.identifier)) - 1
    heaviest = np.full(len(head), -np.inf)
    np.maximum.at(heaviest, which, evidence.weight)
    silent = (heaviest <= 0) & (runs.all_units[head] > 1)
    number = np.where(silent, np.cumsum(silent) - 1, -1)[which]
    user = np.flatnonzero(number[runs.run] >= 0)
    group, application = number[runs.run[user]], runs.application[user]
    head = head[silent]
    first, last = runs.first_day[head], np.full(len(head), -np.inf)
    np.maximum.at(last, group, a.day[application])
    told = a.employer[application] >= 0
    employers = np.bincount(pairs(group[told], a.employer[application[told]])[0], minlength=len(head))
    name, fit = _class_of(a, units, runs, head, last - first, employers, params)
    innocent = 1 / (1 + 10.0 ** np.maximum(heaviest[silent], -6))
    identifier = runs.identifier[head]
    return _Found(
        name, innocent * fit, group, application, np.arange(len(head)), links.kind[identifier], links.cited[identifier]
    )


def _class_of(
    a: Applications, units: Units, runs: Runs, head: Ints, days: Floats, employers: Ints, params: LookAlikeParams
) -> tuple[Ints, Floats]:
    """Name the class of identifiers (by their first run), and say how well it fits, in [0, 1].

    days from an identifier's first use to its last; employers: how many different ones its users name.
    """
    kind, n, share = runs.kind[head], runs.all_units[head].astype(np.float64), runs.dealer_share[head]
    at_one, brief = (share > params.one_dealer) & (n >= params.store_users), days <= params.promotion_days
    phone, device, ip = (kind == EVIDENCE_CODE[name] for name in ("phone", "device", "ip"))
    firm = np.isin(kind, [EVIDENCE_CODE[name] for name in ("employer", "work_phone")])
    in_row = np.isin(kind, [EVIDENCE_CODE[name] for name in ("phones_in_row", "accounts_in_row")])
    changed_hands = _own_by_several(a, units)[runs.identifier[head] % max(len(a.identifier_kind), 1)] & runs.owned[head]
    spread = np.clip(days / params.season, 0, 1)
    promotion = (device | ip) & at_one & brief & (n >= params.promotion_users)
    rules: tuple[tuple[str, Bools, Floats | float], ...] = (
        ("promotion", promotion, share / 2),  # a gang at one desk looks the same
        ("store_tablet", device & at_one, share),
        ("store_ip", ip & at_one, share),
        ("carrier_ip", ip, 1 - 1 / n),
        ("big_employer", firm & (n > params.big_employer), 1 - 1 / n),
        ("colleagues", firm & (employers == 1), 1.0),
        ("clerk_number", phone & runs.clerk[head], runs.salesperson_share[head]),
        ("recycled_number", phone & changed_hands, spread),
        ("friends", phone & runs.owned[head], 1.0),
        ("broker", phone & (n >= params.broker_users) & (days > params.season), spread),
        ("resold_car", kind == EVIDENCE_CODE["vehicle"], spread),
        ("numbers_in_row", in_row, 1.0),
        ("tenants", kind == EVIDENCE_CODE["address"], 1.0),
        ("neighbours", kind == EVIDENCE_CODE["compound"], 1.0),
        ("coincidence", np.ones(len(head), bool), 1.0),
    )
    choose = [condition for _, condition, _ in rules]
    name = np.select(choose, [np.full(len(head), CLASS[each]) for each, _, _ in rules])
    fit = np.select(choose, [np.broadcast_to(np.asarray(well, np.float64), len(head)) for _, _, well in rules])
    return name.astype(np.int64), fit


def _communities(links: Links, runs: Runs, groups: Groups, is_ring: Bools, risk: Floats, named: Sequence[str]) -> _Found:
    """Communities whose evidence stays below a ring's: the class that comes closest, with what is left of the doubt."""
    # a community that went into another one has no members any more
    kept = ~is_ring & (np.bincount(groups.community, minlength=groups.count) > 1)
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    rows, shared = np.flatnonzero(kept[groups.community]), np.flatnonzero(kept[groups.run_community])
    name = np.array([CLASS[each or "coincidence"] for each in named], dtype=np.int64)
    identifier = runs.identifier[groups.run[shared]]
    return _Found(
        name[kept],
        1 - risk[kept],
        number[groups.community[rows]],
        groups.application[rows],
        number[groups.run_community[shared]],
        links.kind[identifier],
        links.cited[identifier],
    )


def _class_of_fold() -> Ints:
    return np.array([CLASS[LOOK_ALIKE_OF_FOLD[fold]] for fold in FOLDS], dtype=np.int64)


def _an_application(a: Applications) -> Ints:
    """An application of each person."""
    row = np.zeros(a.persons, np.int64)
    row[a.person] = np.arange(len(a))
    return row


def _own_by_several(a: Applications, units: Units) -> Bools:
    """Whether applications of two or more units give an identifier as their own phone."""
    own = np.flatnonzero(
        (a.identifier_kind[a.occ_identifier] == KIND_CODE["phone"]) & (a.occ_role == ROLE_CODE["phone", "own"])
    )
    held, _ = pairs(a.occ_identifier[own], units.unit[a.occ_application[own]])
    return np.asarray(np.bincount(held, minlength=max(len(a.identifier_kind), 1)) > 1)


def _mostly_same(value: Ints, group: Ints, members: Ints) -> Bools:
    """Whether more than half of each group's members have one known value: two who differ have none."""
    known = value >= 0
    base = int(value.max(initial=0)) + 1
    key, n = counted(group[known] * base + value[known])
    most = np.zeros(len(members), np.int64)
    np.maximum.at(most, key // base, n)
    return np.asarray(2 * most > members)


def _cited(kind: int) -> int:
    """Kind of the identifiers that a kind of evidence cites."""
    return KIND_CODE[cited_kind(EVIDENCE_KINDS[kind])]


def _starts(group: Ints, count: int) -> Ints:
    return np.concatenate([[0], np.cumsum(np.bincount(group, minlength=count))]).astype(np.int64)
