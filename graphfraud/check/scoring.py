"""From ring risk and what the past says to a score, its sub-scores, and what each part of it weighs.

Each part is a strength in [0, 1]; parts of one component, and components with the ring's risk, add up like independent
doubts: risk = ring + (1 - ring) (1 - Π(1 - weight · component)). With no signal the score is that of the ring's risk alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from graphfraud.check.scale import score_of
from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.signals import STEADY, TIE_CODE, TIES, Signals, look_back

Table = tuple[float, ...]  # strength by count; the last for all that are more

# By window (7, 30, 90, 365 days), strength by the number of earlier applications of the same person. Whoever is turned down
# applies elsewhere, and again when the first dealer is slow: two are everyday life.
APPLIED: tuple[Table, ...] = (
    (0.0, 0.0, 0.3, 0.7, 1.0),
    (0.0, 0.0, 0.2, 0.5, 0.8, 1.0),
    (0.0, 0.0, 0.1, 0.3, 0.6, 0.8, 1.0),
    (0.0, 0.0, 0.0, 0.1, 0.25, 0.4, 0.55, 0.7, 0.85, 1.0),
)
DEALERS: Table = (0.0, 0.0, 0.0, 0.1, 0.4, 0.7, 1.0)  # at so many dealers within 90 days
# the same of other persons with the applicant's own phone, device, account, vehicle or e-mail
USED: tuple[Table, ...] = (
    (0.0, 0.2, 0.5, 0.8, 1.0),
    (0.0, 0.1, 0.4, 0.6, 0.8, 1.0),
    (0.0, 0.05, 0.25, 0.45, 0.6, 0.8, 1.0),
    (0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
)
NAMES: Table = (0.0, 0.6, 0.9, 1.0)  # other names with one id
AGE_OFF: Table = (0.0, 0.0, 0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # by years; a birthday or two is a slip
PHONE_OWNERS: Table = (0.0, 0.6, 0.9, 1.0)  # other persons who had the own phone
MANY: Mapping[str, Table] = {  # other persons on one kind of thing that people have for themselves
    "device": (0.0, 0.0, 0.3, 0.6, 0.8, 1.0),
    "account": (0.0, 0.2, 0.6, 0.9, 1.0),
    "email": (0.0, 0.3, 0.7, 1.0),
}
CHANGED: Table = (0.0, 0.0, 0.0, 0.4, 0.8, 1.0)  # of phone, device, account, address and employer
CHANGED_WITHIN: tuple[tuple[float, float], ...] = (
    (7.0, 1.0),
    (30.0, 0.8),
    (90.0, 0.5),
    (365.0, 0.25),
)  # days, how much it counts
KNOWN_FROM, KNOWN = 90.0, 0.5  # a value that the person has kept for so many days makes changes count so much
# persons tied by each of TIES: what cannot be shared by chance says most
TIED: Mapping[str, Table] = {
    "phone": (0.0, 0.5, 0.8, 1.0),
    "device": (0.0, 0.25, 0.5, 0.7, 0.8, 0.9),
    "account": (0.0, 0.4, 0.7, 0.9, 1.0),
    "address": (0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8),
    "vehicle": (0.0, 0.4, 0.7, 0.9, 1.0),
    "email": (0.0, 0.5, 0.8, 1.0),
    "contact": (0.0, 0.0, 0.1, 0.2, 0.3, 0.4, 0.5),
}


@dataclass(frozen=True)
class Weights:
    """The most risk that each component can add alone, in [0, 1).

    The defaults leave each alone well within `pass`; all four together come to 0.595, which is review and never reject.
    """

    identity: float = 0.25
    stability: float = 0.1
    association_index: float = 0.2
    multi_application: float = 0.25


COMPONENTS: tuple[str, ...] = tuple(field.name for field in fields(Weights))
# what they mean: `graphfraud.wording.sub_score_meaning`
SUB_SCORES: tuple[str, ...] = ("identity", "stability", "fraud_ring", "association_index", "multi_application")


@dataclass(frozen=True)
class Scores:
    """One row an application: score and sub-scores (whole numbers, 300–1000), and what they are made of.

    risk: that of the rings, in [0, 1]; strengths: by part (of PARTS), components: what they come to (by COMPONENTS), in
    [0, 1]; signals: the past they were read from.
    """

    score: Ints
    identity: Ints
    stability: Ints
    fraud_ring: Ints
    association_index: Ints
    multi_application: Ints
    risk: Floats
    strengths: Floats
    components: Floats
    signals: Signals

    def __len__(self) -> int:
        return len(self.score)


def score_applications(a: Applications, risk: Floats, weights: Weights | None = None) -> Scores:
    """Score every application of a part: risk (0–1, by application) is that of its ring, the rest is read from its past."""
    signals = look_back(a)
    strengths = np.zeros((len(a), len(PARTS)))
    if len(signals.own) or len(signals.ties.tie) or (signals.age_off > 0).any():  # most of what comes alone has no past
        for number, part in enumerate(PARTS):
            strengths[:, number] = part.strength(signals)
    components = components_of(strengths)
    subs = {name: score_of(components[:, number]) for number, name in enumerate(COMPONENTS)}
    return Scores(
        score=score_of(risk_together(risk, components, weights or Weights())),
        fraud_ring=score_of(risk),
        risk=risk,
        strengths=strengths,
        components=components,
        signals=signals,
        **subs,
    )


def components_of(strengths: Floats) -> Floats:
    """Join the parts of each component (columns of PARTS → columns of COMPONENTS)."""
    return 1.0 - np.multiply.reduceat(1.0 - strengths, _OPENS, axis=1)


def risk_together(risk: Floats, components: Floats, weights: Weights) -> Floats:
    """Add what the components say to the risk of rings; without a word of theirs it is that risk to the last bit."""
    doubt = np.ones(len(risk))
    for number, name in enumerate(COMPONENTS):
        doubt *= 1.0 - getattr(weights, name) * components[:, number]
    return np.asarray(risk + (1.0 - risk) * (1.0 - doubt))


def _several_names(s: Signals) -> Floats:
    """One id came with other names."""
    return _by_count(NAMES, s.names)


def _age_contradicts(s: Signals) -> Floats:
    """The age misses the birth year of the id."""
    return _by_count(AGE_OFF, np.nan_to_num(s.age_off).astype(np.int64))


def _phone_of_others(s: Signals) -> Floats:
    """The own phone was another person's own not long ago."""
    return _by_count(PHONE_OWNERS, s.tied[:, TIE_CODE["phone"]])


