"""Why a group that shares identifiers is no ring, as sentences in both languages."""

from __future__ import annotations

from graphfraud.results import LookAlike, Tie
from graphfraud.wording.names import ANY_KIND, KINDS, Lang, kind_name, look_alike, short_mask

# What each class is, as the reason why its sharing is innocent. What else its members share is not looked at where the
# class is found: none may say that it is nothing.
EXPLAINED: dict[str, tuple[str, str]] = {
    "reapply": ("One person who applied more than once is not a group.", "同一人多次申请，不构成团伙。"),
    "household": ("A family shares its home, its numbers and often its purse.", "家庭成员共用住址、电话，也常共用账户。"),
    "relative": ("Relatives name the same number, and share more than that.", "亲属填写同一联系电话，且另有关联。"),
    "couple": ("Two who live together and share an account or a device.", "同住两人共用账户或设备。"),
    "fleet": ("One firm bought several cars at once.", "同一单位同日购买多辆车。"),
    "dormitory": ("Colleagues live in one place, as in a dormitory.", "同事同住一处，如单位宿舍。"),
    "store_tablet": ("It is used at one dealer, as the store's own is.", "主要用于一家经销商，如店内自用设备。"),
    "store_ip": ("It is used at one dealer, as the store's own is.", "主要用于一家经销商，如店内自用网络。"),
    "carrier_ip": ("A carrier or a public place gives the same address to strangers.", "运营商或公共场所会让陌生人共用地址。"),
    "promotion": ("A fair or a campaign brings many to one dealer within days.", "促销活动使多人数日内集中于一家经销商。"),
    "big_employer": ("More people name it than a circle of acquaintances has.", "填写者之多，超出熟人圈子。"),
    "colleagues": ("All who name an employer name the same one.", "填写了单位的人，单位均相同。"),
    "broker": ("The number is named over more than a season, as a broker's is.", "该号码的填写跨越一季以上，如中介号码。"),
    "clerk_number": ("The number follows one salesperson, who fills in the forms.", "该号码随同一销售员出现，由其代填。"),
    "friends": ("It is one's own number, which others name, as friends do.", "一人的本人号码被他人填写，如朋友之间。"),
    "recycled_number": ("The carrier gave the number to somebody else later.", "运营商后来将该号码重新放出。"),
    "resold_car": ("The car was sold, and financed, again.", "车辆转售后再次办理贷款。"),
    "numbers_in_row": ("So many numbers are in use that neighbours meet by chance.", "在用号码密集，相邻纯属偶然。"),
    "tenants": ("Strangers rent one home, one after another or side by side.", "先后或同时租住同一住址的陌生人。"),
    "neighbours": ("They live in one compound.", "同住一个小区。"),
    "coincidence": ("What is shared says too little to make a ring.", "所共用的不足以说明是团伙。"),
}


def why_not(found: LookAlike, lang: Lang = "en") -> str:
    """Say what a look-alike shares and why that is no ring."""
    explained = EXPLAINED.get(found.name, ("", ""))[lang == "zh"]
    ties = [_tie(tie, lang) for tie in found.ties]
    if lang == "zh":
        who = f"{found.persons} 人" + (f"（{found.applications} 笔申请）" if found.applications != found.persons else "")
        when = "" if found.days is None else "在一天内" if found.days <= 1 else f"在 {found.days} 天内"
        what = f"共用{'、'.join(ties)}" if ties else "计为同一单元"
        surname = "，多数同姓" if found.surname and found.persons > 1 else ""
        one = "作为一个整体计算。" if found.folded else ""
        return f"{look_alike(found.name, 'zh')}：{who}{when}{what}{surname}。{explained}{one}可信度 {found.confidence:.2f}。"
    who = "One person" if found.persons == 1 else f"{found.persons:,} persons"
    if found.applications != found.persons:
        who += f" in {found.applications:,} applications"
    when = "" if found.days is None else " within one day" if found.days <= 1 else f" within {found.days} days"
    shares = "shares" if found.persons == 1 else "share"
    what = f"{shares} {_listed(ties)}" if ties else "count as one" if found.persons > 1 else "applied"
    surname = ", most of one surname" if found.surname and found.persons > 1 else ""
    one = " They count as one." if found.folded and found.persons > 1 else ""
    name = look_alike(found.name)
    return f"{name[:1].upper()}{name[1:]}: {who} {what}{when}{surname}. {explained}{one} Confidence {found.confidence:.2f}."


def _tie(tie: Tie, lang: Lang) -> str:
    masks = sorted({short_mask(mask) for mask in tie.masks if mask})[:2]
    more = f" +{tie.identifiers - len(masks)}" if tie.identifiers > len(masks) else ""
    if lang == "zh":
        shown = f"（{'、'.join(masks)}{more}）" if masks else ""
        return f" {tie.identifiers} {KINDS.get(tie.kind, ANY_KIND).measure}{kind_name(tie.kind, 'zh')}{shown}"
    shown = f" ({', '.join(masks)}{more})" if masks else ""
    return f"{'one' if tie.identifiers == 1 else tie.identifiers} {kind_name(tie.kind, 'en', tie.identifiers)}{shown}"


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]
