"""Spike-train statistics, stochastic-computing statistics and plots."""
