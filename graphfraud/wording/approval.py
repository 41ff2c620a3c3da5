"""What the gates of the approval flow found, as sentences in English and Chinese; each function returns (English, Chinese)."""

from __future__ import annotations

from graphfraud.wording.names import kind_name, role_name, short_mask

Pair = tuple[str, str]

COLUMNS: dict[str, Pair] = {
    "application_id": ("application id", "申请编号"),
    "submitted_at": ("time of submission", "提交时间"),
    "updated_at": ("time of the last change", "更新时间"),
    "dealer_id": ("dealer", "经销商"),
    "salesperson_id": ("salesperson", "销售员"),
    "applicant_id": ("resident id", "身份证号"),
    "applicant_name": ("applicant's name", "申请人姓名"),
    "phone": ("own phone number", "本人手机号"),
    "contact_phone_1": ("first contact's phone number", "第一联系人电话"),
    "contact_phone_2": ("second contact's phone number", "第二联系人电话"),
    "device_id": ("device", "设备"),
    "account_no": ("repaying account", "还款账户"),
    "address": ("home address", "住址"),
    "vin": ("vehicle identification number", "车架号"),
    "employer_phone": ("employer's phone number", "单位电话"),
    "ip": ("IP address", "IP 地址"),
    "employer": ("employer", "工作单位"),
    "email": ("e-mail address", "电子邮箱"),
    "age": ("age", "年龄"),
    "monthly_income": ("monthly income", "月收入"),
    "vehicle_model": ("vehicle model", "车型"),
    "vehicle_price": ("vehicle price", "车价"),
    "down_payment": ("down payment", "首付款"),
    "loan_amount": ("loan amount", "贷款金额"),
    "term_months": ("term", "贷款期限"),
    "product": ("product", "产品"),
}
MEASURES: dict[str, Pair] = {
    **{name: COLUMNS[name] for name in ("age", "monthly_income", "vehicle_price", "down_payment", "loan_amount")},
    "term_months": ("term in months", "贷款期限（月）"),
    "loan_to_value": ("share of the price that is financed", "贷款成数"),
    "down_payment_share": ("down payment's share of the price", "首付比例"),
    "payment_to_income": ("monthly payment's share of the income", "月供收入比"),
    "loan_to_income": ("loan in yearly incomes", "贷款与年收入之比"),
    "age_at_end": ("age at the end of the term", "到期时年龄"),
}
_SHARES = frozenset({"loan_to_value", "down_payment_share", "payment_to_income"})
# what contradicts itself, and what to do about it
CONTRADICTIONS: dict[str, tuple[Pair, Pair]] = {
    "resident_id_shape": (
        ("The resident id has a length that none has.", "身份证号位数不正确。"),
        ("copy it again from the card", "请按证件重新填写"),
    ),
    "resident_id_checksum": (
        ("The check digit of the resident id fails: it is mistyped.", "身份证号校验位不符，应为录入错误。"),
        ("copy it again from the card", "请按证件重新填写"),
    ),
    "resident_id_birth_date": (
        ("The birth date in the resident id does not exist.", "身份证号中的出生日期不存在。"),
        ("copy it again from the card", "请按证件重新填写"),
    ),
    "resident_id_area": (
        ("The resident id names an area that does not exist.", "身份证号中的地区不存在。"),
        ("bring the card", "请提供证件"),
    ),
    "account_check_digit": (
        ("The check digit of the repaying account fails.", "还款账户校验位不符。"),
        ("copy it again from the bank card", "请按银行卡重新填写"),
    ),
    "email_shape": (
        ("No mail could reach the e-mail address.", "电子邮箱格式不正确。"),
        ("write it again", "请重新填写"),
    ),
    "vin_shape": (
        ("The vehicle identification number is not of 17 characters, or holds I, O or Q.", "车架号格式不正确。"),
        ("copy it again from the vehicle", "请按车辆铭牌重新填写"),
    ),
    "vin_check_digit": (
        ("The check digit of the vehicle identification number fails.", "车架号校验位不符。"),
        ("copy it again from the vehicle", "请按车辆铭牌重新填写"),
    ),
    "age_differs": (
        ("The age does not fit the birth year in the resident id.", "年龄与身份证号中的出生年份不符。"),
        ("bring the card and correct one of them", "请提供证件并更正其一"),
    ),
    "amounts_differ": (
        ("Loan and down payment do not add up to the vehicle's price.", "贷款金额与首付款之和与车价不符。"),
        ("bring the sales contract and correct the amounts", "请提供购车合同并更正金额"),
    ),
    "contact_is_applicant": (
        ("The applicant's own phone number stands as a contact's.", "本人手机号填作联系人电话。"),
        ("name another contact", "请填写其他联系人"),
    ),
}


