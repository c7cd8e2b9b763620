"""Twins of bitcortex.models.layer and bitcortex.gateware.layer."""
