"""Every number that detection is told rather than learns, one frozen object a stage, each with its reason.

What can be learned from the data is in the calibration instead; what is here are sizes of everyday life and units of
evidence. Evidence is in decimal logarithms: 1 is ten to one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class UnitParams:
    """When persons are one unit (a household, a fleet, a dormitory): the largest innocent group of each kind of tie."""

    room: int = 6  # persons of one family in one home
    couple: int = 3  # a couple, and one more of the family
    dormitory: int = 12  # colleagues who share one room number
    account_or_device: int = 6  # family members who pay from one account or apply from one device
    place: int = 60  # persons of one building or compound among whom a second tie still means something
    work_phone: int = 60  # colleagues reached through one switchboard
    firm: int = 20  # people of one small firm among all applicants
    relative: int = 5  # persons of one family who name the same relative's number
    without: tuple[str, ...] = ()  # folds left out, for measuring what each is worth
    # groups of application ids that are not one, whatever says so: an investigator's word, not a number
    revoked: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class RunParams:
    """How an identifier's users are cut into runs on the clock (0–1 over the data's span)."""

    gap: float = 0.12  # users further apart than this share of the span have nothing to do with each other
    bound_users: int = 3  # with so many users, and
    bound_share: float = 0.8  # this share of them at one dealer, the dealer's own clock counts
    stationed_users: int = 5  # a device or line of one dealer with so many users
    stationed_days: float = 30.0  # over so many days is the store's own: no gang works one desk so long
    strays: float = 0.1  # of its users at either end, lent out or typed wrong, do not tell when it was in use
    steady_users: int = 12  # with more users than a family or a gang has, the rate itself wanders over a year …
    unsteady: float = 1.5  # … by so much: a tablet whose neighbour broke, a firm that hires
    knots: int = 128  # points kept of a dealer's or a salesperson's clock
    global_knots: int = 4096  # points kept of the market's clock, of which there is one: as fine as it is cheap
    ceiling: float = 12.0  # no run is more surprising than 10^-12


@dataclass(frozen=True)
class EvidenceParams:
    """How runs are weighed."""

    busy: int = 12  # more units than a family, a fleet or a gang's phone has: size says nothing any more
    busy_at_dealer: int = 5  # a device or IP with so many units …
    store_share: float = 0.8  # of which more than this share is at one dealer: the store's own
    tempo: float = 0.85  # tempo and rarity are not quite independent
    offset: float = 2.4  # prior odds against: some hundred innocent coincidences to one gang's
    busy_offset: float = 2.5  # prior odds against a burst at a busy identifier: nothing but its tempo speaks, and many are busy
    tempo_users: int = 5  # identifiers with up to so many users tell how much tempo chance gives
    odds_floor: float = -3.0  # an estimate from few identifiers may not silence a structure for good …
    odds_ceiling: float = 1.5  # … nor take the place of rarity and tempo: it is of a sort of sharing, not of this one
    prior_count: float = 0.5  # identifiers added to signal and to noise: where there are none, the odds are even
    # kinds whose sharing has an innocent reason that no table shows: no single one of them makes a ring (even odds are at
    # `RiskParams.middle`), unless more people hold it than the circle that explains it has (`circles`)
    ceilings: Mapping[str, float] = field(
        default_factory=lambda: {
            "ip": 1.5,  # a carrier's or a fair's address serves strangers for a week
            "phones_in_row": 2.0,  # numbers sold in a row to honest people
            "work_phone_mismatch": 2.5,  # a department, a subsidiary, a firm that changed its name
            "employer": 1.0,  # colleagues tell colleagues
            "vouching": 1.0,  # friends bring friends, and name one another: most chains are theirs
            "compound": 0.5,  # neighbours
        }
    )
    # … nor one of these kinds, used without haste: brokers, relatives, lenders of devices take a season
    slow_ceilings: Mapping[str, float] = field(
        default_factory=lambda: {
            "phone": 1.5,  # a broker's, or a relative's
            "work_phone": 1.5,  # a switchboard
            "phones_in_row": 1.0,  # sold in a row, to whoever came
            "vouching": 0.0,  # friends: only haste says anything
        }
    )
    hostel: float = 2.5  # … nor the room of people who give no employer: one of theirs may run it as a hostel
    # kinds whose innocent reason is a circle of three or four: a size that such circles seldom have says more than the ceiling
    circles: tuple[str, ...] = ("vouching", "phones_in_row")
    circle_most: float = 2.0  # … up to so much: thirty friends may still be a club
    # friends or a family have one thing in common, or all of them everything; a gang's members meet in several kinds. What
    # a further kind adds, once identifiers of it say `kind_from` (less in proportion); kinds with a ceiling of their own
    # come with acquaintance, and are none
    further_kind: float = 1.3  # some twenty to one, chosen on made worlds (docs/detection.md)
    kind_from: float = 0.5  # three to one: what says less is hardly there, and adds in proportion
    most_vouched: int = 4  # units whom one person's phone links in a chain of vouching: more is an agent's or a clerk's
    row_most: int = 30  # numbers further apart than this were not bought together
    row_chance: float = 0.02  # numbers stand in a row if chance brings them so close less often than this


@dataclass(frozen=True)
class CommunityParams:
    """Leiden with the constant Potts model on units and runs."""

    resolution: float = 0.008  # .003 to .02 give the same groups within .005 of average precision
    weight_ceiling: float = 6.0  # a tie of a million to one holds as fast as any, and does not outweigh all others of a unit
    iterations: int = 4  # rounds of Leiden from each start; it is begun ten times, and the best counts
    seed: int = 0  # the first seed: any will do, as long as it is the same every night
    tries: int = 5  # seeds; with fewer, one small graph in forty is cut worse than it could be


@dataclass(frozen=True)
class RefineParams:
    """Joining fragments of one operation, and what a community's dealers add to its evidence."""

    rounds: int = 6  # mutually best pairs join in each: up to 64 fragments of one operation become one
    least: float = 0.5  # evidence that a fragment needs to be looked at
    hot: float = 3.0  # evidence from which a community counts as found
    prior: float = 0.1  # over the number of hot communities: how many of them belong to one given other
    dealer: float = 0.7  # what dealers and identifiers held by both must say before two fragments join
    dealer_alpha: float = 1.0  # members' worth of the market's mix in what is thought of an operation's: it has few dealers
    salesperson_beta: float = 2.0  # … of the dealer's own mix of salespersons: more, as there are few to choose from
    kind_alpha: float = 1.0  # identifiers' worth of the usual mix of kinds: a gang shares in its own way
    time_weight: float = 0.7  # windows are not independent of dealers: a dealer's busy weeks
    tie_expected: float = 0.2  # how often two fragments of one operation both hold some busy or weak identifier
    ties_most: float = 1.5  # most that such identifiers say: less than the dealers
    neighbours: int = 30  # fragments compared at a dealer, next in time
    coherence: float = 0.5  # share of what dealers say that counts: acquaintances live near the same dealers too
    coherence_offset: float = 0.5  # taken off first: any few applications have fewer dealers than the market
    coherence_floor: float = -1.0  # a gang that spreads over dealers is no less one for it …
    coherence_ceiling: float = 3.0  # … nor are a village's customers, all of one dealer, a gang
    middle_members: float = 1.0  # members' worth of the market's middle in what is thought of a group's amounts …
    spread_members: float = 4.0  # … and of its spread: two members alike are soon met
    least_window: float = 2.0  # days: two on one day are no closer than two in a weekend
    likeness: float = 0.8  # share of what each amount says that counts: amounts and time are not independent
    likeness_floor: float = -1.0  # members who differ more than customers do are no proof of innocence …
    likeness_ceiling: float = 2.0  # … nor are a firm's salaries, all alike, one of guilt
    figures_prior: float = 1.0  # one gang in ten writes the same income to the digit into several forms
    figures_most: float = 2.0  # … and pay scales that no employer's name shows do it, too


