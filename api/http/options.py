"""What `graphfraud serve` was told, as it is handed to the workers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

# A worker that cannot start ends with this and the command line's exit code.
CANNOT_START = 100


@dataclass(frozen=True, slots=True)
class Options:
    """Options of one `serve`.

    budget_ms is how long a check may take before it is answered without the graph; drain_seconds how long requests are
    still taken after SIGTERM; runtime a folder that all workers share while it runs.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    observe: bool = False
    budget_ms: int = 300
    log_format: Literal["text", "json"] = "text"
    drain_seconds: float = 0.5
    runtime: Path = Path()

    def text(self) -> str:
        """Write the options for a worker's command line."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def of(cls, text: str) -> Options:
        """Read what `text` wrote."""
        said = json.loads(text)
        return cls(**said | {"runtime": Path(said["runtime"])})
