"""Golden models of fixed-point and stochastic neurons."""
