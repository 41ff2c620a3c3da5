"""Take away what a reason cites, from the facts themselves: what the claim of a reason is held against."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from graphfraud.citing import cited_kinds
from graphfraud.detection.columns import KIND_CODE, Facts
from graphfraud.detection.judge import Findings
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.texts import Texts
from graphfraud.results import Reason, Ring

OCCURRENCES = ("occ_row", "occ_kind", "occ_role", "occ_token", "occ_position")


def without_identifiers(facts: Facts, reasons: Iterable[Reason], of: str | None = None) -> Facts:
    """Facts in which nobody (or not the application `of`) holds the identifiers that the reasons cite."""
    gone = {
        (KIND_CODE[kind], int(token, 16))
        for reason in reasons
        for kind, token in zip(cited_kinds(reason), reason.tokens, strict=True)
    }
    kept = np.array(
        [
            (int(kind), int(token)) not in gone or (of is not None and facts.application_id[row] != of)
            for kind, token, row in zip(facts.occ_kind, facts.occ_token, facts.occ_row, strict=True)
        ],
        dtype=bool,
    )
    return dataclasses.replace(facts, **{name: getattr(facts, name)[kept] for name in OCCURRENCES})


def without_ties(facts: Facts, applications: Iterable[str]) -> Facts:
    """Facts in which the applications hold nothing but their applicants' resident ids."""
    bare = facts.application_id.among(list(applications))[facts.occ_row] & (facts.occ_kind != KIND_CODE["person"])
    return dataclasses.replace(facts, **{name: getattr(facts, name)[~bare] for name in OCCURRENCES})


def without_dealers(facts: Facts, applications: Iterable[str]) -> Facts:
    """Facts that do not know where the applications came from."""
    blank = facts.application_id.among(list(applications))
    gone = {
        name: Texts(np.where(blank, "", np.asarray(getattr(facts, name))), repeating=True)
        for name in ("dealer_id", "salesperson_id")
    }
    return dataclasses.replace(facts, **gone)


def without_amounts(facts: Facts, applications: Iterable[str]) -> Facts:
    """Facts that do not know what the applications borrow, for which car, on which income."""
    blank = facts.application_id.among(list(applications))
    gone = {name: np.where(blank, np.nan, facts.numbers[name]) for name in ("loan_amount", "vehicle_price", "monthly_income")}
    return dataclasses.replace(facts, numbers=dict(facts.numbers) | gone)


def without_homes(facts: Facts, applications: Iterable[str]) -> Facts:
    """Facts that do not know in which region the applicants live."""
    known = np.where(facts.application_id.among(list(applications)), np.uint64(0), facts.texts["home_region"])
    return dataclasses.replace(facts, texts=dict(facts.texts) | {"home_region": known})


def without_hours(facts: Facts, applications: Iterable[str]) -> Facts:
    """Facts that do not know at what hour the applications came."""
    known = np.where(facts.application_id.among(list(applications)), np.nan, facts.numbers["local_hour"])
    return dataclasses.replace(facts, numbers=dict(facts.numbers) | {"local_hour": known})


def without_opinion(params: Parameters) -> Parameters:
    """Parameters under which the anomaly detectors have no say."""
    return dataclasses.replace(params, anomaly=dataclasses.replace(params.anomaly, opinion=0.0))


def without(facts: Facts, reasons: Iterable[Reason], members: Iterable[str], params: Parameters) -> tuple[Facts, Parameters]:
    """Facts and parameters without what a ring's reasons cite: identifiers, dealers, amounts, homes, hours, opinion."""
    reasons, members = list(reasons), list(members)
    facts = without_identifiers(facts, reasons)
    if any(reason.code == "dealers" for reason in reasons):
        facts = without_dealers(facts, members)
    if any(reason.code == "alike" for reason in reasons):
        facts = without_amounts(facts, members)
    if any(reason.code == "away" for reason in reasons):
        facts = without_homes(facts, members)
    if any(reason.code == "hours" for reason in reasons):
        facts = without_hours(facts, members)
    if any(reason.code == "unusual" for reason in reasons):
        params = without_opinion(params)
    return facts, params


def risk_after(found: Findings, ring: Ring) -> float:
    """Risk of the riskiest of what has become of a ring's members."""
    risk = dict(zip(found.application_id, found.risk.tolist(), strict=True))
    return max(risk[member] for member, _ in ring.members)


def same_ring(found: Findings, ring: Ring) -> bool:
    """Whether a ring still holds half of the members."""
    members = {member for member, _ in ring.members}
    return any(2 * len(members & {member for member, _ in other.members}) >= len(members) for other in found.rings)
