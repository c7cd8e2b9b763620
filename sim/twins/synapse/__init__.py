"""Twins of bitcortex.models.synapse and bitcortex.gateware.synapse."""
