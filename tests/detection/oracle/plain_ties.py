"""Folds, links and runs again, written as plainly as possible: loops over rows, dictionaries, networkx.

Rows are applications in order of submission; an application is its place in that list, a person the place of the first
application, an identifier a (kind, value). Nothing here is taken from the stages but their parameters.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import networkx as nx
from small_worlds import Row

from graphfraud.detection.columns import NO_TIME
from graphfraud.detection.parameters import EvidenceParams, RunParams, UnitParams

Identifier = tuple[str, str]
Pair = tuple[int, int]
NEVER_EVIDENCE = ("person", "phone_block", "account_block", "ip_range")


def persons_of(rows: Sequence[Row]) -> list[int]:
    """The person of each application: the first under the same id and surname; without an id, somebody of its own.

    A missing surname is the first that is known under the id.
    """
    usual: dict[str, str] = {}
    for row in rows:
        if row.surname:
            usual.setdefault(row.person, row.surname)
    first: dict[tuple[str, str], int] = {}
    who = [(row.person, row.surname or usual.get(row.person, "")) for row in rows]
    return [first.setdefault(who[i], i) if row.person else i for i, row in enumerate(rows)]


def holders(rows: Sequence[Row]) -> dict[Identifier, list[int]]:
    """Applications of every identifier that two or more applications hold."""
    held: dict[Identifier, set[int]] = defaultdict(set)
    for i, row in enumerate(rows):
        for h in row.held:
            held[h.kind, h.value].add(i)
    return {identifier: sorted(who) for identifier, who in held.items() if len(who) > 1 and identifier[0] != "person"}


# ---------------------------------------------------------------- units


def fold(rows: Sequence[Row], params: UnitParams) -> tuple[list[int], dict[Pair, str]]:
    """The unit of each application (its first application), and each folded pair of persons with its reason."""
    person, shared = persons_of(rows), holders(rows)
    people = {identifier: sorted({person[i] for i in who}) for identifier, who in shared.items()}
    owner = _owners(rows, person, shared)

    def pairs_sharing(kind: str, most: int, wanted: Callable[[Identifier], bool] = lambda _: True) -> set[Pair]:
        groups = [who for identifier, who in people.items() if identifier[0] == kind and wanted(identifier)]
        return {pair for who in groups if 2 <= len(who) <= most for pair in itertools.combinations(who, 2)}

    def alike(pair: Pair, kind: str, most: int) -> bool:
        return any(i[0] == kind and len(who) <= most and set(pair) <= set(who) for i, who in people.items())

    def same(pair: Pair, attribute: Callable[[Row], str]) -> bool:
        one, other = attribute(rows[pair[0]]), attribute(rows[pair[1]])
        return one == other != ""

    def surname(row: Row) -> str:
        return row.surname

    def employer(row: Row) -> str:
        return row.of("employer")

    contact = {
        (min(person[i], owner["phone", h.value]), max(person[i], owner["phone", h.value]))
        for i, row in enumerate(rows)
        for h in row.held
        if h.kind == "phone" and h.role != "own" and owner.get(("phone", h.value), person[i]) != person[i]
    }

    def tied(pair: Pair) -> bool:
        money = alike(pair, "account", params.account_or_device) or alike(pair, "device", params.account_or_device)
        return money or alike(pair, "compound", params.place)

    room, shared_room = pairs_sharing("address", params.room), pairs_sharing("address", params.dormitory)
    couple = pairs_sharing("address", params.couple)
    kin = pairs_sharing("phone", params.relative, lambda identifier: identifier not in owner)
    family = {p for p in room if same(p, surname) or p in contact}
    at_home = set(itertools.chain.from_iterable(family))
    purse = pairs_sharing("account", params.account_or_device)
    folds = {
        "household_room": family,
        "household_contact": {p for p in contact if same(p, surname) or tied(p)},
        "dormitory": {p for p in shared_room if same(p, employer) or alike(p, "work_phone", params.work_phone)},
        "relative": {p for p in kin if same(p, surname) or tied(p) or p in shared_room or p in contact},
        "couple": {p for p in couple if alike(p, "account", params.couple) or alike(p, "device", params.couple)},
        "fleet": _fleets(rows, person, shared) | _firm_days(rows, person, params.firm),
        "purse": {p for p in purse if same(p, surname) and alike(p, "compound", params.place)},
        "in_law": {
            p
            for p in room
            if at_home & set(p) and any(alike(p, kind, params.account_or_device) for kind in ("account", "device", "ip"))
        },
    }
    why: dict[Pair, str] = {}
    for name, pairs in folds.items():
        for pair in pairs:
            why.setdefault(pair, name)
    graph = nx.Graph(list(why))
    graph.add_nodes_from(person)
    unit = {p: min(component) for component in nx.connected_components(graph) for p in component}
    return [unit[p] for p in person], why


def _owners(rows: Sequence[Row], person: Sequence[int], shared: Iterable[Identifier]) -> dict[Identifier, int]:
    owner: dict[Identifier, int] = {}
    for i, row in enumerate(rows):
        for h in row.held:
            if (h.kind, h.role) == ("phone", "own") and (h.kind, h.value) in shared:
                owner.setdefault((h.kind, h.value), person[i])
    return owner


def _fleets(rows: Sequence[Row], person: Sequence[int], shared: dict[Identifier, list[int]]) -> set[Pair]:
    groups: dict[tuple[Identifier, tuple[str, float] | str, int], set[int]] = defaultdict(set)
    for identifier, who in shared.items():
        for i in who:
            row = rows[i]
            firm = row.of("employer") or ((row.dealer, row.price) if row.dealer else "")
            if identifier[0] == "account" and firm and row.ms != NO_TIME:
                groups[identifier, firm, row.local_day].add(person[i])
    return {pair for who in groups.values() for pair in itertools.pairwise(sorted(who))}


def _firm_days(rows: Sequence[Row], person: Sequence[int], most: int) -> set[Pair]:
    """Persons of one small firm who apply at one dealer on one day, each with the next; a firm's size needs no time."""
    staff: dict[str, set[int]] = defaultdict(set)
    groups: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    for i, row in enumerate(rows):
        if row.of("employer") and row.dealer:
            staff[row.of("employer")].add(person[i])
        if row.of("employer") and row.dealer and row.ms != NO_TIME:
            groups[row.of("employer"), row.dealer, row.local_day].add(person[i])
    small = [who for (firm, _, _), who in groups.items() if len(staff[firm]) <= most]
    return {pair for who in small for pair in itertools.pairwise(sorted(who))}


