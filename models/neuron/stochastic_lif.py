"""LIF neuron with zero-mean membrane noise from a random word."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from bitcortex import check
from bitcortex.models.neuron import lif
from bitcortex.models.neuron.field import Field
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.neuron.pipeline import Pipeline

NOISE_BITS = 32  # four bytes
MEAN = 4 * 255 // 2  # of their sum
STD = (4 * (256**2 - 1) / 12) ** 0.5  # of their sum, 147.8
SHIFT = 8  # the sum times noise_scale is shifted right by this


@dataclass(frozen=True)
class StochasticLifParams:
    """Parameters of a LIF neuron with membrane noise.

    Parameters
    ----------
    data_width, current_width, alpha, v_threshold, v_reset, refractory, multiplier
        As in `LifParams`.
    leak
        ``floor`` or ``nearest``: the noise dithers the rounding anyway.
    noise_scale
        0 to 2**20: the noise has standard deviation noise_scale * 147.8 / 256 units.
    """

    data_width: int = 16  # of v
    current_width: int = 16  # of the input
    alpha: int = 62_339  # dt / tau = 0.05
    leak: str = "nearest"  # rounding
    v_threshold: int = 5_120  # 20 mV in Q8.8
    v_reset: int = 0  # after a spike
    refractory: int = 2  # steps held at reset
    noise_scale: int = 443  # 1 mV in Q8.8
    multiplier: str = "dsp"  # gateware only

    def __post_init__(self) -> None:
        check.one_of("leak", self.leak, ("floor", "nearest"))
        check.integer("noise_scale", self.noise_scale, 0, 1 << 20)
        _ = self.lif

    @cached_property
    def lif(self) -> LifParams:
        """The neuron behind the noise; its input is wide enough for current plus noise."""
        return LifParams(
            data_width=self.data_width,
            current_width=max(self.current_width, self.noise_width) + 1,
            alpha=self.alpha,
            leak=self.leak,
            v_threshold=self.v_threshold,
            v_reset=self.v_reset,
            refractory=self.refractory,
            multiplier=self.multiplier,
        )

    @property
    def noise_width(self) -> int:
        """Bits of the signed noise."""
        return ((MEAN * self.noise_scale) >> SHIFT).bit_length() + 2

    @property
    def noise_bits(self) -> int:
        """Random bits per update."""
        return NOISE_BITS

    @property
    def state_fields(self) -> tuple[Field, ...]:
        """As of the LIF neuron."""
        return self.lif.state_fields


def scale_of(std: float) -> int:
    """Return the noise_scale nearest to a standard deviation in units."""
    return round(std * (1 << SHIFT) / STD)


def noise_of(params: StochasticLifParams, word: int) -> int:
    """Return the noise of a random word: four bytes summed, centred and scaled, rounded half up."""
    total = sum(word >> shift & 0xFF for shift in (0, 8, 16, 24)) - MEAN
    return (total * params.noise_scale + (1 << (SHIFT - 1))) >> SHIFT


def update(
    params: StochasticLifParams, state: tuple[int, ...], current: int, noise: int
) -> tuple[tuple[int, int], int]:
    """Return the state after one step, and whether the neuron fired; see `lif.update`."""
    return lif.update(params.lif, state, current + noise_of(params, noise), 0)


class StochasticLif(Pipeline):
    """`Lif` with a word of noise per update.

    Ports as `Lif`, with ``noise`` (in, 32).

    **Timing**: latency 6, one update per cycle.

    **Arithmetic**: noise = (b0 + b1 + b2 + b3 - 510) * noise_scale / 256, rounded half up, added
    exactly to the current; then as `Lif`.

    **Error**: the sum of four uniform bytes (Irwin-Hall) has mean 0 and excess kurtosis -0.3;
    rounding adds a bias of at most 1/2 unit in 256.
    """

    INPUTS = ("valid", "current", "noise", "v", "refractory")
    OUTPUTS = ("out_valid", "spike", "v_next", "refractory_next")
    LATENCY: ClassVar[int] = lif.LATENCY + 3

    def compute(
        self, state: tuple[int, ...], current: int, noise: int
    ) -> tuple[tuple[int, ...], int]:
        return update(self.params, state, current, noise)
