"""Weigh each run: how surprising is it that these units share this identifier, under a benign null?

Three parts: how rare so much sharing is among identifiers of its kind and structure (rarity), how close in time it
happened against the identifier's own rate (tempo), and how often runs of this structure are innocent here at all
(odds, from Storey's estimate of the null share: innocent sharing has no reason to be close in time, so identifiers whose
users are all far apart tell how many close ones chance gives; J. R. Stat. Soc. B 64 (2002) 479-498).
All three are looked up in tables that the calibration learned.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.columns import Bools, Floats, Ints
from graphfraud.detection.links import EVIDENCE_CODE, EVIDENCE_KINDS, Links
from graphfraud.detection.ordering import begins
from graphfraud.detection.parameters import EvidenceParams, RunParams
from graphfraud.detection.runs import Runs

STRATA = len(EVIDENCE_KINDS) * 16
MOST_UNITS = 64  # rarity is tabulated up to so many units in a run


@dataclass(frozen=True)
class Priors:
    """What is usual: at_least[s, m] runs of stratum s have m or more units; odds[s]: log10 odds that tempo is no chance.

    distinct counts the identifiers of each kind of evidence.
    """

    at_least: Floats
    odds: Floats
    distinct: Ints


@dataclass(frozen=True)
class Evidence:
    """Weight of each run in decimal logarithms of odds (negative: innocent), its parts, and whether it is busy.

    ceiling is the most that the run can say in all, however many units use it; further, by kind, is what it adds where other
    kinds hit the same group (0: nothing), once it says kind_from there. departure: how much of the weight is
    that the users are unlike customers (`departures`).
    """

    weight: Floats
    rarity: Floats
    odds: Floats
    busy: Bools
    ceiling: Floats
    kind: Ints
    further: Floats
    kind_from: float
    departure: Floats

    @property
    def without_departures(self) -> Evidence:
        """The same if its users were like customers."""
        return replace(self, weight=self.weight - self.departure, departure=np.zeros(len(self.departure)))


def learn_priors(runs: Runs, links: Links, run_params: RunParams, params: EvidenceParams) -> Priors:
    """Learn rarity by stratum and how often each stratum's tempo is chance."""
    several = runs.units > 1
    table = np.zeros((STRATA, MOST_UNITS + 1))
    np.add.at(table, (_stratum(runs)[several], np.minimum(runs.units[several], MOST_UNITS)), 1.0)
    at_least = np.cumsum(table[:, ::-1], axis=1)[:, ::-1]
    return Priors(at_least, _tempo_odds(runs, run_params.gap, params), links.distinct)


def weigh_runs(runs: Runs, priors: Priors, params: EvidenceParams) -> Evidence:
    """Weigh every run under the learned priors."""
    stratum = _stratum(runs)
    as_many = priors.at_least[stratum, np.minimum(runs.units, MOST_UNITS)]
    rarity = -np.log10(np.maximum(as_many, 0.5) / priors.distinct[runs.kind])
    odds = np.clip(priors.odds[_tempo_stratum(runs)], params.odds_floor, params.odds_ceiling)
    at_store = (runs.all_units >= params.busy_at_dealer) & (runs.dealer_share > params.store_share)
    at_store &= np.isin(runs.kind, (EVIDENCE_CODE["device"], EVIDENCE_CODE["ip"]))
    place = runs.kind == EVIDENCE_CODE["compound"]
    busy = (runs.all_units > params.busy) | at_store | runs.clerk | runs.owned | place
    colleagues = (runs.kind == EVIDENCE_CODE["work_phone"]) & (runs.employers == 1)
    larger = _larger_than_usual(stratum, runs.units, priors)
    ceiling = _ceiling(runs.kind, runs.tempo if runs.timed else None, colleagues, larger, params)
    hostel = (runs.kind == EVIDENCE_CODE["address"]) & runs.untold
    ceiling = np.where(hostel, np.minimum(ceiling, params.hostel), ceiling)
    weight = np.minimum(_unbounded(rarity, runs.tempo, odds, busy, runs.all_units, params), ceiling)
    further = np.array([0.0 if name in params.ceilings else params.further_kind for name in EVIDENCE_KINDS])
    said = np.where(runs.units > 1, weight, -9.0)
    return Evidence(said, rarity, odds, busy, ceiling, runs.kind, further, params.kind_from, np.zeros(len(runs)))


def scores(weight: Floats, ceiling: Floats, busy: Bools, inside: Ints | Floats, users: Ints | Floats) -> Floats:
    """Return what runs add to a community with `inside` (≥ 1) of the identifier's users: w (m - 1) m / n, with a ceiling.

    A burst at a busy identifier is one coincidence, however many it brings together: it counts once.
    """
    score = weight * (inside - 1) * inside / np.maximum(users, 1)
    return np.asarray(np.minimum(score, np.minimum(ceiling, np.where(busy, np.maximum(weight, 0.0), np.inf))))


def scores_of(evidence: Evidence, run: Ints, inside: Ints, users: Ints) -> Floats:
    """Return the `scores` of runs of weighed evidence."""
    return scores(evidence.weight[run], evidence.ceiling[run], evidence.busy[run], inside, users)


def further_kinds(by_kind: Floats, evidence: Evidence) -> Floats:
    """Return what kinds that hit the same group say beyond their sum: each but the strongest adds (`Evidence.further`).

    by_kind is what the runs of each kind (columns) say in each group (rows).
    """
    adds = evidence.further * np.minimum(by_kind / evidence.kind_from, 1.0)
    return np.asarray(adds.sum(axis=1) - adds.max(axis=1, initial=0.0))


