"""What each column of the contract becomes: its identifier, what is derived from it, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

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

# Readings of firms, their phones and lines are remembered, since these come again and again. People and their things
# rarely do: remembering them would cost more than it saves.
_REMEMBERED = 1 << 14
_OFTEN_SEEN = ("employer", "work_phone", "ip")
_SEGMENT = 7

AttributeValue = float | int | str
# The place of an identifier's kind and role in the schema, and `kind/role/token`: sorts and tells apart.
Key = tuple[int, str]


class Reading(NamedTuple):
    """What one value of a column becomes; nothing raw is left in it but the birth date, which goes no further than age."""

    identifiers: dict[Key, Identifier]
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
    read = make(_Tokens(tokeniser, kind, role), region, derive)
    return lru_cache(_REMEMBERED)(read) if kind in _OFTEN_SEEN else read


class _Tokens:
    """Makes the identifiers of one column, and those derived from them."""

    def __init__(self, tokeniser: Tokeniser, kind: str, role: str) -> None:
        self.of_kind = tokeniser.of_kind
        self.own = self._maker(kind, role)

    def _maker(self, kind: str, role: str) -> Callable[[str, Mask], dict[Key, Identifier]]:
        of_value, order, label = self.of_kind(kind), schema.PLACE_OF_ROLE.get((kind, role), -1), f"{kind}/{role}/"

        def own(value: str, mask: Mask) -> dict[Key, Identifier]:
            token = of_value(value)
            return {(order, label + token): Identifier(kind, role, token, mask(value))}

        return own

    def derived(self, kind: str, role: str) -> Callable[[str, Mask], dict[Key, Identifier]]:
        """Return the maker of identifiers of a derived kind; they come again and again, and are remembered."""
        return lru_cache(_REMEMBERED)(self._maker(kind, role))

    def blocks(self, kind: str) -> Callable[[str], dict[Key, Identifier]]:
        """Return the maker of the two blocks of a number, with its places in them."""
        of_value = self.of_kind(kind)
        makers = {role: (schema.PLACE_OF_ROLE[kind, role], f"{kind}/{role}/") for role in schema.KIND[kind].role_names}

        def in_blocks(digits: str) -> dict[Key, Identifier]:
            mask = masks.mask_block(digits)
            found = {}
            for role, block, position in blocks(digits):
                token = of_value(block)
                order, label = makers[role]
                found[order, label + token] = Identifier(kind, role, token, mask, position)
            return found

        return in_blocks


def _person(tokens: _Tokens, region: str, derive: bool) -> Reader:
    def read(text: str) -> Reading | None:
        value = resident_ids.canonical(text)
        if value is None:
            return None
        if not derive or region != "CN":
            return Reading(tokens.own(value, masks.mask_person))
        said = resident_ids.describe(value)
        attributes: tuple[tuple[str, AttributeValue], ...] = (("birth_year", said.birth_date[0]),) if said.birth_date else ()
        if said.sex:
            attributes += (("sex", said.sex),)
        return Reading(tokens.own(value, masks.mask_person), attributes, said.flags, said.birth_date)

    return read


def _phone(tokens: _Tokens, region: str, derive: bool) -> Reader:
    segment = lru_cache(_REMEMBERED)(tokens.of_kind("phone_segment"))
    in_blocks = tokens.blocks("phone_block")

    def read(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        if value is None:
            return None
        found = tokens.own(value, masks.mask_phone)
        if not derive or not value.isdigit():
            return Reading(found)
        attributes = (("phone_segment", segment(value[:_SEGMENT])),) if phones.is_mobile(value) else ()
        found.update(in_blocks(value))
        return Reading(found, attributes)

    return read


def _work_phone(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    def read(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        return None if value is None else Reading(tokens.own(value, masks.mask_phone))

    return read


def _account(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    in_blocks = tokens.blocks("account_block")

    def read(text: str) -> Reading | None:
        value = accounts.canonical(text)
        if value is None:
            return None
        found, flags = tokens.own(value, masks.mask_account), accounts.flags(value)
        if not derive:
            return Reading(found, (), flags)
        if value.isdigit() and len(value) >= accounts.BANK_FROM:
            # The last digit is the check digit: neighbours differ in the one before it.
            found.update(in_blocks(value[:-1]))
        bank = accounts.bank(value)
        return Reading(found, (("bank", bank),) if bank else (), flags)

    return read


def _address(tokens: _Tokens, region: str, derive: bool) -> Reader:  # noqa: ARG001 - one signature for all kinds
    building, region_of_home = tokens.of_kind("building"), lru_cache(_REMEMBERED)(tokens.of_kind("home_region"))
    compounds = {role: tokens.derived("compound", role) for role in schema.KIND["compound"].role_names}

    def read(text: str) -> Reading | None:
        place = addresses.canonical(text)
        if place is None:
            return None
        found = tokens.own(place.home, masks.mask_address) if place.home else {}
        if place.compound:
            found.update(compounds["with_room" if place.home else "only"](place.compound, masks.mask_place))
        said: tuple[tuple[str, AttributeValue], ...] = (("building", building(place.building)),) if place.building else ()
        return Reading(found, (*said, ("home_region", region_of_home(place.region))) if place.region else said)

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
    ranges = tokens.derived("ip_range", "sent_from")

    def read(text: str) -> Reading | None:
        value = ips.canonical(text)
        if value is None:
            return None
        return Reading(tokens.own(value, masks.mask_ip) | ranges(ips.ip_range(value), masks.mask_ip))

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
    whole, last = tokeniser.of_kind("name"), lru_cache(_REMEMBERED)(tokeniser.of_kind("surname"))

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

    return read
