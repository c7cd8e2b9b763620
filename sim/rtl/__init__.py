"""From a Migen module to a compiled simulation."""
