"""Why a ring is one: at most four reasons, each citing what can be shown in the graph.

A reason's contribution is its share of the evidence, but never more than the risk falls by without it: evidence in rings
is redundant, and a claim must survive taking away what it cites. The reasons and the remainder sum to the risk. Where
several reasons hold a ring up, each alone claims little; its share of the evidence (`evidence_share` in its facts, 0-1)
says how much it weighs beside the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import numpy as np

from graphfraud.detection.anomaly import Opinion
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.departures import DEPARTURES, Departing, beyond
from graphfraud.detection.evidence import Evidence, further_kinds
from graphfraud.detection.features import FEATURES
from graphfraud.detection.groups import LEAST_EVIDENCE, Groups
from graphfraud.detection.links import Links
from graphfraud.detection.ordering import begins
from graphfraud.detection.parameters import RiskParams
from graphfraud.detection.reason_table import (
    CODE,
    CODES,
    ON_IDENTIFIERS,
    SEVERAL_KINDS,
    Cited,
    Parts,
    ReasonTable,
    Word,
    choose_parts,
    tabulate,
)
from graphfraud.detection.risk import risk_of
from graphfraud.detection.ties import Ties, cite, distinct_rows

# the last thousandth of the risk keeps the order among overwhelming evidence: no reason is given or withheld for it
LITTLE = 1e-3
DEPARTS: Bools = np.isin(CODES, DEPARTURES)  # by code


def explain_rings(
    a: Applications,
    links: Links,
    ties: Ties,
    evidence: Evidence,
    groups: Groups,
    opinion: Opinion,
    departing: Departing,
    risk: Floats,
    wanted: Bools,
    params: RiskParams,
) -> ReasonTable:
    """Return the reasons of the wanted communities (a mask); subjects are communities, risk is by community."""
    rows = distinct_rows(ties.community, ties.run)
    rows = rows[wanted[ties.community[rows]]]
    extra = [
        (code, np.flatnonzero(wanted & (amount > 0)), amount)
        for code, amount in (*groups.circumstances.items(), ("unusual", opinion.amount))
    ]
    subject = np.concatenate([ties.community[rows], *(which for _, which, _ in extra)])
    amounts = np.concatenate([ties.score[rows], *(amount[which] for _, which, amount in extra)])
    more = [np.full(len(which), CODE[name]) for name, which, _ in extra]

    def parts_by(code: Ints, kind: Ints) -> tuple[Parts, Floats]:
        all_codes = np.concatenate([code, *more])
        parts = choose_parts(subject, all_codes, np.concatenate([kind, *(np.full(len(m), -1) for m in more)]), amounts)
        return parts, _claims(parts, ties, rows, evidence, groups, opinion, risk, params)

    parts, claim = parts_by(ties.code[rows], ties.kind[rows])
    parts, claim = parts_by(*_stand_together(parts, claim, len(rows), groups.count))
    of_run = np.full(len(ties.community), -1, np.int64)
    of_run[rows] = parts.of_row[: len(rows)]
    cited = cite(a, links, ties, _same_for_run(ties, of_run))
    everybody = np.isin(parts.code, [CODE[name] for name in (*groups.circumstances, "unusual")])
    cited = _add_members(cited, groups, parts, everybody)
    words: dict[tuple[int, Word], float | int | str] = {
        (part, "features"): ",".join(FEATURES[f].__name__ for f in opinion.unusual(int(parts.subject[part])))
        for part in np.flatnonzero(parts.code == CODE["unusual"]).tolist()
    }
    unlike = _unlike_customers(parts, cited, rows, ties, departing)
    # members who lean towards elsewhere, of whom none can be named, are no reason that anybody could check
    vague = DEPARTS[parts.code]
    vague[[part for part, _ in unlike]] = False
    return tabulate(a, parts, risk, claim, cited, words | unlike, (claim > -LITTLE) & ~vague)


def _claims(
    parts: Parts,
    ties: Ties,
    rows: Ints,
    evidence: Evidence,
    groups: Groups,
    opinion: Opinion,
    risk: Floats,
    params: RiskParams,
) -> Floats:
    """Each part's share of the risk, but no more than the risk falls by without it.

    Without an identifier that families or fleets are folded by, and without the dealers, what they explained speaks up.
    """
    c, count, of_row = parts.subject, groups.count, parts.of_row[: len(rows)]

    def by_community(of_tie: Floats) -> Floats:
        return np.bincount(ties.community[rows], weights=of_tie[rows], minlength=count).astype(np.float64)[c]

    def by_part(of_tie: Floats) -> Floats:
        return np.bincount(of_row, weights=of_tie[rows], minlength=len(parts)).astype(np.float64)

    cites = ON_IDENTIFIERS[parts.code]
    left = np.where(cites, _left_without(parts, ties, rows, evidence, count), by_community(ties.score))
    unfolded = by_community(ties.at_most) - by_part(ties.at_most)
    left = np.where(cites & (by_part(ties.folds.astype(np.float64)) > 0), np.maximum(left, unfolded), left)
    left = np.where(parts.code == CODE["dealers"], np.maximum(left, by_community(ties.at_most)), left)
    around = np.zeros(len(parts))
    for name, said in groups.circumstances.items():
        if name not in DEPARTURES:
            around += np.where(parts.code == CODE[name], 0.0, said[c])
    around += _departures_without(parts, ties, groups, by_community, by_part)
    heard = np.where(parts.code == CODE["unusual"], 0.0, opinion.amount[c])
    without = risk_of(np.maximum(left + around, LEAST_EVIDENCE) + heard, params)
    without = np.where(left > 1e-9, without, 0.0)
    share = parts.evidence / np.maximum(parts.whole(groups.count)[c], 1e-12)
    return np.minimum(risk[c] * share, risk[c] - without)


def _unlike_customers(
    parts: Parts, cited: Cited, rows: Ints, ties: Ties, departing: Departing
) -> dict[tuple[int, Word], float | int | str]:
    """How many applications of each part are unlike customers, where that is part of what it says and true of most."""
    of_row = parts.of_row[: len(rows)]
    counts = np.bincount(of_row, weights=ties.departed[rows], minlength=len(parts)) > 0
    every = np.bincount(cited.application_part, minlength=len(parts))
    worth = departing.of_groups(cited.application_part, cited.application, len(parts)) > 0
    words: dict[tuple[int, Word], float | int | str] = {}
    for name, unlike, says in zip(DEPARTURES, departing.unlike.told(cited.application), worth, strict=True):
        count = np.bincount(cited.application_part, weights=unlike, minlength=len(parts)).astype(np.int64)
        told = (parts.code == CODE[name]) | (counts & says & (2 * count > every))
        for part in np.flatnonzero(told & (count > 0)).tolist():
            words[part, cast("Word", name)] = int(count[part])
    return words


def _departures_without(
    parts: Parts,
    ties: Ties,
    groups: Groups,
    by_community: Callable[[Floats], Floats],
    by_part: Callable[[Floats], Floats],
) -> Floats:
    """What departing from the customers can add at most without each part.

    What it said of a run that is gone it says of the community instead; that members are like customers is said no more
    where a part takes what is known of them, or them, away.
    """
    cites = ON_IDENTIFIERS[parts.code]
    counted = by_community(ties.departed) - np.where(cites, by_part(ties.departed), 0.0)
    whole = beyond(groups.unlike[parts.subject], np.maximum(counted, 0.0))
    own = sum(np.where(parts.code == CODE[name], groups.circumstances[name][parts.subject], 0.0) for name in DEPARTURES)
    return np.where(DEPARTS[parts.code], np.maximum(whole - own, 0.0), whole)


def _left_without(parts: Parts, ties: Ties, rows: Ints, evidence: Evidence, communities: int) -> Floats:
    """What the other identifiers of each part's community say without its own.

    That is more than what they say beside it less what it says: each kind but the strongest adds the same (`further_kinds`).
    """
    said, kind = ties.said[rows], np.maximum(ties.kind[rows], 0)  # what has no kind of its own says nothing
    kinds = len(evidence.further)

    def by_kind(of: Ints, count: int) -> Floats:
        return np.bincount(of * kinds + kind, weights=said, minlength=count * kinds).astype(np.float64).reshape(count, kinds)

    left = by_kind(ties.community[rows], communities)[parts.subject] - by_kind(parts.of_row[: len(rows)], len(parts))
    left = np.where(left > 1e-9, left, 0.0)
    return np.asarray(left.sum(axis=1) + further_kinds(left, evidence))


def _stand_together(parts: Parts, claim: Floats, rows: int, count: int) -> tuple[Ints, Ints]:
    """Put what only holds together into one reason: code and kind of each row.

    Those are identifiers without which the risk would rise, and those that speak only when others are gone; where
    there are none of the former, the latter go with the weakest of the others.
    """
    of_row = parts.of_row[:rows]
    rises = ON_IDENTIFIERS[parts.code] & (claim < -LITTLE)
    waits = ON_IDENTIFIERS[parts.code] & (parts.evidence <= 0)
    together = rises | waits
    carried = np.bincount(parts.subject, weights=np.where(together, parts.evidence, 0.0), minlength=count) > 0
    needs = (np.bincount(parts.subject[together], minlength=count) > 0) & ~carried
    others = np.flatnonzero(ON_IDENTIFIERS[parts.code] & ~together & needs[parts.subject])
    weakest = others[np.lexsort((others, parts.evidence[others], parts.subject[others]))]
    together[weakest[begins(parts.subject[weakest])]] = True
    alone = np.bincount(parts.subject[together], minlength=count)[parts.subject] < 2
    merged = (together & ~alone)[of_row]
    return (
        np.where(merged, SEVERAL_KINDS, parts.code[of_row]),
        np.where(merged, -1, parts.kind[of_row]),
    )


def _same_for_run(ties: Ties, of_first: Ints) -> Ints:
    """Give every tie the part of the first tie of its run in its community."""
    new = np.ones(len(ties.run), bool)
    new[1:] = (np.diff(ties.run) != 0) | (np.diff(ties.community) != 0)
    return of_first[np.flatnonzero(new)][np.cumsum(new) - 1] if len(new) else of_first


def _add_members(cited: Cited, groups: Groups, parts: Parts, whole: Bools) -> Cited:
    """Let the parts that speak of the whole community name all its members."""
    part_of = np.full(groups.count, -1, np.int64)
    named, members = [cited.application_part], [cited.application]
    for part_code in np.unique(parts.code[whole]):
        of = np.flatnonzero(whole & (parts.code == part_code))
        part_of[:] = -1
        part_of[parts.subject[of]] = of
        rows = part_of[groups.community] >= 0
        named.append(part_of[groups.community[rows]])
        members.append(groups.application[rows])
    return Cited(np.concatenate(named), np.concatenate(members), cited.identifier_part, cited.identifier)
