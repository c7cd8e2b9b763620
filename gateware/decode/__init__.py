"""Migen modules of bitcortex.models.decode."""
