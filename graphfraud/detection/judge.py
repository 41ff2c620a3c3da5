"""The two functions that everything leans on: `calibrate` learns what is usual, `judge` finds the rings in a part.

`judge` reads as the list of stages. It gives the same answer for a group whatever else is in the part: what it knows of
the rest comes from the calibration alone.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from graphfraud.detection.anomaly import Opinion
from graphfraud.detection.application_reasons import Community, explain_applications
from graphfraud.detection.attach import Attached, Unseen, attach_by_circumstance, learn_unseen
from graphfraud.detection.calibration import Calibration
from graphfraud.detection.clocks import AllClocks, learn_all_clocks
from graphfraud.detection.columns import NO_TIME, Applications, Bools, Floats, Ints
from graphfraud.detection.communities import Communities, find_communities
from graphfraud.detection.company import Company, keep_company
from graphfraud.detection.departures import Departing, Unlike, departures, learn_customers, learn_mixes, weigh_departures
from graphfraud.detection.evidence import Evidence, learn_priors, weigh_runs
from graphfraud.detection.features import View
from graphfraud.detection.groups import Circumstances, Groups, gather, with_circumstances
from graphfraud.detection.hubs import learn_hubs, with_hubs
from graphfraud.detection.links import Links, RowReach, learn_row_reach, tie_applications
from graphfraud.detection.look_alikes import name_look_alikes
from graphfraud.detection.market import LocalMarket, learn_market, local_market
from graphfraud.detection.not_raised import LookAlikes, not_raised
from graphfraud.detection.opinions import (
    Alone,
    Opinions,
    learn_opinions,
    measure_alone,
    opinion_on_dealers,
    opinion_on_groups,
    risk_alone,
    strange_alone,
)
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.reason_table import ReasonTable
from graphfraud.detection.reasons import explain_rings
from graphfraud.detection.refine import Habits, amounts_alike, dealer_coherence, join_fragments, learn_habits
from graphfraud.detection.revocation import apart
from graphfraud.detection.risk import risk_of
from graphfraud.detection.runs import Runs, cut_runs
from graphfraud.detection.texts import Texts
from graphfraud.detection.ties import ties_inside
from graphfraud.detection.units import Units, fold_units
from graphfraud.detection.what_if import Usual
from graphfraud.results import DealerRisk, Ring

Stage = Callable[[str], None]

FOUNDERS = 3  # members who name a ring: it is at least three applications


def _silent(_stage: str) -> None:
    return None


@dataclass(frozen=True)
class Findings:
    """Rings, most suspicious first, and the risk (0–1) and ring id ("" none) of every application of the part.

    reasons say why applications in rings, and those whose risk is worth a look, have their risk, and look_alikes which
    groups share identifiers and are no ring; subjects and members are places in application_id.
    suspicion: the risk of each application's ring, or how near it stands to one where that is more: what its score is made
    of. How strange it is by itself, which only the whole can say, is in its risk alone.
    meant: the number of the ring (as in company) that the reasons of each application speak of, -1 for none.
    anomaly: the share (0–1) of applications that are less strange than each, whatever ring it is in; dealers: what
    speaks against each, the riskiest first.
    """

    rings: tuple[Ring, ...]
    application_id: Texts
    risk: Floats
    ring_id: Texts
    reasons: ReasonTable | None = None
    suspicion: Floats = field(default_factory=lambda: np.empty(0))
    anomaly: Floats = field(default_factory=lambda: np.empty(0))
    dealers: tuple[DealerRisk, ...] = ()
    look_alikes: LookAlikes | None = None
    company: Company | None = None
    meant: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def ring_numbers(self) -> Ints:
        """Return, by application, the place of its ring among the rings, -1 for none."""
        code, names = self.ring_id.numbered()
        place = {ring.ring_id: number for number, ring in enumerate(self.rings)}
        of_name = np.array([*(place.get(name, -1) for name in names), -1], dtype=np.int64)  # the last where code is -1
        return of_name[code]


@dataclass(frozen=True)
class Tied:
    """What can be said before anything is weighed: units, links and runs."""

    units: Units
    links: Links
    runs: Runs


@dataclass(frozen=True)
class Grouped:
    """What is found before it is judged: weighed runs, who departs, who belongs by circumstance, and the communities."""

    evidence: Evidence
    departing: Departing
    attached: Attached
    view: View


def calibrate(a: Applications, params: Parameters | None = None, stage: Stage = _silent) -> Calibration:
    """Learn what is usual in the whole of the data; `stage` is told the name of each stage as it begins."""
    return calibrate_and_judge(a, params or Parameters(), stage, judged=False)[0]


def judge(
    part: Applications,
    usual: Calibration,
    params: Parameters | None = None,
    stage: Stage = _silent,
    asked: Ints | None = None,
) -> Findings:
    """Find the rings in a part of the data that is closed under the stages' reach, under a frozen calibration.

    With `asked` (rows of the part) only these are answered for: the rings are theirs, reasons are theirs and there if the
    risk of one of them is worth a look (explaining costs as much as judging), and nothing is said of how strange
    applications and dealers are.
    """
    params = params or Parameters()
    stage("units")
    part = with_hubs(apart(part, params.units.revoked), usual.hubs)
    ties = _tie(part, usual.clocks, usual.row_reach, params)
    departing = _departing(part, usual, params)
    communities = _weigh(ties, departing, usual, params, stage)
    if asked is not None and communities.count == 0:
        nothing = np.zeros(len(part), np.int32)
        nowhere = pa.DictionaryArray.from_arrays(nothing, pa.array([""], pa.large_string()))
        nobody = np.zeros(len(part))
        return Findings((), part.application_id, nobody, Texts(nowhere), suspicion=nobody)
    grouped = _group(part, ties, communities, departing, usual, params, stage)
    return _judge_groups(part, ties, grouped, usual, params, stage, asked=asked)


def calibrate_and_judge(
    a: Applications, params: Parameters, stage: Stage = _silent, judged: bool = True
) -> tuple[Calibration, Findings | None]:
    """Do both over the same data, finding the groups once: equal to `judge(a, calibrate(a))`, in less time."""
    stage("units")
    a = apart(a, params.units.revoked)
    clocks = learn_all_clocks(a, params.runs)
    reach = learn_row_reach(a, params.evidence)
    ties = _tie(a, clocks, reach, params)
    stage("evidence")
    priors = learn_priors(ties.runs, ties.links, params.runs, params.evidence)
    evidence = weigh_runs(ties.runs, priors, params.evidence)
    stage("communities")
    communities = find_communities(ties.runs, evidence, ties.units.count, params.communities)
    customers = learn_customers(a, clocks, params.departures)
    beside = Unlike(a, customers, clocks, params.departures)
    mixes = learn_mixes(communities, ties.units.unit, beside, params.departures)
    departing = Departing(beside, mixes, params.departures)
    evidence = weigh_departures(ties.runs, evidence, departing)
    communities = find_communities(ties.runs, evidence, ties.units.count, params.communities)
    habits = learn_habits(communities, params.refine)
    whole = learn_market(a)
    market = local_market(a, whole, clocks)
    stage("refine")
    communities, adds, unlike, strength = _refine(a, ties, communities, market, habits, departing, params)
    unseen = learn_unseen(a, communities, strength, params.attach, params.refine)
    grouped = _gather(a, ties, communities, adds, unlike, strength, market, unseen, departing, params)
    stage("anomaly")
    measured = measure_alone(grouped.view)
    opinions = learn_opinions(grouped.view, measured, params.anomaly)
    alone = strange_alone(opinions, measured) if judged else None
    del measured
    hubs = learn_hubs(a, ties.units, clocks, params.runs)
    usual = Calibration(clocks, dict(reach), priors, whole, habits, unseen, opinions, hubs, customers, mixes)
    return usual, _judge_groups(a, ties, grouped, usual, params, stage, alone) if judged else None


def _tie(a: Applications, clocks: AllClocks, reach: RowReach, params: Parameters) -> Tied:
    units = fold_units(a, params.units)
    links = tie_applications(a, units, reach, params.evidence)
    return Tied(units, links, cut_runs(a, units, links, clocks, params.runs))


def _departing(a: Applications, usual: Calibration, params: Parameters) -> Departing:
    """Look at applications beside the customers that a calibration knows."""
    return Departing(Unlike(a, usual.customers, usual.clocks, params.departures), usual.mixes, params.departures)


def _weigh(ties: Tied, departing: Departing, usual: Calibration, params: Parameters, stage: Stage) -> Communities:
    """Weigh the runs and find the communities under a calibration."""
    stage("evidence")
    evidence = weigh_departures(ties.runs, weigh_runs(ties.runs, usual.priors, params.evidence), departing)
    stage("communities")
    return find_communities(ties.runs, evidence, ties.units.count, params.communities)


def _group(
    a: Applications,
    ties: Tied,
    communities: Communities,
    departing: Departing,
    usual: Calibration,
    params: Parameters,
    stage: Stage,
) -> Grouped:
    """Refine the communities that were found, attach who belongs by circumstance, and collect the members."""
    stage("refine")
    market = local_market(a, usual.market, usual.clocks)
    communities, adds, unlike, strength = _refine(a, ties, communities, market, usual.habits, departing, params)
    return _gather(a, ties, communities, adds, unlike, strength, market, usual.unseen, departing, params)


def _judge_groups(
    a: Applications,
    ties: Tied,
    grouped: Grouped,
    usual: Calibration,
    params: Parameters,
    stage: Stage,
    alone: Alone | None = None,
    explained: bool = True,
    asked: Ints | None = None,
) -> Findings:
    """Say which groups are rings, why (if `explained`), and how strange applications and dealers are; asked as in `judge`."""
    stage("features")
    opinion = opinion_on_groups(usual.opinions, grouped.view, params.anomaly)
    if alone is None and explained and asked is None:
        stage("anomaly")
        alone = strange_alone(usual.opinions, measure_alone(grouped.view))
    stage("reasons")
    known = Usual(usual.priors, usual.clocks.market, params.runs) if explained else None
    found = _rank(a, ties, grouped, opinion, known, params, asked)
    return found if alone is None else _with_opinions(found, a, alone, usual.opinions, params)


def _with_opinions(found: Findings, a: Applications, alone: Alone, opinions: Opinions, params: Parameters) -> Findings:
    """Add how strange applications and dealers are; a strange application outside every ring has a little risk for it."""
    outside = found.ring_id.numbered()[0] < 0
    risk = np.where(outside, np.maximum(found.risk, risk_alone(alone.anomaly, params.anomaly)), found.risk)
    dealers = opinion_on_dealers(opinions, alone.dealers, a.dealer, found.risk, params.anomaly)
    return replace(found, risk=risk, anomaly=alone.anomaly, dealers=dealers)


def _refine(
    a: Applications,
    ties: Tied,
    communities: Communities,
    market: LocalMarket,
    habits: Habits,
    departing: Departing,
    params: Parameters,
) -> tuple[Communities, Circumstances, Floats, Floats]:
    """Join fragments; return communities, what circumstances add to each, what departing says, and their evidence."""
    communities = join_fragments(a, communities, market, habits, params.refine)
    unit, core, count = ties.units.unit, communities.core, communities.count
    departed, unlike = departures(communities, unit, departing)
    adds = {
        "dealers": dealer_coherence(market, a, core, count, params.refine),
        "alike": amounts_alike(a, market, unit, core, count, params.refine),
        **departed,
    }
    return communities, adds, unlike, with_circumstances(communities.strength, adds)


def _gather(
    a: Applications,
    ties: Tied,
    communities: Communities,
    adds: Circumstances,
    unlike: Floats,
    strength: Floats,
    market: LocalMarket,
    unseen: Unseen,
    departing: Departing,
    params: Parameters,
) -> Grouped:
    """Attach by circumstance, and collect the members."""
    unit = ties.units.unit
    attached = attach_by_circumstance(a, unit, communities, strength, market, unseen, params.attach, params.refine, departing)
    groups = gather(a, ties.units, communities, adds, unlike, attached, ties.links, params.attach)
    return Grouped(communities.evidence, departing, attached, View(a, ties.runs, groups, market, unit))


def _rank(
    a: Applications,
    ties: Tied,
    grouped: Grouped,
    opinion: Opinion,
    usual: Usual | None,
    params: Parameters,
    asked: Ints | None,
) -> Findings:
    """Score communities and applications, keep what is a ring, and explain it (without `usual`: no reasons)."""
    evidence, attached, view = grouped.evidence, grouped.attached, grouped.view
    groups = view.groups
    risk = np.where(groups.evidence > 0, risk_of(groups.evidence + opinion.amount, params.risk), 0.0)
    by_application = np.zeros(len(a))
    belongs = attached.probability * risk_of(groups.evidence, params.risk)[attached.community]
    np.maximum.at(by_application, attached.application, belongs)
    own = risk[groups.community] * np.where(groups.core, 1.0, groups.strength)
    np.maximum.at(by_application, groups.application, own)
    is_ring = (risk >= params.risk.report_from) & (view.size >= params.risk.least_applications)
    is_ring &= view.distinct(a.person) >= params.risk.least_persons
    number = np.cumsum(is_ring) - 1
    member = np.full(len(a), -1, np.int64)
    inside_ring = is_ring[groups.community]
    member[groups.application[inside_ring]] = number[groups.community[inside_ring]]
    # as `explain_applications` takes it
    meant, of_ring = np.full(len(a), -1, np.int64), np.where(is_ring, number, -1)
    meant[attached.application] = of_ring[attached.community]
    meant[groups.application[groups.core]] = of_ring[groups.community[groups.core]]
    wanted = (member >= 0) | (by_application >= params.risk.explain_from)
    told = is_ring | (risk >= params.risk.explain_from)
    named = is_ring
    if asked is not None:
        answered = np.zeros(len(a), bool)
        answered[asked] = True
        theirs = _communities_of(answered, groups, attached)
        told, named, wanted = told & theirs, named & theirs, wanted & answered
        if not wanted.any():
            usual = None
    names = name_look_alikes(view)[0] if named.any() or asked is None else [""] * groups.count
    reasons, why, benign = None, None, None
    if usual is not None:
        departing = grouped.departing
        inside = ties_inside(a, ties.units, ties.links, ties.runs, evidence, groups, told, departing, usual, params.evidence)
        reasons = explain_rings(a, ties.links, inside, evidence, groups, opinion, departing, risk, named, params.risk)
        if asked is None:
            benign = not_raised(
                a, ties.units, ties.links, ties.runs, evidence, groups, is_ring, risk, names, params.look_alikes
            )
        community = Community(groups.evidence + opinion.amount, risk)
        why = explain_applications(
            a, ties.units, ties.links, inside, groups, attached, community, departing, by_application, wanted, params.risk
        )
    rings = []
    ring_of = np.zeros(len(a), np.int32)
    for c in named.nonzero()[0].tolist():
        rows = slice(*np.searchsorted(groups.community, [c, c + 1]))
        ring = _ring(c, rows, a, view, float(risk[c]), names[c], reasons)
        rings.append(ring)
        ring_of[groups.application[rows]] = len(rings)
    ring_id = pa.DictionaryArray.from_arrays(ring_of, pa.array(["", *(ring.ring_id for ring in rings)], pa.large_string()))
    rings.sort(key=riskiest_first)
    company = keep_company(a, ties.links, ties.runs, member, risk[is_ring], params.company)
    return Findings(
        tuple(rings),
        a.application_id,
        by_application,
        Texts(ring_id),
        why,
        np.maximum(by_application, company.near),
        look_alikes=benign,
        company=company,
        meant=meant,
    )


def _communities_of(application: Bools, groups: Groups, attached: Attached) -> Bools:
    """Mark the communities that some applications (a mask) belong to or are attached to."""
    theirs = np.zeros(groups.count, bool)
    theirs[groups.community[application[groups.application]]] = True
    theirs[attached.community[application[attached.application]]] = True
    return theirs


def _ring(
    c: int,
    rows: slice,
    a: Applications,
    view: View,
    risk: float,
    look_alike: str,
    reasons: ReasonTable | None,
) -> Ring:
    application, strength = view.groups.application[rows], view.groups.strength[rows]
    ids = a.application_id[application].tolist()
    times = a.submitted_ms[application]
    times = times[times != NO_TIME]
    dealer = a.dealer[application]
    return Ring(
        ring_id=ring_id_of(ids),
        risk=risk,
        members=tuple(zip(ids, strength.tolist(), strict=True)),
        persons=len(np.unique(a.person[application])),
        dealers=len(np.unique(dealer[dealer >= 0])),
        first_seen=int(times.min()) if len(times) else None,
        last_seen=int(times.max()) if len(times) else None,
        exposure=float(np.nansum(a.loan[application])),
        look_alike=look_alike,
        reasons=reasons.of(c, a.application_id) if reasons is not None else (),
    )


def riskiest_first(ring: Ring) -> tuple[float, int, str]:
    """Return the key by which rings are sorted."""
    return -ring.risk, -ring.applications, ring.ring_id


def ring_id_of(members: Sequence[str], founders: int = FOUNDERS) -> str:
    """Return the id of a ring from its first members: who joins it later, engine and token key change nothing."""
    return "R-" + hashlib.sha256("\n".join(sorted(members[:founders])).encode()).hexdigest()[:12].upper()


def judge_relinked(
    a: Applications, usual: Calibration, params: Parameters, relink: Callable[[Tied, Departing], Iterable[Links]]
) -> Iterator[Findings]:
    """Judge the same applications and units under other links, drawn from those that are: what a null or a doubt says.

    The rings come without reasons.
    """
    a = with_hubs(apart(a, params.units.revoked), usual.hubs)
    ties = _tie(a, usual.clocks, usual.row_reach, params)
    departing = _departing(a, usual, params)
    for links in relink(ties, departing):
        runs = cut_runs(a, ties.units, links, usual.clocks, params.runs)
        relinked = Tied(ties.units, links, runs)
        grouped = _group(a, relinked, _weigh(relinked, departing, usual, params, _silent), departing, usual, params, _silent)
        yield _judge_groups(a, relinked, grouped, usual, params, _silent, explained=False)


class StageClock:
    """Collects the seconds of each stage; pass `clock.begin` as `stage`."""

    def __init__(self, also: Stage = _silent) -> None:
        self.seconds: dict[str, float] = {}
        self._also, self._stage, self._since = also, "", time.perf_counter()

    def begin(self, stage: str) -> None:
        """Note that a stage begins (and the one before it ends)."""
        now = time.perf_counter()
        if self._stage:
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + now - self._since
        self._stage, self._since = stage, now
        if stage:
            self._also(stage)

    def end(self) -> None:
        """Note that the last stage ended."""
        self.begin("")
