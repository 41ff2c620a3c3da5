"""How many rings chance alone makes: the same judge, under the same calibration, on identifiers dealt out by lot.

A decoy is the same file with every identifier's users drawn anew among the applications of the same kind of identifier,
dealer and month. What it keeps: how often each identifier is used, at which dealers and in which months; who is one unit
(households, fleets, somebody's own second application); dealers, salespersons, times and amounts of the applications. A
number that follows one salesperson is dealt among that salesperson's applications, a work phone or employer among the
employer's people, because there it is their desk, not chance, that brings them together. What it takes away: that the
same applications share several identifiers, and that the users of one are closer in time than a month. What it is not: a
model of everyday life. A broker's number stays a broker's number, so it says nothing about benign groups.

Identifiers that hold up a found ring are signal, and dealing them out would count it as noise (Xie, Pan, Khodursky,
Bioinformatics 21 (2005) 4280-4288), so a ring's ties stay out of the draw as often as its risk says that it is one.

The share of rings at a risk or above that chance makes is then decoys ÷ rings, with one decoy added, made monotone
(Elias, Gygi, Nat. Methods 4 (2007) 207-214; Käll et al., J. Proteome Res. 7 (2008) 29-34).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.judge import Findings, Tied, judge_relinked
from graphfraud.detection.links import EVIDENCE_CODE, Links
from graphfraud.detection.ordering import first_appearance
from graphfraud.detection.parameters import DecoyParams, Parameters
from graphfraud.detection.runs import Runs

DEALER, DESK, EMPLOYER = range(3)  # among whom an identifier's users are drawn
EMPLOYERS = tuple(EVIDENCE_CODE[name] for name in ("work_phone", "employer"))


@dataclass(frozen=True)
class Decoys:
    """Risk of every ring that chance made, in `rounds` draws together."""

    risk: Floats
    rounds: int

    def share_by_chance(self, risk: Floats) -> Floats:
        """Return, for each ring, the expected share of rings at its risk or above that chance alone makes (0–1).

        (decoys at the risk or above + 1) ÷ rounds ÷ rings at the risk or above; the lowest such share among the cuts that
        keep the ring. The added one is the posterior mean of what was counted: none in three draws is not never.
        """
        if len(risk) == 0:
            return np.empty(0)
        decoys, found = np.sort(self.risk), np.sort(risk)
        chance = (len(decoys) - np.searchsorted(decoys, risk, "left") + 1.0) / self.rounds
        share = chance / (len(found) - np.searchsorted(found, risk, "left"))
        return lowest_below(risk, np.minimum(share, 1.0))


def lowest_below(risk: Floats, share: Floats) -> Floats:
    """Return the lowest share among the rings of a ring's own risk or less: cuts that keep it; falls as risk rises."""
    order = np.argsort(risk, kind="stable")
    lowest = np.empty(len(risk))
    lowest[order] = np.minimum.accumulate(share[order])
    # equal risks stand or fall together
    _, tie = np.unique(risk, return_inverse=True)
    least = np.full(int(tie.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, tie, lowest)
    return least[tie]


def judge_decoys(a: Applications, usual: Calibration, found: Findings, params: Parameters) -> Decoys:
    """Draw decoys and judge them under the same calibration; deterministic for its seed."""
    draws = judge_relinked(a, usual, params, lambda ties, _departing: deal_out(a, ties, found, params.decoys))
    risk = [ring.risk for findings in draws for ring in findings.rings]
    return Decoys(np.array(risk, dtype=np.float64), params.decoys.rounds)


def deal_out(a: Applications, ties: Tied, found: Findings, params: DecoyParams) -> Iterator[Links]:
    """Deal identifiers out anew, once a round."""
    runs = ties.runs
    identifier, slot = runs.identifier[runs.run], _slot(runs)
    kind, scope = ties.links.kind[identifier], _scope(a, runs, params.desk_share)
    month = months(a)
    stratum = (
        pool_strata(a.dealer, month, params.enough, params.few),
        pool_strata(a.salesperson, month, params.enough, 1),
        pool_strata(a.employer, month, params.enough, 1),
    )
    upholds = _ring_upheld(ties, found)
    risk = np.array([*(ring.risk for ring in found.rings), 0.0])  # the last for ties that uphold none
    group = first_appearance((kind * params.slots + np.minimum(slot, params.slots - 1)) * 3 + scope)
    rows_of = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1]) if len(group) else []
    for seed in range(params.seed, params.seed + params.rounds):
        rng = np.random.default_rng(seed)
        dealt = rng.random(len(risk)) >= risk
        application = runs.application.copy()
        for rows in rows_of:
            application[rows] = shuffle_within(stratum[scope[rows[0]]], rng)[application[rows]]
        kept = np.flatnonzero(dealt[upholds])
        order = kept[np.lexsort((application[kept], identifier[kept]))]
        yield replace(ties.links, application=application[order], identifier=identifier[order])


