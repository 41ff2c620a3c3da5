"""Reasons as sentences, and the sentence that says what a ring is; English and Chinese are written by hand.

A reason is a code with facts (`graphfraud.results.Reason`); a fact that is missing shortens the sentence, and a code that
the catalogue does not know gets a general one, so that a new reason in detection never breaks a page. Facts that sentences
use: persons, applications, dealers, days, identifiers (how many, where more are meant than are cited), usual (occurrences
a month that are usual), expected (what chance gives), dealer, employer, kinds and features (comma-separated names).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from graphfraud.results import Reason, Ring
from graphfraud.wording.names import AMOUNTS, ANY_KIND, KINDS, Lang, feature_name, kind_name, short_mask, unit_word

Facts = Mapping[str, float | int | str]


def sentence(reason: Reason, lang: Lang = "en") -> str:
    """Say one reason as a sentence."""
    english, chinese = SENTENCES.get(reason.code, (_other_en, _other_zh))
    return english(reason) if lang == "en" else chinese(reason)


def days_of(ring: Ring) -> int | None:
    """Return the days from the first to the last submission, at least 1; None without times."""
    if ring.first_seen is None or ring.last_seen is None:
        return None
    return max(1, math.ceil((ring.last_seen - ring.first_seen) / 86_400_000))


def shared_counts(reasons: Sequence[Reason]) -> dict[str, int]:
    """Count the different identifiers that the reasons stand on, by kind, in the order in which the reasons name them."""
    tokens: dict[str, set[str]] = {}
    uncited: Counter[str] = Counter()
    for reason in reasons:
        for kind, token in zip(reason.token_kinds, reason.tokens, strict=False):
            tokens.setdefault(kind, set()).add(token)
        if reason.kind and reason.tokens and not reason.token_kinds:
            tokens.setdefault(reason.kind, set()).update(reason.tokens)
            uncited[reason.kind] += _identifiers(reason) - len(reason.tokens)
    return {kind: len(found) + uncited[kind] for kind, found in tokens.items()}


def trust(ring: Ring, lang: Lang = "en") -> str:
    """Say in one sentence how far a ring can be trusted, "" where a scan computed nothing of it."""
    said = []
    if ring.q is not None and ring.q_chance is not None:
        both, chance = percent(ring.q), percent(ring.q_chance)
        said.append(
            f"名单截至此处，预计误报占 {both}（其中单凭巧合 {chance}）"
            if lang == "zh"
            else f"Cut the list here, and {both} of it is expected to be false (by chance alone {chance})"
        )
    if ring.stability is not None:
        again = percent(ring.stability)
        said.append(
            f"{again} 的扰动重跑再次发现了它"
            if lang == "zh"
            else f"{'f' if said else 'F'}ound again in {again} of perturbed runs"
        )
    return ("；" if lang == "zh" else "; ").join(said) + (("。" if lang == "zh" else ".") if said else "")


def percent(share: float) -> str:
    """Write a share as a percentage with two digits that count: 0.3 %, 4.1 %, 35 %."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else "<0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def summary(ring: Ring, lang: Lang = "en") -> str:
    """Say in one sentence what a ring is, built from the same reasons as the list below it."""
    shared, days = shared_counts(ring.reasons), days_of(ring)
    if lang == "zh":
        when = "" if days is None else "在一天内" if days == 1 else f"在 {days} 天内"
        where = f"于 {ring.dealers} 家经销商" if ring.dealers else ""
        things = [f"{n} {KINDS.get(kind, ANY_KIND).measure}{_spaced(kind_name(kind, 'zh'))}" for kind, n in shared.items()]
        tail = f"共用 {_join(things, '、', '和 ')}" if things else "仅由经销商、时间和金额相联系"
        return f"{ring.persons} 人{when}{where}提交 {ring.applications} 笔申请，{tail}。"
    when = "" if days is None else " in one day" if days == 1 else f" in {days} days"
    where = f" at {_n(ring.dealers, 'dealer', 'dealers')}" if ring.dealers else ""
    things = [_n(n, kind_name(kind), kind_name(kind, "en", 2)) for kind, n in shared.items()]
    tail = f"share {_join(things, ', ', ' and ')}" if things else "are tied by dealer, time and amounts"
    return f"{ring.applications} applications by {_n(ring.persons, 'person', 'persons')}{where}{when} {tail}."


