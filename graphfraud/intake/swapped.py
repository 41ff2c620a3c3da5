"""Whether a value that would be kept in the clear is an identifier that must not: columns were swapped."""

from __future__ import annotations

import re

from graphfraud.intake import emails, resident_ids, vehicles
from graphfraud.intake.text import fold

_PHONE = re.compile(r"(?:(?:\+|00)?86[-\s]?)?1[3-9]\d(?:\d{8}|([-\s])\d{4}\1\d{4})")
_LANDLINE = re.compile(r"\(?0\d{2,3}(?:-|\)\s?)\d{7,8}(?:-\d{1,6})?")
_ABROAD = re.compile(r"\+\d{1,3}[-\s.]?\(?\d{1,4}\)?(?:[-\s.]?\d{2,4}){2,4}")
_NORTH_AMERICA = re.compile(r"(?:1[-\s.])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[-.\s])[2-9]\d{2}[-.\s]\d{4}")
# Cards begin with 3 to 6, mainland debit cards with 9 as well. Counters of that length begin with a date (20250601…)
# or count milliseconds (17…), and must not be taken for cards by a Luhn digit that one in ten has by chance.
_CARD = re.compile(r"[34569]\d{15,18}")
_GROUPED_CARD = re.compile(r"[34569]\d{3}([-\s])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?")
# AP202506010000001 and AP20250601X000017 have the alphabet of a VIN: a prefix and a counter, or a date and more.
_PREFIXED_COUNTER = re.compile(r"[A-Z]{1,6}(?:\d+|(?:19|20)\d{2}[01]\d[0-3]\d.*)")
_WORD = re.compile(r"[A-Za-z0-9+][A-Za-z0-9@._+\-]{5,}")
_SHORTEST, _LONGEST = 9, 100
_HEXADECIMAL = re.compile(r"[A-F0-9]+")


_SHAPES = {
    "person": "a resident id",
    "phone": "a phone number",
    "account": "an account number",
    "vehicle": "a VIN",
    "email": "an e-mail address",
}


def advice(kind: str, is_id: bool) -> str:
    """Return what to do about a value in which `looks_like` found that kind; is_id says that the column holds ids."""
    found = f"the value or a word of it has the shape of {_SHAPES[kind]}, and the graph and the log would show it"
    if is_id:
        return f"{found}; if it is a number of your own, put letters directly before it (AP…), else send another id"
    return f"{found}; leave it out of this column"


def looks_like(text: str, region: str = "CN") -> str | None:
    """Return the kind of identifier that a text or a word of it has the shape of, None for none.

    Kinds are phone, person, account, vehicle and email. Counters, UUIDs and their parts, composite ids and prefixed numbers
    have none of these shapes.
    """
    text = text if text.isascii() else fold(text)
    words = [word for word in _WORD.findall(text) if len(word) < len(text)]
    return next((kind for kind in (_shape(part, region) for part in (text, *words)) if kind), None)


def _shape(text: str, region: str) -> str | None:
    if len(text) > _LONGEST:
        return None
    if "@" in text:
        return "email" if emails.is_address(text) else None
    if len(text) < _SHORTEST:
        return None
    if len(text) == vehicles.LENGTH and _is_vin(text):
        return "vehicle"
    if text[0] not in "+(0123456789":
        return None
    if _PHONE.fullmatch(text) or _LANDLINE.fullmatch(text) or _ABROAD.fullmatch(text):
        return "phone"
    if region in ("US", "CA") and _NORTH_AMERICA.fullmatch(text):
        return "phone"
    if resident_ids.is_resident_id(text):
        return "person"
    return "account" if _CARD.fullmatch(text) or _GROUPED_CARD.fullmatch(text) else None


def _is_vin(text: str) -> bool:
    upper = text.upper()
    if text not in (upper, text.lower()) or not vehicles.ALPHABET.fullmatch(upper):
        return False
    letters = sum(c.isalpha() for c in upper)
    if letters < 2 or letters > 14 or _PREFIXED_COUNTER.fullmatch(upper):
        return False
    # The beginning of a hash has the alphabet as well; a real number of these six letters alone is rarer than a hash.
    return _HEXADECIMAL.fullmatch(upper) is None
