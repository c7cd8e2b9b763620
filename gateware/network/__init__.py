"""Migen modules of bitcortex.models.network."""
