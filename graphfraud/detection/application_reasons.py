"""Why an application has its risk: its own ties to a ring, another application of its unit, or circumstance alone.

Told for applications in rings and for those whose risk is worth a look; all at once, as columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.attach import Attached
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.departures import DEPARTURES, Departing
from graphfraud.detection.groups import LEAST_EVIDENCE, Groups
from graphfraud.detection.links import Links
from graphfraud.detection.ordering import begins, counted, find, pairs, spans
from graphfraud.detection.parameters import RiskParams
from graphfraud.detection.reason_table import (
    CODE,
    ON_IDENTIFIERS,
    Cited,
    Parts,
    ReasonTable,
    Word,
    choose_parts,
    tabulate,
)
from graphfraud.detection.risk import risk_of
from graphfraud.detection.ties import Ties, cite
from graphfraud.detection.units import FOLDS, Units

LIKENED = (*DEPARTURES, "income")  # in what an application can be like a ring's members, and unlike customers

NEIGHBOURS = 100  # members either way in time that an application is compared with


@dataclass(frozen=True)
class Community:
    """What is known of each community: its evidence with the detectors' opinion, and its risk."""

    evidence: Floats
    risk: Floats


def explain_applications(
    a: Applications,
    units: Units,
    links: Links,
    ties: Ties,
    groups: Groups,
    attached: Attached,
    community: Community,
    departing: Departing,
    risk: Floats,
    wanted: Bools,
    params: RiskParams,
) -> ReasonTable:
    """Return the reasons of the wanted applications (a mask); subjects are rows of the columns, risk is by application."""
    own = np.flatnonzero(wanted[ties.application] & (ties.score > 0))
    mate, mate_evidence = _unit_mates(units, ties, wanted)
    kept_by_mate = _held_with_mates(units, ties)
    held = np.zeros(len(a), bool)
    held[ties.application[own]] = True
    held[mate >= 0] = True
    ring_of = np.full(len(a), -1, np.int64)
    ring_of[attached.application] = attached.community
    ring_of[groups.application[groups.core]] = groups.community[groups.core]
    mated = np.flatnonzero(mate >= 0)
    fits = _Circumstance(a, links, ties, groups, departing, np.flatnonzero(wanted & (ring_of >= 0)), ring_of)
    loose = fits.application[fits.fits | ~held[fits.application]]
    parts = choose_parts(
        np.concatenate([ties.application[own], mated, loose]),
        np.concatenate([ties.code[own], np.full(len(mated), CODE["same_unit"]), np.full(len(loose), CODE["circumstance"])]),
        np.concatenate([ties.kind[own], np.full(len(mated) + len(loose), -1)]),
        np.concatenate([ties.score[own] / ties.inside[own], mate_evidence[mated], np.where(held[loose], 0.0, 1.0)]),
    )
    # everybody of the community who holds what the application holds is concerned
    part_of_tie = np.full(len(ties.run), -1, np.int64)
    part_of_tie[own] = parts.of_row[: len(own)]
    cited = _with_partners(cite(a, links, ties, part_of_tie), ties, part_of_tie)
    part_of = np.full(len(a), -1, np.int64)
    rows = np.flatnonzero(parts.code == CODE["same_unit"])
    part_of[parts.subject[rows]] = rows
    words: dict[tuple[int, Word], float | int | str] = {}
    for x in mated.tolist():
        words[part_of[x], "with"] = str(a.application_id[mate[x]])
    words |= _folds(units, a, mated, mate, part_of)
    cited = _and(cited, *_all_mates(units, ties, mated, part_of))
    rows = np.flatnonzero(parts.code == CODE["circumstance"])
    part_of[parts.subject[rows]] = rows
    of_loose, facts = fits.tell(part_of)
    words |= facts
    cited = Cited(
        np.concatenate([cited.application_part, of_loose.application_part]),
        np.concatenate([cited.application, of_loose.application]),
        np.concatenate([cited.identifier_part, of_loose.identifier_part]),
        np.concatenate([cited.identifier, of_loose.identifier]),
    )
    lost = np.where(kept_by_mate, 0.0, ties.lost)[own]
    stays = np.zeros(len(a))
    stays[attached.member] = attached.stays
    claim = _claims(
        parts, lost, ring_of, community, risk, stays * np.append(community.risk, 0.0)[ring_of], fits.weak(len(a)), params
    )
    return tabulate(a, parts, risk, claim, cited, words)


