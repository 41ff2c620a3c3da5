"""Why a score is what it is: at most four reasons in whole points, each with its path in the graph, and a remainder.

A part of the score claims what the score would gain without it, the rest standing; a reason of the ring (which claims that
the risk falls by at least half of it) twice what the score would gain if the risk fell by that half. Doubts that add up like
independent ones, on a scale that bends downwards, never claim more together than there is; so the claims hold when what they
cite is taken away.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from graphfraud.check.scale import HIGHEST, score_of
from graphfraud.check.scoring import MANY, PARTS, Scores, Weights, components_of, risk_together
from graphfraud.detection.columns import Applications, Ints
from graphfraud.detection.signals import STEADY, TIE_CODE, TIES, WINDOWS, Pairs
from graphfraud.results import MOST_REASONS, Reason
from graphfraud.schema import KINDS

# Where evidence is overwhelming, and one application's ties are few among it, what detection says of each is no exacter.
LITTLE = 5e-3
REMAINDER = "remainder"

RingReasons = Sequence[Sequence[Reason]]


def explain_scores(
    a: Applications, scores: Scores, rows: Sequence[int], ring_reasons: RingReasons, weights: Weights | None = None
) -> list[tuple[Reason, ...]]:
    """Return the reasons of some applications (rows of the columns), the strongest first and the remainder last.

    ring_reasons: for each of the rows, the reasons that detection gives for its risk. Contributions are whole points that
    sum to 1000 - score. Masks are not filled in.
    """
    weights = weights or Weights()
    at = np.array(rows, dtype=np.int64)
    without_part = _scores_without_parts(scores, at, weights)
    risk, number, reasons = _ring_claims(scores, at, ring_reasons)
    without_ring = score_of(risk_together(risk, scores.components[at[number]], weights))
    now = scores.score[at]
    claims: list[list[tuple[int, int, Reason | None]]] = [[] for _ in rows]
    for place, reason, gained in zip(number.tolist(), reasons, (2 * (without_ring - now[number])).tolist(), strict=True):
        claims[place].append((gained, -1, reason))
    for place, part in zip(*(index.tolist() for index in np.nonzero(without_part > now[:, None])), strict=True):
        claims[place].append((int(without_part[place, part] - now[place]), part, None))
    paths = _Paths(a, scores, at)
    return [
        _told(HIGHEST - score, claimed, paths, row)
        for row, score, claimed in zip(at.tolist(), now.tolist(), claims, strict=True)
    ]


def _told(lost: int, claims: list[tuple[int, int, Reason | None]], paths: _Paths, row: int) -> tuple[Reason, ...]:
    """Give the four largest claims and what is left; rounding never lets them claim more than there is.

    A ring's reasons are told even where none carries a point alone: then its share of the evidence says what each weighs.
    One that has neither is left out.
    """
    left, told = lost, []
    for claim, part, reason in sorted(claims, key=_weight)[:MOST_REASONS] if lost else ():
        points = min(claim, left)
        said = replace(reason, contribution=float(points)) if reason else paths.reason(part, row, points)
        told += [said] if said.weighs else []
        left -= points
    return (*told, Reason(REMAINDER, float(left))) if left else tuple(told)


def _weight(claim: tuple[int, int, Reason | None]) -> tuple[float, float, int]:
    """Order claims: most points first, then most evidence, then as they come."""
    points, part, reason = claim
    share = reason.facts.get("evidence_share", 0.0) if reason else 0.0
    return -points, -float(share), part


def _scores_without_parts(scores: Scores, at: Ints, weights: Weights) -> Ints:
    """Return the scores of applications without each of the parts, one column a part."""
    parts = len(PARTS)
    without = np.repeat(scores.score[at], parts).reshape(-1, parts)
    row, part = scores.strengths[at].nonzero()
    if len(row):
        scenarios = scores.strengths[at[row]]
        scenarios[np.arange(len(row)), part] = 0.0
        without[row, part] = score_of(risk_together(scores.risk[at[row]], components_of(scenarios), weights))
    return without


def _ring_claims(scores: Scores, at: Ints, ring_reasons: RingReasons) -> tuple[np.ndarray, Ints, list[Reason]]:
    """Return, for each reason of a ring but the remainder: the risk when half of its claim is gone, whose, and the reason."""
    told = [(place, reason) for place, found in enumerate(ring_reasons) for reason in found if reason.code != REMAINDER]
    number = np.array([place for place, _ in told], dtype=np.int64)
    half = np.array([reason.contribution for _, reason in told], dtype=np.float64) / 2 - LITTLE
    risk = scores.risk[at[number]]
    return np.clip(risk - np.maximum(half, 0.0), 0.0, 1.0), number, [reason for _, reason in told]


class _Before(NamedTuple):
    """An earlier application that a reason may cite: row, who, where, days before, and by what (identifier -1: the person)."""

    row: int
    person: int
    dealer: int
    days: float
    tie: int
    identifier: int


class _Paths:
    """The paths of what the past says of some applications: few and short, so plain lists are faster than columns."""

    def __init__(self, a: Applications, scores: Scores, at: Ints) -> None:
        self.a, self.signals = a, scores.signals
        wanted = np.zeros(len(a), bool)
        wanted[at] = True
        own, ties = self.signals.own, self.signals.ties
        self._own = self._by_application(own, np.flatnonzero(wanted[own.later]))
        rows = np.flatnonzero(wanted[ties.pairs.later])
        self._others = self._by_application(ties.pairs, rows, ties.tie[rows], ties.identifier[rows])

    def _by_application(
        self, pairs: Pairs, rows: Ints, tie: Ints | None = None, identifier: Ints | None = None
    ) -> dict[int, list[_Before]]:
        earlier = pairs.earlier[rows]
        none = [-1] * len(rows)
        found: dict[int, list[_Before]] = {}
        for later, *before in zip(
            pairs.later[rows].tolist(),
            earlier.tolist(),
            self.a.resident[earlier].tolist(),
            self.a.dealer[earlier].tolist(),
            pairs.days[rows].tolist(),
            none if tie is None else tie.tolist(),
            none if identifier is None else identifier.tolist(),
            strict=True,
        ):
            found.setdefault(later, []).append(_Before(*before))
        return found

    def reason(self, part: int, row: int, points: int) -> Reason:
        """Cite what a part of an application's score stands on."""
        code = PARTS[part].code
        return _PATHS[code](self, code, row, points)

    def own(self, code: str, row: int, points: int, keep: Callable[[_Before], bool]) -> Reason:
        """Cite the person's earlier applications, and the id by which they are the same person's."""
        cited = [before for before in self._own.get(row, ()) if keep(before)]
        return self.person(code, row, points, self._facts(row, cited), self._ids(cited))

    def person(self, code: str, row: int, points: int, facts: dict[str, float | int | str], cited: tuple[str, ...]) -> Reason:
        """Cite the resident id that an application gives, and applications that give it."""
        token = int(self.a.resident_tokens[self.a.resident[row]])
        return Reason(code, float(points), "person", (f"{token:016x}",) if token else (), facts=facts, applications=cited)

    def others(self, code: str, row: int, points: int, ties: Collection[int]) -> Reason:
        """Cite identifiers that others hold too, those that the most applications hold first."""
        cited = [before for before in self._others.get(row, ()) if before.tie in ties]
        held = Counter(before.identifier for before in cited)
        identifiers = sorted(held, key=lambda identifier: (-held[identifier], identifier))
        kinds = tuple(KINDS[self.a.identifier_kind[identifier]].name for identifier in identifiers)
        facts = self._facts(row, cited) | {"identifiers": len(identifiers)}
        if several := len(set(kinds)) > 1:
            facts["kinds"] = ",".join(dict.fromkeys(kinds))
        return Reason(
            code,
            float(points),
            "" if several else kinds[0],
            tuple(f"{int(self.a.identifier_token[identifier]):016x}" for identifier in identifiers),
            facts=facts,
            token_kinds=kinds,
            applications=self._ids(cited),
        )

    def _facts(self, row: int, cited: Sequence[_Before]) -> dict[str, float | int | str]:
        dealers = {before.dealer for before in cited} | {int(self.a.dealer[row])}
        facts: dict[str, float | int | str] = {
            "applications": len({before.row for before in cited}),
            "persons": len({before.person for before in cited}),
        }
        if dealers := dealers - {-1}:
            facts["dealers"] = len(dealers)
        if cited and not math.isnan(days := max(before.days for before in cited)):
            facts["days"] = max(1, math.ceil(days))
        return facts

    def _ids(self, cited: Sequence[_Before]) -> tuple[str, ...]:
        return tuple(self.a.application_id[row] for row in sorted({before.row for before in cited}))


