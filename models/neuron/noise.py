"""The noise source of a neuron or a population: one word per update."""

from functools import cache

from bitcortex.models.encode.lfsr import Lfsr, LfsrParams
from bitcortex.models.encode.seeds import derive

WIDTH = 32  # of the LFSR, and of a word
LEAP = 31  # shifts per update: neighbouring words share one bit


def noise_params(seed: int) -> LfsrParams:
    """Return the parameters of the LFSR for a user's seed, 0 to 2**63 - 1."""
    return LfsrParams(width=WIDTH, seed=derive(seed, WIDTH, "noise"), leap=LEAP)


def following(word: int) -> int:
    """Return the word after a word: what the LFSR's shifts make, by four table look-ups.

    The LFSR is linear over GF(2), so its next state is the XOR of what the four bytes make alone.
    """
    first, second, third, fourth = _tables()
    return (
        first[word & 0xFF]
        ^ second[word >> 8 & 0xFF]
        ^ third[word >> 16 & 0xFF]
        ^ fourth[word >> 24 & 0xFF]
    )


@cache
def _tables() -> tuple[list[int], ...]:
    lfsr = Lfsr(LfsrParams(width=WIDTH, leap=LEAP))

    def after(state: int) -> int:
        lfsr.value = state
        lfsr.tick(1, 0, 0)
        return lfsr.value

    return tuple([after(byte << shift) for byte in range(256)] for shift in (0, 8, 16, 24))
