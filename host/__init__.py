"""Driver for boards and virtual boards."""
