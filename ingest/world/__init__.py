"""The synthetic world: everyday life, its coincidences, and gangs that hide in it."""
