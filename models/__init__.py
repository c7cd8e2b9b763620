"""Golden integer models: the definition of every bitcortex building block."""
