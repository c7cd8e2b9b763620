"""Golden models of random and low-discrepancy sources and of the stochastic number generator."""
