"""Migen modules, each the twin of the golden model of the same path."""
