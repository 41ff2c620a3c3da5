"""Everything the world knows beside ordinary customers: one function each, in the order in which they happen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from graphfraud.errors import SettingError
from ingest.world import dirt, everyday, gang, look_alikes, typologies, unseen
from ingest.world.table import Scene

FactKind = Literal["typology", "look_alike", "everyday", "dirt"]

# Share of all applications that are in rings, split evenly over the usual typologies, or over the unseen ones.
RING_SHARE = 0.0132


@dataclass(frozen=True)
class Fact:
    """One function of the world; share is the share of the rows it owns (0: it touches anybody's).

    A fact that is not usual happens only when it is asked for: a stress that no real file has shown yet, or a typology
    that detection is measured on and was not made for.
    """

    name: str
    kind: FactKind
    make: Callable[[Scene], None]
    share: float = 0.0
    usual: bool = True

    @property
    def says(self) -> str:
        """The first line of the function's docstring."""
        return (self.make.__doc__ or "").strip().splitlines()[0]


def _typology(make: Callable[[Scene], None], usual: bool = True) -> Fact:
    return Fact(make.__name__, "typology", make, share=1.0, usual=usual)


def _look_alike(make: Callable[[Scene], None], share: float) -> Fact:
    return Fact(make.__name__, "look_alike", make, share)


def _everyday(make: Callable[[Scene], None], usual: bool = True) -> Fact:
    return Fact(make.__name__, "everyday", make, usual=usual)


def _dirt(make: Callable[[Scene], None]) -> Fact:
    return Fact(make.__name__, "dirt", make)


FACTS: tuple[Fact, ...] = (
    _typology(typologies.shared_device_gang),
    _typology(typologies.contact_phone_factory),
    _typology(typologies.dealer_collusion),
    _typology(typologies.salesperson_made),
    _typology(typologies.straw_buyers),
    _typology(typologies.synthetic_identities),
    _typology(typologies.identity_theft_burst),
    _typology(typologies.sub_dealer_laundering),
    _typology(typologies.slow_chain),
    _typology(typologies.consecutive_numbers),
    _typology(typologies.employer_shell),
    _typology(typologies.car_financed_twice),
    _typology(typologies.camouflaged_gang),
    *(_typology(make, usual=False) for make in unseen.UNSEEN),
    _everyday(gang.recruited_afar, usual=False),
    _look_alike(look_alikes.household, 0.085),
    _look_alike(look_alikes.named_relative, 0.009),
    _look_alike(look_alikes.small_fleet, 0.003),
    _look_alike(look_alikes.friends, 0.008),
    _look_alike(look_alikes.dormitory, 0.008),
    _look_alike(look_alikes.honest_broker, 0.009),
    _look_alike(look_alikes.numbers_in_a_row, 0.0015),
    _look_alike(look_alikes.car_sold_again, 0.0032),
    _look_alike(look_alikes.recycled_number, 0.0012),
    _look_alike(look_alikes.reapplication, 0.06),
    _everyday(everyday.big_employer),
    _everyday(everyday.desk_number),
    _everyday(everyday.promotion),
    _everyday(everyday.dealer_opens),
    _everyday(everyday.seller_moves),
    _everyday(everyday.store_tablet),
    _everyday(everyday.tablet_replaced, usual=False),
    _everyday(everyday.store_ip),
    _everyday(everyday.carrier_nat),
    _everyday(everyday.wrong_seller_code),
    _everyday(everyday.wrong_work_phone),
    _everyday(everyday.employer_spellings),
    _everyday(everyday.seasons),
    _dirt(dirt.formatted_phones),
    _dirt(dirt.missing_fields),
    _dirt(dirt.placeholders),
    _dirt(dirt.place_only_addresses),
    _dirt(dirt.address_spellings),
)
NAMES = tuple(fact.name for fact in FACTS)
TYPOLOGIES = tuple(fact.name for fact in FACTS if fact.kind == "typology" and fact.usual)
UNSEEN = tuple(fact.name for fact in FACTS if fact.kind == "typology" and not fact.usual)


def check_names(names: Iterable[str], option: str = "--without") -> frozenset[str]:
    """Return the names as a set; raise SettingError with the nearest name for one that does not exist."""
    import difflib

    chosen = frozenset(names)
    for name in sorted(chosen):
        if name not in NAMES:
            close = difflib.get_close_matches(name, NAMES, 1)
            hint = f"did you mean {close[0]}?" if close else "graphfraud generate --list shows the names"
            raise SettingError(f"{option} {name}: the world has no such function; {hint}")
    return chosen


def choose_typologies(wish: str) -> frozenset[str]:
    """Return the typologies that a wish names: usual, unseen, or names parted by commas; raise SettingError for others."""
    if wish in ("usual", "unseen"):
        return frozenset(TYPOLOGIES if wish == "usual" else UNSEEN)
    names = check_names((name.strip() for name in wish.split(",")), "--typologies")
    wrong = names - {*TYPOLOGIES, *UNSEEN}
    if wrong:
        raise SettingError(f"--typologies {min(wrong)}: this is no typology; graphfraud generate --list shows what is")
    return names