def missing(column: str) -> Pair:
    """Say that a column is empty."""
    english, chinese = COLUMNS[column]
    return f"The {english} is missing.", f"缺少{chinese}。"


def bring_missing(column: str) -> Pair:
    """Say what to bring where a column is empty."""
    english, chinese = COLUMNS[column]
    return f"Give the {english}.", f"请补充{chinese}。"


def contradiction(name: str) -> Pair:
    """Say what contradicts itself."""
    return CONTRADICTIONS[name][0]


def bring_contradiction(name: str) -> Pair:
    """Say what to bring where something contradicts itself."""
    (english, chinese), (do_english, do_chinese) = CONTRADICTIONS[name]
    return f"{english[:-1]}; {do_english}.", f"{chinese[:-1]}，{do_chinese}。"


def beyond(measure: str, value: float, limit: float, below: bool) -> Pair:
    """Say that a measure lies outside of what is admitted."""
    english, chinese = MEASURES[measure]
    seen, bound = _figure(measure, value), _figure(measure, limit)
    word, zh_word = ("below", "低于") if below else ("above", "高于")
    return f"The {english} is {seen}, {word} {bound}.", f"{chinese}为 {seen}，{zh_word} {bound}。"


def ring(state: str, applications: int, persons: int, score: int, at_least: bool = False) -> Pair:
    """Say what the application has to do with a ring; at_least: there are more of it than were read."""
    who = f"{'at least ' if at_least else ''}{applications} applications by {persons} persons"
    zh_who = f"{'至少 ' if at_least else ''}{applications} 笔申请、{persons} 人"
    if state == "forming":
        return (
            f"It is forming a ring with others: {who}; sub-score {score}.",
            f"正与其他申请形成团伙：{zh_who}；子评分 {score}。",
        )
    return f"It belongs to a known ring: {who}; sub-score {score}.", f"属于已知团伙：{zh_who}；子评分 {score}。"


def ring_like(score: int) -> Pair:
    """Say that it is tied like a ring, where there is no ring to name."""
    return f"It is tied to others as in a ring; sub-score {score}.", f"与其他申请的关联形同团伙；子评分 {score}。"


def low_score(score: int, cutoff: int) -> Pair:
    """Say that the score is below a cut-off."""
    return f"The score is {score}, below {cutoff}.", f"评分为 {score}，低于 {cutoff}。"


def hit(kind: str, role: str, mask: str, name: str, reason: str, source: str) -> Pair:
    """Say that an identifier is on a list."""
    why = "; ".join(part for part in (reason, source and f"source: {source}") if part)
    zh_why = "；".join(part for part in (reason, source and f"来源：{source}") if part)
    english, chinese = role_name(kind, role), role_name(kind, role, "zh")
    if role.startswith("contact"):
        english, chinese = f"{english}'s number", f"{chinese}电话"
    shown = f" {short_mask(mask)}" if mask else ""
    return (
        f"The {english}{shown} is on the list {name}{': ' + why if why else ''}.",
        f"{chinese}{shown} 在名单 {name} 上{'：' + zh_why if zh_why else ''}。",
    )


def exposed(what: str, total: float, limit: float) -> Pair:
    """Say that too much is asked for together; what is person, dealer or ring."""
    english, chinese = kind_name(what), kind_name(what, "zh")
    if what == "ring":
        english, chinese = "ring", "团伙"
    return (
        f"Together with what is asked for already, the {english} comes to {total:,.0f}, above {limit:,.0f}.",
        f"{chinese}累计申请金额达 {total:,.0f}，高于 {limit:,.0f}。",
    )


def exposure_unknown(what: str) -> Pair:
    """Say that a limit could not be applied."""
    english, chinese = ("ring", "团伙") if what == "ring" else (kind_name(what), kind_name(what, "zh"))
    return f"What the {english} asked for already is not known.", f"{chinese}已申请的金额未知。"


def no_terms(level: str, product: str) -> Pair:
    """Say that the policy has no terms."""
    of = f" and product {product}" if product else ""
    zh_of = f"、产品 {product} " if product else ""
    return f"The policy has no terms for level {level}{of}.", f"政策对风险等级 {level}{zh_of} 没有授信条件。"


def not_judged() -> Pair:
    """Say that the graph was not there."""
    return (
        "The graph did not answer in time: nothing is known of what the application shares with others.",
        "图数据库未能及时应答，无法判断该申请与其他申请的关联。",
    )


def _figure(measure: str, value: float) -> str:
    return f"{value:.0%}" if measure in _SHARES else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
