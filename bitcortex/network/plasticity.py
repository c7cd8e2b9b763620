"""Plasticity: synapses whose weights change with the times of spikes."""

from dataclasses import dataclass

from bitcortex import check

HISTORY_BITS = 12  # of a neuron's age, the steps since its last spike
FORGOTTEN = (1 << HISTORY_BITS) - 1  # the largest age: no spike is known


@dataclass(frozen=True)
class StochasticSTDP:
    """Spike-timing-dependent plasticity of excitatory synapses by random steps of the weight.

    A presynaptic spike that arrives first looks back: if the target fired within `window_plus_ms`
    after the arrival before, the weight grows by `step_mv` with probability `p_plus`. It is then
    delivered. If the target's last spike was within `window_minus_ms` before now, the weight
    shrinks by `step_mv` with probability `p_minus`. It stays in 0 to `maximum_mv`. See
    decision 0007.

    Parameters
    ----------
    window_plus_ms, window_minus_ms
        0 to 4,094 steps.
    p_plus, p_minus
        Probabilities, 16 bits.
    step_mv, maximum_mv
        Magnitudes in mV.
    """

    window_plus_ms: float = 20.0
    window_minus_ms: float = 20.0
    p_plus: float = 0.1
    p_minus: float = 0.1
    step_mv: float = 0.1
    maximum_mv: float = 1.0

    def __post_init__(self) -> None:
        check.real("window_plus_ms", self.window_plus_ms, 0.0, 1e6)
        check.real("window_minus_ms", self.window_minus_ms, 0.0, 1e6)
        check.real("p_plus", self.p_plus, 0.0, 1.0)
        check.real("p_minus", self.p_minus, 0.0, 1.0)
        check.real("step_mv", self.step_mv, 1e-9, 1e6)
        check.real("maximum_mv", self.maximum_mv, self.step_mv, 1e6)


@dataclass(frozen=True)
class Stdp:
    """`StochasticSTDP` in integers.

    Parameters
    ----------
    window_plus, window_minus
        Steps, 0 to 4,094.
    p_plus, p_minus
        16-bit thresholds below which a draw changes the weight, 0 to 65,536.
    step, maximum
        Units; weights stay in 0 to `maximum`.
    """

    window_plus: int
    window_minus: int
    p_plus: int
    p_minus: int
    step: int
    maximum: int

    def __post_init__(self) -> None:
        hint = f"Windows hold {FORGOTTEN - 1} steps: choose shorter ones, or a larger dt_ms"
        check.integer("window_plus", self.window_plus, 0, FORGOTTEN - 1, hint)
        check.integer("window_minus", self.window_minus, 0, FORGOTTEN - 1, hint)
        check.integer("p_plus", self.p_plus, 0, 65_536)
        check.integer("p_minus", self.p_minus, 0, 65_536)
        check.integer("maximum", self.maximum, 1, (1 << 23) - 1)
        check.integer("step", self.step, 1, self.maximum)
