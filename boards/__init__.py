"""Devices and boards: out-of-context synthesis, area and speed."""
