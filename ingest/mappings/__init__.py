"""Mapping files that come with the project, found by their bare names."""
