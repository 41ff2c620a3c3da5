"""Load the neo4j driver without pandas and pyarrow, which it would import only to accept their values as parameters.

That import takes about as long as the rest of a short command. The store passes plain Python values, and what the driver
offers on frames it imports when asked. Where one of the two or the driver is loaded already it is left as it is; whoever
imports them later gets them.
"""

from __future__ import annotations

import sys

HEAVY = ("pandas", "pyarrow")

if "neo4j" not in sys.modules:
    left_out = [name for name in HEAVY if name not in sys.modules]
    for name in left_out:
        sys.modules[name] = None  # type: ignore[assignment]  # makes the import fail as if it were not installed
    try:
        import neo4j  # noqa: F401 - loaded for everybody who imports it after this
    finally:
        for name in left_out:
            del sys.modules[name]
