"""One catalogue of sentences: reasons, kinds, look-alikes, risk and money, in English and Chinese.

Both languages are written by hand. A reason is a code with facts (`graphfraud.results.Reason`); a fact that is missing
shortens the sentence, and a code that the catalogue does not know gets a general one, so that a new reason in detection
never breaks a page. Facts that sentences use: persons, applications, dealers, days, usual (occurrences a month that are
usual), expected (what chance gives), dealer, employer (masked or plain text), kinds, features (comma-separated names).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graphfraud.results import Reason, Ring

Lang = Literal["en", "zh"]
LANGUAGES: tuple[Lang, ...] = ("en", "zh")
Facts = Mapping[str, float | int | str]


@dataclass(frozen=True)
class KindWords:
    """How a kind of identifier is spoken of.

    one and many are English nouns, same the English predicate of persons who share it, zh and measure the Chinese noun and
    its measure word, zh_same the Chinese predicate.
    """

    one: str
    many: str
    same: str
    zh: str
    measure: str
    zh_same: str


KINDS: dict[str, KindWords] = {
    "person": KindWords("applicant", "applicants", "applied as the same applicant", "申请人", "位", "以同一申请人提交"),
    "phone": KindWords("phone number", "phone numbers", "gave the same phone number", "电话号码", "个", "填写同一电话号码"),
    "device": KindWords("device", "devices", "applied from the same device", "设备", "台", "使用同一设备提交"),
    "account": KindWords(
        "repaying account", "repaying accounts", "repay from the same account", "还款账户", "个", "使用同一还款账户"
    ),
    "address": KindWords("home address", "home addresses", "live at the same address", "住址", "处", "登记同一住址"),
    "vehicle": KindWords("vehicle", "vehicles", "finance the same vehicle", "车辆", "辆", "为同一车辆申请贷款"),
    "work_phone": KindWords("work phone", "work phones", "gave the same work phone", "单位电话", "个", "填写同一单位电话"),
    "ip": KindWords("IP address", "IP addresses", "applied from the same IP address", "IP 地址", "个", "从同一 IP 地址提交"),
    "employer": KindWords("employer", "employers", "named the same employer", "工作单位", "家", "填写同一工作单位"),
    "email": KindWords(
        "e-mail address", "e-mail addresses", "gave the same e-mail address", "电子邮箱", "个", "填写同一电子邮箱"
    ),
    "compound": KindWords(
        "residential compound", "residential compounds", "live in the same compound", "小区", "个", "住在同一小区"
    ),
    "phone_block": KindWords(
        "block of phone numbers",
        "blocks of phone numbers",
        "have phone numbers of one block",
        "号段",
        "个",
        "手机号属于同一号段",
    ),
    "account_block": KindWords(
        "block of accounts", "blocks of accounts", "repay from accounts of one block", "账号段", "个", "还款账户属于同一账号段"
    ),
    "ip_range": KindWords("IP range", "IP ranges", "applied from the same IP range", "IP 网段", "个", "从同一 IP 网段提交"),
    "salesperson": KindWords(
        "salesperson", "salespersons", "were handled by the same salesperson", "销售员", "位", "由同一销售员经办"
    ),
    "dealer": KindWords("dealer", "dealers", "bought at the same dealer", "经销商", "家", "在同一经销商购车"),
}
_ANY_KIND = KindWords("identifier", "identifiers", "share the same identifier", "标识", "个", "共用同一标识")

LOOK_ALIKES: dict[str, tuple[str, str]] = {
    "household": ("household", "同住家庭"),
    "relative": ("relatives", "亲属"),
    "reapply": ("the same person applying again", "同一人重复申请"),
    "fleet": ("small fleet", "小型车队"),
    "store_tablet": ("store tablet", "门店平板"),
    "store_ip": ("store network", "门店网络"),
    "big_employer": ("big employer", "大型单位"),
    "dormitory": ("dormitory", "集体宿舍"),
    "call_centre": ("call centre", "客服中心"),
    "recycled_number": ("recycled phone number", "二次放号"),
    "broker": ("honest broker", "正规中介"),
    "friends": ("friends", "朋友"),
    "resold_car": ("car sold again", "车辆转售"),
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

# Names of features that the isolation forest may call unusual; others are printed as they are named.
FEATURES: dict[str, tuple[str, str]] = {
    "size": ("size", "规模"),
    "density": ("density of ties", "关联密度"),
    "tempo": ("tempo", "申请节奏"),
    "dealers": ("spread over dealers", "经销商分布"),
    "salespersons": ("spread over salespersons", "销售员分布"),
    "amounts": ("likeness of amounts", "金额相似度"),
    "hours": ("hours of submission", "提交时段"),
}

_CURRENCY_SIGNS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$", "TWD": "NT$"}


def sentence(reason: Reason, lang: Lang = "en") -> str:
    """Say one reason as a sentence."""
    english, chinese = SENTENCES.get(reason.code, (_other_en, _other_zh))
    return english(reason) if lang == "en" else chinese(reason)


def look_alike(name: str, lang: Lang = "en") -> str:
    """Name a benign class of groups; a class that is not in the catalogue keeps its own name."""
    return LOOK_ALIKES[name][lang == "zh"] if name in LOOK_ALIKES else name.replace("_", " ")


def kind_name(kind: str, lang: Lang = "en", count: int = 1) -> str:
    """Name a kind of identifier, in English singular or plural by count."""
    words = KINDS.get(kind, _ANY_KIND)
    return words.zh if lang == "zh" else words.one if count == 1 else words.many


def role_name(kind: str, role: str, lang: Lang = "en") -> str:
    """Name the part an identifier plays in an application; where a kind has one role, that is the kind's name."""
    names = ROLES.get((kind, role))
    return names[lang == "zh"] if names else kind_name(kind, lang)


