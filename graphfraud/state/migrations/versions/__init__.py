"""One file a revision; names begin with the revision's number, which only rises."""
