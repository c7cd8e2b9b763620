"""Twins of the column engine."""
