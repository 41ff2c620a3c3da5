"""Which members of a community hold which of its shared identifiers: what reasons are told from.

One row a tie, for all communities at once: an application, the identifier that it holds, and the run in which its unit
meets others of its community there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from graphfraud.detection.columns import KIND_CODE, Applications, Bools, Floats, Ints
from graphfraud.detection.departures import Departing
from graphfraud.detection.evidence import Evidence, scores_of
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import CHAINED, EVIDENCE_CODE, EVIDENCE_KINDS, IN_ROW, Links
from graphfraud.detection.ordering import find, pairs, spans
from graphfraud.detection.parameters import EvidenceParams
from graphfraud.detection.reason_table import CODE, Cited
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import Units, one_a_unit
from graphfraud.detection.what_if import Held, Usual, at_most, pairs_shared


@dataclass(frozen=True)
class Ties:
    """Ties inside communities, ordered by community, run and application.

    community, application; identifier (of the links), run; inside: units of the community in the run; said: what the run
    says by itself; score: what it adds to the community's evidence, beside other kinds that hit the same group; departed:
    how much of what it says is that its users are unlike customers; lost: how much of the score one unit less would take.
    code and kind say what kind of reason the tie is (`reason_table.CODES`, `links.EVIDENCE_KINDS`).

    Members also share what says nothing while folds and dealers explain it. What could speak up once they no longer do
    is among the ties, with score 0 and a run number beyond the last. at_most: what the identifier could say then (same
    for all ties of a run); folds: whether persons who count as one share it.
    """

    community: Ints
    application: Ints
    identifier: Ints
    run: Ints
    inside: Ints
    said: Floats
    score: Floats
    departed: Floats
    lost: Floats
    code: Ints
    kind: Ints
    at_most: Floats
    folds: Bools


def ties_inside(
    a: Applications,
    units: Units,
    links: Links,
    runs: Runs,
    evidence: Evidence,
    groups: Groups,
    wanted: Bools,
    departing: Departing,
    usual: Usual,
    params: EvidenceParams,
) -> Ties:
    """Collect the ties of the wanted communities (a mask by community)."""
    community_of = np.full(len(units.unit), -1, np.int64)
    community_of[groups.application] = np.where(wanted[groups.community], groups.community, -1)
    member = np.flatnonzero(community_of[links.application] >= 0)
    held = pairs_shared(a, units, links, runs, community_of, member)
    several = np.flatnonzero(held.of_member >= 0)
    holders = one_a_unit(held.of_member[several], links.application[member[several]], a.person)
    most = at_most(links, runs, held, np.maximum(departing.of_users(*holders, len(held.community)), 0.0), usual, params)
    pair_of, run, inside, said, score, departed, lost = _counted(
        units, links, runs, evidence, groups, community_of, member, held
    )
    counted = run >= 0
    latent = ~counted & (most > 0)[pair_of] & _fresh(pair_of, counted, len(held.community))
    rows = np.flatnonzero(counted | latent)
    member, pair_of = member[rows], pair_of[rows]
    run = np.where(counted[rows], run[rows], len(runs) + links.identifier[member])
    kind = links.kind[links.identifier[member]]
    busy = np.zeros(len(rows), bool)
    busy[counted[rows]] = evidence.busy[run[counted[rows]]]
    code = _codes(kind, busy)
    community, application = held.community[pair_of], links.application[member]
    known = np.isin(community * len(EVIDENCE_KINDS) + kind, (community * len(EVIDENCE_KINDS) + kind)[counted[rows] & ~busy])
    code = np.where(counted[rows] | known, code, CODE["several_kinds"])
    columns: tuple[Any, ...] = (
        community,
        application,
        links.identifier[member],
        run,
        inside[rows],
        said[rows],
        score[rows],
        departed[rows],
        lost[rows],
        code,
        np.where(code == CODE["several_kinds"], -1, kind),
        np.maximum(most[pair_of], score[rows]),
        held.folds[pair_of],
    )
    order = np.lexsort((application, run, community))
    return Ties(*(column[order] for column in columns))


def _counted(
    units: Units,
    links: Links,
    runs: Runs,
    evidence: Evidence,
    groups: Groups,
    community_of: Ints,
    member: Ints,
    held: Held,
) -> tuple[Ints, Ints, Ints, Floats, Floats, Floats, Floats]:
    """For each member's tie: (community, identifier) pair, run (-1: none counts), inside, said, score, departed, lost."""
    base = max(len(runs), 1)
    shared = groups.run_community * base + groups.run
    by_run = np.argsort(shared, kind="stable")
    users = np.flatnonzero(community_of[runs.application] >= 0) if len(runs) else np.empty(0, np.int64)
    at, hit = find(shared[by_run], community_of[runs.application[users]] * base + runs.run[users])
    users, at = users[hit], by_run[at[hit]]
    units_inside = np.bincount(at, minlength=len(groups.run))
    # a unit is a user of an identifier once: what all its applications there have in common
    key = runs.identifier[runs.run[users]] * units.count + runs.unit[users]
    by_key = np.argsort(key, kind="stable")
    found, hit = find(key[by_key], links.identifier[member] * units.count + units.unit[links.application[member]])
    run, inside = np.full(len(member), -1), np.zeros(len(member), np.int64)
    said, score, departed, lost = (np.zeros(len(member)) for _ in range(4))
    if len(users) == 0:
        return held.of_member, run, inside, said, score, departed, lost
    of_run = at[by_key[found[hit]]]
    run[hit], inside[hit], score[hit] = groups.run[of_run], units_inside[of_run], groups.run_score[of_run]
    r, m = run[hit], inside[hit]
    users_of = runs.all_units[r]
    fewer = scores_of(evidence, r, np.maximum(m - 1, 1), users_of - 1)
    alone, without = (scores_of(one, r, m, users_of) for one in (evidence, evidence.without_departures))
    said[hit], departed[hit] = alone, alone - without
    by_others = score[hit] / np.maximum(alone, 1e-9)  # what other kinds in the same group make of it
    left = np.where(m > 2, fewer * by_others, 0.0)
    lost[hit] = np.maximum(score[hit] - left, 0.0)
    return held.of_member, run, inside, said, score, departed, lost


