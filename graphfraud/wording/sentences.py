"""Reasons as sentences, and the sentence that says what a ring is; English and Chinese are written by hand.

A reason is a code with facts (`graphfraud.results.Reason`); a fact that is missing shortens the sentence, and a code that
the catalogue does not know gets a general one, so that a new reason in detection never breaks a page. Facts that sentences
use: persons, applications, dealers, days, identifiers (how many, where more are meant than are cited), kinds, features and
alike (comma-separated names), with and why (of one unit), same_dealer, same_salesperson and members (how many of a ring),
away and hours (how many are unlike customers in where they live, in when they apply).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from graphfraud.results import LeftOut, Reason, Ring
from graphfraud.wording.names import ANY_KIND, KINDS, LIKENED, Lang, kind_name, unit_word
from graphfraud.wording.past import PAST
from graphfraud.wording.phrases import (
    Facts,
    capital,
    counted,
    features_of,
    identifiers_of,
    joined,
    kinds_of,
    masks_of,
    number_of,
    people_en,
    plain,
    spaced,
    when_en,
    when_zh,
    where_en,
    where_zh,
    who_en,
    who_zh,
)

DEPARTURES = ("away", "hours")  # facts, and the reasons that stand on them alone


def sentence(reason: Reason, lang: Lang = "en") -> str:
    """Say one reason as a sentence."""
    english, chinese = SENTENCES.get(reason.code, (_other_en, _other_zh))
    said = english(reason) if lang == "en" else chinese(reason)
    return said if reason.code in DEPARTURES else said + _unlike_customers(reason.facts, lang)


def _unlike_customers(facts: Facts, lang: Lang) -> str:
    """How many of those who share something live elsewhere, or apply at other hours, than customers do."""
    away, hours = (int(number_of(facts, name) or 0) for name in DEPARTURES)
    if lang == "zh":
        said = [f"其中 {plain(away)} 笔的申请人住在其申请门店的客户很少居住的地区"] if away else []
        said += [f"{'' if away else '其中 '}{plain(hours)} 笔在很少有人申请的时段提交"] if hours else []
        return f"{'，'.join(said)}。" if said else ""
    said = []
    if away:
        who = counted(away, "application is", "applications are")
        said.append(f"{who} of people who live where few of the dealer's customers do")
    said += [f"{counted(hours, 'application came', 'applications came')} at an hour at which few do"] if hours else []
    return f" {capital(joined(said, ', ', ' and '))}." if said else ""


def _away_en(reason: Reason) -> str:
    return f"{_of_all_en(reason, 'away')} are of people who live where few of the dealer's customers do."


def _away_zh(reason: Reason) -> str:
    return f"{_of_all_zh(reason, 'away')}的申请人住在其申请门店的客户很少居住的地区。"


def _hours_en(reason: Reason) -> str:
    return f"{_of_all_en(reason, 'hours')} came at hours at which few do."


def _hours_zh(reason: Reason) -> str:
    return f"{_of_all_zh(reason, 'hours')}在很少有人申请的时段提交。"


def _of_all_en(reason: Reason, fact: str) -> str:
    some, every = number_of(reason.facts, fact), number_of(reason.facts, "applications")
    return f"{plain(some)} of the {plain(every)} applications" if some and every else "Many of the applications"


def _of_all_zh(reason: Reason, fact: str) -> str:
    some, every = number_of(reason.facts, fact), number_of(reason.facts, "applications")
    return f"{plain(every)} 笔申请中有 {plain(some)} 笔" if some and every else "其中多笔"


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
            uncited[reason.kind] += identifiers_of(reason) - len(reason.tokens)
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


def left_out(cut: LeftOut, lang: Lang = "en") -> str:
    """Say in one sentence how many rings limits of q and q_chance leave out, and from where on they would keep one."""
    if lang == "zh":
        over = joined([f"{limit.name} 高于 {limit.most:g}" for limit in cut.limits], "、", " 或 ")
        least = joined([f"{limit.name} 为 {limit.lowest:.4g}" for limit in cut.limits], "、", "、")
        return f"另有 {cut.rings:,} 个团伙的 {over}，未列出；全部团伙中最低的 {least}。"
    rings, are = ("1 ring", "is") if cut.rings == 1 else (f"{cut.rings:,} rings", "are")
    over = joined([f"a larger {limit.name} than {limit.most:g}" for limit in cut.limits], ", ", " or ")
    least = joined([f"the lowest {limit.name} of all is {limit.lowest:.4g}" for limit in cut.limits], ", ", ", ")
    return f"{rings} with {over} {are} left out; {least}."


def within(cut: LeftOut, lang: Lang = "en") -> str:
    """Say what the rings have that limits keep: "q is at most 0.2"."""
    if lang == "zh":
        return joined([f"{limit.name} 不高于 {limit.most:g}" for limit in cut.limits], "、", "、")
    return joined([f"{limit.name} is at most {limit.most:g}" for limit in cut.limits], ", ", " and ")


def percent(share: float) -> str:
    """Write a share as a percentage with two digits that count: 0.3 %, 4.1 %, 35 %."""
    return f"{100 * share:.0f} %" if share >= 0.0995 or share == 0 else "<0.1 %" if share < 0.0005 else f"{100 * share:.1f} %"


def summary(ring: Ring, lang: Lang = "en") -> str:
    """Say in one sentence what a ring is, built from the same reasons as the list below it."""
    shared, days = shared_counts(ring.reasons), days_of(ring)
    if lang == "zh":
        when = "" if days is None else "在一天内" if days == 1 else f"在 {days} 天内"
        where = f"于 {ring.dealers} 家经销商" if ring.dealers else ""
        things = [f"{n} {KINDS.get(kind, ANY_KIND).measure}{spaced(kind_name(kind, 'zh'))}" for kind, n in shared.items()]
        tail = f"共用 {joined(things, '、', '和 ')}" if things else "仅由经销商、时间和金额相联系"
        return f"{ring.persons} 人{when}{where}提交 {ring.applications} 笔申请，{tail}。"
    when = "" if days is None else " in one day" if days == 1 else f" in {days} days"
    where = f" at {counted(ring.dealers, 'dealer', 'dealers')}" if ring.dealers else ""
    things = [counted(n, kind_name(kind), kind_name(kind, "en", 2)) for kind, n in shared.items()]
    tail = f"share {joined(things, ', ', ' and ')}" if things else "are tied by dealer, time and amounts"
    return f"{ring.applications} applications by {counted(ring.persons, 'person', 'persons')}{where}{when} {tail}."


def _shared_en(reason: Reason) -> str:
    words = KINDS.get(reason.kind, ANY_KIND)
    if identifiers_of(reason) > 1:
        what = f"share {counted(identifiers_of(reason), words.one, words.many)}{masks_of(reason, ' (', ')')}"
    else:
        what = words.same + masks_of(reason, " ")
    return f"{who_en(reason.facts)} {what}{when_en(reason.facts)}{where_en(reason.facts)}."


def _shared_zh(reason: Reason) -> str:
    words = KINDS.get(reason.kind, ANY_KIND)
    if identifiers_of(reason) > 1:
        what = f"共用 {identifiers_of(reason)} {words.measure}{spaced(words.zh)}{masks_of(reason, '（', '）')}"
    else:
        what = words.zh_same.format(masks_of(reason, "（", "）"))
    return f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}{what}。"


def _burst_en(reason: Reason) -> str:
    noun = kind_name(reason.kind, "en", identifiers_of(reason))
    verb = "were" if identifiers_of(reason) > 1 else "was"
    who = who_en(reason.facts, small=True)
    return (
        f"{capital(noun)}{masks_of(reason, ' ')} {verb} used by {who}{when_en(reason.facts)}{where_en(reason.facts)}, "
        f"far above {'their' if verb == 'were' else 'its'} own usual rate."
    )


def _burst_zh(reason: Reason) -> str:
    return (
        f"{kind_name(reason.kind, 'zh')}{masks_of(reason, ' ', ' ')}{when_zh(reason.facts)}{where_zh(reason.facts)}"
        f"被 {who_zh(reason.facts)}使用，远高于其自身的平常频率。"
    )


def _several_kinds_en(reason: Reason) -> str:
    kinds, count = kinds_of(reason.facts, "en")
    if count == 1 and reason.token_kinds:
        return _shared_en(replace(reason, kind=reason.token_kinds[0]))
    many = counted(count, "kind", "kinds") if count else "several kinds"
    if reason.tokens:
        what = f"{counted(identifiers_of(reason), 'identifier', 'identifiers')} of {many}"
        return f"{who_en(reason.facts)} share {what}{kinds}{when_en(reason.facts)}{where_en(reason.facts)}."
    return f"The same {people_en(reason.facts)} share {many} of identifiers at once{kinds}{when_en(reason.facts)}."


def _several_kinds_zh(reason: Reason) -> str:
    kinds, count = kinds_of(reason.facts, "zh")
    if count == 1 and reason.token_kinds:
        return _shared_zh(replace(reason, kind=reason.token_kinds[0]))
    persons = number_of(reason.facts, "persons")
    if reason.tokens:
        what = f"共用 {count} 类共 {identifiers_of(reason)} 个标识{kinds}"
        return f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}{what}。"
    who = f"同样的 {plain(persons)} 人" if persons else "同一批人"
    return f"{who}{when_zh(reason.facts)}同时共用{f' {count} ' if count else '多'}类标识{kinds}。"


def _dealers_en(reason: Reason) -> str:
    applications = number_of(reason.facts, "applications")
    some = f"{plain(applications)} of the applications" if applications else "The applications"
    where = where_en(reason.facts) or " at the same dealers"
    return f"{some} were sold{where}, more than chance would put there."


def _dealers_zh(reason: Reason) -> str:
    applications = number_of(reason.facts, "applications")
    some = f"其中 {plain(applications)} 笔申请" if applications else "这些申请"
    return f"{some}集中{where_zh(reason.facts) or '于相同的经销商'}，超出偶然所能解释。"


def _alike_en(reason: Reason) -> str:
    applications = number_of(reason.facts, "applications")
    some = f"The {plain(applications)} applications" if applications else "The applications"
    return f"{some} are alike in loan to value and income, unlike what customers choose for themselves."


def _alike_zh(reason: Reason) -> str:
    applications = number_of(reason.facts, "applications")
    some = f"这 {plain(applications)} 笔申请" if applications else "这些申请"
    return f"{some}的贷款成数和收入彼此相近，不像客户各自所选。"


def _in_row_en(reason: Reason) -> str:
    accounts = reason.kind.startswith("account")
    what = "repay from accounts opened in a row" if accounts else "have own phone numbers bought in a row"
    return f"{who_en(reason.facts)} {what}{masks_of(reason, ' (', ')')}{when_en(reason.facts)}{where_en(reason.facts)}."


def _in_row_zh(reason: Reason) -> str:
    what = "的还款账户为连号开立" if reason.kind.startswith("account") else "的本人手机号为连号购入"
    return f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}{what}{masks_of(reason, '（', '）')}。"


def _mismatch_en(reason: Reason) -> str:
    return (
        f"Work phone{masks_of(reason, ' ')}, given by {who_en(reason.facts, small=True)}{when_en(reason.facts)}"
        f"{where_en(reason.facts)}, belongs to another employer than the one they name."
    )


def _mismatch_zh(reason: Reason) -> str:
    who = f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}"
    return f"{who}填写的单位电话{masks_of(reason, ' ', ' ')}属于另一家单位，与所填单位不符。"


def _vouching_en(reason: Reason) -> str:
    return (
        f"{who_en(reason.facts)} name one another's own phones as contacts{masks_of(reason, ' (', ')')}"
        f"{when_en(reason.facts)}{where_en(reason.facts)}, in a chain longer than friends make."
    )


def _vouching_zh(reason: Reason) -> str:
    who = f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}"
    return f"{who}互相把对方本人手机填作联系人{masks_of(reason, '（', '）')}，链条之长超出熟人之间的常情。"


def _circumstance_en(reason: Reason) -> str:
    """An application that no identifier of weight ties to the ring in whose company it came."""
    sold, handled = int(number_of(reason.facts, "same_dealer") or 0), int(number_of(reason.facts, "same_salesperson") or 0)
    parts = []
    if sold:
        parts.append(f"came to the dealer of {counted(sold, 'member', 'members')} of the ring{when_en(reason.facts)}")
    if handled:
        parts.append(f"was handled by the salesperson of {counted(handled, 'member', 'members')}")
    if alike := _alike(reason.facts, "en"):
        parts.append(f"resembles the members in {joined(alike, ', ', ' and ')}")
    if reason.tokens:
        parts.append(f"shares {counted(len(reason.tokens), 'weak identifier', 'weak identifiers')} with them")
    return f"Tied by circumstance: it {joined(parts, ', ', ' and ')}." if parts else "Tied to a ring by circumstance only."


def _circumstance_zh(reason: Reason) -> str:
    sold, handled = int(number_of(reason.facts, "same_dealer") or 0), int(number_of(reason.facts, "same_salesperson") or 0)
    parts = []
    if sold:
        parts.append(f"{when_zh(reason.facts).strip()}与该团伙的 {sold} 笔申请同在一家经销商")
    if handled:
        parts.append(f"与其中 {handled} 笔由同一销售员经办")
    if alike := _alike(reason.facts, "zh"):
        parts.append(f"与其成员同样{joined(alike, '、', '且')}")
    if reason.tokens:
        parts.append(f"与其共用 {len(reason.tokens)} 个较弱的标识")
    return f"由情境相联系：{'，'.join(parts)}。" if parts else "仅由情境与团伙相联系。"


def _alike(facts: Facts, lang: Lang) -> list[str]:
    names = [name for name in str(facts.get("alike") or "").split(",") if name]
    return [LIKENED[name][lang == "zh"] if name in LIKENED else name for name in names]


def _same_unit_en(reason: Reason) -> str:
    with_whom = f" as application {reason.facts['with']}" if reason.facts.get("with") else " as another application"
    return f"From {unit_word(str(reason.facts.get('why', 'unit')))}{with_whom}, whose identifiers tie it to others."


def _same_unit_zh(reason: Reason) -> str:
    with_whom = f"申请 {reason.facts['with']} " if reason.facts.get("with") else "另一笔申请"
    return f"与{with_whom}属于{unit_word(str(reason.facts.get('why', 'unit')), 'zh')}，该申请的标识与其他申请相关联。"


def _unusual_en(reason: Reason) -> str:
    features = features_of(reason.facts, "en")
    return f"Unlike other groups{' in ' + joined(features, ', ', ' and ') if features else ''}."


def _unusual_zh(reason: Reason) -> str:
    features = features_of(reason.facts, "zh")
    return f"{'在' + joined(features, '、', '和') + '上' if features else ''}与其他群体明显不同。"


def _remainder_en(_reason: Reason) -> str:
    return "What the reasons carry together (without one, the others still stand), and weaker ties."


def _remainder_zh(_reason: Reason) -> str:
    return "各条理由共同支撑的部分（去掉任一条，其余仍成立），以及较弱的关联。"


def _other_en(reason: Reason) -> str:
    what = f" on {kind_name(reason.kind, 'en', identifiers_of(reason))}{masks_of(reason, ' ')}" if reason.kind else ""
    name = reason.code.replace("_", " ")
    return f"Evidence “{name}”{what}: {who_en(reason.facts, small=True)}{when_en(reason.facts)}{where_en(reason.facts)}."


def _other_zh(reason: Reason) -> str:
    what = f"，{kind_name(reason.kind, 'zh')}{masks_of(reason, ' ')}" if reason.kind else ""
    facts = f"{who_zh(reason.facts)}{when_zh(reason.facts)}{where_zh(reason.facts)}"
    return f"证据“{reason.code.replace('_', ' ')}”{what}：{facts}。"


Sentence = Callable[[Reason], str]


def _near_ring_en(reason: Reason) -> str:
    members, persons = int(number_of(reason.facts, "members") or 0), int(number_of(reason.facts, "persons") or 0)
    what = f"{kind_name(reason.kind)}{masks_of(reason, ' ')}"
    return f"{members} of the {persons} persons who hold the same {what} belong to one ring."


def _near_ring_zh(reason: Reason) -> str:
    members, persons = int(number_of(reason.facts, "members") or 0), int(number_of(reason.facts, "persons") or 0)
    what = f"{kind_name(reason.kind, 'zh')}{masks_of(reason, '（', '）')}"
    return f"使用同一{what}的 {persons} 人中有 {members} 人属于同一团伙。"


SENTENCES: dict[str, tuple[Sentence, Sentence]] = {
    "shared": (_shared_en, _shared_zh),
    "burst": (_burst_en, _burst_zh),
    "several_kinds": (_several_kinds_en, _several_kinds_zh),
    "dealers": (_dealers_en, _dealers_zh),
    "alike": (_alike_en, _alike_zh),
    "away": (_away_en, _away_zh),
    "hours": (_hours_en, _hours_zh),
    "numbers_in_row": (_in_row_en, _in_row_zh),
    "work_phone_mismatch": (_mismatch_en, _mismatch_zh),
    "vouching": (_vouching_en, _vouching_zh),
    "circumstance": (_circumstance_en, _circumstance_zh),
    "same_unit": (_same_unit_en, _same_unit_zh),
    "unusual": (_unusual_en, _unusual_zh),
    "near_ring": (_near_ring_en, _near_ring_zh),
    "remainder": (_remainder_en, _remainder_zh),
    **PAST,
}
