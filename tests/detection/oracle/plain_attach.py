"""Attaching by circumstance again, one ring and one candidate at a time."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from plain_departures import fits, ratios
from plain_evidence import Weighed, coherence, core, figure_shares, scores
from small_worlds import Row

from graphfraud.detection.parameters import AttachParams, DepartureParams, RefineParams


@dataclass(frozen=True)
class Ring:
    """A group that attaches others: its tied applications, its window, its ties (units in shared runs)."""

    members: tuple[int, ...]
    opens: float
    closes: float
    ties: int


class Scene:
    """Everything that is known of a small world before anybody is attached."""

    def __init__(
        self,
        rows: Sequence[Row],
        unit: Sequence[int],
        weighed: Sequence[Weighed],
        groups: Sequence[set[int]],
        params: AttachParams,
        refine: RefineParams,
        mixes: Sequence[Sequence[float]],
        departures: DepartureParams,
    ) -> None:
        self.rows, self.weighed, self.params, self.refine = rows, weighed, params, refine
        self.dealers = Counter(row.dealer for row in rows if row.dealer)
        self.sellers = Counter(row.seller for row in rows if row.seller)
        self.unit, self.mixes, self.departures = unit, mixes, departures
        self.ratios = ratios(rows, departures)
        self.figures = figure_shares(rows)
        self.span = max(30.0, rows[-1].day - rows[0].day)
        self.rings: dict[int, Ring] = {}
        self.in_core: set[int] = set()
        for k, group in enumerate(groups):
            shared = scores(unit, weighed, group)
            members = core(unit, weighed, group)
            strength = max(sum(shared.values()) + coherence(rows, members, refine), 0.01) if shared else 0.0
            if strength > refine.hot:
                self.in_core |= members
                if len(members) >= params.core:
                    ties = sum(sum(unit[i] in group for i in weighed[run].run.users) for run in shared)
                    self.rings[k] = self._ring(sorted(members), ties)
        everybody = {i for ring in self.rings.values() for i in ring.members}
        tied = sum(len(ring.members) for ring in self.rings.values())
        mean = sum(ring.ties for ring in self.rings.values()) / max(tied, 1)
        self.usual_ties = min(max(mean, params.least_ties), params.most_ties)
        self.in_rings = max(len(everybody), 1) / len(rows)

    def _ring(self, members: list[int], ties: int) -> Ring:
        days = [self.rows[i].day for i in members]
        step = (max(days) - min(days)) / max(len(days) - 1, 1)
        margin = min(max(step, self.params.least_margin), self.params.most_margin)
        return Ring(tuple(members), min(days) - margin, max(days) + margin, ties)

    def missing_share(self, ring: Ring) -> float:
        """Members without any tie, per tied one, if ties are dealt out at random: t / (1 − exp(−t)) is the mean."""
        p = self.params
        mean = (ring.ties + p.ties_weight * self.usual_ties) / (len(ring.members) + p.ties_weight)
        mean = min(max(mean, p.least_ties), p.most_ties)
        low, high = 1e-9, mean
        for _ in range(200):
            t = (low + high) / 2
            low, high = (t, high) if t / (1 - math.exp(-t)) < mean else (low, t)
        return min(max(p.unseen / math.expm1(low), p.least_share), p.most_share)

    def attached(self) -> dict[int, tuple[int, float]]:
        """The ring that claims each untied application most, and the probability that it belongs there."""
        best: dict[int, tuple[float, int]] = {}
        for k, ring in self.rings.items():
            for i, odds in [*self.by_time(ring), *self.by_tie(k, ring)]:
                odds += self.seller_fits(ring, i) + self.busy_fits(ring, i)
                odds += self.figure_fits(ring, i)
                members = [self.rows[j] for j in sorted({self.unit[j]: j for j in reversed(ring.members)}.values())]
                for ratio, mix in zip(self.ratios, self.mixes, strict=True):
                    odds += fits(self.rows[i], members, ratio, mix, self.departures)
                claim = (1 / (1 + 10 ** (self.params.doubt - odds)), -k)
                best[i] = max(best.get(i, (-1.0, 0)), claim)
        expected: dict[int, float] = defaultdict(float)
        for p, k in best.values():
            expected[-k] += p
        room = {k: max(self.params.room * self.missing_share(r) * len(r.members), 1.0) for k, r in self.rings.items()}
        return {i: (-k, p * min(1.0, room[-k] / max(expected[-k], 1e-9))) for i, (p, k) in best.items()}

    def by_time(self, ring: Ring) -> list[tuple[int, float]]:
        """Untied applications at the ring's dealers in its window, with the odds of time and place."""
        found = []
        for dealer, members in Counter(self.rows[i].dealer for i in ring.members if self.rows[i].dealer).items():
            there = [i for i, row in enumerate(self.rows) if row.dealer == dealer and ring.opens <= row.day <= ring.closes]
            free = [i for i in there if i not in self.in_core]
            length, missing = ring.closes - ring.opens, self.missing_share(ring) * members
            outside = max(self.dealers[dealer] - members - len(free), 0) + 0.5
            usual = outside / max(self.span - length, self.params.least_outside) * length
            if self.span - length < self.params.outside_share * self.span:
                usual = max(len(free) - missing, self.params.usual_inside * len(free))
            if free and missing / (usual + missing) > self.params.least_odds_in_cell:
                found += [(i, math.log10(missing / max(usual, self.params.least_usual))) for i in free]
        return found

    def by_tie(self, k: int, ring: Ring) -> list[tuple[int, float]]:
        """Untied applications that share an identifier, too weak alone, with this ring and no other."""
        found = []
        for one in self.weighed:
            users = one.run.users
            weak = not one.busy and 1 < len(users) <= self.params.weak_units and one.weight > self.params.weak_from
            touched = {other for other, r in self.rings.items() if set(users) & set(r.members)}
            if not weak or touched != {k}:
                continue
            for i in set(users) - self.in_core:
                row = self.rows[i]
                odds = one.weight - math.log10(min(1, len(users) * self.in_rings))
                if row.dealer:
                    share = self.dealers[row.dealer] / len(self.rows)
                    same = sum(self.rows[j].dealer == row.dealer for j in ring.members)
                    odds += math.log10((same + share) / (len(ring.members) + 1) / share)
                away = row.day < ring.opens or row.day > ring.closes
                found.append((i, odds - (self.params.outside if away else 0.0)))
        return found

    def seller_fits(self, ring: Ring, i: int) -> float:
        """How much likelier the salesperson is among the members at that dealer than there at all."""
        row = self.rows[i]
        members = sum(self.rows[j].dealer == row.dealer for j in ring.members)
        if not (row.seller and row.dealer and members):
            return 0.0
        share = min(max(self.sellers[row.seller] / self.dealers[row.dealer], 1e-6), 1.0)
        same = sum(self.rows[j].seller == row.seller for j in ring.members)
        prior = self.params.salesperson_members
        return math.log10((same + prior * share) / (max(members, same) + prior)) - math.log10(share)

    def figure_fits(self, ring: Ring, i: int) -> float:
        """How much likelier members of other employers are to give the candidate's income to the digit than anybody is."""
        row, p = self.rows[i], self.params
        given = [self.rows[j] for j in ring.members if not math.isnan(self.rows[j].income)]
        same = sum(other.income == row.income and other.of("employer") != row.of("employer") for other in given)
        if not same:
            return 0.0
        fits = 1 - p.figures + p.figures * same / len(given) / self.figures[row.income]
        return min(max(math.log10(fits), 0.0), p.figures_most)

    def busy_fits(self, ring: Ring, i: int) -> float:
        """How much likelier members are to hold the busy identifiers that the candidate shares with the ring."""
        total, p = 0.0, self.params
        for one in self.weighed:
            if not one.busy or i not in one.run.users:
                continue
            same = [other for other in self.weighed if other.busy and other.run.link is one.run.link]
            together = len({j for other in same for j in other.run.users} & set(ring.members))
            users, dealer = len(one.run.all_users), self.rows[i].dealer
            local = one.run.dealer_share * users / max(self.dealers[dealer], 1) if dealer else 0.0
            usual = min(max(users / len(self.rows), local, 1e-6), 1.0)
            if together:
                fits = (together + p.busy_alpha * usual) / (len(ring.members) + p.busy_alpha)
                total += max(math.log10(fits) - math.log10(usual), 0.0)
        return min(total, p.busy_most)
