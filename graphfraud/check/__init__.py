"""The fraud check: one application in, a decision with its reasons out."""
