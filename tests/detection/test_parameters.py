"""Numbers that detection is told have their reasons beside them."""

from __future__ import annotations

import re
from pathlib import Path

from graphfraud.detection import parameters


def test_every_number_has_its_reason_on_its_line():
    lines = Path(parameters.__file__).read_text(encoding="utf-8").splitlines()

    numbers = [line.strip() for line in lines if re.match(r'\s+(\w+: (int|float) = |"\w+": [\d.]+,)', line)]

    assert len(numbers) > 100
    assert [line for line in numbers if "  # " not in line] == []
