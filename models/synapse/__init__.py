"""Golden models of bitstream synapses, dot products and plasticity."""
