"""Golden models of spike recording."""
