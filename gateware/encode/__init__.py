"""Migen modules of bitcortex.models.encode."""
