"""Reasons of many subjects (rings or applications) as columns, and how the four that are given are chosen.

A subject's evidence falls into parts, one by kind of identifier and structure. Four reasons are given; where there are
more parts, the weakest that stand on identifiers become one reason over several kinds, so that the reasons together cite
every identifier that counts: taking away all four takes the ring away, however redundant it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from graphfraud.detection.columns import NO_TIME, Applications, Bools, Floats, Ints
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.ordering import begins, pairs, place_within
from graphfraud.results import MOST_REASONS, Reason
from graphfraud.schema import KINDS

MOST_SHOWN = 12  # applications named in one reason; its facts count them all
# contributions are whole multiples of this: then they and the remainder add up to the risk exactly, in any order
GRID = 2.0**-40


@dataclass(frozen=True)
class ReasonCode:
    """A sort of reason: whether it stands on identifiers, and whether the four would not carry the decision without it."""

    name: str
    on_identifiers: bool
    needed: bool


REASON_CODES: tuple[ReasonCode, ...] = (
    ReasonCode("shared", True, True),  # members hold the same identifiers
    ReasonCode("burst", True, True),  # a busy identifier was used far above its own rate
    ReasonCode("numbers_in_row", True, True),  # numbers bought or accounts opened in a row
    ReasonCode("work_phone_mismatch", True, True),  # a work phone that belongs to another employer
    ReasonCode("vouching", True, True),  # strangers name one another's own phones as contacts
    ReasonCode("several_kinds", True, True),  # what is left, over several kinds of identifiers
    ReasonCode("same_unit", False, True),  # the applicant, or who is folded with the applicant, is tied by another application
    ReasonCode("circumstance", False, True),  # dealer, weeks, salesperson, departures and what is too weak to tie
    ReasonCode("dealers", False, False),  # few dealers, against the market's mix
    ReasonCode("alike", False, False),  # loan to value and income as members of one group have them, not as customers do
    ReasonCode("away", False, False),  # members live where few of their dealers' customers do
    ReasonCode("hours", False, False),  # members apply at hours at which few do
    ReasonCode("unusual", False, False),  # unlike other groups or applications
    ReasonCode("remainder", False, False),  # what is left of the risk
)
CODES = tuple(code.name for code in REASON_CODES)
CODE = {name: number for number, name in enumerate(CODES)}
SEVERAL_KINDS = CODE["several_kinds"]  # into which the weakest on identifiers are put together
# by code
ON_IDENTIFIERS: Bools = np.array([code.on_identifiers for code in REASON_CODES])
NEEDED: Bools = np.array([code.needed for code in REASON_CODES])

# further facts of reasons, in the order in which they are told
Word = Literal["features", "with", "why", "same_dealer", "same_salesperson", "alike", "away", "hours"]
WORDS: tuple[Word, ...] = get_args(Word)
Words = Mapping[tuple[int, Word], float | int | str]


@dataclass(frozen=True)
class Parts:
    """The parts of every subject's evidence, ordered by subject, then identifiers first, then strongest first.

    subject, code (of CODES), kind (of EVIDENCE_KINDS, -1 none or several), evidence (decimal orders); of_row: the part
    that each row of evidence went into.
    """

    subject: Ints
    code: Ints
    kind: Ints
    evidence: Floats
    of_row: Ints

    def __len__(self) -> int:
        return len(self.subject)

    @property
    def first(self) -> Bools:
        """Whether each part is the first of its subject."""
        return np.asarray(begins(self.subject))

    def whole(self, subjects: int) -> Floats:
        """Sum the evidence of each subject's parts."""
        return np.bincount(self.subject, weights=self.evidence, minlength=subjects).astype(np.float64)

    def count(self, subjects: int) -> Ints:
        """Count each subject's parts."""
        return np.bincount(self.subject, minlength=subjects)


@dataclass(frozen=True)
class Cited:
    """What reasons stand on: pairs (part, application concerned) and (part, identifier cited), strongest first."""

    application_part: Ints
    application: Ints
    identifier_part: Ints
    identifier: Ints