def _claims(
    parts: Parts,
    lost: Floats,
    ring_of: Ints,
    community: Community,
    risk: Floats,
    stays: Floats,
    weak: Ints,
    params: RiskParams,
) -> Floats:
    """What stands alone carries all of the risk; of several ties, each what the ring would lose with it (lost, by tie).

    Without its lone tie an application still has the risk with which circumstance would attach it (stays), and the more, the
    more weak identifiers (how many) it shares with the ring.
    """
    x = parts.subject
    c = ring_of[x]
    gone = np.bincount(parts.of_row[: len(lost)], weights=lost, minlength=len(parts))
    with_it, without = community.evidence[c], community.evidence[c] - gone
    drop = risk_of(with_it, params) - risk_of(np.maximum(without, LEAST_EVIDENCE), params)
    share = parts.evidence / np.maximum(parts.whole(len(risk))[x], 1e-12)
    counts = parts.evidence > 0
    alone = counts & (np.bincount(x[counts], minlength=len(risk))[x] == 1)
    tied = np.maximum(risk[x] - stays[x], 0.0) / (1.0 + weak[x])
    whole = np.where(parts.code == CODE["circumstance"], risk[x], tied)
    return np.where(alone, whole, np.minimum(risk[x] * share, np.where(ON_IDENTIFIERS[parts.code], drop, 0.0)))


def _unit_mates(units: Units, ties: Ties, wanted: Bools) -> tuple[Ints, Floats]:
    """For each wanted application another one of its unit that is tied (-1 none), and the evidence of that one's ties."""
    evidence = np.bincount(ties.application, weights=ties.score / np.maximum(ties.inside, 1), minlength=len(wanted))
    tied = np.flatnonzero(evidence > 0)
    tied = tied[np.lexsort((tied, -evidence[tied], units.unit[tied]))]
    head = begins(units.unit[tied])
    best, second = np.full(units.count, -1, np.int64), np.full(units.count, -1, np.int64)
    best[units.unit[tied[head]]] = tied[head]
    after = np.flatnonzero(head) + 1
    after = after[after < len(tied)]
    after = after[~head[after]]
    second[units.unit[tied[after]]] = tied[after]
    x = np.arange(len(wanted))
    mate = np.where(best[units.unit] == x, second[units.unit], best[units.unit])
    mate = np.where(wanted, mate, -1)
    return mate, np.where(mate >= 0, evidence[np.maximum(mate, 0)], 0.0)


def _held_with_mates(units: Units, ties: Ties) -> Bools:
    """Whether another application of the unit has each tie too: the unit keeps it then, and may be one for it."""
    base = int(ties.identifier.max(initial=-1)) + 1
    key = units.unit[ties.application] * base + ties.identifier
    _, of_tie = np.unique(key, return_inverse=True)
    holders, _ = pairs(of_tie, ties.application)
    return np.asarray(np.bincount(holders, minlength=len(key))[of_tie] > 1)


def _all_mates(units: Units, ties: Ties, mated: Ints, part_of: Ints) -> tuple[Ints, Ints]:
    """Pairs (part of each application, another one of its unit that is tied): any of them keeps it in."""
    tied = np.unique(ties.application[ties.score > 0])
    tied = tied[np.argsort(units.unit[tied], kind="stable")]
    of_unit = units.unit[tied]
    first, last = (np.searchsorted(of_unit, units.unit[mated], side) for side in ("left", "right"))
    which, at = spans(first, last)
    other = tied[at] != mated[which]
    return part_of[mated[which[other]]], tied[at[other]]


def _with_partners(cited: Cited, ties: Ties, part_of_tie: Ints) -> Cited:
    """Let each part name all who are tied by the same run in the same community, not the application alone."""
    rows = np.flatnonzero(part_of_tie >= 0)
    new = np.ones(len(ties.run), bool)
    new[1:] = (np.diff(ties.run) != 0) | (np.diff(ties.community) != 0)
    head = np.flatnonzero(new)
    end = np.append(head[1:], len(ties.run))
    group = np.cumsum(new) - 1
    which, at = spans(head[group[rows]], end[group[rows]])
    part, application = pairs(part_of_tie[rows[which]], ties.application[at])
    return Cited(part, application, cited.identifier_part, cited.identifier)


def _and(cited: Cited, part: Ints, application: Ints) -> Cited:
    return Cited(
        np.concatenate([cited.application_part, part]),
        np.concatenate([cited.application, application]),
        cited.identifier_part,
        cited.identifier,
    )


def _folds(units: Units, a: Applications, mated: Ints, mate: Ints, part_of: Ints) -> dict[tuple[int, Word], float | int | str]:
    """Say why an application and its mate are one unit: the same person, the fold between the two, or one of the unit."""
    base = max(a.persons, 1)
    key = units.person_a * base + units.person_b
    one, other = a.person[mated], a.person[mate[mated]]
    asked = np.minimum(one, other) * base + np.maximum(one, other)
    at, direct = find(key, asked)
    why: dict[tuple[int, Word], float | int | str] = {}
    for x, same, hit, place in zip(mated.tolist(), (one == other).tolist(), direct.tolist(), at.tolist(), strict=True):
        why[int(part_of[x]), "why"] = "same_person" if same else FOLDS[units.why[place]] if hit else "unit"
    return why


