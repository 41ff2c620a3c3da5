"""Why a score is what it is: at most four reasons in whole points, each with its path in the graph, and a remainder.

A part of the score claims what the score would gain without it, the rest standing; a reason of the ring (which claims that
the risk falls by at least half of it) twice what the score would gain if the risk fell by that half. Doubts that add up like
independent ones, on a scale that bends downwards, never claim more together than there is; so the claims hold when what they
cite is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from graphfraud.check.scale import HIGHEST, score_of
from graphfraud.check.scoring import MANY, PARTS, Scores, Weights, components_of, risk_together
from graphfraud.detection.columns import Applications, Bools, Ints
from graphfraud.detection.signals import STEADY, TIE_CODE, WINDOWS, Pairs
from graphfraud.results import Reason
from graphfraud.schema import KINDS

MOST_REASONS = 4
# Where evidence is overwhelming, and one application's ties are few among it, what detection says of each is no exacter.
LITTLE = 5e-3
PART = {part.code: number for number, part in enumerate(PARTS)}
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
    components = components_of(scores.strengths[at])
    without_ring = score_of(risk_together(risk, components[number], weights))
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
    """
    left, told = lost, []
    for claim, part, reason in sorted(claims, key=_weight)[:MOST_REASONS] if lost else ():
        points = min(claim, left)
        told.append(replace(reason, contribution=float(points)) if reason else paths.reason(part, row, points))
        left -= points
    return (*told, Reason(REMAINDER, float(left))) if left else tuple(told)


def _weight(claim: tuple[int, int, Reason | None]) -> tuple[float, float, int]:
    """Order claims: most points first, then most evidence, then as they come."""
    points, part, reason = claim
    share = reason.facts.get("evidence_share", 0.0) if reason else 0.0
    return -points, -float(share), part


def _scores_without_parts(scores: Scores, at: Ints, weights: Weights) -> Ints:
    """Return the scores of applications without each of the parts, one column a part."""
    strengths = scores.strengths[at]
    parts = len(PARTS)
    scenarios = np.repeat(strengths, parts, axis=0).reshape(-1, parts, parts)
    scenarios[:, np.arange(parts), np.arange(parts)] = 0.0
    components = components_of(scenarios.reshape(-1, parts))
    return score_of(risk_together(np.repeat(scores.risk[at], parts), components, weights)).reshape(-1, parts)


def _ring_claims(scores: Scores, at: Ints, ring_reasons: RingReasons) -> tuple[np.ndarray, Ints, list[Reason]]:
    """Return, for each reason of a ring but the remainder: the risk when half of its claim is gone, whose, and the reason."""
    told = [(place, reason) for place, found in enumerate(ring_reasons) for reason in found if reason.code != REMAINDER]
    number = np.array([place for place, _ in told], dtype=np.int64)
    half = np.array([reason.contribution for _, reason in told], dtype=np.float64) / 2 - LITTLE
    risk = scores.risk[at[number]]
    return np.clip(risk - np.maximum(half, 0.0), 0.0, 1.0), number, [reason for _, reason in told]