def _shared_en(reason: Reason) -> str:
    words = KINDS.get(reason.kind, ANY_KIND)
    if _identifiers(reason) > 1:
        what = f"share {_n(_identifiers(reason), words.one, words.many)}{_masks(reason, ' (', ')')}"
    else:
        what = words.same + _masks(reason, " ")
    return f"{_who_en(reason.facts)} {what}{_when_en(reason.facts)}{_where_en(reason.facts)}."


def _shared_zh(reason: Reason) -> str:
    words = KINDS.get(reason.kind, ANY_KIND)
    if _identifiers(reason) > 1:
        what = f"共用 {_identifiers(reason)} {words.measure}{_spaced(words.zh)}{_masks(reason, '（', '）')}"
    else:
        what = words.zh_same.format(_masks(reason, "（", "）"))
    return f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}{what}。"


def _burst_en(reason: Reason) -> str:
    usual = _number(reason.facts, "usual")
    rate = f" of {_plain(usual)} a month" if usual is not None else ""
    noun = kind_name(reason.kind, "en", _identifiers(reason))
    verb = "were" if _identifiers(reason) > 1 else "was"
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
        f"被 {_who_zh(reason.facts)}使用，远高于其自身的平常频率{rate}。"
    )


def _several_kinds_en(reason: Reason) -> str:
    kinds, count = _kinds(reason.facts, "en")
    if count == 1 and reason.token_kinds:
        return _shared_en(replace(reason, kind=reason.token_kinds[0]))
    many = _n(count, "kind", "kinds") if count else "several kinds"
    if reason.tokens:
        what = f"{_n(_identifiers(reason), 'identifier', 'identifiers')} of {many}"
        return f"{_who_en(reason.facts)} share {what}{kinds}{_when_en(reason.facts)}{_where_en(reason.facts)}."
    return f"The same {_people_en(reason.facts)} share {many} of identifiers at once{kinds}{_when_en(reason.facts)}."


def _several_kinds_zh(reason: Reason) -> str:
    kinds, count = _kinds(reason.facts, "zh")
    if count == 1 and reason.token_kinds:
        return _shared_zh(replace(reason, kind=reason.token_kinds[0]))
    persons = _number(reason.facts, "persons")
    if reason.tokens:
        what = f"共用 {count} 类共 {_identifiers(reason)} 个标识{kinds}"
        return f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}{what}。"
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
    return f"{some}集中{_where_zh(reason.facts).rstrip() or '于相同的经销商'}，超出偶然所能解释{chance}。"


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


def _vouching_en(reason: Reason) -> str:
    return (
        f"{_who_en(reason.facts)} name one another's own phones as contacts{_masks(reason, ' (', ')')}"
        f"{_when_en(reason.facts)}{_where_en(reason.facts)}, in a chain longer than friends make."
    )


def _vouching_zh(reason: Reason) -> str:
    who = f"{_who_zh(reason.facts)}{_when_zh(reason.facts)}{_where_zh(reason.facts)}"
    return f"{who}互相把对方本人手机填作联系人{_masks(reason, '（', '）')}，链条之长超出熟人之间的常情。"


def _circumstance_en(reason: Reason) -> str:
    if "same_dealer" in reason.facts:
        return _fits_en(reason)
    applications = _number(reason.facts, "applications")
    some = _n(int(applications), "member is", "members are") if applications else "some members are"
    return f"{_upper(some)} tied by dealer, time and amounts only, by no shared identifier{_where_en(reason.facts)}."


def _circumstance_zh(reason: Reason) -> str:
    if "same_dealer" in reason.facts:
        return _fits_zh(reason)
    applications = _number(reason.facts, "applications")
    some = f"{_plain(applications)} 笔申请" if applications else "部分申请"
    return f"{some}没有共用标识，仅由经销商、时间和金额相联系。"


def _fits_en(reason: Reason) -> str:
    """An application that no identifier of weight ties to the ring in whose company it came."""
    sold, handled = int(_number(reason.facts, "same_dealer") or 0), int(_number(reason.facts, "same_salesperson") or 0)
    parts = []
    if sold:
        parts.append(f"came to the dealer of {_n(sold, 'member', 'members')} of the ring{_when_en(reason.facts)}")
    if handled:
        parts.append(f"was handled by the salesperson of {_n(handled, 'member', 'members')}")
    if alike := _alike(reason.facts, "en"):
        parts.append(f"resembles the members in {_join(alike, ', ', ' and ')}")
    if reason.tokens:
        parts.append(f"shares {_n(len(reason.tokens), 'weak identifier', 'weak identifiers')} with them")
    return f"Tied by circumstance: it {_join(parts, ', ', ' and ')}." if parts else "Tied to a ring by circumstance only."


