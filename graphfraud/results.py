"""What a scan finds: rings, their members and reasons, and the risk of every application."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphfraud.errors import SettingError

MOST_REASONS = 4  # given for a ring, an application or a score, a remainder aside


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, as a path in the graph with its share of the risk.

    code names the sentence in `graphfraud.wording`; kind is the identifier kind or ""; tokens are the identifiers it
    cites, masks what people see of them (same order); facts are the numbers in the sentence (persons, applications,
    dealers, days, …); contribution is in units of risk, so that the reasons and the remainder sum to the ring's risk.
    token_kinds names the kind of each token where a reason cites several kinds; applications are the first applications
    that it speaks of, in order of submission.
    """

    code: str
    contribution: float
    kind: str = ""
    tokens: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()
    facts: Mapping[str, float | int | str] = field(default_factory=dict)
    token_kinds: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()

    @property
    def weighs(self) -> bool:
        """Whether it carries anything: a part of the risk, or a share of the evidence; one that does not is not told."""
        return self.contribution > 0 or float(self.facts.get("evidence_share", 0.0)) > 0


@dataclass(frozen=True, slots=True)
class Tie:
    """Identifiers of one kind that a group shares; tokens are the first of them, masks what people see (same order)."""

    kind: str
    identifiers: int
    tokens: tuple[str, ...] = ()
    masks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LookAlike:
    """A group that shares identifiers and is no ring: the benign class that explains it, and on what evidence.

    confidence in [0, 1] that the class explains what is shared. folded: its persons count as one, so that what they share
    counts once. members are the first application ids, applications counts all; days is None without times; surname says
    whether most have one; ties are what they share, by kind.
    """

    name: str
    confidence: float
    folded: bool
    members: tuple[str, ...]
    applications: int
    persons: int
    dealers: int
    days: int | None
    surname: bool
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class Ring:
    """A ring: at least three applications by at least two persons.

    members are application ids with the strength of their tie in [0, 1], in order of submission. risk in [0, 1], higher
    is worse. first_seen and last_seen are epoch milliseconds of the first and last submission (None without time);
    exposure is the sum of the loan amounts. look_alike is the benign class that comes closest, "" if none does.

    q_chance is the expected share of rings, among those of this risk or more, that chance alone makes; q the same for
    chance and everyday life together; stability the share of perturbed runs that find the ring again. All in [0, 1], None
    where they were not computed.
    """

    ring_id: str
    risk: float
    members: tuple[tuple[str, float], ...]
    persons: int
    dealers: int
    first_seen: int | None
    last_seen: int | None
    exposure: float
    look_alike: str
    reasons: tuple[Reason, ...]
    q_chance: float | None = None
    q: float | None = None
    stability: float | None = None

    @property
    def applications(self) -> int:
        """Number of members."""
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that an error rate (`q` or `q_chance`) of a ring may be, and its lowest among all rings."""

    name: str
    most: float
    lowest: float


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What limits of error rates leave out: how many rings have a larger one, and the limits."""

    rings: int
    limits: tuple[Limit, ...]


def cut_at_q(
    rings: Sequence[Ring], max_q: float | None, max_q_chance: float | None = None
) -> tuple[list[Ring], LeftOut | None]:
    """Keep the rings whose q and q_chance are at most so much (None: whatever they are); say what is left out, if anything.

    Raises SettingError where no error rates were computed.
    """
    asked = {name: most for name, most in (("q", max_q), ("q_chance", max_q_chance)) if most is not None}
    if not asked or not rings:
        return list(rings), None
    kept, limits = list(rings), []
    for name, most in asked.items():
        rates = {ring.ring_id: getattr(ring, name) for ring in rings}
        if None in rates.values():
            option = f"--max-{name.replace('_', '-')}"
            raise SettingError(f"{option}: the last scan computed no error rates; run graphfraud scan with --decoys 1 or more")
        kept = [ring for ring in kept if rates[ring.ring_id] <= most]
        limits.append(Limit(name, most, min(rates.values())))
    return kept, LeftOut(len(rings) - len(kept), tuple(limits)) if len(kept) < len(rings) else None


@dataclass(frozen=True, slots=True)
class Scan:
    """One batch run over the store, as recorded in it.

    sequence is the state that was read; hash is over rings, members and risks: same data and configuration, same hash.
    """

    scan_id: str
    sequence: int
    started_at: int
    finished_at: int
    since: str
    until: str
    configuration: str
    hash: str
    counts: Mapping[str, int]
    stage_seconds: Mapping[str, float]

    @property
    def window(self) -> str:
        """The window of submission in words, "" if the scan was over everything."""
        return " and ".join(f"{word} {end}" for word, end in (("from", self.since), ("before", self.until)) if end)

    @property
    def label(self) -> str:
        """The scan as people speak of it: its id, and its window if it was not over everything."""
        return f"scan {self.scan_id}" + (f" (only applications submitted {self.window})" if self.window else "")


@dataclass(frozen=True, slots=True)
class RingMember:
    """One member of a ring as people see it; person is the token of the applicant, None where the source names nobody."""

    application_id: str
    strength: float
    submitted_at: int | None
    dealer_id: str | None = None
    salesperson_id: str | None = None
    person: str | None = None
    name_mask: str = ""
    loan_amount: float | None = None
    vehicle_model: str = ""


@dataclass(frozen=True, slots=True)
class SharedIdentifier:
    """An identifier that two or more members hold; holders are (application_id, role), in the members' order."""

    kind: str
    token: str
    mask: str
    holders: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RingDetail:
    """A ring with its members in order of submission and what they share, most widely shared first."""

    ring: Ring
    members: tuple[RingMember, ...]
    shared: tuple[SharedIdentifier, ...]


@dataclass(frozen=True, slots=True)
class HeldIdentifier:
    """An identifier an application holds or held (until is set); applications counts who holds it now."""

    kind: str
    role: str
    token: str
    mask: str
    since: int
    until: int | None
    applications: int


@dataclass(frozen=True, slots=True)
class ApplicationVersion:
    """What was known of an application from sequence since to until (None: now); arrived_at in epoch milliseconds."""

    since: int
    until: int | None
    arrived_at: int | None
    submitted_at: int | None
    dealer_id: str | None
    salesperson_id: str | None
    attributes: Mapping[str, float | int | str]
    source: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ApplicationDetail:
    """All that is known of one application: its versions, newest first, its identifiers, and its ring in the current scan."""

    application_id: str
    versions: tuple[ApplicationVersion, ...]
    identifiers: tuple[HeldIdentifier, ...]
    ring: Ring | None
    strength: float


@dataclass(frozen=True, slots=True)
class Standing:
    """What a scan says of one application: risk in [0, 1], score (300–1000) and band (None in scans that knew neither)."""

    risk: float
    score: int | None = None
    band: str | None = None


@dataclass(frozen=True, slots=True)
class DealerRisk:
    """What speaks against a dealer: risk (0–1), the share of its applications expected in rings and a little for strangeness.

    anomaly: the share (0–1) of dealers that are less strange; unusual: the names of the features in which the dealer is
    furthest from its peers, the furthest first.
    """

    dealer_id: str
    applications: int
    risk: float
    anomaly: float
    unusual: tuple[str, ...]
