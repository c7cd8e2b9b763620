"""Twins of bitcortex.models.decode and bitcortex.gateware.decode."""
