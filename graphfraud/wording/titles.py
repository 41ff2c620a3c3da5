"""Titles of the columns of tables of rings, applications and checks, in Chinese; in English they are their names."""

from __future__ import annotations

from graphfraud.wording.names import Lang

TITLES: dict[str, str] = {
    "risk": "风险",
    "ring": "团伙",
    "what": "概况",
    "apps": "申请",
    "pers": "人数",
    "dlrs": "经销商数",
    "exposure": "敞口",
    "last seen": "最近提交",
    "share": "占比",
    "reason": "理由",
    "application": "申请编号",
    "submitted": "提交时间",
    "dealer": "经销商",
    "salesperson": "销售员",
    "applicant": "申请人",
    "loan": "贷款",
    "tie": "关联",
    "shared": "共用",
    "identifier": "标识",
    "held by": "持有申请",
    "points": "扣分",
    "proved by": "依据",
    "decided": "决策时间",
    "decision": "决策",
    "score": "评分",
    "policy": "政策",
    "check": "检查编号",
}


def title(name: str, lang: Lang = "en") -> str:
    """Return the title of a column; one that is called the same in both languages (`q`) has no entry."""
    return TITLES.get(name, name) if lang == "zh" else name
