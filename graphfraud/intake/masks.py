"""What a person may see of a value: never more than half of its characters, nothing of a short one."""

from __future__ import annotations

_SHORTEST = 4
_MOST_STARS = 12
_STARS = "*" * _MOST_STARS


def mask(value: str, head: int = 2, tail: int = 2) -> str:
    """Return a value with all but its first and last characters hidden.

    At most half of the characters are shown (the head gives way last), none of a value shorter than four.
    """
    length = len(value)
    if length < _SHORTEST:
        return _STARS[:length]
    if head + tail > length // 2:
        head = min(head, length // 2)
        tail = length // 2 - head
    return f"{value[:head]}{_STARS[: length - head - tail]}{value[length - tail :]}"


def mask_phone(value: str) -> str:
    """Return 13812345678 as 138******78: the carrier and the place inside the block."""
    return mask(value, 3, 2)


def mask_person(value: str) -> str:
    """Return a resident id with its province and prefecture and the last two characters."""
    return mask(value, 4, 2)


def mask_account(value: str) -> str:
    """Return an account with four digits of the bank and the last two."""
    return mask(value, 4, 2)


def mask_vehicle(value: str) -> str:
    """Return a VIN with its maker and the last four characters of the serial number."""
    return mask(value, 3, 4)


def mask_address(value: str) -> str:
    """Return an address with its beginning (the town) and the room's end."""
    return mask(value, 3, 3)


def mask_place(value: str) -> str:
    """Return a compound with its beginning (the town)."""
    return mask(value, 3, 0)


def mask_block(digits: str) -> str:
    """Return the mask of a block of a hundred numbers: what the numbers' own masks show of their beginning."""
    return f"{mask(digits[:-2], 3, 0)}**"


def mask_ip(value: str) -> str:
    """Return 22.4.25.188 as 22.4.*, and with one group where two and their dots would be more than half."""
    separator = ":" if ":" in value else "."
    groups = value.split(separator)
    for shown in (2, 1):
        seen = separator.join(groups[:shown])
        if 2 * (len(seen) + 1) <= len(value):
            return f"{seen}{separator}*"
    return "*"


def mask_email(value: str) -> str:
    """Return robert255@smith.net as r********@*********: the domain only where it is less than half."""
    local, _, domain = value.rpartition("@")
    if local and 2 * (len(domain) + 2) <= len(value):
        return f"{local[:1]}{'*' * min(len(local) - 1, _MOST_STARS)}@{domain}"
    return mask(value, 2, 0)


def mask_device(value: str) -> str:
    """Return a device id with its ends."""
    return mask(value, 4, 2)


def mask_name(value: str) -> str:
    """Return a name with its first letter (the surname of a Chinese name), never the whole of it."""
    return mask(value, 1, 0) if len(value) >= _SHORTEST else value[:1] + _STARS[: max(len(value) - 1, 1)]