@dataclass(frozen=True)
class ReasonTable:
    """Reasons as columns, one row a reason, ordered by subject, the strongest first and the remainder last.

    subject; code (of CODES); kind (of EVIDENCE_KINDS, -1 none or several); contribution (units of risk); share (of the
    evidence, 0-1; NaN where it means nothing). applications, persons, dealers, days, identifiers: counts (-1 unknown).
    Row r cites the identifiers token[token_start[r]:token_start[r + 1]] of kinds token_kind, and names the applications
    shown[shown_start[r]:shown_start[r + 1]] (rows of the columns). words: further facts by (row, name).
    """

    subject: Ints
    code: Ints
    kind: Ints
    contribution: Floats
    share: Floats
    applications: Ints
    persons: Ints
    dealers: Ints
    days: Ints
    identifiers: Ints
    token_start: Ints
    token: np.ndarray
    token_kind: Ints
    shown_start: Ints
    shown: Ints
    words: Words

    def __len__(self) -> int:
        return len(self.subject)

    def of(self, subject: int, application_ids: Sequence[str]) -> tuple[Reason, ...]:
        """Return the reasons of one subject; application_ids names the rows of the columns."""
        first, end = np.searchsorted(self.subject, [subject, subject + 1]).tolist()
        return tuple(self._reason(row, application_ids) for row in range(first, end))

    def _reason(self, row: int, application_ids: Sequence[str]) -> Reason:
        code, kind = CODES[self.code[row]], int(self.kind[row])
        cited = slice(self.token_start[row], self.token_start[row + 1])
        kinds = tuple(KINDS[k].name for k in self.token_kind[cited].tolist())
        facts: dict[str, float | int | str] = {}
        for name in ("applications", "persons", "dealers", "days", "identifiers"):
            count = int(getattr(self, name)[row])
            if count >= 0:
                facts[name] = count
        if code == "several_kinds":
            facts["kinds"] = ",".join(dict.fromkeys(kinds))
        if not np.isnan(self.share[row]):
            facts["evidence_share"] = round(float(self.share[row]), 4)
        for name in WORDS:
            if (row, name) in self.words:
                facts[name] = self.words[row, name]
        return Reason(
            code,
            float(self.contribution[row]),
            EVIDENCE_KINDS[kind] if kind >= 0 else "",
            tuple(f"{token:016x}" for token in self.token[cited].tolist()),
            facts=facts,
            token_kinds=kinds if code in ("several_kinds", "circumstance") else (),
            applications=tuple(
                application_ids[i] for i in self.shown[self.shown_start[row] : self.shown_start[row + 1]].tolist()
            ),
        )


def choose_parts(subject: Ints, code: Ints, kind: Ints, evidence: Floats) -> Parts:
    """Sum rows of evidence into parts by (subject, code, kind); let the weakest on identifiers be one where too many."""
    key = (subject * len(CODES) + code) * (len(EVIDENCE_KINDS) + 1) + kind + 1
    parts, of_row = np.unique(key, return_inverse=True)
    total = np.bincount(of_row, weights=evidence, minlength=len(parts))
    kind, rest = parts % (len(EVIDENCE_KINDS) + 1) - 1, parts // (len(EVIDENCE_KINDS) + 1)
    code, subject = rest % len(CODES), rest // len(CODES)
    cites = ON_IDENTIFIERS[code]
    order = np.lexsort((kind, code, -total, ~cites, subject))
    rank = place_within(subject[order])
    rank_of = np.empty(len(order), np.int64)
    rank_of[order] = rank
    subjects = int(subject.max(initial=-1)) + 1
    slots = MOST_REASONS - np.bincount(subject[~cites & NEEDED[code]], minlength=subjects)[subject]
    many = np.bincount(subject[cites], minlength=subjects)[subject] > slots
    merged = cites & many & (rank_of >= slots - 1)
    code, kind = np.where(merged, SEVERAL_KINDS, code), np.where(merged, -1, kind)
    # what becomes one keeps one number; the others keep theirs
    number = (subject * 2 + ~cites) * (len(parts) + 1) + np.where(merged, slots - 1, rank_of)
    kept, head, into = np.unique(number, return_index=True, return_inverse=True)
    return Parts(
        subject[head],
        code[head],
        kind[head],
        np.bincount(into, weights=total, minlength=len(kept)).astype(np.float64),
        into[of_row],
    )


