"""The page about policies, compared with the program."""

from __future__ import annotations

import re
from pathlib import Path

from graphfraud.check.answer import GATES
from graphfraud.check.policy import CONTRADICTIONS, MEASURES
from graphfraud.check.policy_file import TABLES, default_text
from graphfraud.wording.approval import CONTRADICTIONS as SAID

PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text(encoding="utf-8")


def test_the_page_shows_the_policy_that_is_shipped():
    assert f"```toml\n{default_text()}```" in PAGE


def test_the_page_names_every_measure_contradiction_and_gate():
    for name, says in MEASURES.items():
        assert f"| `{name}` | {says} |" in PAGE
    for name, columns in CONTRADICTIONS.items():
        assert f"| `{name}` | {', '.join(f'`{column}`' for column in columns)} | {SAID[name][0][0]} |" in PAGE
    assert re.findall(r"^\| `(\w+)` \| .* \| .*(?:review|resubmit), reject \|$", PAGE, flags=re.MULTILINE)[-5:] == list(GATES)


def test_the_shipped_file_shows_every_table():
    for table in TABLES:
        assert f"[{table}" in default_text()
