"""Migen modules of bitcortex.models.recorder."""
