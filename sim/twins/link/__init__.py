"""Twins of the framed link."""