def shuffle_within(stratum: Ints, rng: np.random.Generator) -> Ints:
    """Return a random permutation of the applications that leaves each in its stratum."""
    drawn = np.empty(len(stratum), np.int64)
    drawn[np.argsort(stratum, kind="stable")] = np.lexsort((rng.random(len(stratum)), stratum))
    return drawn


def months(a: Applications) -> Ints:
    """Return the calendar month of each application on the lender's clock, counted from 1970."""
    return a.local_day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def pool_strata(owner: Ints, month: Ints, enough: int, few: int) -> Ints:
    """Number the strata of applications: owner × month where `enough` meet there.

    What is thinner is pooled step by step, by time first, because an identifier that moves to another dealer is another
    sort of identifier: owner × quarter (`enough`), the owner's whole time (`few`), all of the month.
    """
    base = int(owner.max(initial=-1)) + 2
    who = owner + 1
    everybody = np.full(len(owner), base)
    stratum = np.full(len(owner), -1, np.int64)
    levels = ((who, month, enough), (who, month // 3, enough), (who, np.zeros_like(month), few), (everybody, month, 1))
    total = 0
    for by, time, least in levels:
        free = np.flatnonzero(stratum < 0)
        _, cell = np.unique(time[free] * (base + 1) + by[free], return_inverse=True)
        full = np.bincount(cell, minlength=1)[cell] >= least if len(free) else np.empty(0, bool)
        stratum[free[full]] = total + cell[full]
        total += int(cell.max(initial=-1)) + 1
    return first_appearance(stratum)


def _slot(runs: Runs) -> Ints:
    """Place of each user's identifier among those of its kind that the application holds: two never move together."""
    identifier = runs.identifier[runs.run]
    kind = runs.kind[runs.run]
    order = np.lexsort((identifier, kind, runs.application))
    same = (np.diff(kind[order], prepend=-1) == 0) & (np.diff(runs.application[order], prepend=-1) == 0)
    begin = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    slot = np.empty(len(order), np.int64)
    slot[order] = np.arange(len(order)) - begin
    return slot


def _scope(a: Applications, runs: Runs, desk_share: float) -> Ints:
    """Among whom each user is drawn."""
    kind = runs.kind[runs.run]
    desk = (kind == EVIDENCE_CODE["phone"]) & (runs.salesperson_share[runs.run] > desk_share)
    colleague = np.isin(kind, EMPLOYERS) & (a.employer[runs.application] >= 0)
    return np.where(colleague, EMPLOYER, np.where(desk, DESK, DEALER))


def _ring_upheld(ties: Tied, found: Findings) -> Ints:
    """Number of the ring that each user's tie upholds: two units or more of it hold the identifier; -1 for none."""
    ring = found.ring_numbers()[ties.runs.application]
    identifier = ties.runs.identifier[ties.runs.run]
    base = len(found.rings) + 1
    key = identifier * base + ring + 1
    pair, count = np.unique(key, return_counts=True)  # one row a unit
    several: Bools = count[np.searchsorted(pair, key)] > 1 if len(key) else np.empty(0, bool)
    return np.where(several & (ring >= 0), ring, -1)