def risk_word(risk: float, lang: Lang = "en") -> str:
    """Return the word for a risk in [0, 1]."""
    return next((zh if lang == "zh" else en) for bound, en, zh in RISK_WORDS if risk >= bound or bound == 0.0)


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


def days_of(ring: Ring) -> int | None:
    """Return the days from the first to the last submission, at least 1; None without times."""
    if ring.first_seen is None or ring.last_seen is None:
        return None
    return max(1, math.ceil((ring.last_seen - ring.first_seen) / 86_400_000))


def shared_counts(reasons: Sequence[Reason]) -> dict[str, int]:
    """Count the different identifiers that the reasons cite, by kind, in the order in which the reasons name them."""
    tokens: dict[str, set[str]] = {}
    for reason in reasons:
        if reason.kind and reason.tokens:
            tokens.setdefault(reason.kind, set()).update(reason.tokens)
    return {kind: len(found) for kind, found in tokens.items()}


def summary(ring: Ring, lang: Lang = "en") -> str:
    """Say in one sentence what a ring is, built from the same reasons as the list below it."""
    shared, days = shared_counts(ring.reasons), days_of(ring)
    if lang == "zh":
        when = "" if days is None else "在一天内" if days == 1 else f"在 {days} 天内"
        where = f"于 {ring.dealers} 家经销商" if ring.dealers else ""
        things = [f" {n} {KINDS.get(kind, _ANY_KIND).measure}{kind_name(kind, 'zh')}" for kind, n in shared.items()]
        tail = f"共用{_join(things, '、', '和')}" if things else "仅由经销商、时间和金额相联系"
        return f"{ring.persons} 人{when}{where}提交 {ring.applications} 笔申请，{tail}。"
    when = "" if days is None else " in one day" if days == 1 else f" in {days} days"
    where = f" at {_n(ring.dealers, 'dealer', 'dealers')}" if ring.dealers else ""
    things = [_n(n, kind_name(kind), kind_name(kind, "en", 2)) for kind, n in shared.items()]
    tail = f"share {_join(things, ', ', ' and ')}" if things else "are tied by dealer, time and amounts"
    return f"{ring.applications} applications by {_n(ring.persons, 'person', 'persons')}{where}{when} {tail}."


def _shared_en(reason: Reason) -> str:
    words = KINDS.get(reason.kind, _ANY_KIND)
    if len(reason.tokens) > 1:
        what = f"share {_n(len(reason.tokens), words.one, words.many)}{_masks(reason, ' (', ')')}"
    else:
        what = words.same + _masks(reason, " ")
    return f"{_who_en(reason.facts)} {what}{_when_en(reason.facts)}{_where_en(reason.facts)}."


def _shared_zh(reason: Reason) -> str:
    words = KINDS.get(reason.kind, _ANY_KIND)
    if len(reason.tokens) > 1:
        what = f"共用 {len(reason.tokens)} {words.measure}{words.zh}{_masks(reason, '（', '）')}"
    else:
        what = words.zh_same + _masks(reason, " ")
    return f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}{what}。"


def _burst_en(reason: Reason) -> str:
    usual = _number(reason.facts, "usual")
    rate = f" of {_plain(usual)} a month" if usual is not None else ""
    noun = kind_name(reason.kind, "en", max(1, len(reason.tokens)))
    verb = "were" if len(reason.tokens) > 1 else "was"
    who = _who_en(reason.facts, small=True)
    return (
        f"{_upper(noun)}{_masks(reason, ' ')} {verb} used by {who}{_when_en(reason.facts)}{_where_en(reason.facts)}, "
        f"far above {'their' if verb == 'were' else 'its'} own usual rate{rate}."
    )


