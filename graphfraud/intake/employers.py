"""Employers in a canonical spelling, so that colleagues are recognised however each of them wrote the firm."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold, is_nothing

SHORTEST = 2
# The legal form says nothing about who the firm is, and half of its staff leave it out.
_CHINESE_FORMS = re.compile(r"[(（]?集团[)）]?|股份|有限责任公司|有限公司|责任|公司")
_WESTERN_FORMS = re.compile(
    r"\b(?:limited|ltd|incorporated|inc|llc|llp|lp|plc|corporation|corp|company|co|gmbh|ag|kg|ohg|se|sa|sas|sarl|srl|spa|bv|nv"
    r"|pty|pte|pvt|oy|ab|as|aps|holdings?|group|the)\b"
)
_NOT_LETTERS = re.compile(r"[^\w]+|_+")
_DOTTED = re.compile(r"\b((?:\w\.){2,})")
_NO_FIRM = frozenset(
    {
        *(
            "个体",
            "个体户",
            "个体工商户",
            "个体经营",
            "自由职业",
            "自由职业者",
            "自雇",
            "自营",
            "自己",
            "自己干",
            "无业",
            "待业",
            "失业",
        ),
        *(
            "退休",
            "离退休",
            "学生",
            "在校学生",
            "务农",
            "农民",
            "种地",
            "在家",
            "家庭主妇",
            "打工",
            "打零工",
            "零工",
            "灵活就业",
            "私企",
        ),
        *(
            "私营企业",
            "国企",
            "事业单位",
            "单位",
            "上班",
            "职员",
            "员工",
            "其他",
            "其它",
            "个人",
            "经商",
            "做生意",
            "生意",
            "司机",
        ),
        *("selfemployed", "self", "selfemployment", "unemployed", "freelance", "freelancer", "retired", "student", "housewife"),
        *(
            "homemaker",
            "none",
            "other",
            "private",
            "business",
            "owner",
            "farmer",
            "individual",
            "soleproprietor",
            "notemployed",
        ),
    }
)


def canonical(text: str) -> str | None:
    """Return a firm's name without legal form, brackets, blanks, punctuation and case; None where it names no firm."""
    text = fold(text).casefold()
    if is_nothing(text):
        return None
    name = _CHINESE_FORMS.sub("", _DOTTED.sub(lambda match: match[1].replace(".", ""), text))
    bare = _NOT_LETTERS.sub("", _WESTERN_FORMS.sub(" ", name))
    if len(bare) < SHORTEST:
        # Nothing but legal forms ("The Group Ltd"): then they are the name.
        bare = _NOT_LETTERS.sub("", text)
    return None if len(bare) < SHORTEST or bare in _NO_FIRM or bare.isdigit() else bare
