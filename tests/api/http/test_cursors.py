"""A cursor is opaque, comes back as it was, and what is none is refused."""

from __future__ import annotations

import pytest

from api.http.cursors import Cursor, read_cursor
from api.http.problems import Problem


def test_a_cursor_comes_back_as_it_was():
    cursor = Cursor("20250601-02", 150)

    assert read_cursor(cursor.text()) == cursor
    assert "20250601" not in cursor.text()


@pytest.mark.parametrize("text", ["", "x", "%%%", "é", "MXx8", Cursor("../../etc", 1).text(), Cursor("a", -1).text()])
def test_what_is_no_cursor_is_refused(text):
    with pytest.raises(Problem) as raised:
        read_cursor(text)

    assert raised.value.status == 404