class _Circumstance:
    """What besides identifiers of weight ties applications to a ring: dealer and weeks, salesperson, departures.

    Of a ring with thousands of members an application is compared with those next to it in time (NEIGHBOURS either way), so
    that the work grows with the members and not with their pairs.
    """

    def __init__(
        self, a: Applications, links: Links, ties: Ties, groups: Groups, departing: Departing, application: Ints, ring_of: Ints
    ) -> None:
        core = np.flatnonzero(groups.core)
        ring = ring_of[application]
        of_ring = groups.community[core]
        first, last = (np.searchsorted(of_ring, ring, side) for side in ("left", "right"))
        here = np.searchsorted(of_ring * len(a) + groups.application[core], ring * len(a) + application)
        which, at = spans(np.maximum(first, here - NEIGHBOURS), np.minimum(last, here + NEIGHBOURS + 1))
        member = groups.application[core[at]]
        other = application[which] != member
        which, member = which[other], member[other]
        x = application[which]
        self.application = application
        self._which, self._member = which, member
        self._same_dealer = (a.dealer[x] == a.dealer[member]) & (a.dealer[x] >= 0)
        same_seller = self._same_dealer & (a.salesperson[x] == a.salesperson[member]) & (a.salesperson[x] >= 0)
        self._sold = np.bincount(which, weights=self._same_dealer, minlength=len(application)).astype(np.int64)
        self._handled = np.bincount(which, weights=same_seller, minlength=len(application)).astype(np.int64)
        self._alike = _alike(a, departing, which, member, application)
        self._held = _held_with_members(links, ties, application, ring_of, groups, core)
        weak = np.isin(application, self._held[0])
        self.fits = ((self._sold > 0) & a.timed) | weak

    def weak(self, applications: int) -> Ints:
        """Count, by application, the weak identifiers that it shares with its ring."""
        return np.bincount(self._held[0], minlength=applications)

    def tell(self, part_of: Ints) -> tuple[Cited, dict[tuple[int, Word], float | int | str]]:
        """Return what the parts (by application, -1 none) cite, and their facts in words."""
        part = part_of[self.application]
        words: dict[tuple[int, Word], float | int | str] = {}
        for i in np.flatnonzero(part >= 0).tolist():
            words[int(part[i]), "same_dealer"] = int(self._sold[i])
            words[int(part[i]), "same_salesperson"] = int(self._handled[i])
            likes = [name for name, like in self._alike.items() if like[i]]
            if likes:
                words[int(part[i]), "alike"] = ",".join(likes)
        shown = self._same_dealer & (part[self._which] >= 0)
        told = np.flatnonzero(part >= 0)
        parts = np.concatenate([part[self._which[shown]], part[told]])
        application = np.concatenate([self._member[shown], self.application[told]])
        held = part_of[self._held[0]] >= 0
        return Cited(*pairs(parts, application), *pairs(part_of[self._held[0][held]], self._held[1][held])), words


def _alike(a: Applications, departing: Departing, which: Ints, member: Ints, loose: Ints) -> dict[str, Bools]:
    """In what of LIKENED each loose application is like its ring's members, and unlike customers.

    It departs from them as half of the members do, or gives the same income to the digit as a member of another employer.
    """
    n = np.maximum(np.bincount(which, minlength=len(loose)), 1)
    who, at = np.unique(member, return_inverse=True)
    own, theirs = departing.unlike.told(loose), departing.unlike.told(who)[:, at]
    like = {
        name: own[row] & (2 * np.bincount(which, weights=theirs[row], minlength=len(loose)) >= n)
        for row, name in enumerate(DEPARTURES)
    }
    x = loose[which]
    same = (a.income[x] == a.income[member]) & (a.employer[x] != a.employer[member])
    return {**like, "income": np.bincount(which, weights=same, minlength=len(loose)) > 0}


def _held_with_members(
    links: Links, ties: Ties, application: Ints, ring_of: Ints, groups: Groups, core: Ints
) -> tuple[Ints, Ints]:
    """Identifiers, too weak to tie, that applications share with members of their ring: (application, identifier cited)."""
    asked = np.zeros(len(ring_of), bool)
    asked[application] = True
    member = np.full(len(ring_of), -1, np.int64)
    member[groups.application[core]] = groups.community[core]
    base = len(links.kind) + 1
    theirs = np.flatnonzero(member[links.application] >= 0)
    shared, holders = counted(member[links.application[theirs]] * base + links.identifier[theirs])
    mine = np.flatnonzero(asked[links.application])
    x, identifier = links.application[mine], links.identifier[mine]
    at, there = find(shared, ring_of[x] * base + identifier)
    there &= (holders[at] > (member[x] == ring_of[x])) if len(shared) else there
    tie = np.flatnonzero(ties.score > 0)
    strong = np.isin(x * base + identifier, ties.application[tie] * base + ties.identifier[tie])
    kept = there & ~strong & (links.cited[identifier] >= 0)
    return x[kept], links.cited[identifier[kept]]
