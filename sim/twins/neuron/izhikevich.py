"""Twin of the Izhikevich neuron's pipeline."""

import numpy as np

from bitcortex.gateware.neuron.izhikevich import Izhikevich as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.izhikevich import COEFFICIENT, SQUARE, Izhikevich, IzhikevichParams
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron.words import around, signed_words


def stimulus(params: IzhikevichParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """States and currents anywhere and at their extremes; half of them where neurons live."""
    one = 1 << params.fraction
    alive = rng.random(cycles) < 0.5
    v = signed_words(rng, params.data_width, cycles)
    u = signed_words(rng, params.data_width, cycles)
    current = signed_words(rng, params.current_width, cycles)
    low, high = signed_range(params.current_width)
    current = np.where(alive, np.minimum(rng.integers(0, 40 * one, cycles), high), current)
    v = np.where(alive, rng.integers(-80 * one, 30 * one, cycles), v)
    u = np.where(alive, rng.integers(-20 * one, 20 * one, cycles), u)
    # Some currents are such that the first half step ends next to the peak or the bottom.
    square = (v * v * SQUARE) >> (COEFFICIENT + params.fraction)
    ends = around(rng, (params.peak, signed_range(params.data_width)[0]), cycles)
    aim = ((ends - v) << (1 + params.dt_shift)) - square - 5 * v - 140 * one + u
    aimed = (rng.random(cycles) < 0.3) & (aim >= low) & (aim <= high)
    return {
        "valid": rng.integers(0, 2, cycles),
        "current": np.where(aimed, aim, current),
        "noise": rng.integers(0, 2, cycles),
        "v": v,
        "u": u,
        "rst": (rng.random(cycles) < 0.001).astype(np.int64),
    }


def reached(params: IzhikevichParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    low, high = signed_range(params.data_width)
    spike, v, u = trace["spike"] == 1, trace["v_next"], trace["u_next"]
    conditions = {
        "spike": bool(spike.any()),
        "v at the bottom": bool((v == low).any()),
        "just below the peak": bool((~spike & (v >= params.peak - params.peak // 8)).any()),
    }
    if params.d > params.peak // 8 and params.a < 1 << (COEFFICIENT - 4):
        conditions["u at the top after a spike"] = bool((spike & (u == high)).any())
    if abs(params.b) * 30 > 128 << COEFFICIENT:  # u moves towards b v, which is beyond the format
        conditions["u at the bottom"] = bool((u == low).any())
        conditions["u at the top"] = bool((~spike & (u == high)).any())
    return conditions


def case(a: float, b: float, c: float, d: float, **others: int | str) -> IzhikevichParams:
    """Return parameters in the paper's units; widths and fraction by name."""
    fraction = int(others.get("fraction", 10))
    return IzhikevichParams(
        a=round(a * 2**COEFFICIENT),
        b=round(b * 2**COEFFICIENT),
        c=round(c * 2**fraction),
        d=round(d * 2**fraction),
        **others,  # type: ignore[arg-type]
    )


TWIN = Twin(
    name="neuron.izhikevich",
    golden=Izhikevich,
    gateware=Gateware,
    cases={
        # With shift_add a mutant of a low bit of a partial sum is often no fault: the bit is
        # dropped from the product, and no carry begins there.
        "regular spiking, dsp": IzhikevichParams(multiplier="dsp"),
        "fast spiking": case(0.1, 0.2, -65, 2),
        "chattering, 0.25 ms": case(0.02, 0.2, -50, 2, dt_shift=2),
        "resonator, 14 bit": case(0.1, 0.26, -65, 2, data_width=14, fraction=6, current_width=8),
        "negative b": case(0.5, -5, -60, 8, data_width=20, fraction=12, current_width=24),
    },
    stimulus=stimulus,
    reached=reached,
    survivors=dict.fromkeys(
        (
            "const1 B[16] of `if (sys_rst) begin` for current_register0[0]",
            "const1 B[6] of `if (sys_rst) begin` for v_izhikevich_whole0[0]",
        ),
        "what a pipeline register holds after reset is not valid",
    ),
)
