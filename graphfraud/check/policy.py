"""A policy: everything that a lender decides about decisions, as one frozen value. `policy_file` reads it from TOML.

The gates (`graphfraud.check.gates`) walk it; nothing here looks at an application.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from graphfraud.check.answer import GateName, ListEffect
from graphfraud.check.scale import Cutoffs, Level
from graphfraud.check.scoring import Weights

# what can follow of data that are missing or contradict each other, and of a rule
DataEffect = Literal["resubmit", "review", "note"]
RuleEffect = Literal["reject", "review", "note"]
DATA_EFFECTS: tuple[DataEffect, ...] = ("resubmit", "review", "note")
RULE_EFFECTS: tuple[RuleEffect, ...] = ("reject", "review", "note")
RingCondition = Literal["", "any", "known", "forming", "none"]

# What rules and limits compare: name -> what it is. The gates know the same names (`dossier.Dossier.measures`).
APPLICATION_MEASURES: Mapping[str, str] = {
    "age": "years",
    "monthly_income": "money",
    "vehicle_price": "money",
    "down_payment": "money",
    "loan_amount": "money",
    "term_months": "months",
    "loan_to_value": "loan amount / vehicle price",
    "down_payment_share": "down payment / vehicle price",
    "payment_to_income": "loan amount / months / monthly income, interest aside",
    "loan_to_income": "loan amount / yearly income",
    "age_at_end": "years at the end of the term",
}
SCORE_MEASURES: Mapping[str, str] = {
    "score": "300–1000, higher is safer",
    "identity": "sub-score, 300–1000",
    "stability": "sub-score, 300–1000",
    "fraud_ring": "sub-score, 300–1000",
    "association_index": "sub-score, 300–1000",
    "multi_application": "sub-score, 300–1000",
    "ring_risk": "0–1, of its ring or how near it stands to one",
    "ring_applications": "applications in its ring, 0 without one",
}
MEASURES: Mapping[str, str] = {**APPLICATION_MEASURES, **SCORE_MEASURES}

# What contradicts itself: name -> the columns concerned. Those that come first are flags of intake.
CONTRADICTIONS: Mapping[str, tuple[str, ...]] = {
    "resident_id_shape": ("applicant_id",),
    "resident_id_checksum": ("applicant_id",),
    "resident_id_birth_date": ("applicant_id",),
    "resident_id_area": ("applicant_id",),
    "account_check_digit": ("account_no",),
    "email_shape": ("email",),
    "vin_shape": ("vin",),
    "vin_check_digit": ("vin",),
    "age_differs": ("applicant_id", "age"),
    "amounts_differ": ("vehicle_price", "down_payment", "loan_amount"),
    "contact_is_applicant": ("phone", "contact_phone_1", "contact_phone_2"),
}


@dataclass(frozen=True)
class Limit:
    """An admission rule: a measure that has to lie within [least, most] (either end may be open), and what follows if not."""

    measure: str
    least: float | None
    most: float | None
    otherwise: RuleEffect


@dataclass(frozen=True)
class Condition:
    """One measure of a rule: below and above are strict; an unknown measure fulfils nothing."""

    measure: str
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Rule:
    """A named rule: when everything that it names holds, this follows, at this gate."""

    name: str
    then: RuleEffect
    en: str
    zh: str
    gate: GateName
    conditions: tuple[Condition, ...] = ()
    products: tuple[str, ...] = ()
    dealers: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ring: RingCondition = ""


@dataclass(frozen=True)
class ListRules:
    """What follows of a hit: by the list's name, else by its type; a contact's number leads to `contacts` at most."""

    types: Mapping[str, ListEffect]
    named: Mapping[str, ListEffect]
    contacts: ListEffect


@dataclass(frozen=True)
class Tier:
    """Terms for the levels and products that it names (no products: all); the first that fits is taken.

    max_share is of what is asked, min_down_payment of the vehicle's price, both in [0, 1].
    """

    levels: tuple[Level, ...]
    products: tuple[str, ...]
    rate_tier: str
    max_share: float
    min_down_payment: float
    max_term_months: int | None


@dataclass(frozen=True)
class ExposureLimits:
    """The most money that may be asked for together, this application included; None: no limit."""

    per_person: float | None = None
    per_dealer: float | None = None
    per_ring: float | None = None
    otherwise: RuleEffect = "review"


@dataclass(frozen=True)
class Policy:
    """Everything that a lender decides about decisions.

    cutoffs are those of the score, fraud those of the sub-score of the ring. wanted: what follows where a column of the
    contract is missing; contradictions: what follows of each of CONTRADICTIONS. age_tolerance in years; amounts_tolerance:
    by which share of the price loan and down payment may miss it.
    """

    version: str
    says: str
    cutoffs: Cutoffs
    fraud: Cutoffs
    weights: Weights
    wanted: Mapping[str, DataEffect]
    contradictions: Mapping[str, DataEffect]
    age_tolerance: float
    amounts_tolerance: float
    limits: tuple[Limit, ...]
    rules: tuple[Rule, ...]
    lists: ListRules
    tiers: tuple[Tier, ...]
    exposure: ExposureLimits = field(default_factory=ExposureLimits)

    @staticmethod
    def default() -> Policy:
        """Return the policy that is shipped: without a list hit its decision is the band of the score, unless data are
        missing or contradict each other.
        """
        from graphfraud.check.policy_file import default

        return default()
