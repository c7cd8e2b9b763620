"""Migen modules of bitcortex.models.layer."""
