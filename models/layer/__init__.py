"""Golden models of stochastic-computing layers."""