def _unbounded(rarity: Floats, tempo: Floats, odds: Floats, busy: Bools, users: Ints, params: EvidenceParams) -> Floats:
    """Weight before any ceiling: rarity, tempo and odds, or of a busy identifier the burst alone."""
    burst = tempo - params.busy_offset - np.log10(np.maximum(1.0, users / params.busy))
    return np.where(busy, burst, rarity + params.tempo * tempo - params.offset + odds)


def _ceiling(kind: Ints, tempo: Floats | None, colleagues: Bools, larger: Floats, params: EvidenceParams) -> Floats:
    """Most that one identifier of each kind can say; a work phone of one employer (colleagues) no more than the employer.

    An innocent reason that is a circle of people is none for more people than such circles have (larger).
    """
    fixed, slow = (
        np.array([table.get(name, np.inf) for name in EVIDENCE_KINDS])[kind]
        for table in (params.ceilings, params.slow_ceilings)
    )
    fixed = np.where(colleagues, params.ceilings.get("employer", np.inf), fixed)
    circle = np.isin(kind, [EVIDENCE_CODE[name] for name in params.circles])
    most = fixed if tempo is None else np.minimum(fixed, slow + tempo)
    return most + np.where(circle, np.minimum(larger, params.circle_most), 0.0)


def _larger_than_usual(stratum: Ints, units: Ints, priors: Priors) -> Floats:
    """log10 of how few of a stratum's runs have so many units, against all that have three."""
    as_many = priors.at_least[stratum, np.minimum(units, MOST_UNITS)]
    return np.asarray(np.log10(np.maximum(priors.at_least[stratum, 3], 0.5) / np.maximum(as_many, 0.5)).clip(min=0))


def _stratum(runs: Runs) -> Ints:
    """Kind, whose phone, one dealer or several, one salesperson, one employer or several."""
    phone = runs.kind == EVIDENCE_CODE["phone"]
    work = runs.kind == EVIDENCE_CODE["work_phone"]
    s = runs.kind * 2 + runs.owned
    s = s * 2 + (runs.dealers == 1)
    s = s * 2 + ((runs.salespersons == 1) & phone)
    return np.asarray(s * 2 + ((runs.employers > 1) & work))


def _tempo_stratum(runs: Runs) -> Ints:
    several = (runs.all_employers > 1) & (runs.kind == EVIDENCE_CODE["work_phone"])
    s = (runs.kind * 2 + runs.owned) * 2 + (runs.dealer_share == 1)
    return np.asarray(s * 2 + several)


def _tempo_odds(runs: Runs, gap: float, params: EvidenceParams) -> Floats:
    """log10 odds, by stratum, that a run there is not innocent.

    n independent users all lie further apart than `gap` with probability q = max(0, 1 - gap (n - 1))^n, so identifiers
    without a run ÷ sum of q estimates the share of innocent ones.
    """
    if len(runs) == 0 or not runs.timed:
        return np.zeros(STRATA)
    first = np.flatnonzero(begins(runs.identifier))
    which = np.cumsum(begins(runs.identifier)) - 1
    has_run = np.bincount(which, weights=runs.units > 1) > 0
    n = runs.all_units[first]
    apart = np.clip(1 - gap * (n - 1), 0, 1) ** n
    counted = (n <= params.tempo_users) & ~runs.clerk[first]
    stratum = _tempo_stratum(runs)[first][counted]

    def total(weights: Floats) -> Floats:
        return np.bincount(stratum, weights=weights[counted], minlength=STRATA).astype(np.float64)

    innocent = np.minimum(1.0, total((~has_run).astype(float)) / np.maximum(total(apart), 1e-9))
    noise = innocent * total(1 - apart)
    signal = np.maximum(total(has_run.astype(float)) - noise, 0.0)
    return np.asarray(np.log10((signal + params.prior_count) / (noise + params.prior_count)), dtype=np.float64)


def heaviest(
    kind: Ints,
    owned: Bools,
    units: Ints,
    all_units: Ints,
    tempo: Floats | None,
    departure: Floats,
    priors: Priors,
    params: EvidenceParams,
) -> Floats:
    """Score a sharing under whichever structure of its kind says most: what it could say if nothing more were known.

    tempo is None where there are no times; departure: what it adds that its holders are unlike customers.
    """
    phone_owned = owned & (kind == EVIDENCE_CODE["phone"])
    m = np.minimum(units, MOST_UNITS)
    first = (kind * 2 + phone_owned) * 8  # structures of a kind stand beside each other in the table
    structure = first[:, None] + np.arange(8)
    as_many = priors.at_least[structure, m[:, None]]
    seen = priors.at_least[structure, 2] > 0
    fewest = np.where(seen, as_many, np.inf).min(axis=1)
    rarity = -np.log10(np.maximum(np.where(np.isfinite(fewest), fewest, 0.5), 0.5) / priors.distinct[kind])
    odds = priors.odds[(kind * 2 + phone_owned)[:, None] * 4 + np.arange(4)].max(axis=1)
    odds = np.clip(odds, params.odds_floor, params.odds_ceiling)
    busy = (all_units > params.busy) | phone_owned | (kind == EVIDENCE_CODE["compound"])
    larger = _larger_than_usual(structure, m[:, None], priors).max(axis=1)
    ceiling = _ceiling(kind, tempo, np.zeros(len(kind), bool), larger, params)
    tempo = np.zeros(len(kind)) if tempo is None else tempo
    weight = _unbounded(rarity, tempo, odds, busy, all_units, params) + np.where(busy, 0.0, departure)
    weight = np.maximum(np.minimum(weight, ceiling), 0.0)
    return scores(weight, ceiling, busy, units, all_units)
