"""Twins of bitcortex.models.neuron and bitcortex.gateware.neuron."""
