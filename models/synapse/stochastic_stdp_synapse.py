"""Stochastic STDP synapse as a user calls it."""

import numpy as np

from bitcortex import check
from bitcortex.models.synapse.stdp import WORD, Stdp, StdpParams


class StochasticSTDPSynapse:
    """A synapse that learns from spike times, exactly `models.synapse.stdp.Stdp`.

    Parameters
    ----------
    w
        Initial weight in [0, 1]: the probability that a spike is passed on.
    window_plus, window_minus
        Steps in which a later post (pre) spike potentiates (depresses), 0 to 1,023.
    p_plus, p_minus
        Probability of an update, in [0, 1], in steps of 2**-16.
    step_size
        Change of the weight per update, in (0, 1].
    bits
        Resolution of the weight, 2 to 16.
    seed
        0 to 2**63 - 1.

    Raises
    ------
    ValueError
        If a parameter is out of range, or `step_size` or a probability rounds to 0.
    """

    def __init__(
        self,
        w: float = 0.5,
        window_plus: int = 20,
        window_minus: int = 20,
        p_plus: float = 0.1,
        p_minus: float = 0.1,
        step_size: float = 1 / 32,
        bits: int = 8,
        seed: int = 1,
    ) -> None:
        check.integer("bits", bits, 2, 16)
        one = 1 << bits
        step = round(check.real("step_size", step_size, 0.0, 1.0) * one)
        if step == 0:
            raise ValueError(
                f"step_size must be at least {0.5 / one:g} with {bits} bits, not {step_size:g}. "
                "Use more bits, or lower the probabilities instead"
            )
        self.params = StdpParams(
            bits=bits,
            weight=round(check.real("w", w, 0.0, 1.0) * one),
            window_plus=window_plus,
            window_minus=window_minus,
            p_plus=_word("p_plus", p_plus),
            p_minus=_word("p_minus", p_minus),
            step=step,
            seed=seed,
        )
        self._model = Stdp(self.params)

    @property
    def w(self) -> float:
        """The weight, in [0, 1]."""
        return float(self._model.weight / (1 << self.params.bits))

    def step(self, pre: int, post: int) -> tuple[float, int]:
        """Take one step and return the weight after it, and whether the spike was passed on.

        Parameters
        ----------
        pre, post
            Whether the neurons fired in this step, 0 or 1, or bools.
        """
        self._model.tick(1, _spike("pre", pre), _spike("post", post), 0, 0)
        return self.w, self._model.released

    def reset(self) -> None:
        """Go back to the initial weight and the first random word."""
        self._model.reset()


def _word(name: str, p: float) -> int:
    """Return a probability times 2**16; one above 0 must not become 0."""
    word = round(check.real(name, p, 0.0, 1.0) * (1 << WORD))
    if p and not word:
        raise ValueError(f"{name} must be 0 or at least {0.5 / 2**WORD:.2g}, not {p:g}")
    return word


def _spike(name: str, value: int) -> int:
    if isinstance(value, bool | np.bool_):
        return int(value)
    return check.integer(name, value, 0, 1)