def _fresh(pair_of: Ints, counted: Bools, count: int) -> Bools:
    """Whether a tie is one of two or more persons' ties that count nowhere in their community."""
    some = np.zeros(count, bool)
    some[pair_of[counted]] = True
    return np.asarray((pair_of >= 0) & ~some[pair_of])


def cite(a: Applications, links: Links, ties: Ties, part: Ints) -> Cited:
    """Say what each part stands on: the applications concerned, and the identifiers, strongest first.

    part is the part of each tie (-1 none). A row of numbers and a chain of vouching cite every block or phone that two
    or more of their holders share.
    """
    rows = np.flatnonzero(part >= 0)
    application_part, application = pairs(part[rows], ties.application[rows])
    chained = np.isin(ties.code[rows], (CODE["numbers_in_row"], CODE["vouching"]))
    plain = rows[~chained]
    cited_part, cited, score = part[plain], links.cited[ties.identifier[plain]], ties.score[plain]
    blocks = [_blocks(a, chain.name, chain.cites, part, ties, rows[chained]) for chain in CHAINED]
    cited_part = np.concatenate([cited_part, *(block[0] for block in blocks)])
    cited = np.concatenate([cited, *(block[1] for block in blocks)])
    score = np.concatenate([score, *(block[2] for block in blocks)])
    # of each (part, identifier) the strongest, then the strongest identifiers first
    order = np.lexsort((-score, cited, cited_part))
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(cited_part[order]) != 0) | (np.diff(cited[order]) != 0)
    order = order[new]
    order = order[np.lexsort((cited[order], -score[order], cited_part[order]))]
    return Cited(application_part, application, cited_part[order], cited[order])


def _blocks(a: Applications, name: str, block: str, part: Ints, ties: Ties, wanted: Ints) -> tuple[Ints, Ints, Floats]:
    """Blocks or phones that an application shares with others of its community's row or chain: (part, identifier, score)."""
    rows = np.flatnonzero(ties.kind == EVIDENCE_CODE[name])
    held = np.flatnonzero(a.identifier_kind[a.occ_identifier] == KIND_CODE[block]) if len(rows) else rows
    held = held[np.argsort(a.occ_application[held], kind="stable")]
    holder = a.occ_application[held]
    which, at = spans(
        np.searchsorted(holder, ties.application[rows], "left"), np.searchsorted(holder, ties.application[rows], "right")
    )
    identifier, row = a.occ_identifier[held[at]], rows[which]
    # ties of one run in one community stand together
    group = np.cumsum((np.diff(ties.run, prepend=-1) != 0) | (np.diff(ties.community, prepend=-1) != 0))[row]
    _, of_row, count = np.unique(group * (len(a.identifier_kind) + 1) + identifier, return_inverse=True, return_counts=True)
    told = (count[of_row] > 1) & np.isin(row, wanted)
    return part[row[told]], identifier[told], ties.score[row[told]]


def _codes(kind: Ints, busy: Bools) -> Ints:
    code = np.where(busy, CODE["burst"], CODE["shared"])
    in_row = np.isin(kind, [EVIDENCE_CODE[row.name] for row in IN_ROW])
    code = np.where(in_row, CODE["numbers_in_row"], code)
    for name in ("work_phone_mismatch", "vouching"):
        code = np.where(kind == EVIDENCE_CODE[name], CODE[name], code)
    return code


def distinct_rows(*columns: Ints) -> Ints:
    """Return the rows that are the first with their combination of values (≥ 0)."""
    key = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        key = key * (int(column.max(initial=0)) + 1) + column
    return np.sort(np.unique(key, return_index=True)[1])