@dataclass(frozen=True)
class AttachParams:
    """Attaching applications that no identifier ties, by circumstance."""

    core: int = 2  # tied members from which a window can be told
    unseen: float = 0.5  # share of the estimated unseen members that is believed
    ties_weight: float = 6.0  # members' worth of the usual number of ties that a ring's own is drawn towards
    least_ties: float = 1.05  # ties per tied member: one each, nearly …
    most_ties: float = 6.0  # … to more than anybody needs
    least_share: float = 0.03  # members missing per tied one: somebody always may be …
    most_share: float = 1.0  # … but never more than are known
    doubt: float = 0.5  # orders of odds taken off: what fits a ring in several ways fits it for one reason often enough
    busy_alpha: float = 2.0  # members' worth of doubt about how many of them hold a busy identifier
    busy_most: float = 1.5  # most that identifiers shared with thousands can say
    least_odds_in_cell: float = 0.001  # a dealer's weeks are not looked at where fewer than one in a thousand would be a member
    member_from: float = 0.5  # more likely a member than not
    unit_share: float = 0.5  # a unit's others are members where at least this share of its persons holds what is shared
    room: float = 3.0  # a ring attaches at most so many times the members expected to be missing
    weak_from: float = -2.5  # evidence of an identifier that is weak, but not absurd
    weak_units: int = 8  # units that hold a weak identifier: more are a store's or a firm's, and say nothing of one ring
    least_margin: float = 1.0  # days around a ring's own window in which it may still work: its usual step, but a day …
    most_margin: float = 20.0  # … and no more than three weeks
    weeks: float = 14.0  # days around the window in which the rest of a member's unit came for the same reason
    least_outside: float = 15.0  # days outside the window that a dealer's usual rate is read from
    outside_share: float = 0.25  # with less of the data's span outside, the window itself has to tell the rate …
    usual_inside: float = 0.5  # … of which this share at least is what the dealer sends anyway
    least_usual: float = 0.05  # customers expected in a ring's weeks: no dealer is so quiet that one who comes must be a member
    salesperson_members: float = 2.0  # members' worth of the dealer's own mix of salespersons
    outside: float = 1.5  # what an application outside the ring's window pays
    figures: float = 0.1  # one gang in ten writes the same income to the digit into several forms
    figures_most: float = 1.5  # most that such an income can say


