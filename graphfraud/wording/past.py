"""Sentences for what an application's past says against it (the codes of `graphfraud.check.scoring.PARTS`)."""

from __future__ import annotations

from collections.abc import Callable

from graphfraud.results import Reason
from graphfraud.wording.names import kind_name
from graphfraud.wording.phrases import (
    Facts,
    counted,
    identifiers_of,
    joined,
    masks_of,
    number_of,
    plain,
    where_en,
    where_zh,
)


def _several_names_en(reason: Reason) -> str:
    return f"The same id came with another name in {_times_en(reason.facts)}{_before_en(reason.facts)}."


def _several_names_zh(reason: Reason) -> str:
    return f"同一证件此前{_before_zh(reason.facts)}在 {_times_zh(reason.facts)}中填写了其他姓名。"


def _age_en(reason: Reason) -> str:
    years = number_of(reason.facts, "years")
    by = f" by {counted(int(years), 'year', 'years')}" if years else ""
    return f"The age stated misses the birth year of the id{by}."


def _age_zh(reason: Reason) -> str:
    years = number_of(reason.facts, "years")
    return f"填写的年龄与证件出生年份{f'相差 {plain(years)} 年' if years else '不符'}。"


def _phone_en(reason: Reason) -> str:
    who = f"{_others_en(reason.facts)}{_before_en(reason.facts)}"
    return f"The own phone number{masks_of(reason, ' ')} was the own number of {who}."


def _phone_zh(reason: Reason) -> str:
    return f"本人手机号{masks_of(reason, '（', '）')}此前{_before_zh(reason.facts)}曾是{_others_zh(reason.facts)}的本人手机号。"


def _many_en(reason: Reason) -> str:
    what = _things_en(reason)
    return f"{what} served {_others_en(reason.facts)}{_before_en(reason.facts)}{where_en(reason.facts)}."


def _many_zh(reason: Reason) -> str:
    return f"{_things_zh(reason)}此前{_before_zh(reason.facts)}{where_zh(reason.facts)}曾被{_others_zh(reason.facts)}使用。"


def _changed_en(reason: Reason) -> str:
    things = [kind_name(kind) for kind in _names(reason.facts)]
    what = joined(things, ", ", " and ") if things else "much of what a person keeps"
    return f"Changed since the applicant's last application{_ago_en(reason.facts)}: {what}."


def _changed_zh(reason: Reason) -> str:
    things = [kind_name(kind, "zh") for kind in _names(reason.facts)]
    return f"与申请人{_ago_zh(reason.facts)}的上一笔申请相比，已更换：{joined(things, '、', '和') if things else '多项资料'}。"


def _tied_en(reason: Reason) -> str:
    return (
        f"{_things_en(reason)} {'are' if identifiers_of(reason) > 1 else 'is'} shared with {_others_en(reason.facts)} in "
        f"{_times_en(reason.facts)}{_before_en(reason.facts)}{where_en(reason.facts)}."
    )


def _tied_zh(reason: Reason) -> str:
    return (
        f"{_things_zh(reason)}此前{_before_zh(reason.facts)}{where_zh(reason.facts)}"
        f"与{_others_zh(reason.facts)}的 {_times_zh(reason.facts)}共用。"
    )


def _often_en(reason: Reason) -> str:
    return f"The same person made {_times_en(reason.facts)}{_before_en(reason.facts)}{where_en(reason.facts)}."


def _often_zh(reason: Reason) -> str:
    return f"同一申请人此前{_before_zh(reason.facts)}{where_zh(reason.facts)}已提交 {_times_zh(reason.facts)}。"


def _used_en(reason: Reason) -> str:
    return (
        f"{_things_en(reason)} came in {_times_en(reason.facts)} of {_others_en(reason.facts)}{_before_en(reason.facts)}"
        f"{where_en(reason.facts)}."
    )


def _used_zh(reason: Reason) -> str:
    return (
        f"{_things_zh(reason)}此前{_before_zh(reason.facts)}{where_zh(reason.facts)}"
        f"已出现在{_others_zh(reason.facts)}的 {_times_zh(reason.facts)}中。"
    )


PAST: dict[str, tuple[Callable[[Reason], str], Callable[[Reason], str]]] = {
    "several_names": (_several_names_en, _several_names_zh),
    "age_contradicts": (_age_en, _age_zh),
    "phone_of_others": (_phone_en, _phone_zh),
    "used_by_many": (_many_en, _many_zh),
    "changed_since": (_changed_en, _changed_zh),
    "tied_to_others": (_tied_en, _tied_zh),
    "applied_often": (_often_en, _often_zh),
    "identifiers_often": (_used_en, _used_zh),
}


def _before_en(facts: Facts) -> str:
    days = number_of(facts, "days")
    return " before" if days is None else " in the day before" if days <= 1 else f" in the {plain(days)} days before"


def _before_zh(facts: Facts) -> str:
    days = number_of(facts, "days")
    return "" if days is None else f" {plain(max(days, 1))} 天内"


def _ago_en(facts: Facts) -> str:
    days = number_of(facts, "days")
    return "" if days is None else f", {counted(max(int(days), 1), 'day', 'days')} before"


def _ago_zh(facts: Facts) -> str:
    days = number_of(facts, "days")
    return "" if days is None else f" {plain(max(days, 1))} 天前"


def _times_en(facts: Facts) -> str:
    applications = number_of(facts, "applications")
    return counted(int(applications), "application", "applications") if applications else "earlier applications"


def _times_zh(facts: Facts) -> str:
    applications = number_of(facts, "applications")
    return f"{plain(applications)} 笔申请" if applications else "多笔申请"


def _others_en(facts: Facts) -> str:
    persons = number_of(facts, "persons")
    return counted(int(persons), "other person", "other persons") if persons else "other persons"


def _others_zh(facts: Facts) -> str:
    persons = number_of(facts, "persons")
    return f"另外 {plain(persons)} 人" if persons else "他人"


def _things_en(reason: Reason) -> str:
    """Name what the application gives, "Its phone number 138…00"."""
    kinds = _kinds(reason)
    if len(kinds) == 1:
        many = identifiers_of(reason) > 1
        return f"Its {kind_name(kinds[0], 'en', 2 if many else 1)}{masks_of(reason, ' ')}"
    return (
        f"Its {joined([kind_name(kind) for kind in kinds], ', ', ' and ')}{masks_of(reason, ' (', ')')}" if kinds else "Its own"
    )


def _things_zh(reason: Reason) -> str:
    kinds = _kinds(reason)
    return (
        f"{joined([kind_name(kind, 'zh') for kind in kinds], '、', '和')}{masks_of(reason, '（', '）')}" if kinds else "其资料"
    )


def _kinds(reason: Reason) -> list[str]:
    return list(dict.fromkeys(reason.token_kinds)) or ([reason.kind] if reason.kind else _names(reason.facts))


def _names(facts: Facts) -> list[str]:
    value = facts.get("kinds")
    return [name.strip() for name in value.split(",")] if isinstance(value, str) and value else []
