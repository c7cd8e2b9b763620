"""Engines that run a Plan or a layer: golden, Numba, RTL."""
