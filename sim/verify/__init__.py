"""Equality of twins, mutation testing and comparison of engines."""
