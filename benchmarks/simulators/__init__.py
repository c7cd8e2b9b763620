"""Other simulators of spiking networks, run on the networks of our benchmarks."""
