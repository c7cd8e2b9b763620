"""Stochastic and spiking cortical networks, described once, identical on every engine."""

__version__ = "0.1.0"
