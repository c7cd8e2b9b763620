"""Twins of bitcortex.models.recorder and bitcortex.gateware.recorder."""
