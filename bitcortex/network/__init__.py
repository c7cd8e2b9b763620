"""The network description, its lowering to integers, and the Plan."""
