"""What each column of the contract becomes: its identifier, what is derived from it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from graphfraud import schema
from graphfraud.intake import (
    accounts,
    addresses,
    devices,
    emails,
    employers,
    ips,
    masks,
    names,
    phones,
    resident_ids,
    vehicles,
)
from graphfraud.intake.blocks import blocks
from graphfraud.intake.records import Identifier
from graphfraud.intake.text import fold, is_nothing
from graphfraud.intake.tokens import Tokeniser

# Readings are remembered by their text, per column. Firms, their phones and lines come again and again, people rarely.
_OFTEN, _RARELY = 1 << 14, 1 << 11
_OFTEN_SEEN = ("employer", "work_phone", "ip")
_SEGMENT = 7

AttributeValue = float | int | str
_ORDER = {(kind.name, role): i for i, (kind, role) in enumerate((k, r) for k in schema.KINDS for r in k.role_names)}


@dataclass(frozen=True, slots=True)
class Reading:
    """What one value of a column becomes; nothing raw is left in it but the birth date, which goes no further than age.

    The key of an identifier puts it in the order of the schema: place of its kind and role, then token.
    """

    identifiers: dict[tuple[int, str], Identifier]
    attributes: tuple[tuple[str, AttributeValue], ...] = ()
    flags: tuple[str, ...] = ()
    birth_date: tuple[int, int, int] | None = None


Reader = Callable[[str], Reading | None]
Mask = Callable[[str], str]
Canonical = Callable[[str], str | None]


def readers(tokeniser: Tokeniser, region: str) -> dict[str, Reader]:
    """Return the reader of every identifier column of an application; a reader returns None for a placeholder."""
    return {
        role.column: reader(tokeniser, region, kind.name, role.name, derive=not role.name.startswith("contact"))
        for kind in schema.KINDS
        for role in kind.roles
        if role.column
    }


def reader(tokeniser: Tokeniser, region: str, kind: str, role: str, derive: bool) -> Reader:
    """Return the reader of a column that holds a kind in a role; without derive, the identifier is all that it gives.

    A kind that has no reader of its own is compared in lower case without outer blanks.
    """
    make = _READERS.get(kind, _plain(_any_value, masks.mask))
    return lru_cache(_OFTEN if kind in _OFTEN_SEEN else _RARELY)(make(_Tokens(tokeniser, kind, role), region, derive))


class _Tokens:
    """Makes the identifiers of one column, and those derived from them."""

    def __init__(self, tokeniser: Tokeniser, kind: str, role: str) -> None:
        self._kind, self._role = kind, role
        self._order = _ORDER.get((kind, role), -1)
        self._token = tokeniser.of_kind(kind)
        self.of_kind = lru_cache(tokeniser.of_kind)

    def own(self, value: str, mask: Mask) -> dict[tuple[int, str], Identifier]:
        token = self._token(value)
        return {(self._order, token): Identifier(self._kind, self._role, token, mask(value))}

    def derived(
        self, kind: str, role: str, value: str, mask: str, position: int | None = None
    ) -> dict[tuple[int, str], Identifier]:
        token = self.of_kind(kind)(value)
        return {(_ORDER[kind, role], token): Identifier(kind, role, token, mask, position)}

    def blocks(self, kind: str, digits: str) -> dict[tuple[int, str], Identifier]:
        mask = f"{masks.mask(digits[:-2], 3, 0)}**"
        (whole, block, position), (shifted, other, place) = blocks(digits)
        return self.derived(kind, whole, block, mask, position) | self.derived(kind, shifted, other, mask, place)


def _person(tokens: _Tokens, region: str, derive: bool) -> Reader:
    def read(text: str) -> Reading | None:
        value = resident_ids.canonical(text)
        if value is None:
            return None
        if not derive or region != "CN":
            return Reading(tokens.own(value, masks.mask_person))
        born, sex = resident_ids.birth_date(value), resident_ids.sex(value)
        attributes: tuple[tuple[str, AttributeValue], ...] = (("birth_year", born[0]),) if born else ()
        if sex:
            attributes += (("sex", sex),)
        return Reading(tokens.own(value, masks.mask_person), attributes, resident_ids.flags(value), born)

    return read


def _phone(tokens: _Tokens, region: str, derive: bool) -> Reader:
    segment = tokens.of_kind("phone_segment")

    def read(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        if value is None:
            return None
        found = tokens.own(value, masks.mask_phone)
        if not derive or not value.isdigit():
            return Reading(found)
        attributes = (("phone_segment", segment(value[:_SEGMENT])),) if phones.is_mobile(value) else ()
        return Reading(found | tokens.blocks("phone_block", value), attributes)

    return read


def _work_phone(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    def read(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        return None if value is None else Reading(tokens.own(value, masks.mask_phone))

    return read


def _account(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    def read(text: str) -> Reading | None:
        value = accounts.canonical(text)
        if value is None:
            return None
        found, flags = tokens.own(value, masks.mask_account), accounts.flags(value)
        if not derive:
            return Reading(found, (), flags)
        if value.isdigit() and len(value) >= accounts.BANK_FROM:
            # The last digit is the check digit: neighbours differ in the one before it.
            found |= tokens.blocks("account_block", value[:-1])
        bank = accounts.bank(value)
        return Reading(found, (("bank", bank),) if bank else (), flags)

    return read


def _address(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    building = tokens.of_kind("building")

    def read(text: str) -> Reading | None:
        place = addresses.canonical(text)
        if place is None:
            return None
        found = tokens.own(place.home, masks.mask_address) if place.home else {}
        if place.compound:
            role = "with_room" if place.home else "only"
            found |= tokens.derived("compound", role, place.compound, masks.mask_place(place.compound))
        return Reading(found, (("building", building(place.building)),) if place.building else ())

    return read


def _vehicle(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    def read(text: str) -> Reading | None:
        canonical = vehicles.canonical(text)
        if canonical is None:
            return None
        value, well_formed = canonical
        flags = ("vin_shape",) if not well_formed else () if vehicles.passes_check_digit(value) else ("vin_check_digit",)
        said = (("vehicle_maker", vehicles.maker(value)), ("vehicle_year", vehicles.model_year(value)))
        return Reading(tokens.own(value, masks.mask_vehicle), tuple((n, code) for n, code in said if code is not None), flags)

    return read


def _ip(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    def read(text: str) -> Reading | None:
        value = ips.canonical(text)
        if value is None:
            return None
        around = ips.ip_range(value)
        return Reading(
            tokens.own(value, masks.mask_ip) | tokens.derived("ip_range", "sent_from", around, masks.mask_ip(around))
        )

    return read


def _no_flags(value: str) -> tuple[str, ...]:  # noqa: ARG001 - stands where a kind has a check
    return ()


def _plain(
    canonical: Canonical, mask: Mask, flags: Callable[[str], tuple[str, ...]] = _no_flags
) -> Callable[[_Tokens, str, bool], Reader]:
    def make(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
        def read(text: str) -> Reading | None:
            value = canonical(text)
            return None if value is None else Reading(tokens.own(value, mask), (), flags(value))

        return read

    return make


def _any_value(text: str) -> str | None:
    folded = fold(text).casefold()
    return None if is_nothing(folded) else folded


_READERS: dict[str, Callable[[_Tokens, str, bool], Reader]] = {
    "person": _person,
    "phone": _phone,
    "work_phone": _work_phone,
    "account": _account,
    "address": _address,
    "vehicle": _vehicle,
    "ip": _ip,
    "device": _plain(devices.canonical, masks.mask_device),
    "employer": _plain(employers.canonical, masks.mask),
    "email": _plain(emails.canonical, masks.mask_email, emails.flags),
}


def name_reader(tokeniser: Tokeniser) -> Reader:
    """Return the reader of the applicant's name: tokens of the name and of the surname, and the name's mask."""
    whole, last = tokeniser.of_kind("name"), lru_cache(_RARELY)(tokeniser.of_kind("surname"))

    def read(text: str) -> Reading | None:
        name = names.canonical(text)
        if name is None:
            return None
        return Reading(
            {},
            (
                ("name", whole(name)),
                ("surname", last(names.surname(name))),
                ("name_mask", masks.mask_name(name)),
            ),
        )

    return lru_cache(_RARELY)(read)
