"""C firmware for the SoC's CPU: it runs a network without a host. See docs/firmware.md."""
