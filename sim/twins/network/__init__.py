"""Twins of bitcortex.models.network and bitcortex.gateware.network."""
