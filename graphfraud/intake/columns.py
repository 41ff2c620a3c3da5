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

# Readings are remembered by their text, per column: employers, lines, dealers and compounds come again and again.
REMEMBERED = 1 << 15
_SEGMENT = 7

AttributeValue = float | int | str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one value of a column becomes; nothing raw is left in it but the birth date, which goes no further than age."""

    identifiers: tuple[Identifier, ...]
    attributes: tuple[tuple[str, AttributeValue], ...] = ()
    flags: tuple[str, ...] = ()
    birth_date: tuple[int, int, int] | None = None


Reader = Callable[[str], Reading | None]


def readers(tokeniser: Tokeniser, region: str) -> dict[str, Reader]:
    """Return the reader of every identifier column of an application; a reader returns None for a placeholder."""
    made: dict[str, Reader] = {}
    for kind in schema.KINDS:
        for role in kind.roles:
            if role.column:
                derive = role.name not in ("contact_1", "contact_2")
                made[role.column] = remembered(reader(tokeniser, region, kind.name, role.name, derive))
    return made


def remembered(read: Reader) -> Reader:
    """Return a reader that remembers the last values."""
    return lru_cache(REMEMBERED)(read)


def reader(tokeniser: Tokeniser, region: str, kind: str, role: str, derive: bool) -> Reader:
    """Return the reader of a column that holds a kind in a role; without derive, the identifier is all that it gives.

    A kind that is not known here is compared in lower case without outer blanks.
    """
    token = tokeniser.token

    def identifier(value: str, mask: Callable[[str], str]) -> Identifier:
        return Identifier(kind, role, token(kind, value), mask(value))

    def in_blocks(digits: str, block_kind: str) -> list[Identifier]:
        return [
            Identifier(block_kind, block_role, token(block_kind, block), f"{masks.mask(digits[:-2], 3, 0)}**", position)
            for block_role, block, position in blocks(digits)
        ]

    def read_person(text: str) -> Reading | None:
        value = resident_ids.canonical(text)
        if value is None:
            return None
        born = resident_ids.birth_date(value)
        sex = resident_ids.sex(value)
        attributes: list[tuple[str, AttributeValue]] = []
        if born is not None:
            attributes.append(("birth_year", born[0]))
        if sex is not None:
            attributes.append(("sex", sex))
        return Reading((identifier(value, masks.mask_person),), tuple(attributes), resident_ids.flags(value), born)

    def read_phone(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        if value is None:
            return None
        found = identifier(value, masks.mask_phone)
        if not derive or not value.isdigit():
            return Reading((found,))
        segment = (("phone_segment", token("phone_segment", value[:_SEGMENT])),) if phones.is_mobile(value) else ()
        return Reading((found, *in_blocks(value, "phone_block")), segment)

    def read_work_phone(text: str) -> Reading | None:
        value = phones.canonical(text, region)
        return None if value is None else Reading((identifier(value, masks.mask_phone),))

    def read_account(text: str) -> Reading | None:
        value = accounts.canonical(text)
        if value is None:
            return None
        found = identifier(value, masks.mask_account)
        flags = accounts.flags(value)
        if not derive:
            return Reading((found,), (), flags)
        bank = accounts.bank(value)
        derived = in_blocks(value[:-1], "account_block") if value.isdigit() and len(value) >= accounts.BANK_FROM else []
        return Reading((found, *derived), (("bank", bank),) if bank else (), flags)

    def read_address(text: str) -> Reading | None:
        place = addresses.canonical(text)
        if place is None:
            return None
        found = [identifier(place.home, masks.mask_address)] if place.home else []
        if place.compound:
            compound_role = "with_room" if place.home else "only"
            mask = masks.mask_place(place.compound)
            found.append(Identifier("compound", compound_role, token("compound", place.compound), mask))
        return Reading(tuple(found), (("building", token("building", place.building)),) if place.building else ())

    def read_vehicle(text: str) -> Reading | None:
        canonical = vehicles.canonical(text)
        if canonical is None:
            return None
        value, well_formed = canonical
        flags = ("vin_shape",) if not well_formed else () if vehicles.passes_check_digit(value) else ("vin_check_digit",)
        said = (("vehicle_maker", vehicles.maker(value)), ("vehicle_year", vehicles.model_year(value)))
        attributes = tuple((name, code) for name, code in said if code is not None)
        return Reading((identifier(value, masks.mask_vehicle),), attributes, flags)

    def read_ip(text: str) -> Reading | None:
        value = ips.canonical(text)
        if value is None:
            return None
        around = ips.ip_range(value)
        ranged = Identifier("ip_range", "sent_from", token("ip_range", around), masks.mask_ip(around))
        return Reading((identifier(value, masks.mask_ip), ranged))

    def read_plain(canonical: Callable[[str], str | None], mask: Callable[[str], str]) -> Reader:
        def read(text: str) -> Reading | None:
            value = canonical(text)
            return None if value is None else Reading((identifier(value, mask),))

        return read

    known: dict[str, Reader] = {
        "person": read_person,
        "phone": read_phone,
        "work_phone": read_work_phone,
        "account": read_account,
        "address": read_address,
        "vehicle": read_vehicle,
        "ip": read_ip,
        "device": read_plain(devices.canonical, masks.mask_device),
        "employer": read_plain(employers.canonical, masks.mask),
        "email": read_plain(emails.canonical, masks.mask_email),
    }
    return known.get(kind) or read_plain(_any_value, masks.mask)


def name_reader(tokeniser: Tokeniser) -> Reader:
    """Return the reader of the applicant's name: tokens of the name and of the surname, and the name's mask."""

    def read(text: str) -> Reading | None:
        name = names.canonical(text)
        if name is None:
            return None
        surname = names.surname(name)
        return Reading(
            (),
            (
                ("name", tokeniser.token("name", name)),
                ("surname", tokeniser.token("surname", surname)),
                ("name_mask", masks.mask_name(name)),
            ),
        )

    return remembered(read)


def _any_value(text: str) -> str | None:
    folded = fold(text).casefold()
    return None if is_nothing(folded) else folded