@dataclass(frozen=True)
class DepartureParams:
    """What it is worth that members live elsewhere, or apply at other hours, than customers do."""

    hot: float = 3.0  # evidence of identifiers alone from which a group tells how found ones depart
    hour_most: float = 0.5  # with more of the applications in one hour the files know days only
    customers: float = 5.0  # applications' worth of the market's mix in what is thought of where a dealer's customers live
    most_ratio: float = 30.0  # nobody is stranger than one in thirty: people move
    prior: float = 0.4  # of groups of whom nothing is known so many depart in some of their members
    prior_groups: float = 5.0  # groups' worth of the everyday mix in what is thought of found ones: few of them say little
    weight: float = 1.0  # share of what departing says that counts
    floor: float = -1.0  # a gang of neighbours is no less one …
    ceiling: float = 3.0  # … and people from elsewhere are no gang
    tie_floor: float = -1.0  # neighbours who come by day have more innocent reasons to share something …
    tie_ceiling: float = 2.0  # … than strangers from all over the country who come by night
    fits: float = 1.0  # most that each can say of one candidate


@dataclass(frozen=True)
class CompanyParams:
    """When an application outside the rings stands near one."""

    users: int = 64  # users of an identifier among whom a ring's can be the most
    members: int = 2  # of the ring hold it: one is an acquaintance
    prior: float = 1.0  # users' worth of doubt that the next one is of the ring like those before
    in_rings: float = 0.02  # share of all applications in rings: what is thought of a user of whom nothing is known


@dataclass(frozen=True)
class RiskParams:
    """From evidence to risk: 1 / (1 + 10^-((S - middle) / slope)), so that `middle` is even odds.

    Orders of evidence are not orders of odds: identifiers are not independent of each other. How many make one was measured
    on made worlds (claimed risk against true share in docs/quality.md).
    """

    middle: float = 3.8  # evidence of even odds: more than 0, as what identifiers say is not independent
    slope_below: float = 1.7  # below even odds claims fall faster: most of what shares little is innocent
    slope: float = 2.5  # orders of evidence that make one of odds above; steeper, claims would be surer than they come true
    report_from: float = 0.5  # more likely a ring than not
    least_applications: int = 3  # two who share something are a pair, and pairs are everywhere
    least_persons: int = 2  # one person who applies again is no ring
    explain_from: float = 0.2  # risk from which an application outside the rings gets its reasons


@dataclass(frozen=True)
class DecoyParams:
    """Files in which chance alone ties applications, judged beside the real one."""

    rounds: int = 3  # a third of a ring is the least that can be told; 0 draws none
    seed: int = 0  # of the first round; the same every night
    enough: int = 30  # applications of a dealer's month among which a gang is not the majority
    few: int = 10  # of a dealer's whole time; below, the dealer is one of many small ones
    desk_share: float = 0.5  # a number of which one salesperson handled more than this share moves among the salesperson's own
    slots: int = 4  # identifiers of one kind in one application that move apart


@dataclass(frozen=True)
class ErrorParams:
    """What everyday life leaves among the rings, measured on made worlds with and without fraud (bench/error_rates.py).

    A file with other customers has other rates: verdicts (`graphfraud audit`) say which.
    """

    everyday: float = 1.2  # false rings per 10,000 applications at even odds or more
    fading: float = 2.0  # their number falls with the evidence S like (S / middle)^-fading
    explained: float = 0.7  # share of its evidence that counts where a benign class explains half of a ring: 0.5 orders of odds


