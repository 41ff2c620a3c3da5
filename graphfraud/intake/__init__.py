"""One door for every record: map, validate, normalise, derive, tokenise, mask."""

from graphfraud.intake.intake import Intake

__all__ = ["Intake"]
