"""Twin of the fixed-point dense layer."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.layer.fixed_dense import FixedDense as Gateware
from bitcortex.models.layer.fixed_dense import FixedDense, FixedDenseParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin


def with_extremes(
    rng: np.random.Generator, size: int, low: int, high: int, extremes: list[int]
) -> NDArray[np.int64]:
    """Return numbers from low to high, a third of them extremes."""
    chosen = rng.choice(extremes, size)
    return np.where(rng.random(size) < 0.3, chosen, rng.integers(low, high + 1, size))


def stimulus(params: FixedDenseParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """All writes first; then passes one after the other, with writes before, within and after.

    Blocks in between hold one weight and one code everywhere, to raise sums to their limits.
    """
    inputs, neurons, top = params.n_inputs, params.n_neurons, params.top
    made = {
        "weight_we": (rng.random(cycles) < 0.3).astype(np.int64),
        # Any address that fits the port: those outside the layer are ignored.
        "weight_neuron": rng.integers(0, 1 << max(1, (neurons - 1).bit_length()), cycles),
        "weight_input": rng.integers(0, 1 << max(1, (inputs - 1).bit_length()), cycles),
        "weight": with_extremes(rng, cycles, -top, top, [-top - 1, -top, 0, 1, top]),
        "code_we": (rng.random(cycles) < 0.3).astype(np.int64),
        "code_input": rng.integers(0, 1 << max(1, (inputs - 1).bit_length()), cycles),
        "code": with_extremes(rng, cycles, 0, top + 1, [0, 1, top, top + 1, 2 * top + 1]),
        "start": (rng.random(cycles) < 10 / params.cycles).astype(np.int64),
        "rst": (rng.random(cycles) < 0.1 / params.cycles).astype(np.int64),
    }
    synapses = inputs * neurons
    size = 2 * params.cycles + 4 * synapses
    at = np.arange(max(size, synapses))

    def write_all(block: slice, **values: int) -> None:
        some = at[: len(made["start"][block])]
        made["weight_we"][block] = made["code_we"][block] = 1
        made["weight_neuron"][block] = some // inputs % neurons
        made["weight_input"][block] = made["code_input"][block] = some % inputs
        made["rst"][block] = 0
        for name, value in values.items():
            made[name][block] = value

    for k, first in enumerate(range(500, cycles, 4 * size)):
        block = slice(first, first + size)
        write_all(block, weight=(-1) ** k * top, code=top)
        made["start"][block] = rng.random(len(made["start"][block])) < 1 / synapses
    write_all(slice(0, synapses), start=0)
    return made


def reached(params: FixedDenseParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    busy, start, done = trace["busy"], stimulus["start"], trace["done"]
    idle = 1 - busy
    weight_we, code_we, top = stimulus["weight_we"], stimulus["code_we"], params.top
    largest = params.n_inputs * top * top
    conditions = {
        "start while busy": bool((start & busy).any()),
        "start in the cycle of done": bool((start & done).any()),
        "weight written while busy": bool((weight_we & busy).any()),
        "weight written in the cycle of start": bool((weight_we & start & idle).any()),
        "code written while busy": bool((code_we & busy).any()),
        "code written in the cycle of start": bool((code_we & start & idle).any()),
        "lowest weight": bool((weight_we & idle & (stimulus["weight"] == -top - 1)).any()),
        "code above the largest": bool((code_we & idle & (stimulus["code"] > top)).any()),
        "largest sum": bool((trace["out_sum"] == largest).any()),
        "lowest sum": bool((trace["out_sum"] == -largest).any()),
        "last neuron": bool(done.any()),
    }
    if params.n_neurons > 1:
        conditions["a neuron but the last"] = bool((trace["out_valid"] & (1 - done)).any())
    return conditions


CASES = {
    "3 -> 4": FixedDenseParams(3, 4),
    "1 -> 1, 1 bit": FixedDenseParams(1, 1, bits=1),
    "5 -> 1, 4 bits": FixedDenseParams(5, 1, bits=4),
    "16 -> 3": FixedDenseParams(16, 3),
}

TWIN = Twin(
    name="layer.fixed_dense",
    golden=FixedDense,
    gateware=Gateware,
    cases=CASES,
    stimulus=stimulus,
    reached=reached,
)
