"""The noise source of a neuron or a population: one word per update."""

from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.models.encode.seeds import derive

WIDTH = 32  # of the LFSR, and of a word
LEAP = 31  # shifts per update: neighbouring words share one bit


def noise_params(seed: int) -> LfsrParams:
    """Return the parameters of the LFSR for a user's seed, 0 to 2**63 - 1."""
    return LfsrParams(width=WIDTH, seed=derive(seed, WIDTH, "noise"), leap=LEAP)
