"""The approval flow: one application's dossier walks through the gates of a policy. Pure; both front doors end here.

Identity and admission → fraud → score → negative information → terms. Every gate says what it found, also behind one that
rejects; terms only what passed all others. The decision is the worst of what the gates say, and names the first gate that
says so: *reject* before *review*, since nobody need look; *review* before *resubmit*, so that a suspicion is never handed
back for a missing field. Where the graph was not there, fraud and score are not judged, and whatever would pass is reviewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from graphfraud.check.answer import (
    DECISIONS,
    GATES,
    Bring,
    CheckReason,
    Decision,
    Finding,
    GateName,
    GateResult,
    ListEffect,
    ListHit,
    LookFirst,
    Terms,
    Text,
)
from graphfraud.check.dossier import Dossier, Exposure
from graphfraud.check.policy import CONTRADICTIONS, Condition, ExposureLimits, Limit, Policy, Rule
from graphfraud.check.scale import Cutoffs, level_of
from graphfraud.wording import approval as say

ADMISSION: GateName = "identity_and_admission"
MOST_LOOKED_AT = 5
_EFFECTS = ("note", "pass", "resubmit", "review", "reject")
_PASSED = {gate: GateResult(gate, "pass") for gate in GATES}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gates decided: gate is the first that says so, "" for a pass; hits carry what the policy makes of each."""

    decision: Decision
    gate: GateName | str
    gates: tuple[GateResult, ...]
    terms: Terms | None
    fields: tuple[str, ...]
    look_first: tuple[LookFirst, ...]
    bring: tuple[Bring, ...]
    hits: tuple[ListHit, ...]


def decide(dossier: Dossier, policy: Policy, reasons: Sequence[CheckReason] = ()) -> Verdict:
    """Walk the gates and return what they decide; reasons (of the score) tell a person what to look at."""
    hits = tuple(replace(hit, effect=_effect_of(hit, policy)) for hit in dossier.hits)
    results = [
        _result(ADMISSION, [*_data(dossier, policy), *_admission(dossier, policy), *_rules(ADMISSION, dossier, policy)]),
        _graph_result("fraud", dossier, policy, _fraud(dossier, policy)),
        _graph_result("score", dossier, policy, _score(dossier, policy)),
        _result("negative_information", [*map(_hit, hits), *_rules("negative_information", dossier, policy)]),
    ]
    terms = None
    if all(result.result == "pass" for result in results):
        terms, found = _terms(dossier, policy)
        results.append(_result("terms", [*_exposed(dossier, policy), *found]))
        terms = terms if results[-1].result == "pass" else None
    else:
        results.append(GateResult("terms", "not_reached"))
    decision, gate = _decision(results)
    bring = _bring(results[0])
    return Verdict(
        decision=decision,
        gate=gate,
        gates=tuple(results),
        terms=terms,
        fields=tuple(dict.fromkeys(field for item in bring for field in item.fields)),
        look_first=_look_first(results, reasons) if decision == "review" else (),
        bring=bring,
        hits=hits,
    )


def _decision(results: Sequence[GateResult]) -> tuple[Decision, str]:
    if all(result.result == "pass" for result in results):
        return "pass", ""
    for decision in reversed(DECISIONS[1:]):
        gate = next((result.gate for result in results if result.result == decision), None)
        if gate:
            return decision, gate
    unjudged = next((result.gate for result in results if result.result == "not_judged"), None)
    return ("review", unjudged) if unjudged else ("pass", "")


def _result(gate: GateName, findings: Iterable[Finding]) -> GateResult:
    found = tuple(sorted(findings, key=_urgency))
    if not found:
        return _PASSED[gate]
    return GateResult(gate, "pass" if found[0].effect == "note" else found[0].effect, found)


def _urgency(finding: Finding) -> int:
    return -_EFFECTS.index(finding.effect)


def _graph_result(gate: GateName, dossier: Dossier, policy: Policy, findings: Iterable[Finding]) -> GateResult:
    """Return what a gate says that needs the graph; without it, its rules on the application alone still hold."""
    result = _result(gate, [*findings, *_rules(gate, dossier, policy)])
    if dossier.scored is not None or result.result != "pass":
        return result
    return GateResult(gate, "not_judged", (*result.findings, Finding("not_judged", "note", Text(*say.not_judged()))))