# ---------------------------------------------------------------- links


@dataclass(frozen=True)
class Link:
    """Applications that one kind of evidence ties; owned: the phone is somebody's own."""

    kind: str
    applications: tuple[int, ...]
    owned: bool = False


def link(rows: Sequence[Row], unit: Sequence[int], params: EvidenceParams) -> list[Link]:
    """Everything that ties applications: shared identifiers, numbers in a row, wrong work phones."""
    person, shared = persons_of(rows), holders(rows)
    owner = _owners(rows, person, shared)
    links = []
    for identifier, who in shared.items():
        if identifier[0] not in NEVER_EVIDENCE and who:
            links.append(Link(identifier[0], tuple(who), identifier in owner))
    reach = row_reach(rows, params)
    links += [Link("phones_in_row", who) for who in _in_row(rows, "phone_block", reach["phones_in_row"])]
    links += [Link("accounts_in_row", who) for who in _in_row(rows, "account_block", reach["accounts_in_row"])]
    links += [Link("work_phone_mismatch", who) for who in _mismatches(rows, shared)]
    contacts = {("phone", h.value) for row in rows for h in row.held if h.kind == "phone" and h.role != "own"}
    vouched = {phone: who for phone, who in shared.items() if phone in contacts and phone in owner}
    return links + [Link("vouching", who) for who in _vouching(unit, vouched, params.most_vouched)]


def _vouching(unit: Sequence[int], vouched: dict[Identifier, list[int]], most: int) -> list[tuple[int, ...]]:
    graph = nx.Graph()
    for phone, who in vouched.items():
        if 2 <= len({unit[i] for i in who}) <= most:
            for i in who:
                graph.add_edge(("unit", unit[i]), phone, key=None)
                graph.nodes[phone].setdefault("who", set()).add(i)
    chains = []
    for chain in nx.connected_components(graph):
        chains.append(tuple(sorted(set().union(*(graph.nodes[node].get("who", set()) for node in chain)))))
    return chains


def row_reach(rows: Sequence[Row], params: EvidenceParams) -> dict[str, int]:
    """How far apart numbers in a row may stand."""
    shared, reach = holders(rows), {}
    for name, block, of_kind in (("phones_in_row", "phone_block", "phone"), ("accounts_in_row", "account_block", "account")):
        meeting = {
            i
            for i, row in enumerate(rows)
            for h in row.held
            if (h.kind, h.role) == (block, "whole") and (h.kind, h.value) in shared
        }
        distinct = {h.value for row in rows for h in row.held if h.kind == of_kind}
        share = min(len(meeting) / max(len(distinct), 1), 0.99)
        density = max(-math.log(1 - share) / 100, 1e-9)
        reach[name] = int(min(max(-math.log(1 - params.row_chance) / density, 1), params.row_most))
    return reach


def _in_row(rows: Sequence[Row], block_kind: str, reach: int) -> list[tuple[int, ...]]:
    graph = nx.Graph()
    apart: set[int] = set()
    for identifier, who in holders(rows).items():
        if identifier[0] != block_kind:
            continue
        places = sorted((h.position, i) for i in who for h in rows[i].held if (h.kind, h.value) == identifier)
        for (place, i), (next_place, j) in itertools.pairwise(places):
            if next_place - place <= reach:
                graph.add_edge(i, j)
                if next_place != place:
                    apart.add(i)
    return [tuple(sorted(c)) for c in nx.connected_components(graph) if c & apart]


