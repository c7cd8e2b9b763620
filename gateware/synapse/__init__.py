"""Migen modules of bitcortex.models.synapse."""
