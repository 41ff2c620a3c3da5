"""What `graphfraud check` prints of an answer."""

from __future__ import annotations

from io import StringIO

import pytest
from dossiers import RING, dossier, hit, policy, scored
from rich.console import Console

from api.cli import check
from graphfraud.check.answer import CheckAnswer
from graphfraud.check.compose import answer_of
from graphfraud.results import Reason
from graphfraud.wording import Lang

LISTED = '[lists]\nspecial = "reject"\ncourt = "review"\n'
SHARED = {"persons": 4, "applications": 4, "days": 3.0}


def printed(answer: CheckAnswer, lang: Lang = "en") -> list[str]:
    console = Console(file=StringIO(), width=140, highlight=False, markup=False)
    check._print(console, answer, lang)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]  # a StringIO


def shared(kind: str, points: float, share: float) -> Reason:
    facts = {**SHARED, "evidence_share": share}
    return Reason("shared", points, kind, facts=facts, tokens=("t",), masks=("138******11",))


REST = Reason("remainder", 250.0)


def test_who_is_on_a_list_is_told_which_and_why_and_sees_no_empty_table():
    answer = answer_of("c", dossier(hits=(hit(),)), policy(LISTED), as_of=0, reasons=(REST,))

    head, why, *rest = printed(answer)

    assert head == "AP1  reject at negative information  score 1000 (very low risk)"
    assert "175…1696 is on the list blacklist: reported; source: branch." in why
    assert rest == []
    assert printed(answer, "zh")[0] == "AP1  拒绝（负面信息）  评分 1000（极低风险）"
    assert "名单 blacklist" in printed(answer, "zh")[1]


def test_points_are_shown_where_a_reason_has_some_and_evidence_leads_where_none_has():
    said = dossier(scored(0.7, ring=RING))
    some = answer_of("c", said, policy(""), as_of=0, reasons=(shared("phone", 200, 0.2), shared("device", 0, 0.8), REST))
    none = answer_of("c", said, policy(""), as_of=0, reasons=(shared("phone", 0, 0.2), shared("device", 0, 0.8), REST))

    counted, weighed = printed(some), printed(none)

    assert next(line for line in counted if "proved by" in line).split()[:2] == ["points", "share"]
    assert any(line.split()[:2] == ["200", "20%"] for line in counted) and any("no single reason" in line for line in counted)
    assert not any("points" in line or "no single reason" in line for line in weighed)
    assert [line.split()[0] for line in weighed if "%" in line] == ["80%", "20%"]
    assert counted[0].startswith("AP1  reject at fraud") and "forming a ring" in counted[1]
    assert not any("█" in line for line in counted)


def test_what_is_missing_is_asked_for_once():
    shown = printed(answer_of("c", dossier(without=("phone",)), policy(""), as_of=0))

    assert shown[0].startswith("AP1  resubmit at identity and admission")
    assert shown[1:] == ["  Give the own phone number."]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_the_graph_there_is_no_score(lang):
    head = printed(answer_of("c", dossier(degraded=True), policy(""), as_of=0), lang)[0]

    assert ("no score" in head and "degraded" in head) if lang == "en" else ("无评分" in head and "降级" in head)
