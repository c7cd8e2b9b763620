"""Migen modules of bitcortex.models.neuron."""
