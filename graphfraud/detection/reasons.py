"""Why a ring is one: at most four reasons, each citing what can be shown in the graph.

A reason's contribution is its share of the evidence, but never more than twice what the risk would fall by without it:
evidence in rings is redundant, and a claim must survive taking away what it cites. The reasons and the remainder sum to
the risk. Where several reasons hold a ring up, each alone claims little; its share of the evidence (`evidence_share` in
its facts, 0-1) says how much it weighs beside the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.anomaly import Opinion
from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.features import FEATURES
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import EVIDENCE_KINDS, Links
from graphfraud.detection.parameters import RiskParams
from graphfraud.detection.risk import risk_of
from graphfraud.detection.runs import Runs
from graphfraud.results import Reason

MOST_REASONS = 4
MOST_CITED = 12  # identifiers named in one reason; its facts count them all


@dataclass(frozen=True)
class _Part:
    """One part of a ring's evidence: what it is, how much, and the runs it stands on with their scores."""

    code: str
    kind: str
    evidence: float
    runs: Ints
    scores: Floats


def explain_ring(
    ring: int,
    a: Applications,
    links: Links,
    runs: Runs,
    evidence: Evidence,
    groups: Groups,
    opinion: Opinion,
    params: RiskParams,
) -> tuple[Reason, ...]:
    """Return the reasons of one community, the strongest first, and the remainder last where there is one."""
    rows = np.arange(*np.searchsorted(groups.run_community, [ring, ring + 1]))
    parts = _identifier_parts(rows, runs, evidence, groups)
    for code, amount in (("dealers", float(groups.coherence[ring])), ("unusual", float(opinion.amount[ring]))):
        if amount > 0:
            parts.append(_Part(code, "", amount, rows[:0], groups.run_score[:0]))
    total = float(groups.evidence[ring]) + float(opinion.amount[ring])
    risk = float(risk_of(np.array([total]), params)[0])
    whole = sum(part.evidence for part in parts) or 1.0
    without = risk_of(np.array([total - part.evidence for part in parts]), params) if parts else np.empty(0)
    claims = [min(risk * part.evidence / whole, 2 * (risk - float(rest))) for part, rest in zip(parts, without, strict=True)]
    order = sorted(range(len(parts)), key=lambda i: (-claims[i], -parts[i].evidence, parts[i].code, parts[i].kind))
    members = groups.application[slice(*np.searchsorted(groups.community, [ring, ring + 1]))]
    reasons = [
        _reason(parts[i], claims[i], parts[i].evidence / whole, members, a, links, runs)
        for i in order[:MOST_REASONS]
        if claims[i] > 0
    ]
    unusual = {"features": ",".join(FEATURES[feature].__name__ for feature in opinion.unusual(ring))}
    reasons = [replace(reason, facts={**reason.facts, **unusual}) if reason.code == "unusual" else reason for reason in reasons]
    rest = risk - sum(reason.contribution for reason in reasons)
    if reasons and abs(rest) > 1e-12:
        reasons.append(Reason("remainder", rest))
    return tuple(reasons)


def _identifier_parts(rows: Ints, runs: Runs, evidence: Evidence, groups: Groups) -> list[_Part]:
    """Group the shared runs of a community by kind and by whether they are bursts at a busy identifier."""
    run = groups.run[rows]
    key = runs.kind[run] * 2 + evidence.busy[run]
    parts = []
    for k in np.unique(key):
        of = rows[key == k]
        kind = EVIDENCE_KINDS[int(k) // 2]
        parts.append(
            _Part(_code(kind, bool(k % 2)), kind, float(groups.run_score[of].sum()), groups.run[of], groups.run_score[of])
        )
    return parts


def _code(kind: str, busy: bool) -> str:
    if kind in ("phones_in_row", "accounts_in_row"):
        return "numbers_in_row"
    if kind == "work_phone_mismatch":
        return kind
    return "burst" if busy else "shared"


def _reason(part: _Part, claim: float, share: float, members: Ints, a: Applications, links: Links, runs: Runs) -> Reason:
    if len(part.runs) == 0:
        return Reason(part.code, claim, facts=_facts(members, a) | {"evidence_share": round(share, 4)})
    users = np.concatenate([runs.application[slice(*np.searchsorted(runs.run, [run, run + 1]))] for run in part.runs])
    concerned = np.intersect1d(users, members)
    strongest = part.runs[np.lexsort((part.runs, -part.scores))]
    cited = links.cited[runs.identifier[strongest]]
    cited = cited[np.sort(np.unique(cited, return_index=True)[1])]
    tokens = tuple(f"{token:016x}" for token in a.identifier_token[cited[:MOST_CITED]].tolist())
    facts = _facts(concerned, a) | {"identifiers": len(cited), "evidence_share": round(share, 4)}
    return Reason(part.code, claim, part.kind, tokens, facts=facts)


def _facts(application: Ints, a: Applications) -> dict[str, float | int | str]:
    dealer = a.dealer[application]
    facts: dict[str, float | int | str] = {
        "applications": len(application),
        "persons": len(np.unique(a.person[application])),
        "dealers": len(np.unique(dealer[dealer >= 0])),
    }
    if a.timed and len(application):
        facts["days"] = int(np.ptp(a.local_day[application])) + 1
    return facts