def _used_by_many(s: Signals) -> Floats:
    """One device, account or e-mail address has several persons."""
    strength = np.zeros(len(s.tied))
    for name, table in MANY.items():
        np.maximum(strength, _by_count(table, s.tied[:, TIE_CODE[name]]), out=strength)
    return strength


def _changed_since(s: Signals) -> Floats:
    """Much of what a person keeps changed since the last application, the more the less time has passed."""
    count = _BITS[s.changed]
    days, worth = zip(*CHANGED_WITHIN, strict=True)
    recent = np.append(worth, 0.0)[np.searchsorted(days, np.nan_to_num(s.last_days, nan=np.inf))]
    known = np.where((s.known_days >= KNOWN_FROM).any(axis=1), KNOWN, 1.0)
    return np.asarray(_by_count(CHANGED, count) * recent * known)


def _tied_to_others(s: Signals) -> Floats:
    """What it shares ties it to other persons."""
    free = 1.0 - _TIED[np.arange(len(TIES)), np.minimum(s.tied, _TIED.shape[1] - 1)]
    return np.asarray(1.0 - free.prod(axis=1))


def _applied_often(s: Signals) -> Floats:
    """The same person applied often, or at many dealers."""
    return np.maximum(_by_window(_APPLIED, s.person_within), _by_count(DEALERS, s.person_dealers))


def _identifiers_often(s: Signals) -> Floats:
    """Others applied with the applicant's own identifiers."""
    return np.maximum(_by_window(_USED, s.others_within), _by_count(DEALERS, s.others_dealers))


@dataclass(frozen=True)
class Part:
    """One thing that can speak against an application: the code of its reason, its component, its strength."""

    code: str
    component: str
    strength: Callable[[Signals], Floats]


PARTS: tuple[Part, ...] = (
    Part("several_names", "identity", _several_names),
    Part("age_contradicts", "identity", _age_contradicts),
    Part("phone_of_others", "identity", _phone_of_others),
    Part("used_by_many", "identity", _used_by_many),
    Part("changed_since", "stability", _changed_since),
    Part("tied_to_others", "association_index", _tied_to_others),
    Part("applied_often", "multi_application", _applied_often),
    Part("identifiers_often", "multi_application", _identifiers_often),
)


# where in PARTS each component begins: its parts stand together, in the order of COMPONENTS
_OPENS = [[part.component for part in PARTS].index(name) for name in COMPONENTS]


def _by_count(table: Table, count: Ints) -> Floats:
    return np.asarray(np.array(table).take(count, mode="clip"))


def _by_window(tables: Floats, within: Ints) -> Floats:
    """Return the strongest of the windows."""
    return np.asarray(tables[np.arange(len(tables)), np.minimum(within, tables.shape[1] - 1)].max(axis=1))


def _even(tables: tuple[Table, ...]) -> Floats:
    """Give tables one length."""
    longest = max(map(len, tables))
    return np.array([table + table[-1:] * (longest - len(table)) for table in tables])


_APPLIED, _USED = _even(APPLIED), _even(USED)
_TIED = _even(tuple(TIED[name] for name in TIES))
_BITS = np.array([bits.bit_count() for bits in range(1 << len(STEADY))])