def _mismatches(rows: Sequence[Row], shared: dict[Identifier, list[int]]) -> list[tuple[int, ...]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    first = {row.of("employer"): i for i, row in reversed(list(enumerate(rows)))}
    for (kind, value), who in shared.items():
        known = [i for i in who if rows[i].of("employer") and rows[i].dealer] if kind == "work_phone" else []
        names = Counter(rows[i].of("employer") for i in known)
        usual = min(names, key=lambda name: (-names[name], first[name]), default="")
        for i in known:
            if rows[i].of("employer") != usual and names[usual] / len(known) > 0.5:
                groups[value, rows[i].dealer].append(i)
    return [tuple(who) for who in groups.values()]


# ---------------------------------------------------------------- runs


@dataclass(frozen=True)
class Run:
    """One run of one link; users are the first applications of each unit, all_users those of the whole link."""

    link: Link
    users: tuple[int, ...]
    all_users: tuple[int, ...]
    dealer_share: float
    seller_share: float
    clerk: bool
    tempo: float


def cut(rows: Sequence[Row], unit: Sequence[int], links: Sequence[Link], params: RunParams) -> list[Run]:
    """Cut the users of every link into runs, on the clock that is its own."""
    return [run for one in links for run in _cut_link(rows, unit, one, params)]


def _cut_link(rows: Sequence[Row], unit: Sequence[int], link: Link, params: RunParams) -> list[Run]:
    first: dict[int, int] = {}
    for i in link.applications:
        first.setdefault(unit[i], i)
    users = sorted(first.values())
    n = len(users)
    if n < 2:
        return []
    dealer, dealer_share = most_frequent([rows[i].dealer for i in users], [row.dealer for row in rows])
    seller, seller_share = most_frequent([rows[i].seller for i in users], [row.seller for row in rows])
    clerk = link.kind == "phone" and dealer_share == 1 and seller_share > params.bound_share
    stationary = link.kind in ("device", "phone", "ip")
    bound = stationary and dealer_share > params.bound_share and n >= params.bound_users
    days, step = [row.day for row in rows], 1 / 365
    if bound and dealer:
        days = [row.day for row in rows if row.dealer == dealer]
        step = 1 / len(days)
    if clerk and seller:
        days = [row.day for row in rows if row.seller == seller]
        step = 1 / len(days)
    when = [read_clock(sorted(days), rows[i].day) for i in users]
    strays = int(n * params.strays)
    begin, end = strays, n - 1 - strays
    life = rows[users[end]].day - rows[users[begin]].day
    if bound and link.kind != "phone" and n >= params.stationed_users and life >= params.stationed_days:
        length, since = max(when[end] - when[begin], 1e-9), when[begin]
        when, step = [(u - since) / length for u in when], min(step / length, 1.0)
    runs: list[list[int]] = [[0]]
    for k in range(1, n):
        if when[k] - when[k - 1] > params.gap:
            runs.append([])
        runs[-1].append(k)
    found = []
    for run in runs:
        width = max(when[run[-1]] - when[run[0]], step)
        wanders = params.unsteady if n > params.steady_users else 1.0
        chance = n * poisson_at_least(len(run) - 1, (n - 1) * width * wanders)
        tempo = min(max(-math.log10(min(max(chance, 10**-params.ceiling), 1.0)), 0.0), params.ceiling)
        ran = tuple(users[k] for k in run)
        found.append(Run(link, ran, tuple(users), dealer_share, seller_share, clerk, tempo))
    return found


def most_frequent(values: Sequence[str], everybody: Sequence[str]) -> tuple[str, float]:
    """The most frequent value and its share; "" counts and wins ties, else who came first in the whole data; "" has share 0."""
    count = Counter(values)
    best = min(count, key=lambda value: (-count[value], everybody.index(value) if value else -1))
    return best, count[best] / len(values) if best else 0.0


def read_clock(days: Sequence[float], day: float) -> float:
    """The share of the owner's applications (in order of time) up to a day, straight between them, on at the usual rate."""
    n = len(days)
    length = max(days[-1] - days[0], 1.0)
    if day <= days[0]:
        return 0.5 / n - (days[0] - day) / length
    if day > days[-1]:
        return (n - 0.5) / n + (day - days[-1]) / length
    right = next(i for i, other in enumerate(days) if other >= day)
    part = (day - days[right - 1]) / (days[right] - days[right - 1])
    return (right - 0.5 + part) / n


def poisson_at_least(k: int, mean: float) -> float:
    """Chance of k or more events, summed from the small end."""
    if k <= 0:
        return 1.0
    terms = [math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(k, k + 100)]
    return min(math.fsum(terms), 1.0)


def without_tempo(runs: Iterable[Run]) -> list[Run]:
    """The runs as they are where there is no time."""
    return [replace(run, tempo=0.0) for run in runs]