def _data(dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    """What is missing or contradicts itself."""
    for column, effect in policy.wanted.items():
        if column not in dossier.said:
            yield Finding("missing", effect, Text(*say.missing(column)), fields=(column,))
    for name in (*dossier.flags, *_contradictions(dossier, policy)):
        if name in CONTRADICTIONS:
            yield Finding(name, policy.contradictions[name], Text(*say.contradiction(name)), fields=CONTRADICTIONS[name])


def _contradictions(dossier: Dossier, policy: Policy) -> Iterator[str]:
    figures = dossier.figures
    age, born, year = figures.get("age"), figures.get("birth_year"), dossier.submitted_year
    if age is not None and born is not None and year is not None:
        turned = year - born  # or one less, before the birthday
        if not turned - 1 - policy.age_tolerance <= age <= turned + policy.age_tolerance:
            yield "age_differs"
    price, down, loan = (figures.get(name) for name in ("vehicle_price", "down_payment", "loan_amount"))
    if price and loan and down is not None and abs(loan + down - price) > policy.amounts_tolerance * price:
        yield "amounts_differ"
    if dossier.own_contact:
        yield "contact_is_applicant"


def _admission(dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    for limit in policy.limits:
        value = dossier.measures.get(limit.measure)
        if value is not None and (beyond := _beyond(limit, value)):
            bound, below = beyond
            code = f"{limit.measure}_{'below' if below else 'above'}"
            yield Finding(code, limit.otherwise, Text(*say.beyond(limit.measure, value, bound, below)))


def _beyond(limit: Limit, value: float) -> tuple[float, bool] | None:
    if limit.least is not None and value < limit.least:
        return limit.least, True
    return (limit.most, False) if limit.most is not None and value > limit.most else None


def _fraud(dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    scored = dossier.scored
    if scored is None:
        return
    score, ring = int(dossier.measures["fraud_ring"]), scored.ring
    text = say.ring(ring.state, ring.applications, ring.persons, score, ring.at_least) if ring else say.ring_like(score)
    if effect := _band(score, policy.fraud):
        yield Finding(f"{ring.state}_ring" if ring else "ring_like", effect, Text(*text))
    elif ring:
        yield Finding(f"{ring.state}_ring", "note", Text(*text))


def _score(dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    if dossier.scored is not None and (effect := _band(dossier.scored.score, policy.cutoffs)):
        cutoff = policy.cutoffs.reject_below if effect == "reject" else policy.cutoffs.review_below
        yield Finding("low_score", effect, Text(*say.low_score(dossier.scored.score, cutoff)))


def _band(score: int, cutoffs: Cutoffs) -> Decision | None:
    return "reject" if score < cutoffs.reject_below else "review" if score < cutoffs.review_below else None


def _hit(hit: ListHit) -> Finding:
    text = Text(*say.hit(hit.kind, hit.role, hit.mask, hit.list, hit.reason, hit.source))
    return Finding(f"on_{hit.type}_list", hit.effect or "note", text)


def _effect_of(hit: ListHit, policy: Policy) -> ListEffect:
    lists = policy.lists
    effect = lists.named.get(hit.list) or lists.types.get(hit.type, "review")
    if hit.role.startswith("contact") and _EFFECTS.index(effect) > _EFFECTS.index(lists.contacts):
        return lists.contacts
    return effect


def _rules(gate: GateName, dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    for rule in policy.rules:
        if rule.gate == gate and _holds(rule, dossier):
            yield Finding("rule", rule.then, Text(rule.en, rule.zh), rule=rule.name)


def _holds(rule: Rule, dossier: Dossier) -> bool:
    return (
        all(_fulfils(condition, dossier) for condition in rule.conditions)
        and (not rule.products or dossier.product in rule.products)
        and (not rule.dealers or dossier.dealer_id in rule.dealers)
        and (not rule.lists or any(hit.list in rule.lists for hit in dossier.hits))
        and (not rule.flags or any(flag in rule.flags for flag in dossier.flags))
        and not any(column in dossier.said for column in rule.missing)
        and (not rule.ring or _in_ring(rule, dossier))
    )


def _fulfils(condition: Condition, dossier: Dossier) -> bool:
    value = dossier.measures.get(condition.measure)
    return (
        value is not None
        and (condition.above is None or value > condition.above)
        and (condition.below is None or value < condition.below)
    )


def _in_ring(rule: Rule, dossier: Dossier) -> bool:
    if dossier.scored is None:
        return False
    ring = dossier.scored.ring
    return ring is None if rule.ring == "none" else ring is not None and rule.ring in ("any", ring.state)


def limits_set(limits: ExposureLimits, sums: Exposure) -> Iterator[tuple[str, float, float | None]]:
    """Yield the limits that are set: of whose exposure, the limit, and what others ask for (None: not known)."""
    of: tuple[tuple[str, float | None, float | None], ...] = (
        ("person", limits.per_person, sums.person),
        ("dealer", limits.per_dealer, sums.dealer),
        ("ring", limits.per_ring, sums.ring),
    )
    return ((what, limit, others) for what, limit, others in of if limit is not None)


def _exposed(dossier: Dossier, policy: Policy) -> Iterator[Finding]:
    """Whether too much is asked for together. A sum that is not known counts as too much: a limit was set to be kept."""
    limits = policy.exposure
    asked = dossier.figures.get("loan_amount", 0.0)
    for what, limit, others in limits_set(limits, dossier.exposed_to):
        if others is None:
            yield Finding(f"exposure_of_{what}_unknown", limits.otherwise, Text(*say.exposure_unknown(what)))
        elif others + asked > limit:
            yield Finding(f"exposure_of_{what}", limits.otherwise, Text(*say.exposed(what, others + asked, limit)))


def _terms(dossier: Dossier, policy: Policy) -> tuple[Terms | None, list[Finding]]:
    assert dossier.scored is not None  # without a score nothing comes this far
    level = level_of(dossier.scored.score)
    tier = next(
        (t for t in policy.tiers if level in t.levels and (not t.products or dossier.product in t.products)),
        None,
    )
    if tier is None:
        return None, [Finding("no_terms", "review", Text(*say.no_terms(level, dossier.product)))]
    asked, price = dossier.figures.get("loan_amount"), dossier.figures.get("vehicle_price")
    down = None if not price else round(tier.min_down_payment * price, 2)
    most = None if asked is None else asked * tier.max_share
    if most is not None and price and down is not None:
        most = min(most, price - down)
    return Terms(
        level=level,
        product=dossier.product,
        rate_tier=tier.rate_tier,
        max_share=tier.max_share,
        max_amount=None if most is None else round(most, 2),
        min_down_payment_share=tier.min_down_payment,
        min_down_payment=down,
        max_term_months=tier.max_term_months,
    ), []


def _bring(admission: GateResult) -> tuple[Bring, ...]:
    """What to bring: the missing columns, then what contradicts itself."""
    asked = [finding for finding in admission.findings if finding.effect == "resubmit"]
    return tuple(
        Bring("missing", finding.fields, Text(*say.bring_missing(finding.fields[0])))
        if finding.code == "missing"
        else Bring("contradiction", finding.fields, Text(*say.bring_contradiction(finding.code)))
        for finding in asked
    )


def _look_first(results: Sequence[GateResult], reasons: Sequence[CheckReason]) -> tuple[LookFirst, ...]:
    """What a person should look at: what asks for review, gate by gate; at the score, the reasons that brought it down."""
    found: list[LookFirst] = []
    for result in results:
        for finding in result.findings:
            if finding.effect == "review" or (finding.code == "not_judged" and result.gate == "fraud"):
                found.append(LookFirst(result.gate, finding.code, finding.text))
        if result.gate == "score" and result.result == "review":
            found += [LookFirst("score", reason.code, reason.text) for reason in reasons]
    return tuple(found[:MOST_LOOKED_AT])
