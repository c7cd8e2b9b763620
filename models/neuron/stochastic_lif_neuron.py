"""LIF neuron with noise, driven by a current or by a bitstream, in physical units."""

from functools import cache
from typing import overload

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.encode.lfsr import Lfsr, LfsrParams
from bitcortex.models.encode.seeds import derive
from bitcortex.models.neuron.formats import Q16_12, Format
from bitcortex.models.neuron.membrane import Membrane
from bitcortex.models.neuron.neuron import Neuron
from bitcortex.models.neuron.stochastic_lif import StochasticLifParams, scale_of

STREAM_WIDTH = 16  # of the LFSR behind the bitstream; a bit compares its top eight bits
CODES = 256  # a code x is the probability x / 256


@cache
def _stream_words() -> NDArray[np.uint8]:
    """Return the top bytes of an LFSR over its full period, 65,536 words, 17 shifts apart."""
    lfsr = Lfsr(LfsrParams(STREAM_WIDTH, 1, full_period=True))
    states = np.array([lfsr.tick(1, 0, 0)[0] for _ in range(1 << STREAM_WIDTH)])
    period = np.take(states, 17 * np.arange(len(states)), mode="wrap") >> 8
    return np.tile(period.astype(np.uint8), 2)  # twice, so that a window never wraps


class StochasticLIFNeuron:
    """A noisy LIF neuron, bit for bit `neuron.stochastic_lif`.

    Parameters
    ----------
    v_rest, v_reset, v_threshold
        In mV. ``v >= v_threshold`` fires.
    tau_mem, dt
        Membrane time constant and step, in ms.
    noise_std
        Standard deviation of the noise added to v in each step, in mV: four uniform bytes summed
        (Irwin-Hall), mean 0, never beyond 3.45 standard deviations.
    resistance
        mV per unit of current.
    refractory_period
        Steps held at `v_reset` after a spike, 0 to 255; input is ignored.
    length
        Bits of the stream that stands for an `x_value`, 1 to 65,536.
    seed
        Of noise and stream, 0 to 2**63 - 1.
    x_current
        Current of a stream of ones; by default what drives v to twice the threshold.
    format
        Of the membrane, in mV above rest.

    Raises
    ------
    ValueError
        If a parameter is out of range or does not fit the format.
    """

    def __init__(
        self,
        v_rest: float = 0.0,
        v_reset: float = 0.0,
        v_threshold: float = 20.0,
        tau_mem: float = 20.0,
        dt: float = 1.0,
        noise_std: float = 0.0,
        resistance: float = 1.0,
        refractory_period: int = 0,
        length: int = 256,
        seed: int = 1,
        x_current: float | None = None,
        format: Format = Q16_12,
    ) -> None:
        self.membrane = Membrane(
            v_rest, v_reset, v_threshold, tau_mem, dt, resistance, refractory_period, format
        )
        top = (1 << 20) / (1 << format.fraction) / 2  # noise_scale is at most 2**20
        hint = f"In {format} larger noise does not fit: use a format with a smaller fraction"
        check.real("noise_std", noise_std, 0.0, top, hint)
        check.integer("length", length, 1, 1 << STREAM_WIDTH)
        scale = scale_of(noise_std * (1 << format.fraction))
        self.params = StochasticLifParams(**self.membrane.lif(), noise_scale=scale)
        self.neuron = Neuron(self.params, seed)
        if x_current is None:
            x_current = 2.0 * (v_threshold - v_rest) / resistance if resistance else 0.0
        self.length = length
        self.full_kick = self.membrane.kick(x_current)  # of a stream of ones, in units
        self._seed = derive(seed, STREAM_WIDTH, "x")
        self.reset_state()

    def reset_state(self) -> None:
        """Return to rest, and noise and stream to their beginning."""
        self.neuron.reset_state()
        self.at = self._seed  # next word of the stream

    @property
    def v(self) -> float:
        """Membrane in mV; may be set, for a delta synapse adds to it: ``neuron.v += weight``."""
        return self.membrane.millivolts(self.neuron.field("v"))

    @v.setter
    def v(self, value: float) -> None:
        self.neuron.set_field("v", self.membrane.units("v", value))

    @property
    def refractory(self) -> int:
        """Steps left of the refractory time."""
        return self.neuron.field("refractory")

    @overload
    def step(self, current: float = 0.0) -> int: ...

    @overload
    def step(self, current: float = 0.0, *, x_value: int) -> tuple[int, float]: ...

    def step(self, current: float = 0.0, *, x_value: int | None = None) -> int | tuple[int, float]:
        """Take one step and return the spike, 0 or 1; with `x_value`, (spike, v in mV).

        Parameters
        ----------
        current
            Input during this step; it adds resistance * current * (1 - exp(-dt / tau_mem)) mV.
        x_value
            Code of a probability, 0 to 256 for x / 256 (255 is the largest of the tutorials): the
            share of ones in a fresh bitstream of `length` bits adds that share of `x_current`.

        Raises
        ------
        ValueError
            If what is added in a step does not fit the format, or x_value is no code.
        """
        kick = self.membrane.kick(current) if current else 0
        if x_value is None:
            return self.neuron.update(kick)
        ones = self._ones(check.integer("x_value", x_value, 0, CODES))
        kick += (self.full_kick * ones + self.length // 2) // self.length
        return self.neuron.update(kick), self.v

    def _ones(self, code: int) -> int:
        """Return the ones of the next `length` bits."""
        window = _stream_words()[self.at : self.at + self.length]
        self.at = (self.at + self.length) % (1 << STREAM_WIDTH)
        return int(np.count_nonzero(window < code))