def _burst_zh(reason: Reason) -> str:
    usual = _number(reason.facts, "usual")
    rate = f"（每月约 {_plain(usual)} 次）" if usual is not None else ""
    return (
        f"{kind_name(reason.kind, 'zh')}{_masks(reason, ' ', ' ')}{_when_zh(reason.facts)}{_where_zh(reason.facts)}"
        f"被{_who_zh(reason.facts)}使用，远高于其自身的平常频率{rate}。"
    )


def _several_kinds_en(reason: Reason) -> str:
    kinds, count = _kinds(reason.facts, "en")
    many = _n(count, "kind", "kinds") if count else "several kinds"
    return f"The same {_people_en(reason.facts)} share {many} of identifiers at once{kinds}{_when_en(reason.facts)}."


def _several_kinds_zh(reason: Reason) -> str:
    kinds, count = _kinds(reason.facts, "zh")
    persons = _number(reason.facts, "persons")
    who = f"同样的 {_plain(persons)} 人" if persons else "同一批人"
    return f"{who}{_when_zh(reason.facts)}同时共用{f' {count} ' if count else '多'}类标识{kinds}。"


def _dealers_en(reason: Reason) -> str:
    applications = _number(reason.facts, "applications")
    some = f"{_plain(applications)} of the applications" if applications else "The applications"
    where = _where_en(reason.facts) or " at the same dealers"
    expected = _number(reason.facts, "expected")
    chance = f" ({_plain(expected)} expected)" if expected is not None else ""
    return f"{some} were sold{where}, more than chance would put there{chance}."


def _dealers_zh(reason: Reason) -> str:
    applications = _number(reason.facts, "applications")
    some = f"其中 {_plain(applications)} 笔申请" if applications else "这些申请"
    expected = _number(reason.facts, "expected")
    chance = f"（预期 {_plain(expected)} 笔）" if expected is not None else ""
    return f"{some}集中{_where_zh(reason.facts) or '于相同的经销商'}，超出偶然所能解释{chance}。"


def _in_row_en(reason: Reason) -> str:
    accounts = reason.kind.startswith("account")
    what = "repay from accounts opened in a row" if accounts else "have own phone numbers bought in a row"
    return f"{_who_en(reason.facts)} {what}{_masks(reason, ' (', ')')}{_when_en(reason.facts)}{_where_en(reason.facts)}."


def _in_row_zh(reason: Reason) -> str:
    what = "的还款账户为连号开立" if reason.kind.startswith("account") else "的本人手机号为连号购入"
    return f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}{what}{_masks(reason, '（', '）')}。"


def _mismatch_en(reason: Reason) -> str:
    employer = f" ({reason.facts['employer']})" if reason.facts.get("employer") else ""
    return (
        f"Work phone{_masks(reason, ' ')}, given by {_who_en(reason.facts, small=True)}{_when_en(reason.facts)}"
        f"{_where_en(reason.facts)}, belongs to another employer{employer} than the one they name."
    )


def _mismatch_zh(reason: Reason) -> str:
    employer = f"（{reason.facts['employer']}）" if reason.facts.get("employer") else ""
    who = f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}"
    return f"{who}填写的单位电话{_masks(reason, ' ', ' ')}属于另一家单位{employer}，与所填单位不符。"


def _circumstance_en(reason: Reason) -> str:
    applications = _number(reason.facts, "applications")
    some = _n(int(applications), "member is", "members are") if applications else "some members are"
    return f"{_upper(some)} tied by dealer, time and amounts only, by no shared identifier{_where_en(reason.facts)}."


def _circumstance_zh(reason: Reason) -> str:
    applications = _number(reason.facts, "applications")
    some = f"{_plain(applications)} 笔申请" if applications else "部分申请"
    return f"{some}没有共用标识，仅由经销商、时间和金额相联系。"


def _unusual_en(reason: Reason) -> str:
    features = _features(reason.facts, "en")
    return f"Unlike other groups{' in ' + _join(features, ', ', ' and ') if features else ''}."


def _unusual_zh(reason: Reason) -> str:
    features = _features(reason.facts, "zh")
    return f"{'在' + _join(features, '、', '和') + '上' if features else ''}与其他群体明显不同。"


def _remainder_en(_reason: Reason) -> str:
    return "Further ties, each too weak to be a reason of its own."


def _remainder_zh(_reason: Reason) -> str:
    return "其余关联，单独均不足以构成理由。"


