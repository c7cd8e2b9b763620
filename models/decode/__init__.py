"""Golden models that turn bitstreams back into numbers."""
