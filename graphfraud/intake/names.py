"""Names of people: one spelling, the surname, and what is no name."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold, is_nothing, is_one_character

_CJK = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_DOTS = re.compile(r"[・•‧･᛫∙●.]")
_FORMS_OF_ADDRESS = re.compile(r"(?:先生|女士|小姐|太太|师傅)$")
_WESTERN_TITLES = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof)\.?\s+", re.IGNORECASE)
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv", "phd", "md"})
_NO_NAME = frozenset(
    {"匿名", "客户", "测试", "某某", "某人", "本人", "先生", "女士", "test", "customer", "anonymous", "applicant"}
)
_PAIRS = (
    "欧阳太史上官端木司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于"
    "司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门第五"
    "完颜耶律纳兰叶赫那拉歐陽司馬東方諸葛尉遲公孫長孫"
)
COMPOUND_SURNAMES = frozenset(_PAIRS[i : i + 2] for i in range(0, len(_PAIRS), 2))


def canonical(text: str) -> str | None:
    """Return a name in one spelling, None for a placeholder or a single character.

    Chinese names lose blanks and forms of address, Western ones titles, case and double blanks, and `Last, First` is turned.
    """
    text = fold(text).strip(" .,;-_/")
    if is_nothing(text):
        return None
    if _CJK.search(text):
        name = _FORMS_OF_ADDRESS.sub("", _DOTS.sub("·", "".join(text.split()))).strip("·")
    else:
        text = _WESTERN_TITLES.sub("", text)
        last, comma, first = text.partition(",")
        name = " ".join((f"{first} {last}" if comma and first.strip() else text).casefold().split())
    return None if len(name) < 2 or name in _NO_NAME or is_one_character(name) or not any(c.isalpha() for c in name) else name


def surname(name: str) -> str:
    """Return the surname of a canonical name: two characters for the compound ones, the last word of a Western name."""
    if not _CJK.search(name):
        words = name.split(" ")
        return next((word for word in reversed(words) if word not in _SUFFIXES), words[-1])
    if "·" in name:
        return name.rsplit("·", 1)[1]
    return name[:2] if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else name[0]