def _other_en(reason: Reason) -> str:
    what = f" on {kind_name(reason.kind, 'en', max(1, len(reason.tokens)))}{_masks(reason, ' ')}" if reason.kind else ""
    name = reason.code.replace("_", " ")
    return f"Evidence “{name}”{what}: {_who_en(reason.facts, small=True)}{_when_en(reason.facts)}{_where_en(reason.facts)}."


def _other_zh(reason: Reason) -> str:
    what = f"，{kind_name(reason.kind, 'zh')}{_masks(reason, ' ')}" if reason.kind else ""
    facts = f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}"
    return f"证据“{reason.code.replace('_', ' ')}”{what}：{facts}。"


Sentence = Callable[[Reason], str]
SENTENCES: dict[str, tuple[Sentence, Sentence]] = {
    "shared": (_shared_en, _shared_zh),
    "burst": (_burst_en, _burst_zh),
    "several_kinds": (_several_kinds_en, _several_kinds_zh),
    "same_dealer": (_dealers_en, _dealers_zh),
    "dealers": (_dealers_en, _dealers_zh),
    "numbers_in_row": (_in_row_en, _in_row_zh),
    "work_phone_mismatch": (_mismatch_en, _mismatch_zh),
    "circumstance": (_circumstance_en, _circumstance_zh),
    "unusual": (_unusual_en, _unusual_zh),
    "remainder": (_remainder_en, _remainder_zh),
}


def _who_en(facts: Facts, small: bool = False) -> str:
    persons, applications = _number(facts, "persons"), _number(facts, "applications")
    if persons and applications and applications != persons:
        who = f"{_n(int(persons), 'person', 'persons')} in {_n(int(applications), 'application', 'applications')}"
    elif persons:
        who = _n(int(persons), "person", "persons")
    elif applications:
        who = _n(int(applications), "application", "applications")
    else:
        who = "several applications"
    return who if small else _upper(who)


def _who_zh(facts: Facts) -> str:
    persons, applications = _number(facts, "persons"), _number(facts, "applications")
    if persons and applications and applications != persons:
        return f"{_plain(persons)} 人（{_plain(applications)} 笔申请）"
    if persons:
        return f"{_plain(persons)} 人"
    return f"{_plain(applications)} 笔申请" if applications else "多笔申请"


def _people_en(facts: Facts) -> str:
    persons = _number(facts, "persons")
    return _n(int(persons), "person", "persons") if persons else "people"


def _when_en(facts: Facts) -> str:
    days = _number(facts, "days")
    return "" if days is None else " within one day" if days <= 1 else f" within {math.ceil(days)} days"


def _when_zh(facts: Facts) -> str:
    days = _number(facts, "days")
    return "" if days is None else "在一天内" if days <= 1 else f"在 {math.ceil(days)} 天内"


def _where_en(facts: Facts) -> str:
    dealers = _number(facts, "dealers")
    if facts.get("dealer") and (dealers is None or dealers == 1):
        return f" at dealer {facts['dealer']}"
    return f" at {_n(int(dealers), 'dealer', 'dealers')}" if dealers else ""


def _where_zh(facts: Facts) -> str:
    dealers = _number(facts, "dealers")
    if facts.get("dealer") and (dealers is None or dealers == 1):
        return f"于经销商 {facts['dealer']} "
    return f"于 {_plain(dealers)} 家经销商" if dealers else ""


def _masks(reason: Reason, before: str, after: str = "", most: int = 3) -> str:
    masks = [mask for mask in reason.masks if mask]
    if not masks:
        return ""
    more = f" +{len(masks) - most}" if len(masks) > most else ""
    return before + ", ".join(masks[:most]) + more + after


def _kinds(facts: Facts, lang: Lang) -> tuple[str, int]:
    value = facts.get("kinds")
    names = [kind_name(name.strip(), lang) for name in value.split(",")] if isinstance(value, str) and value else []
    number = _number(facts, "kinds")
    if not names:
        return "", int(number or 0)
    return (f"（{_join(names, '、', '和')}）" if lang == "zh" else f" ({', '.join(names)})"), len(names)


def _features(facts: Facts, lang: Lang) -> list[str]:
    names = [name.strip() for name in str(facts.get("features") or "").split(",")]
    return [FEATURES[n][lang == "zh"] if n in FEATURES else n.replace("_", " ") for n in names if n]


def _number(facts: Facts, name: str) -> float | None:
    value = facts.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _plain(value: float | None) -> str:
    if value is None:
        return "0"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 10 else f"{value:.1f}"


def _n(count: int, one: str, many: str) -> str:
    return f"one {one}" if count == 1 else f"{count:,} {many}"


def _join(words: Sequence[str], between: str, last: str) -> str:
    return words[0] if len(words) == 1 else between.join(words[:-1]) + last + words[-1]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
