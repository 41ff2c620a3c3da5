"""The parts that sentences about reasons are put together from: who, when, where, with what."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from graphfraud.results import Reason
from graphfraud.wording.names import Lang, feature_name, kind_name, short_mask

Facts = Mapping[str, float | int | str]


def who_en(facts: Facts, small: bool = False) -> str:
    """Say how many persons and applications, in English."""
    persons, applications = number_of(facts, "persons"), number_of(facts, "applications")
    if persons and applications and applications != persons:
        who = f"{counted(int(persons), 'person', 'persons')} in {counted(int(applications), 'application', 'applications')}"
    elif persons:
        who = counted(int(persons), "person", "persons")
    elif applications:
        who = counted(int(applications), "application", "applications")
    else:
        who = "several applications"
    return who if small else capital(who)


def who_zh(facts: Facts) -> str:
    """Say the same in Chinese."""
    persons, applications = number_of(facts, "persons"), number_of(facts, "applications")
    if persons and applications and applications != persons:
        return f"{plain(persons)} 人（{plain(applications)} 笔申请）"
    if persons:
        return f"{plain(persons)} 人"
    return f"{plain(applications)} 笔申请" if applications else "多笔申请"


def people_en(facts: Facts) -> str:
    """Say how many persons."""
    persons = number_of(facts, "persons")
    return counted(int(persons), "person", "persons") if persons else "people"


def when_en(facts: Facts) -> str:
    """Say within how many days, with a blank before."""
    days = number_of(facts, "days")
    return "" if days is None else " within one day" if days <= 1 else f" within {math.ceil(days)} days"


def when_zh(facts: Facts) -> str:
    """Say the same in Chinese."""
    days = number_of(facts, "days")
    return "" if days is None else "在一天内" if days <= 1 else f"在 {math.ceil(days)} 天内"


def where_en(facts: Facts) -> str:
    """Say at how many dealers, with a blank before."""
    dealers = number_of(facts, "dealers")
    return f" at {counted(int(dealers), 'dealer', 'dealers')}" if dealers else ""


def where_zh(facts: Facts) -> str:
    """Say the same in Chinese."""
    dealers = number_of(facts, "dealers")
    return f"于 {plain(dealers)} 家经销商" if dealers else ""


def masks_of(reason: Reason, before: str, after: str = "", most: int = 3) -> str:
    """List what people see of the identifiers that a reason cites, the first few."""
    # Sorted: the order of tokens depends on the token key, that of masks does not.
    masks = sorted(short_mask(mask) for mask in reason.masks if mask)
    if not masks:
        return ""
    more = f" +{identifiers_of(reason) - most}" if identifiers_of(reason) > most else ""
    return before + ", ".join(masks[:most]) + more + after


def identifiers_of(reason: Reason) -> int:
    """How many identifiers a reason stands on; it may cite fewer."""
    return max(int(number_of(reason.facts, "identifiers") or 0), len(reason.tokens), 1)


def kinds_of(facts: Facts, lang: Lang) -> tuple[str, int]:
    """Name the kinds of identifiers in a reason's facts, in brackets, and count them."""
    value = facts.get("kinds")
    names = [kind_name(name.strip(), lang) for name in value.split(",")] if isinstance(value, str) and value else []
    if not names:
        return "", 0
    return (f"（{joined(names, '、', '和')}）" if lang == "zh" else f" ({', '.join(names)})"), len(names)


def features_of(facts: Facts, lang: Lang) -> list[str]:
    """Name the features in a reason's facts."""
    names = [name.strip() for name in str(facts.get("features") or "").split(",")]
    return [feature_name(name, lang) for name in names if name]


def number_of(facts: Facts, name: str) -> float | None:
    """Return a fact if it is a number."""
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def plain(value: float | None) -> str:
    """Write a number as people do."""
    if value is None:
        return "0"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 10 else f"{value:.1f}"


def counted(count: int, one: str, many: str) -> str:
    """Write a count with its noun."""
    return f"one {one}" if count == 1 else f"{count:,} {many}"


def joined(words: Sequence[str], between: str, last: str) -> str:
    """Put words into one list."""
    return words[0] if len(words) == 1 else between.join(words[:-1]) + last + words[-1]


def spaced(chinese: str) -> str:
    """Set a name that begins with Latin letters apart from the character before it."""
    return f" {chinese}" if chinese[:1].isascii() else chinese


def capital(text: str) -> str:
    """Begin with a capital letter."""
    return text[:1].upper() + text[1:]