@dataclass(frozen=True)
class StabilityParams:
    """Runs in which some of what ties applications is missing."""

    runs: int = 0  # twenty take about as long as detection: only where asked for
    seed: int = 0  # of the first run; the same every night
    missing: float = 0.1  # share of occurrences left out: what a form with one field in ten not filled in would show
    alike: float = 0.5  # Jaccard from which two rings are the same, as when found rings are compared with known ones


@dataclass(frozen=True)
class AnomalyParams:
    """The detectors, and how much they may say."""

    trees: int = 200  # groups and dealers are fewer than applications: a steady score costs little
    application_trees: int = 64  # more cost a million applications seconds and change no figure
    seed: int = 0  # of forest and clusters; the same every night
    opinion: float = 0.3  # most that the detectors can add to a ring's evidence
    alone: float = 0.02  # most risk that an application has for its strangeness alone
    dealer_alone: float = 0.05  # most that its strangeness adds to a dealer's: it shows dealers of gangs that are in no ring
    strange_from: float = 1.0  # decimal orders of rareness up to which nothing is strange: one in ten
    opinion_at: float = 3.0  # one in a thousand everyday groups: all of `opinion`
    alone_at: float = 4.0  # one in ten thousand: all of `alone` and `dealer_alone`
    everyday_units: int = 30  # a larger group is an employer's or a store's, not one of acquaintances
    dealer_applications: float = 20.0  # a dealer's mean counts as much as its peers' when it has sent so many


@dataclass(frozen=True)
class LookAlikeParams:
    """How sure a fold is: what each thing that its persons share says alone, taken as independent; sizes of other classes."""

    # chance that two persons who share it, and are folded, belong together
    says: Mapping[str, float] = field(
        default_factory=lambda: {
            "person": 0.99,  # one resident id: only a clerk's slip puts two people there
            "address": 0.8,  # one room: tenants follow each other
            "phone": 0.7,  # one names the other, or both name a third
            "account": 0.6,  # one pays for the other; a mule's serves strangers
            "email": 0.6,  # a couple's, or a clerk's who has to fill the field
            "surname": 0.5,  # one of five Chinese surnames covers a third of the people
            "same_day": 0.5,  # a fair brings strangers on one day too
            "device": 0.4,  # the store's as often as theirs
            "vehicle": 0.4,  # two who buy one car; or it was sold again
            "employer": 0.3,  # colleagues are many
            "work_phone": 0.3,  # a switchboard has many
            "compound": 0.2,  # thousands live there
            "ip": 0.2,  # a carrier gives it to anybody
        }
    )
    # persons beyond which the class explains less and less
    usual_size: Mapping[str, float] = field(
        default_factory=lambda: {"household": 6, "relative": 6, "couple": 3, "dormitory": 12, "fleet": 12}
    )
    one_dealer: float = 0.8  # with more of its users at one dealer a device or line is the store's …
    store_users: int = 3  # … from so many users on
    promotion_users: int = 5  # a fair or a campaign brings so many …
    promotion_days: float = 14.0  # … within so many days
    season: float = 90.0  # days: a broker's number, a changed one, a resold car are met again after a season
    big_employer: int = 12  # more colleagues than know each other
    broker_users: int = 3  # two who name one number may have it of each other


@dataclass(frozen=True)
class Parameters:
    """All of it; `as_dict` goes into the scan's record."""

    units: UnitParams = field(default_factory=UnitParams)
    runs: RunParams = field(default_factory=RunParams)
    evidence: EvidenceParams = field(default_factory=EvidenceParams)
    communities: CommunityParams = field(default_factory=CommunityParams)
    refine: RefineParams = field(default_factory=RefineParams)
    attach: AttachParams = field(default_factory=AttachParams)
    risk: RiskParams = field(default_factory=RiskParams)
    departures: DepartureParams = field(default_factory=DepartureParams)
    company: CompanyParams = field(default_factory=CompanyParams)
    look_alikes: LookAlikeParams = field(default_factory=LookAlikeParams)
    decoys: DecoyParams = field(default_factory=DecoyParams)
    errors: ErrorParams = field(default_factory=ErrorParams)
    stability: StabilityParams = field(default_factory=StabilityParams)
    anomaly: AnomalyParams = field(default_factory=AnomalyParams)

    def as_dict(self) -> dict[str, Any]:
        """Return nested plain values, in order."""
        return asdict(self)