def _fits_zh(reason: Reason) -> str:
    sold, handled = int(_number(reason.facts, "same_dealer") or 0), int(_number(reason.facts, "same_salesperson") or 0)
    parts = []
    if sold:
        parts.append(f"{_when_zh(reason.facts).strip()}与该团伙的 {sold} 笔申请同在一家经销商")
    if handled:
        parts.append(f"与其中 {handled} 笔由同一销售员经办")
    if alike := _alike(reason.facts, "zh"):
        parts.append(f"{_join(alike, '、', '和')}与其相近")
    if reason.tokens:
        parts.append(f"与其共用 {len(reason.tokens)} 个较弱的标识")
    return f"由情境相联系：{'，'.join(parts)}。" if parts else "仅由情境与团伙相联系。"


def _alike(facts: Facts, lang: Lang) -> list[str]:
    names = [name for name in str(facts.get("alike") or "").split(",") if name]
    return [AMOUNTS[name][lang == "zh"] if name in AMOUNTS else name for name in names]


def _same_unit_en(reason: Reason) -> str:
    with_whom = f" as application {reason.facts['with']}" if reason.facts.get("with") else " as another application"
    return f"{_upper(unit_word(str(reason.facts.get('why', 'unit'))))}{with_whom}, which is tied."


def _same_unit_zh(reason: Reason) -> str:
    with_whom = f"申请 {reason.facts['with']} " if reason.facts.get("with") else "另一笔申请"
    return f"与{with_whom}属于{unit_word(str(reason.facts.get('why', 'unit')), 'zh')}，后者有关联。"


def _unusual_en(reason: Reason) -> str:
    features = _features(reason.facts, "en")
    return f"Unlike other groups{' in ' + _join(features, ', ', ' and ') if features else ''}."


def _unusual_zh(reason: Reason) -> str:
    features = _features(reason.facts, "zh")
    return f"{'在' + _join(features, '、', '和') + '上' if features else ''}与其他群体明显不同。"


def _remainder_en(_reason: Reason) -> str:
    return "What the reasons carry together (without one, the others still stand), and weaker ties."


def _remainder_zh(_reason: Reason) -> str:
    return "各条理由共同支撑的部分（去掉任一条，其余仍成立），以及较弱的关联。"


def _other_en(reason: Reason) -> str:
    what = f" on {kind_name(reason.kind, 'en', _identifiers(reason))}{_masks(reason, ' ')}" if reason.kind else ""
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
    "vouching": (_vouching_en, _vouching_zh),
    "circumstance": (_circumstance_en, _circumstance_zh),
    "same_unit": (_same_unit_en, _same_unit_zh),
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
    # Sorted: the order of tokens depends on the token key, that of masks does not.
    masks = sorted(short_mask(mask) for mask in reason.masks if mask)
    if not masks:
        return ""
    more = f" +{_identifiers(reason) - most}" if _identifiers(reason) > most else ""
    return before + ", ".join(masks[:most]) + more + after


def _identifiers(reason: Reason) -> int:
    """How many identifiers a reason stands on; it may cite fewer."""
    return max(int(_number(reason.facts, "identifiers") or 0), len(reason.tokens), 1)


def _kinds(facts: Facts, lang: Lang) -> tuple[str, int]:
    value = facts.get("kinds")
    names = [kind_name(name.strip(), lang) for name in value.split(",")] if isinstance(value, str) and value else []
    number = _number(facts, "kinds")
    if not names:
        return "", int(number or 0)
    return (f"（{_join(names, '、', '和')}）" if lang == "zh" else f" ({', '.join(names)})"), len(names)


def _features(facts: Facts, lang: Lang) -> list[str]:
    names = [name.strip() for name in str(facts.get("features") or "").split(",")]
    return [feature_name(name, lang) for name in names if name]


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


def _spaced(chinese: str) -> str:
    """Set a name that begins with Latin letters apart from the character before it."""
    return f" {chinese}" if chinese[:1].isascii() else chinese


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
