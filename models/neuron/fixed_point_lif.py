"""The LIF neuron of the tutorials: leak and gain are inputs, coefficients of the format."""

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.models.neuron.field import saturate, signed_range


@dataclass(frozen=True)
class FixedPointLifParams:
    """Parameters of a LIF neuron with coefficients as inputs; voltages in units of 2**-fraction.

    Parameters
    ----------
    data_width
        Bits of membrane and input, 4 to 32.
    fraction
        Fractional bits of membrane and coefficients, 0 to data_width - 1.
    v_rest
        What v decays to.
    v_threshold, v_reset
        ``v >= v_threshold`` fires; `v_rest` and `v_reset` are below it.
    refractory
        Steps that the neuron is held at `v_reset` after a spike, 0 to 255.
    """

    data_width: int = 16  # of v and I_t
    fraction: int = 8  # Q8.8
    v_rest: int = 0  # v decays to it
    v_threshold: int = 5_120  # 20 mV
    v_reset: int = 0  # after a spike
    refractory: int = 0  # steps held at reset

    def __post_init__(self) -> None:
        check.integer("data_width", self.data_width, 4, 32)
        check.integer("fraction", self.fraction, 0, self.data_width - 1)
        low, high = signed_range(self.data_width)
        hint = "Use more data_width, or a smaller fraction"
        for name in ("v_rest", "v_threshold", "v_reset"):
            check.integer(name, getattr(self, name), low, high, hint)
        check.integer("refractory", self.refractory, 0, 255)
        for name in ("v_rest", "v_reset"):
            if getattr(self, name) >= self.v_threshold:
                raise ValueError(
                    f"{name} must be below v_threshold, not {getattr(self, name)} >= "
                    f"{self.v_threshold}. The neuron would fire without input"
                )

    @property
    def refractory_width(self) -> int:
        """Bits of the steps left."""
        return max(1, self.refractory.bit_length())


def update(
    params: FixedPointLifParams, state: tuple[int, ...], leak_k: int, gain_k: int, I_t: int
) -> tuple[tuple[int, int], int]:
    """Return the state after one step, and whether the neuron fired.

    Parameters
    ----------
    params
        Of the neuron.
    state
        (v, refractory).
    leak_k, gain_k
        Coefficients with `fraction` fractional bits, at least 0.
    I_t
        Signed input.
    """
    v, refractory = state
    if refractory > 0:
        return (params.v_reset, refractory - 1), 0
    leak = ((params.v_rest - v) * leak_k) >> params.fraction
    gain = (I_t * gain_k) >> params.fraction
    v = saturate(v + leak + gain, params.data_width)
    if v >= params.v_threshold:
        return (params.v_reset, params.refractory), 1
    return (v, 0), 0


class FixedPointLif(Model):
    """One neuron, one step per update.

    Ports: ``valid`` (in, 1), ``leak_k`` (in, fraction + 1, unsigned), ``gain_k`` (in, data_width,
    unsigned) and ``I_t`` (in, data_width, signed) ask for a step, which is taken if ``ready`` (out,
    1); ``out_valid`` (out, 1) marks its end. ``spike`` and ``v`` (out) hold the result until the
    next one.

    **Timing**: a step takes three cycles; the next may begin in the cycle of ``out_valid``.

    **Arithmetic**: v + ((v_rest - v) * leak_k >> fraction) + (I_t * gain_k >> fraction), each
    product exact and rounded down, the sum exact, one saturation, ``>=`` threshold. Rounding down
    is what the tutorials' numbers imply: below rest, v stands still within 2**fraction / leak_k of
    it (-255 never decays with leak_k = 1 in Q8.8), above it does not. `Lif` with alpha =
    2**16 - 2**8 * leak_k, leak = floor is the same neuron in Q8.8 at v_rest = 0 and gain_k = 256.
    """

    INPUTS = ("valid", "leak_k", "gain_k", "I_t")
    OUTPUTS = ("ready", "out_valid", "spike", "v")
    LATENCY: ClassVar[int] = 3

    def __init__(self, params: FixedPointLifParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.state: tuple[int, int] = (self.params.v_rest, 0)
        self.spike = self.ended = 0
        self.stages: deque[tuple[tuple[int, int], int] | None] = deque([None] * (self.LATENCY - 1))

    def tick(self, valid: int, leak_k: int, gain_k: int, I_t: int) -> tuple[int, int, int, int]:
        ready = int(not any(self.stages))
        shown = (ready, self.ended, self.spike, self.state[0])
        begins = valid and ready
        self.stages.append(update(self.params, self.state, leak_k, gain_k, I_t) if begins else None)
        ended = self.stages.popleft()
        self.ended = int(ended is not None)
        if ended:
            self.state, self.spike = ended
        return shown


class FixedPointLIFNeuron:
    """The neuron above for NumPy programs, bit for bit.

    Parameters
    ----------
    data_width, fraction, v_threshold, v_reset, v_rest
        As in `FixedPointLifParams`: integers in units of 2**-fraction. Q8.8 is (16, 8), the
        tutorials' Q16.12 in a 32-bit register (32, 12).
    refractory_period
        Steps held at `v_reset` after a spike, 0 to 255.
    """

    def __init__(
        self,
        data_width: int = 16,
        fraction: int = 8,
        v_threshold: int = 5_120,
        v_reset: int = 0,
        refractory_period: int = 0,
        v_rest: int = 0,
    ) -> None:
        self.params = FixedPointLifParams(
            data_width, fraction, v_rest, v_threshold, v_reset, refractory_period
        )
        self.low, self.high = signed_range(data_width)
        self.reset_state()

    def reset_state(self) -> None:
        """Return to rest."""
        self.state: tuple[int, int] = (self.params.v_rest, 0)

    @property
    def v(self) -> float:
        """Membrane in mV, if a unit of 2**-fraction is 2**-fraction mV."""
        return self.state[0] / (1 << self.params.fraction)

    @property
    def refractory(self) -> int:
        """Steps left of the refractory time."""
        return self.state[1]

    def step(self, leak_k: int, gain_k: int, I_t: int) -> tuple[int, int]:
        """Take one step and return (spike, v), v in units of 2**-fraction.

        Parameters
        ----------
        leak_k
            Part of v that leaks, times 2**fraction: 0 to 2**fraction.
        gain_k
            Weight of the input, times 2**fraction: 0 to 2**data_width - 1.
        I_t
            Input of this step in units, signed, data_width bits.

        Raises
        ------
        TypeError, ValueError
            If an argument is not an integer, or does not fit its port.
        """
        params = self.params
        leak_k = check.integer("leak_k", leak_k, 0, 1 << params.fraction, "1.0 is the largest leak")
        gain_k = check.integer("gain_k", gain_k, 0, (1 << params.data_width) - 1)
        hint = "Use more data_width, or scale the input and gain_k"
        I_t = check.integer("I_t", I_t, self.low, self.high, hint)
        self.state, spike = update(params, self.state, leak_k, gain_k, I_t)
        return spike, self.state[0]

    def run(
        self, leak_k: int, gain_k: int, I_t: ArrayLike
    ) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        """Take a step per entry of `I_t`, shape (steps,); return spikes and v, both (steps,)."""
        inputs = np.asarray(I_t)
        made = [self.step(leak_k, gain_k, kick) for kick in inputs]
        spikes, membrane = zip(*made, strict=True) if made else ((), ())
        return np.array(spikes, np.uint8), np.array(membrane, np.int64)
