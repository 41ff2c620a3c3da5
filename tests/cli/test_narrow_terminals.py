"""Tables on terminals that are narrower than they are, whatever their columns."""

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from api.cli.context import print_fitting, table

SENTENCE = "Nine applications by eight persons at two dealers in thirty-five days share two repaying accounts and one device."


def printed(width: int, extra: int = 0, lesser: tuple[str, ...] = ("b",), below: str = "what", rows: int = 2) -> list[str]:
    """Print a table with a sentence in the middle and more columns behind it."""
    console = Console(file=StringIO(), width=width, highlight=False, markup=False)
    made = table("a", "b", "what", *(f"more {n}" for n in range(extra)), right=("b",))
    for number in range(rows):
        made.add_row(f"[first] {number}", "1,000,000", Text(SENTENCE), *["12345678"] * extra)
    print_fitting(console, made, lesser, below)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]  # a StringIO


@pytest.mark.parametrize("extra", [0, 3, 4])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_line_is_wider_than_the_terminal_and_no_row_is_longer_than_its_sentence(width, extra):
    shown = printed(width, extra)

    assert max(map(cell_len, shown)) <= width
    assert len(shown) <= 4 + 2 * 4
    words = " ".join(" ".join(shown).split())
    assert all(f"[first] {number}" in words for number in range(2))
    assert all(word in words for word in SENTENCE.split())


def test_a_sentence_without_room_stands_below_its_row_and_lesser_columns_go_only_then():
    wide, narrow, narrowest = printed(140, 3), printed(80, 3), printed(50, 3)

    assert "what" in wide[1] and "b" in wide[1]
    assert "what" not in narrow[1] and "b" in narrow[1].split()
    assert "b" not in narrowest[1].split() and "more 2" in narrowest[1]
    assert narrow[4].startswith("   Nine applications")


def test_a_table_without_a_sentence_or_without_rows_is_printed_too():
    assert "Nine" in " ".join(printed(140, below=""))
    assert "a" in printed(40, 3, rows=0)[1]
