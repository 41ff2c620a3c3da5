"""Files in, the store filled: readers, resumable load, rejects; mappings; the synthetic world."""
