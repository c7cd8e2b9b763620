"""C firmware for the SoC's CPU."""
