"""Names of kinds, roles, look-alikes and features, words for risk, and money as people write it, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from graphfraud.results import Reason

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = ("en", "zh")


@dataclass(frozen=True)
class KindWords:
    """How a kind of identifier is spoken of.

    one and many are English nouns, same the English predicate of persons who share it, zh and measure the Chinese noun and
    its measure word, zh_same the Chinese predicate with a place for the value.
    """

    one: str
    many: str
    same: str
    zh: str
    measure: str
    zh_same: str


KINDS: dict[str, KindWords] = {
    "person": KindWords("applicant", "applicants", "applied as the same applicant", "申请人", "位", "以同一申请人{}提交"),
    "phone": KindWords("phone number", "phone numbers", "gave the same phone number", "电话号码", "个", "填写同一电话号码{}"),
    "device": KindWords("device", "devices", "applied from the same device", "设备", "台", "使用同一设备{}提交"),
    "account": KindWords(
        "repaying account", "repaying accounts", "repay from the same account", "还款账户", "个", "使用同一还款账户{}"
    ),
    "address": KindWords("home address", "home addresses", "live at the same address", "住址", "处", "登记同一住址{}"),
    "vehicle": KindWords("vehicle", "vehicles", "finance the same vehicle", "车辆", "辆", "为同一车辆{}申请贷款"),
    "work_phone": KindWords("work phone", "work phones", "gave the same work phone", "单位电话", "个", "填写同一单位电话{}"),
    "ip": KindWords("IP address", "IP addresses", "applied from the same IP address", "IP 地址", "个", "从同一 IP 地址{}提交"),
    "employer": KindWords("employer", "employers", "named the same employer", "工作单位", "家", "填写同一工作单位{}"),
    "email": KindWords(
        "e-mail address", "e-mail addresses", "gave the same e-mail address", "电子邮箱", "个", "填写同一电子邮箱{}"
    ),
    "compound": KindWords(
        "residential compound", "residential compounds", "live in the same compound", "小区", "个", "住在同一小区{}"
    ),
    "phone_block": KindWords(
        "block of phone numbers",
        "blocks of phone numbers",
        "have phone numbers of one block",
        "号段",
        "个",
        "手机号属于同一号段{}",
    ),
    "account_block": KindWords(
        "block of accounts",
        "blocks of accounts",
        "repay from accounts of one block",
        "账号段",
        "个",
        "还款账户属于同一账号段{}",
    ),
    "ip_range": KindWords("IP range", "IP ranges", "applied from the same IP range", "IP 网段", "个", "从同一 IP 网段{}提交"),
    # What detection derives from several identifiers.
    "phones_in_row": KindWords(
        "row of phone numbers", "rows of phone numbers", "have phone numbers in a row", "连号手机号", "组", "手机号连号{}"
    ),
    "accounts_in_row": KindWords(
        "row of accounts", "rows of accounts", "repay from accounts in a row", "连号账户", "组", "还款账户连号{}"
    ),
    "work_phone_mismatch": KindWords(
        "work phone of another employer",
        "work phones of other employers",
        "gave the work phone of another employer",
        "他单位电话",
        "个",
        "填写他单位的电话{}",
    ),
    "vouching": KindWords(
        "chain of vouching",
        "chains of vouching",
        "name one another as contacts",
        "互为联系人链",
        "条",
        "互留对方手机作联系人{}",
    ),
    "salesperson": KindWords(
        "salesperson", "salespersons", "were handled by the same salesperson", "销售员", "位", "由同一销售员{}经办"
    ),
    "dealer": KindWords("dealer", "dealers", "bought at the same dealer", "经销商", "家", "在同一经销商{}购车"),
}
ANY_KIND = KindWords("identifier", "identifiers", "share the same identifier", "标识", "个", "共用同一标识{}")

LOOK_ALIKES: dict[str, tuple[str, str]] = {
    "household": ("household", "同住家庭"),
    "relative": ("relatives", "亲属"),
    "couple": ("couple", "伴侣"),
    "reapply": ("the same person applying again", "同一人重复申请"),
    "fleet": ("small fleet", "小型车队"),
    "store_tablet": ("store tablet", "门店平板"),
    "store_ip": ("store network", "门店网络"),
    "carrier_ip": ("carrier's or public IP address", "运营商或公共 IP 地址"),
    "promotion": ("promotion", "促销活动"),
    "big_employer": ("big employer", "大型单位"),
    "colleagues": ("colleagues", "同事"),
    "dormitory": ("dormitory", "集体宿舍"),
    "clerk_number": ("salesperson's number", "销售员电话"),
    "recycled_number": ("recycled phone number", "二次放号"),
    "broker": ("honest broker", "正规中介"),
    "friends": ("friends", "朋友"),
    "resold_car": ("car sold again", "车辆转售"),
    "numbers_in_row": ("numbers in a row", "连号"),
    "tenants": ("tenants of one home", "同一住址的租客"),
    "neighbours": ("neighbours", "邻居"),
    "coincidence": ("coincidence", "巧合"),
}

# Lower bound of risk, English word, Chinese word.
RISK_WORDS: tuple[tuple[float, str, str], ...] = (
    (0.9, "very high", "极高"),
    (0.7, "high", "高"),
    (0.5, "elevated", "偏高"),
    (0.3, "moderate", "中等"),
    (0.0, "low", "低"),
)

ROLES: dict[tuple[str, str], tuple[str, str]] = {
    ("phone", "own"): ("own phone", "本人手机"),
    ("phone", "contact_1"): ("first contact", "第一联系人"),
    ("phone", "contact_2"): ("second contact", "第二联系人"),
}

# Names of features that the detectors may call unusual: of groups, applications and dealers; others are printed as they
# are named.
FEATURES: dict[str, tuple[str, str]] = {
    "log_size": ("size", "规模"),
    "kinds_shared": ("how many kinds of identifiers it shares", "共用标识的种类"),
    "identifiers_per_member": ("shared identifiers per application", "每笔申请的共用标识数"),
    "log_weighted_density": ("how closely its applications are tied", "成员之间关联的疏密"),
    "cohesion": ("how many of them one identifier reaches", "单个标识覆盖成员的多少"),
    "ties_per_pair": ("how many identifiers two of them share", "两两共用标识数"),
    "mean_tempo": ("how fast it came together", "成员聚集的快慢"),
    "largest_tempo": ("how fast one identifier passed among them", "单个标识在成员间使用的快慢"),
    "log_duration": ("how long it went on", "持续时间"),
    "dealers_per_member": ("how it is spread over dealers", "在各经销商间的分布"),
    "log_dealers": ("number of dealers", "经销商数量"),
    "night_share": ("share sent at night", "夜间提交占比"),
    "salesperson_concentration": ("how many went through one salesperson", "由同一销售员经办的占比"),
    "surname_concentration": ("how many bear one surname", "同一姓氏的占比"),
    "employer_concentration": ("how many name one employer", "同一单位的占比"),
    "building_concentration": ("how many live in one building", "同一楼栋的占比"),
    "loan_to_value_spread": ("how alike their loans are for the price", "贷款成数的相似度"),
    "price_spread": ("how alike the prices are", "车价相似度"),
    "income_spread": ("how alike the incomes are", "收入相似度"),
    "applications_per_person": ("applications per person", "人均申请笔数"),
    # applications
    "applications_in_month": ("the applicant's applications within a month", "申请人一个月内的申请次数"),
    "applications_in_year": ("the applicant's applications within a year", "申请人一年内的申请次数"),
    "dealers_of_person": ("dealers at which the applicant applied", "申请人涉及的经销商数"),
    "names_of_person": ("names given with one id", "同一证件填写的姓名数"),
    "employers_of_person": ("employers named with one id", "同一证件填写的单位数"),
    "age_conflict": ("ages that do not fit one id", "同一证件年龄不一致"),
    "identifiers_changed": ("identifiers changed between applications", "历次申请间更换的标识"),
    "owners_of_phone": ("persons who own the phone", "以该号码为本人手机的人数"),
    "others_on_phone": ("others on the phone", "共用手机号的他人"),
    "others_on_contacts": ("others on a contact's number", "共用联系人号码的他人"),
    "others_on_device": ("others on the device", "共用设备的他人"),
    "others_on_account": ("others on the account", "共用还款账户的他人"),
    "others_at_address": ("others at the address", "共用住址的他人"),
    "others_on_vehicle": ("others on the vehicle", "同一车辆的其他申请人"),
    "others_on_work_phone": ("others on the work phone", "共用单位电话的他人"),
    "others_on_ip": ("others on the IP address", "共用 IP 地址的他人"),
    "others_at_employer": ("others at the employer", "同一单位的其他申请人"),
    "others_in_phone_block": ("others with a phone number of the block", "同一号段的他人"),
    "kinds_with_others": ("kinds shared with others", "与他人共用的标识种类"),
    "fastest_tempo": ("how fast what it shares was used again", "共用标识被再次使用的快慢"),
    "dealers_of_ties": ("dealers that a shared identifier reaches", "共用标识涉及的经销商数"),
    "loan_to_value": ("loan to price", "贷款成数"),
    "price": ("vehicle price", "车价"),
    "income": ("income", "收入"),
    "age": ("age", "年龄"),
    "price_to_income": ("price to income", "车价收入比"),
    "payment_to_income": ("payment to income", "月供收入比"),
    "amounts_conflict": ("amounts that do not add up", "金额不相符"),
    "hours_from_afternoon": ("hour of submission", "提交时段"),
    # dealers
    "log_applications": ("number of applications", "申请笔数"),
    "busiest_month": ("the busiest month", "最忙的一个月"),
    "salesperson_share": ("share of one salesperson", "单个销售员占比"),
    "repeat_share": ("share of repeated applicants", "重复申请占比"),
    "share_in_communities": ("share in suspicious groups", "可疑群体占比"),
    "share_on_phone": ("share with a shared phone", "共用手机号占比"),
    "share_on_contacts": ("share with a shared contact's number", "共用联系人号码占比"),
    "share_on_device": ("share from shared devices", "共用设备占比"),
    "share_on_account": ("share on shared accounts", "共用还款账户占比"),
    "share_at_address": ("share from shared addresses", "共用住址占比"),
    "share_on_vehicle": ("share on vehicles financed twice", "重复融资车辆占比"),
    "share_on_work_phone": ("share with a shared work phone", "共用单位电话占比"),
    "share_on_ip": ("share from shared IP addresses", "共用 IP 地址占比"),
    "mean_kinds": ("kinds shared per application", "每笔申请共用标识种类"),
    "mean_fastest_tempo": ("how fast what is shared was used again", "共用标识被再次使用的快慢"),
    "mean_loan_to_value": ("loan to price", "贷款成数"),
    "mean_price": ("vehicle prices", "车价"),
    "mean_income": ("incomes", "收入"),
    "variety_of_loans": ("variety of loan to price", "贷款成数的差异"),
}

# In what an application is like the members of a ring (`graphfraud.detection.application_reasons.LIKENED`).
LIKENED: dict[str, tuple[str, str]] = {
    "away": ("living where few customers do", "居住在该店客户很少的地区"),
    "hours": ("applying at an hour at which few do", "在很少有人申请的时段提交"),
    "income": ("its income to the digit", "收入数额分毫不差"),
}

# Why two applications count as one unit: same person, or a fold (`graphfraud.detection.units.FOLDS`).
UNITS: dict[str, tuple[str, str]] = {
    "same_person": ("the same person", "同一申请人"),
    "household_room": ("the same household", "同一家庭"),
    "household_contact": ("the same household", "同一家庭"),
    "relative": ("the same family", "同一亲属"),
    "couple": ("the same couple", "同一对伴侣"),
    "dormitory": ("the same dormitory", "同一宿舍"),
    "fleet": ("the same fleet", "同一车队"),
    "purse": ("a family with the same account", "共用账户的同一家庭"),
    "in_law": ("the same extended family", "同住的同一大家庭"),
    "unit": ("the same family or fleet", "同一家庭或车队"),
}

_CURRENCY_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


def feature_name(name: str, lang: Lang = "en") -> str:
    """Name a feature of a group, an application or a dealer; one that is not in the catalogue keeps its own name."""
    return FEATURES[name][lang == "zh"] if name in FEATURES else name.replace("_", " ")


def look_alike(name: str, lang: Lang = "en") -> str:
    """Name a benign class of groups; a class that is not in the catalogue keeps its own name."""
    return LOOK_ALIKES[name][lang == "zh"] if name in LOOK_ALIKES else name.replace("_", " ")


def unit_word(why: str, lang: Lang = "en") -> str:
    """Say why two applications count as one."""
    return UNITS.get(why, UNITS["unit"])[lang == "zh"]


def kind_name(kind: str, lang: Lang = "en", count: int = 1) -> str:
    """Name a kind of identifier, in English singular or plural by count."""
    words = KINDS.get(kind, ANY_KIND)
    return words.zh if lang == "zh" else words.one if count == 1 else words.many


def role_name(kind: str, role: str, lang: Lang = "en") -> str:
    """Name the part an identifier plays in an application; where a kind has one role, that is the kind's name."""
    names = ROLES.get((kind, role))
    return names[lang == "zh"] if names else kind_name(kind, lang)