class _Paths:
    """The paths of what the past says of some applications."""

    def __init__(self, a: Applications, scores: Scores, at: Ints) -> None:
        self.a, self.signals, self.strengths = a, scores.signals, scores.strengths
        wanted = np.zeros(len(a), bool)
        wanted[at] = True
        own = self.signals.own
        self._own = own.where(np.flatnonzero(wanted[own.later]))
        ties = self.signals.ties
        rows = np.flatnonzero(wanted[ties.pairs.later])
        self._others, self._tie, self._identifier = ties.pairs.where(rows), ties.tie[rows], ties.identifier[rows]

    def reason(self, part: int, row: int, points: int) -> Reason:
        code = PARTS[part].code
        return _PATHS[code](self, code, row, points)

    def own(self, code: str, row: int, points: int, keep: Callable[[Pairs], Bools]) -> Reason:
        """Cite the person's earlier applications."""
        pairs = self._own.where(self._own.later == row)
        pairs = pairs.where(keep(pairs))
        return Reason(code, float(points), "person", facts=self._facts(row, pairs), applications=self._ids(pairs.earlier))

    def others(self, code: str, row: int, points: int, names: Iterable[str] | None = None) -> Reason:
        """Cite identifiers that others hold too, those that the most applications hold first."""
        mine = self._others.later == row
        if names is not None:
            mine &= np.isin(self._tie, [TIE_CODE[name] for name in names])
        pairs = self._others.where(mine)
        identifiers, held = np.unique(self._identifier[mine], return_counts=True)
        identifiers = identifiers[np.lexsort((identifiers, -held))]
        kinds = tuple(KINDS[kind].name for kind in self.a.identifier_kind[identifiers].tolist())
        facts = self._facts(row, pairs) | {"identifiers": len(identifiers)}
        if several := len(set(kinds)) > 1:
            facts["kinds"] = ",".join(dict.fromkeys(kinds))
        return Reason(
            code,
            float(points),
            "" if several else kinds[0],
            tuple(f"{token:016x}" for token in self.a.identifier_token[identifiers].tolist()),
            facts=facts,
            token_kinds=kinds,
            applications=self._ids(np.unique(pairs.earlier)),
        )

    def _facts(self, row: int, pairs: Pairs) -> dict[str, float | int | str]:
        earlier = np.unique(pairs.earlier)
        dealers = self.a.dealer[np.append(earlier, row)]
        facts: dict[str, float | int | str] = {
            "applications": len(earlier),
            "persons": len(np.unique(self.a.resident[earlier])),
        }
        if len(found := np.unique(dealers[dealers >= 0])):
            facts["dealers"] = len(found)
        if len(pairs) and not np.isnan(pairs.days).any():
            facts["days"] = max(1, int(np.ceil(pairs.days.max())))
        return facts

    def _ids(self, rows: Ints) -> tuple[str, ...]:
        return tuple(self.a.application_id[np.sort(rows)].tolist())


def _several_names(paths: _Paths, code: str, row: int, points: int) -> Reason:
    name = paths.a.name
    return paths.own(code, row, points, lambda pairs: (name[pairs.earlier] >= 0) & (name[pairs.earlier] != name[row]))


def _age_contradicts(paths: _Paths, code: str, row: int, points: int) -> Reason:
    return Reason(code, float(points), "person", facts={"years": int(paths.signals.age_off[row])})


def _changed_since(paths: _Paths, code: str, row: int, points: int) -> Reason:
    changed = int(paths.signals.changed[row])
    reason = _applied_often(paths, code, row, points)  # without the last one, the one before it would be the last
    named = ",".join(kind for bit, kind in enumerate(STEADY) if changed >> bit & 1)
    days = max(1, int(np.ceil(paths.signals.last_days[row])))
    return replace(reason, facts=dict(reason.facts) | {"kinds": named, "days": days})


def _applied_often(paths: _Paths, code: str, row: int, points: int) -> Reason:
    return paths.own(code, row, points, lambda pairs: pairs.days <= WINDOWS[-1])


_OWN = tuple(name for name in TIE_CODE if name not in ("address", "contact"))
_PATHS: dict[str, Callable[[_Paths, str, int, int], Reason]] = {
    "several_names": _several_names,
    "age_contradicts": _age_contradicts,
    "phone_of_others": lambda paths, code, row, points: paths.others(code, row, points, ("phone",)),
    "used_by_many": lambda paths, code, row, points: paths.others(code, row, points, MANY),
    "changed_since": _changed_since,
    "tied_to_others": lambda paths, code, row, points: paths.others(code, row, points),
    "applied_often": _applied_often,
    "identifiers_often": lambda paths, code, row, points: paths.others(code, row, points, _OWN),
}
