"""What the gates look at: one application as far as a policy decides from it, with its score, list hits and exposure.

A dossier holds no identifier, raw or token: columns that have a value, figures, flags and masks. It is what is stored
beside an answer, so that another policy can be tried on it later and comes to exactly what it would have said then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import orjson

from graphfraud import schema
from graphfraud.check.answer import ListHit, RingRef
from graphfraud.check.scale import score_of
from graphfraud.check.scoring import COMPONENTS, SUB_SCORES, Scores, Weights, risk_together
from graphfraud.intake.records import ApplicationRecord

FIGURES = ("age", "monthly_income", "vehicle_price", "down_payment", "loan_amount", "term_months", "birth_year")
# Nobody asks for nothing: where these are zero, nothing was said.
_NOT_ZERO = frozenset({"loan_amount", "vehicle_price", "term_months"})
_CONTACTS = ("contact_1", "contact_2")


@dataclass(frozen=True, slots=True)
class Scored:
    """What the graph says: score (300–1000) under weights, the risk of its ring or how near it stands to one, in [0, 1], and
    the components in the order of `scoring.COMPONENTS`, in [0, 1]; ring is None where it is in none.
    """

    score: int
    ring_risk: float
    components: tuple[float, ...]
    ring: RingRef | None
    weights: Weights

    @classmethod
    def of(cls, scores: Scores, row: int, weights: Weights, ring: RingRef | None = None) -> Scored:
        """Return what the scores of a part, made with these weights, say of one of its applications."""
        components = tuple(scores.components[row].tolist())
        return cls(int(scores.score[row]), float(scores.risk[row]), components, ring, weights)

    @property
    def sub_scores(self) -> dict[str, int]:
        """The five sub-scores by name, 300–1000."""
        subs = score_of(np.array([*self.components, self.ring_risk])).tolist()
        named = dict(zip((*COMPONENTS, "fraud_ring"), subs, strict=True))
        return {name: named[name] for name in SUB_SCORES}

    def weighed(self, weights: Weights) -> Scored:
        """Return the same under other weights."""
        if weights == self.weights:
            return self
        risk = risk_together(np.array([self.ring_risk]), np.array([self.components]), weights)
        return replace(self, score=int(score_of(risk)[0]), weights=weights)


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is asked for by others already, in money: by the same person, at the same dealer, in the same ring.

    None: it is not known; this application is not in the sums. The ring's is a lower bound where its `RingRef.at_least` is
    true: who was not read is not in it.
    """

    person: float | None = None
    dealer: float | None = None
    ring: float | None = None


