"""Real-valued reference dynamics, used to measure what quantisation loses."""
