"""What scores, sub-scores, levels and bands are called, in both languages."""

from __future__ import annotations

from graphfraud.wording.names import Lang

# name, and what the sub-score says; each runs from 300 to 1000, higher is safer
SUB_SCORES: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "identity": (
        ("identity consistency", "身份一致性"),
        (
            "Whether id, name, age, phone, device and account fit one person; 1000: nothing contradicts.",
            "证件、姓名、年龄、手机、设备与账户是否属于同一人；1000 分为无矛盾。",
        ),
    ),
    "stability": (
        ("stability", "稳定性"),
        (
            "How much of phone, device, account, address and employer changed since the person's last application, and how "
            "fast; 1000: nothing worth a word, or no earlier application.",
            "与申请人上一笔申请相比，手机、设备、账户、住址与单位更换的多少与快慢；1000 分为无明显更换或无历史申请。",
        ),
    ),
    "fraud_ring": (
        ("fraud ring", "团伙欺诈"),
        ("Whether it belongs to a ring or stands near one; 1000: neither.", "是否属于或紧邻欺诈团伙；1000 分为两者皆非。"),
    ),
    "association_index": (
        ("association index", "关联指数"),
        (
            "How much of what it shares ties it to persons whom no household or firm explains; 1000: nothing.",
            "所共用的标识把它与非家庭、非同事的他人联系起来的程度；1000 分为无此类关联。",
        ),
    ),
    "multi_application": (
        ("multi-application", "多头申请"),
        (
            "How often the person and the person's own identifiers applied in 7, 30, 90 and 365 days, and at how many dealers; "
            "1000: as often as everybody does.",
            "本人及本人标识在 7、30、90、365 天内的申请次数与经销商数；1000 分为与常人无异。",
        ),
    ),
}

LEVELS: dict[str, tuple[str, str]] = {
    "very_high": ("very high risk", "极高风险"),
    "high": ("high risk", "高风险"),
    "medium": ("medium risk", "中等风险"),
    "low": ("low risk", "低风险"),
    "very_low": ("very low risk", "极低风险"),
}
BANDS: dict[str, tuple[str, str]] = {"reject": ("reject", "拒绝"), "review": ("review", "人工审核"), "pass": ("pass", "通过")}
DECISIONS: dict[str, tuple[str, str]] = {**BANDS, "resubmit": ("resubmit", "补件重报")}
GATES: dict[str, tuple[str, str]] = {
    "identity_and_admission": ("identity and admission", "身份与准入"),
    "fraud": ("fraud", "欺诈"),
    "score": ("score", "评分"),
    "negative_information": ("negative information", "负面信息"),
    "terms": ("terms", "授信条件"),
}


def sub_score_name(name: str, lang: Lang = "en") -> str:
    """Name a sub-score."""
    return SUB_SCORES[name][0][lang == "zh"]


def sub_score_meaning(name: str, lang: Lang = "en") -> str:
    """Say what a sub-score means, in one sentence."""
    return SUB_SCORES[name][1][lang == "zh"]


def level_word(level: str, lang: Lang = "en") -> str:
    """Name a level of risk."""
    return LEVELS[level][lang == "zh"]


def decision(name: str, gate: str, lang: Lang = "en") -> str:
    """Name a decision and the gate that made it ("" for a pass)."""
    said = DECISIONS[name][lang == "zh"]
    if not gate:
        return said
    at = GATES[gate][lang == "zh"]
    return f"{said}（{at}）" if lang == "zh" else f"{said} at {at}"


def band_word(band: str, lang: Lang = "en") -> str:
    """Name a band of the score."""
    return BANDS[band][lang == "zh"]
