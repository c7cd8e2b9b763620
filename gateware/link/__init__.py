"""Migen modules of bitcortex.models.link, and the UART of real boards."""
