"""bitcortex."""