@dataclass(frozen=True)
class Dossier:
    """One application as the gates see it.

    said: the contract's columns that have a value, in the contract's order; figures: of FIGURES, those that are known;
    submitted_year on the lender's calendar, None without time; scored is None where the graph was not there.
    """

    application_id: str
    dealer_id: str | None
    product: str
    said: tuple[str, ...]
    figures: Mapping[str, float]
    flags: tuple[str, ...]
    submitted_year: int | None
    own_contact: bool
    scored: Scored | None
    hits: tuple[ListHit, ...] = ()
    exposure: Exposure = Exposure()

    @classmethod
    def of(
        cls,
        record: ApplicationRecord,
        scored: Scored | None,
        zone: ZoneInfo,
        hits: Sequence[ListHit] = (),
        exposure: Exposure | None = None,
    ) -> Dossier:
        """Return the dossier of a record that came through intake; scored is None where the graph was not there in time.

        zone is the lender's.
        """
        attributes = record.attributes
        figures = {name: float(attributes[name]) for name in FIGURES if name in attributes}
        phones = {held.role: held.token for held in record.identifiers if held.kind == "phone"}
        own = phones.get("own")
        return cls(
            application_id=record.application_id,
            dealer_id=record.dealer_id,
            product=str(attributes.get("product", "")),
            said=columns_said(record),
            figures=figures,
            flags=record.flags,
            submitted_year=None if record.submitted_at is None else _year(record.submitted_at, zone),
            own_contact=own is not None and any(phones.get(role) == own for role in _CONTACTS),
            scored=scored,
            hits=tuple(hits),
            exposure=exposure or Exposure(),
        )

    @cached_property
    def measures(self) -> dict[str, float]:
        """What rules and limits can ask for, as far as it is known; names as in `policy.MEASURES`."""
        found = dict(self.figures)
        loan, price, down = (found.get(name) for name in ("loan_amount", "vehicle_price", "down_payment"))
        income, term, age = (found.get(name) for name in ("monthly_income", "term_months", "age"))
        if loan is not None and price:
            found["loan_to_value"] = loan / price
        if down is not None and price:
            found["down_payment_share"] = down / price
        if loan is not None and term and income:
            found["payment_to_income"] = loan / term / income
        if loan is not None and income:
            found["loan_to_income"] = loan / (12 * income)
        if age is not None and term:
            found["age_at_end"] = age + term / 12
        if self.scored is not None:
            found["score"] = float(self.scored.score)
            found.update({name: float(score) for name, score in self.sub_scores.items()})
            found["ring_risk"] = self.scored.ring_risk
            found["ring_applications"] = float(self.scored.ring.applications) if self.scored.ring else 0.0
        return found

    @cached_property
    def sub_scores(self) -> dict[str, int]:
        """The five sub-scores by name, 300–1000; empty where the graph was not there."""
        return self.scored.sub_scores if self.scored else {}

    @property
    def exposed_to(self) -> Exposure:
        """The exposure, with zero where nobody else can ask: for whom names no applicant or dealer, or is in no ring."""
        ring = self.scored.ring if self.scored else None
        return Exposure(
            person=self.exposure.person if "applicant_id" in self.said else 0.0,
            dealer=self.exposure.dealer if self.dealer_id is not None else 0.0,
            ring=self.exposure.ring if ring is not None else 0.0,
        )

    def weighed(self, weights: Weights) -> Dossier:
        """Return the same application scored under other weights."""
        if self.scored is None or self.scored.weights == weights:
            return self
        return replace(self, scored=self.scored.weighed(weights))

    def to_bytes(self) -> bytes:
        """Write it as JSON, for storing beside the answer."""
        document = {name: getattr(self, name) for name in _PLAIN}
        document |= {
            "scored": self.scored and asdict(self.scored),
            "hits": [asdict(hit) for hit in self.hits],
            "exposure": asdict(self.exposure),
        }
        return orjson.dumps(document)

    @classmethod
    def from_bytes(cls, stored: bytes) -> Dossier:
        """Read what `to_bytes` wrote; names that this program does not know are left out, so that versions can differ."""
        document = orjson.loads(stored)
        scored, exposure = document.get("scored"), document.get("exposure") or {}
        if scored is not None:
            ring = scored.get("ring")
            scored = Scored(
                int(scored["score"]),
                float(scored["ring_risk"]),
                tuple(scored["components"]),
                _known(RingRef, ring) if ring else None,
                _known(Weights, scored["weights"]),
            )
        return cls(
            application_id=document["application_id"],
            dealer_id=document["dealer_id"],
            product=document["product"],
            said=tuple(document["said"]),
            figures=document["figures"],
            flags=tuple(document["flags"]),
            submitted_year=document["submitted_year"],
            own_contact=document["own_contact"],
            scored=scored,
            hits=tuple(_known(ListHit, hit) for hit in document["hits"]),
            exposure=_known(Exposure, exposure),
        )


_PLAIN = ("application_id", "dealer_id", "product", "said", "figures", "flags", "submitted_year", "own_contact")
# what a value of a record says: its column of the contract
_COLUMN_OF_HELD = {
    (kind.name, role.name): role.column or ("address" if kind.name == "compound" else "")
    for kind in schema.KINDS
    for role in kind.roles
}
_COLUMN_OF_NAME = {"name": "applicant_name"} | {
    attribute.name: attribute.column for attribute in schema.ATTRIBUTES if attribute.column == attribute.name
}


def columns_said(record: ApplicationRecord) -> tuple[str, ...]:
    """Return the columns of the contract that hold something; a placeholder, or a zero that means nothing, holds nothing."""
    said = {_COLUMN_OF_HELD[held.kind, held.role] for held in record.identifiers}
    for name, value in record.attributes.items():
        if value or name not in _NOT_ZERO:
            said.add(_COLUMN_OF_NAME.get(name, ""))
    for name in ("submitted_at", "updated_at", "dealer_id", "salesperson_id"):
        if getattr(record, name) is not None:
            said.add(name)
    said.add("application_id")
    return tuple(filter(said.__contains__, schema.APPLICATION_COLUMNS))


def _year(epoch_ms: int, zone: ZoneInfo) -> int:
    return datetime.fromtimestamp(epoch_ms / 1000, zone).year


def _known(cls: Any, document: Mapping[str, Any]) -> Any:
    return cls(**{name: value for name, value in document.items() if name in cls.__dataclass_fields__})