def tabulate(
    a: Applications,
    parts: Parts,
    risk: Floats,
    claim: Floats,
    cited: Cited,
    words: Words,
    given: Bools | None = None,
) -> ReasonTable:
    """Give each subject its four strongest reasons and the remainder of its risk.

    risk by subject; claim by part, in units of risk; words by (part, name); given says which parts may be reasons.
    """
    claim = np.floor(np.maximum(claim, 0.0) / GRID) * GRID
    order = np.lexsort((parts.kind, parts.code, -parts.evidence, -claim, ~NEEDED[parts.code], parts.subject))
    if given is not None:
        order = order[given[order] | NEEDED[parts.code[order]]]
    order = order[place_within(parts.subject[order]) < MOST_REASONS]
    order = order[
        np.lexsort((parts.kind[order], parts.code[order], -parts.evidence[order], -claim[order], parts.subject[order]))
    ]
    subject = parts.subject[order]
    told = np.bincount(subject, weights=claim[order], minlength=len(risk))
    # what the grid cut off goes back where one reason carries all
    cut_off = (risk - told > 0) & (risk - told < 2 * GRID) & (np.bincount(subject, minlength=len(risk)) > 0)
    first = begins(subject)
    claim[order[first & cut_off[subject]]] += (risk - told)[subject[first & cut_off[subject]]]
    told = np.where(cut_off, risk, told)
    remaining = np.flatnonzero((np.bincount(subject, minlength=len(risk)) > 0) & (risk - told != 0))
    rows = len(order) + len(remaining)
    all_subjects = np.concatenate([subject, remaining])
    place = np.lexsort((np.arange(rows), all_subjects))
    part = np.concatenate([order, np.full(len(remaining), -1)])[place]
    real = part >= 0
    at = np.maximum(part, 0)
    whole = parts.whole(len(risk))[all_subjects[place]]
    applications, persons, dealers, days, identifiers = _counts(a, cited, len(parts))

    def of_part(values: Ints) -> Ints:
        return np.where(real, values[at], -1) if len(values) else np.full(rows, -1)

    row_of_part = np.full(len(parts) + 1, -1, np.int64)
    row_of_part[part[real]] = np.flatnonzero(real)
    identifier_start, identifier = _in_rows(row_of_part[cited.identifier_part], cited.identifier, rows)
    shown_start, shown = _in_rows(row_of_part[cited.application_part], cited.application, rows, MOST_SHOWN)
    left = np.concatenate([claim[order], (risk - told)[remaining]])[place]
    return ReasonTable(
        all_subjects[place],
        np.where(real, parts.code[at], CODE["remainder"]) if len(parts) else np.empty(0, np.int64),
        of_part(parts.kind),
        left,
        np.where(real, parts.evidence[at] / np.maximum(whole, 1e-12), np.nan) if len(parts) else np.empty(0),
        of_part(applications),
        of_part(persons),
        of_part(dealers),
        of_part(days),
        of_part(identifiers),
        identifier_start,
        a.identifier_token[identifier],
        a.identifier_kind[identifier],
        shown_start,
        shown,
        {(int(row_of_part[p]), name): value for (p, name), value in words.items() if row_of_part[p] >= 0},
    )


def _counts(a: Applications, cited: Cited, parts: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Applications, persons, dealers, days and identifiers of each part; -1 where there is nothing to count."""
    part, application = cited.application_part, cited.application
    applications = np.bincount(part, minlength=parts)
    persons = np.bincount(pairs(part, a.person[application])[0], minlength=parts)
    known = a.dealer[application] >= 0
    dealers = np.bincount(pairs(part[known], a.dealer[application[known]])[0], minlength=parts)
    first, last = np.full(parts, np.iinfo(np.int64).max), np.full(parts, np.iinfo(np.int64).min)
    timed = a.submitted_ms[application] != NO_TIME
    np.minimum.at(first, part[timed], a.local_day[application[timed]])
    np.maximum.at(last, part[timed], a.local_day[application[timed]])
    some = last >= first
    days = np.where(some, np.where(some, last, 0) - np.where(some, first, 0) + 1, -1)
    identifiers = np.bincount(cited.identifier_part, minlength=parts)
    nobody = applications == 0
    return (
        np.where(nobody, -1, applications),
        np.where(nobody, -1, persons),
        np.where(nobody, -1, dealers),
        np.where(nobody, -1, days),
        np.where(identifiers == 0, -1, identifiers),
    )


def _in_rows(row: Ints, value: Ints, rows: int, most: int | None = None) -> tuple[Ints, Ints]:
    """Order values by row, keeping their order within one (the first `most`); return the rows' starts and the values."""
    kept = np.flatnonzero(row >= 0)
    kept = kept[np.argsort(row[kept], kind="stable")]
    if most is not None:
        kept = kept[place_within(row[kept]) < most]
    start = np.concatenate([[0], np.cumsum(np.bincount(row[kept], minlength=rows))]).astype(np.int64)
    return start, value[kept]
