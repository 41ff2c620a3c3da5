"""Pure functions over NumPy columns, one file a stage: `calibrate` learns what is usual, `judge` finds the rings."""
