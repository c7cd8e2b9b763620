"""Simulated systems on chip."""
