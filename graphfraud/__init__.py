"""graphfraud finds fraud rings in auto-finance applications: from files to explained gangs, without labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphfraud.notebook import FoundRings, find_rings

__all__ = ["FoundRings", "find_rings"]


def __getattr__(name: str) -> Any:
    # imported on first use, so that the command line answers at once
    if name in __all__:
        from graphfraud import notebook

        return getattr(notebook, name)
    raise AttributeError(f"module 'graphfraud' has no attribute {name!r}")
