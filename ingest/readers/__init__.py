"""Files in, rows out: one reader a format, and what they share."""
