"""Golden models of whole networks on chip."""