def _several_names(paths: _Paths, code: str, row: int, points: int) -> Reason:
    name = paths.a.name
    return paths.own(code, row, points, lambda before: name[before.row] >= 0 and name[before.row] != name[row])


def _age_contradicts(paths: _Paths, code: str, row: int, points: int) -> Reason:
    return paths.person(code, row, points, {"years": int(paths.signals.age_off[row])}, (paths.a.application_id[row],))


def _changed_since(paths: _Paths, code: str, row: int, points: int) -> Reason:
    changed = int(paths.signals.changed[row])
    reason = _applied_often(paths, code, row, points)  # without the last one, the one before it would be the last
    named = ",".join(kind for bit, kind in enumerate(STEADY) if changed >> bit & 1)
    days = max(1, math.ceil(paths.signals.last_days[row]))
    return replace(reason, facts=dict(reason.facts) | {"kinds": named, "days": days})


def _applied_often(paths: _Paths, code: str, row: int, points: int) -> Reason:
    return paths.own(code, row, points, lambda before: before.days <= WINDOWS[-1])


def _by(*names: str) -> Callable[[_Paths, str, int, int], Reason]:
    """Cite what others hold by some ties."""
    ties = frozenset(TIE_CODE[name] for name in names)
    return lambda paths, code, row, points: paths.others(code, row, points, ties)


_PATHS: dict[str, Callable[[_Paths, str, int, int], Reason]] = {
    "several_names": _several_names,
    "age_contradicts": _age_contradicts,
    "phone_of_others": _by("phone"),
    "used_by_many": _by(*MANY),
    "changed_since": _changed_since,
    "tied_to_others": _by(*TIES),
    "applied_often": _applied_often,
    "identifiers_often": _by(*(name for name in TIES if name not in ("address", "contact"))),
}
