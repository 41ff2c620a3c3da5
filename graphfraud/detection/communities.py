"""Communities of units: Leiden with the constant Potts model on units and the runs that tie them.

Reach: the component. Every connected component is cut on its own, with its own canonical order and seed, so that an
unrelated component changes nothing. Whole-graph modularity has a resolution limit; CPM has none (Traag, Van Dooren,
Nesterov, Phys. Rev. E 84 (2011) 016114; Leiden: Traag, Waltman, Van Eck, Sci. Rep. 9 (2019) 5233).
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from functools import cached_property

import igraph
import numpy as np

from graphfraud.detection.columns import Bools, Floats, Ints
from graphfraud.detection.evidence import Evidence, further_kinds, scores_of
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.ordering import begins, connected, first_appearance, placed, sorted_unique
from graphfraud.detection.parameters import CommunityParams
from graphfraud.detection.runs import Runs

# igraph draws from one generator a process: of two threads that find rings, one would go on with the other's seed.
_DRAWING = threading.Lock()


@dataclass(frozen=True)
class InRuns:
    """How communities share runs: one row a community and a run of it, with how many of the community's units are in it.

    tied: of each tie row (`Communities.tie`), whether two or more units of its community are in its run.
    """

    community: Ints
    run: Ints
    units: Ints
    tied: Bools


@dataclass(frozen=True)
class Communities:
    """community of each unit (-1 none), count, and the rows of the users of `runs` that tie (`tie`: in order)."""

    community: Ints
    count: int
    tie: Ints
    runs: Runs
    evidence: Evidence

    @cached_property
    def in_runs(self) -> InRuns:
        """How they share the runs that tie."""
        base = max(len(self.runs), 1)
        community = self.community[self.runs.unit[self.tie]]
        key, of_row = placed(community * base + self.runs.run[self.tie])
        count = np.bincount(of_row, minlength=len(key))
        return InRuns(key // base, key % base, count, count[of_row] > 1)

    @cached_property
    def run_scores(self) -> tuple[Ints, Ints, Floats]:
        """(community, run, score): what each run that two or more of its units share adds to a community (`evidence.scores`).

        Kinds that hit the same group say more than their sum (`evidence.further_kinds`), which is dealt to the runs of all
        such kinds as their scores are.
        """
        evidence, shared = self.evidence, self.in_runs.units > 1
        community, run, inside = (column[shared] for column in (self.in_runs.community, self.in_runs.run, self.in_runs.units))
        said = scores_of(evidence, run, inside, self.runs.all_units[run])
        return community, run, said * _with_further_kinds(community, run, said, evidence, self.count)

    @cached_property
    def strength(self) -> Floats:
        """Sum of the run scores of each community: decimal logarithms of odds that it is no accident."""
        community, _, score = self.run_scores
        return np.bincount(community, weights=score, minlength=self.count).astype(np.float64)

    @cached_property
    def departed(self) -> Floats:
        """What it adds to each community's runs, before other kinds that hit the same group, that users are unlike customers.

        Of a run that says something for no other reason all that lifted it is counted, from below nothing.
        """
        shared = self.in_runs.units > 1
        run, inside = self.in_runs.run[shared], self.in_runs.units[shared]
        users, evidence = self.runs.all_units[run], self.evidence
        said, without = (scores_of(one, run, inside, users) for one in (evidence, evidence.without_departures))
        added = np.bincount(self.in_runs.community[shared], weights=said - without, minlength=self.count)
        return np.maximum(added, 0.0)

    @cached_property
    def core(self) -> tuple[Ints, Ints]:
        """(community, application) pairs tied inside: in a run with two or more units of the community."""
        rows = self.tie[self.in_runs.tied]
        if len(rows) == 0:
            return rows, rows
        base = int(self.runs.application.max()) + 1
        pair = sorted_unique(self.community[self.runs.unit[rows]] * base + self.runs.application[rows])
        return pair // base, pair % base


def find_communities(runs: Runs, evidence: Evidence, units: int, params: CommunityParams) -> Communities:
    """Group units by the runs whose evidence is positive."""
    tie = np.flatnonzero((evidence.weight > 0)[runs.run]) if len(runs) else np.empty(0, np.int64)
    community = np.full(units, -1, np.int64)
    if len(tie) == 0:
        return Communities(community, 0, tie, runs, evidence)
    present, unit = placed(runs.unit[tie])
    used, run = placed(runs.run[tie])
    weight = np.minimum(evidence.weight[used][run], params.weight_ceiling)
    size = len(present) + len(used)
    component = connected(size, unit, len(present) + run)
    label = np.zeros(size, np.int64)
    for edges in _components_to_cut(component[unit], run, weight, params.resolution):
        nodes = sorted_unique(np.concatenate([unit[edges], len(present) + run[edges]]))
        ends = np.stack([np.searchsorted(nodes, unit[edges]), np.searchsorted(nodes, len(present) + run[edges])], axis=1)
        label[nodes] = cut_component(len(nodes), ends, weight[edges], params)
    community[present] = first_appearance(component[: len(present)] * (size + 1) + label[: len(present)])
    return Communities(community, int(community.max()) + 1, tie, runs, evidence)


def cut_component(nodes: int, ends: Ints, weight: Floats, params: CommunityParams) -> Ints:
    """Cut one connected component with Leiden CPM under its own seeds; return a label for each node.

    Leiden stops at the first partition that no move of its kind makes better. Begun with everybody alone it can miss what
    it finds when begun with all together, and the other way round: of several of both, the best counts.
    """
    graph = igraph.Graph(n=nodes, edges=ends)
    best, label = -np.inf, np.zeros(nodes, np.int64)
    for seed in range(params.seed, params.seed + params.tries):
        for start in (None, [0] * nodes):
            with _DRAWING:
                igraph.set_random_number_generator(random.Random(seed))
                found = graph.community_leiden(
                    objective_function="CPM",
                    weights=weight.tolist(),
                    resolution=params.resolution,
                    n_iterations=params.iterations,
                    initial_membership=start,
                )
            membership = np.asarray(found.membership, dtype=np.int64)
            quality = _potts(ends, weight, membership, params.resolution)
            if quality > best + 1e-9 * abs(quality):
                best, label = quality, membership
    return label


def _potts(ends: Ints, weight: Floats, label: Ints, resolution: float) -> float:
    """What the constant Potts model says of a partition: weight inside, less the resolution for every pair inside."""
    size = np.bincount(label).astype(np.float64)
    inside = weight[label[ends[:, 0]] == label[ends[:, 1]]].sum()
    return float(inside - resolution * (size * (size - 1) / 2).sum())


def _components_to_cut(component: Ints, run: Ints, weight: Floats, resolution: float) -> list[Ints]:
    """Edges of each component that may hold more than one community.

    A star whose every edge outweighs the resolution times its size is one community, without asking. So is any component
    of n nodes whose every edge outweighs the resolution times n²/4: two parts of it that touch have fewer pairs between
    them, and are better together.
    """
    order = np.argsort(component, kind="stable")
    head = np.flatnonzero(begins(component[order]))
    end = np.append(head[1:], len(order))[: len(head)]
    least, of_run = np.minimum.reduceat(weight[order], head), run[order]
    star = np.minimum.reduceat(of_run, head) == np.maximum.reduceat(of_run, head)
    nodes = end - head + 1  # a connected graph has at most one node more than edges
    several = np.flatnonzero(least <= resolution * np.where(star, nodes, nodes**2 / 4))
    return [order[first:last] for first, last in zip(head[several].tolist(), end[several].tolist(), strict=True)]


def _with_further_kinds(community: Ints, run: Ints, said: Floats, evidence: Evidence, count: int) -> Floats:
    """Return the factor by which each score rises because other kinds hit the same group."""
    kinds, kind = len(EVIDENCE_KINDS), evidence.kind[run]
    counts = evidence.further[kind] > 0
    summed = np.bincount((community * kinds + kind)[counts], weights=said[counts], minlength=count * kinds)
    by_kind = summed.astype(np.float64).reshape(count, kinds)
    factor = 1 + further_kinds(by_kind, evidence) / np.maximum(by_kind.sum(axis=1), 1e-9)
    return np.where(counts, factor[community], 1.0)
