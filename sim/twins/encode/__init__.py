"""Twins of bitcortex.models.encode and bitcortex.gateware.encode."""
