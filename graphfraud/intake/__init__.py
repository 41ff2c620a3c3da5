"""One door for every record: map, validate, normalise, derive, tokenise, mask."""
