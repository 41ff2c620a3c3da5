"""Read the file in which people revoke folds: applications that are not one household, fleet or person."""

from __future__ import annotations

import re
from pathlib import Path

from graphfraud.errors import SettingError


def read_revocations(path: Path) -> tuple[tuple[str, ...], ...]:
    """Read groups of application ids, one a line, separated by commas or blanks; # begins a remark.

    The applications of a line are not one unit, whatever they share. Raises SettingError that names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read the revocations in {path}: {error}") from error
    groups = []
    for number, line in enumerate(lines, 1):
        ids = tuple(dict.fromkeys(word for word in re.split(r"[\s,;]+", line.partition("#")[0]) if word))
        if len(ids) == 1:
            raise SettingError(f"{path}, line {number}: {ids[0]} alone; name two or more applications that are not one")
        if ids:
            groups.append(ids)
    return tuple(groups)
