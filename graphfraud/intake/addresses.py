"""Addresses in one spelling, at three levels: the room, the building, the compound."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from graphfraud.intake import regions
from graphfraud.intake.text import fold, is_nothing

SHORTEST_PLACE = 2
_CJK = re.compile(r"[\u3400-\u9fff]")
_REMARK = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_NOISE = re.compile(r"[\s,，.。;；:：、·_\"'“”]+")
_NUMERAL = re.compile(r"[〇零一二三四五六七八九十百]+(?=号|栋|幢|座|棟|单元|室|层|楼|房|户|期|组)")
_DIGIT = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}
_BUILDING = re.compile(r"(?<=[0-9a-z])(?:号楼|号院?楼|幢|座|棟|楼栋|#楼?)(?=[0-9a-z一二三四五六七八九十]|$)")
_ROOM_WORD = re.compile(r"(?<=[0-9a-z])(?:号房|号室|房间|房|户)$")
_DASHED = re.compile(r"(?<![0-9])([0-9]+[a-z]?)(?:栋|-)(?:([0-9]+)(?:单元|-))?([0-9]+[a-z]?)(?:室|号)?$")
# The most common spelling, so that nothing else needs to be tried.
_PLAIN = re.compile(r"([\u3400-\u9fff0-9a-z]+?)([0-9]{1,4})栋(?:([0-9]{1,2})单元)?([0-9]{1,5})室")
_UNITS = re.compile(
    r"^(?P<place>.*?)(?P<building>(?:[0-9]+[a-z]?|[a-z][0-9]*)栋)?(?P<entrance>[0-9a-z]+单元)?(?P<floor>[0-9]+[层楼])?"
    r"(?P<room>[0-9]+[a-z]?)(?P<word>室)?$"
)
_ONLY_BUILDING = re.compile(r"^(?P<place>.+?)(?P<building>[0-9]+[a-z]?栋|[a-z][0-9]*栋)(?P<rest>[0-9a-z]+单元)?$")
_VILLAGE_HOUSE = re.compile(r"^(?P<place>.*(?:村|屯|庄|寨|组|社|队))(?P<house>[0-9]+(?:-[0-9]+)?号?)$")
_PROVINCE = re.compile(r"^(?:中国)?[\u3400-\u9fff]{2,7}?(?:省|自治区)(?=.*[市州县])")
_AREAS = re.compile(
    r"^(?:[\u3400-\u9fff]{2,8}?(?:特别行政区|自治区|自治州|自治县|省|市|地区|盟|州|(?<![小社园校厂景库矿])区|县|旗))+(?:[\u3400-\u9fff]{1,6}?(?:镇|乡|街道))?"
)
_TOWN_NAME = 4

_PUNCTUATION = re.compile(r"[^\w#/\u0080-\uffff]+")
_FLAT = re.compile(r"(?:\b(?:apt|apartment|unit|suite|ste|flat|room|rm)\b\s*#?\s*|#\s*)(?P<number>\w+)")
_WORDS = {
    **{
        "street": "st",
        "str": "st",
        "road": "rd",
        "avenue": "ave",
        "av": "ave",
        "boulevard": "blvd",
        "drive": "dr",
        "lane": "ln",
    },
    **{"place": "pl", "court": "ct", "crescent": "cres", "circuit": "cct", "highway": "hwy", "parade": "pde", "terrace": "tce"},
    **{"square": "sq", "close": "cl", "north": "n", "south": "s", "east": "e", "west": "w", "saint": "st"},
}


@dataclass(frozen=True, slots=True)
class Place:
    """An address taken apart; every level is in canonical spelling and contains the level above it.

    home is the address that names a room or a house, None where it stops before one; building and compound likewise.
    region is the prefecture or municipality (of an American address the first three digits of the ZIP code), None where none
    is named.
    """

    home: str | None
    building: str | None
    compound: str | None
    region: str | None = None


def canonical(text: str) -> Place | None:
    """Return an address at its levels, None for a placeholder or what names no place beyond a town."""
    text = fold(text).casefold()
    if is_nothing(text) or len(text) < 4:
        return None
    return _chinese(text) if _CJK.search(text) else _western(text)


def _chinese(text: str) -> Place | None:
    if plain := _PLAIN.fullmatch(text):
        place, building, entrance, room = plain.groups()
        compound = _compound(place)
        if compound is None:
            return None
        building = f"{compound}{building}栋"
        home = f"{building}{entrance + '单元' if entrance else ''}{room}室"
        return Place(home, building, compound, regions.of_chinese(compound))
    text = _NUMERAL.sub(_arabic, _NOISE.sub("", _REMARK.sub("", text)).replace("－", "-").replace("—", "-").replace("–", "-"))
    text = _PROVINCE.sub("", text)
    text = _ROOM_WORD.sub("室", _BUILDING.sub("栋", text))
    if dashed := _DASHED.search(text):
        building, entrance, room = dashed.groups()
        text = f"{text[: dashed.start()]}{building}栋{entrance + '单元' if entrance else ''}{room}室"
    units = _UNITS.match(text)
    # Without the word for a room, digits at the end are one only behind a building, an entrance or a floor.
    if units and any(units[part] for part in ("word", "building", "entrance", "floor")):
        return _place_of_room(units)
    if house := _VILLAGE_HOUSE.match(text):
        home = house["place"] + house["house"].removesuffix("号") + "号"
        return Place(home, None, house["place"], regions.of_chinese(house["place"])) if _is_place(house["place"]) else None
    if block := _ONLY_BUILDING.match(text):
        building = block["place"] + block["building"]
        return Place(None, building, block["place"], regions.of_chinese(block["place"])) if _is_place(block["place"]) else None
    return Place(None, None, text, regions.of_chinese(text)) if _is_place(text) else None


@lru_cache(1 << 12)
def _compound(text: str) -> str | None:
    place = _BUILDING.sub("栋", _PROVINCE.sub("", _NUMERAL.sub(_arabic, text)))
    return place if _is_place(place) else None


def _place_of_room(units: re.Match[str]) -> Place | None:
    place = units["place"]
    if not _is_place(place):
        return None
    building = place + units["building"] if units["building"] else None
    # The floor is in the room's number; entrances are left out by some, and needed where rooms repeat behind each.
    home = f"{building or place}{units['entrance'] or ''}{units['room']}室"
    return Place(home, building or place, place, regions.of_chinese(place))


def _is_place(text: str) -> bool:
    """Say whether something is left beyond province, town and district: a whole town ties nobody together."""
    rest = _AREAS.sub("", text)
    return len(rest) >= SHORTEST_PLACE and (len(text) > _TOWN_NAME or any(c.isdigit() for c in rest))


def _arabic(match: re.Match[str]) -> str:
    total, current = 0, 0
    numeral = match[0]
    if not any(c in "十百" for c in numeral):
        return "".join(str(_DIGIT[c]) for c in numeral)
    for c in numeral:
        if c == "十":
            total, current = total + (current or 1) * 10, 0
        elif c == "百":
            total, current = total + (current or 1) * 100, 0
        else:
            current = _DIGIT[c]
    return str(total + current)


def _western(text: str) -> Place | None:
    flat = _FLAT.search(text)
    house = _words(_FLAT.sub(" ", text))
    region = regions.of_american(_FLAT.sub(" ", text))
    if flat and len(house.split()) >= 2:
        return Place(f"{house} #{flat['number']}", house, house, region)
    if any(c.isdigit() for c in house) and len(house.split()) >= 2:
        return Place(house, None, None, region)
    # A house without a number has a name, and a street and a town behind it; a town alone is a word or two.
    return Place(None, None, house, region) if len(house.split()) >= 4 and len(house) >= 12 else None


def _words(text: str) -> str:
    return " ".join(_WORDS.get(word, word) for word in _PUNCTUATION.sub(" ", text).split())