def risk_word(risk: float, lang: Lang = "en") -> str:
    """Return the word for a risk in [0, 1]."""
    return next((zh if lang == "zh" else en) for bound, en, zh in RISK_WORDS if risk >= bound or bound == 0.0)


def evidence_share(reason: Reason) -> float | None:
    """Return a reason's share of the evidence (0–1), None where the scan gives none, as for the remainder."""
    part = reason.facts.get("evidence_share")
    return float(part) if isinstance(part, float | int) else None


def share(reason: Reason) -> str:
    """Write how much a reason weighs: its share of the evidence, "" for the remainder, which no single reason carries."""
    part = evidence_share(reason)
    if part is not None:
        return "<1 %" if 0 < part < 0.005 else f"{100 * part:.0f} %"
    return "" if reason.code == "remainder" else f"{reason.contribution:.2f}".replace("-", "−")


def by_share(reasons: Iterable[Reason]) -> list[Reason]:
    """Return the reasons that people are told, the heaviest first; what no single reason carries is none of them."""
    return sorted((reason for reason in reasons if reason.code != "remainder"), key=lambda reason: -weight(reason))


def weight(reason: Reason) -> float:
    """Return how much a reason weighs beside the others: what share() writes."""
    part = evidence_share(reason)
    return max(0.0, reason.contribution if part is None else part)


def short_mask(mask: str) -> str:
    """Write a mask short: a run of stars that hides the middle or the end becomes one sign."""
    return re.sub(r"(?<=[^*])\*{3,}", "…", mask)


def money(amount: float, currency: str, lang: Lang = "en") -> str:
    """Write an amount short: ¥1.9 M, ¥190 万."""
    sign = _CURRENCY_SIGNS.get(currency, currency + " ")
    steps = ((1e8, "亿"), (1e4, "万")) if lang == "zh" else ((1e9, "B"), (1e6, "M"), (1e3, "k"))
    for size, unit in steps:
        if abs(amount) >= size * 0.9995:
            scaled = amount / size
            return f"{sign}{scaled:,.0f} {unit}" if abs(scaled) >= 99.95 else f"{sign}{scaled:.1f} {unit}"
    return f"{sign}{amount:,.0f}"


def money_exact(amount: float, currency: str) -> str:
    """Write an amount in full, with two digits only where there are cents."""
    sign = _CURRENCY_SIGNS.get(currency, currency + " ")
    return f"{sign}{amount:,.0f}" if float(amount).is_integer() else f"{sign}{amount:,.2f}"
