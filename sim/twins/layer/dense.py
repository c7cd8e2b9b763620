"""Twin of the dense layer."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.layer.dense import Dense as Gateware
from bitcortex.models.layer.dense import Dense, DenseParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin

Column = NDArray[np.int64]


def random_weights(params: DenseParams, rng: np.random.Generator, size: int) -> Column:
    """Return weights of which a third are extremes or zero, the code without magnitude included."""
    top = params.top_weight
    borrows = [-top - 1 + (1 << k) for k in range(params.bits)]  # the low half is a single one
    extremes = rng.choice([-top - 1, -top, 0, 0, 1, top, *borrows], size)
    return np.where(rng.random(size) < 0.3, extremes, rng.integers(-top, top + 1, size))


def random_codes(params: DenseParams, rng: np.random.Generator, size: int) -> Column:
    """Return input codes of which a third are extremes, one beyond 2**bits included."""
    one = 1 << params.bits
    extremes = rng.choice([0, 1, one - 1, one, one + 1], size)
    return np.where(rng.random(size) < 0.3, extremes, rng.integers(0, one + 1, size))


def write_everything(params: DenseParams, rng: np.random.Generator, stimulus: Stimulus) -> None:
    """Write every weight and every code in the first cycles, without a start or a reset."""
    synapses = params.n_inputs * params.n_neurons
    some = slice(0, synapses)
    at = np.arange(len(stimulus["start"][some]))
    stimulus["weight_we"][some] = 1
    stimulus["weight_neuron"][some] = at // params.n_inputs
    stimulus["weight_input"][some] = at % params.n_inputs
    stimulus["code_we"][some] = 1
    stimulus["code_input"][some] = at % params.n_inputs
    stimulus["start"][some] = 0
    stimulus["rst"][some] = 0


def write_largest(
    params: DenseParams, rng: np.random.Generator, stimulus: Stimulus, block: slice, sign: int
) -> None:
    """Write the largest codes again and again, and start seldom enough for all to be written."""
    size = len(stimulus["start"][block])
    at = np.arange(size)
    stimulus["weight_we"][block] = 1
    stimulus["weight_neuron"][block] = at // params.n_inputs % params.n_neurons
    stimulus["weight_input"][block] = at % params.n_inputs
    stimulus["weight"][block] = sign * params.top_weight
    stimulus["code_we"][block] = 1
    stimulus["code_input"][block] = at % params.n_inputs
    stimulus["code"][block] = 1 << params.bits
    stimulus["spikes"][block] = (1 << max(1, params.n_spikes)) - 1
    stimulus["start"][block] = rng.random(size) < 1 / (params.n_inputs * params.n_neurons)
    stimulus["rst"][block] = 0


def stimulus(params: DenseParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """All writes first; then passes one after the other, with writes before, within and after.

    In layers that are small enough, blocks in between raise the counts to their largest.
    """
    inputs, neurons = params.n_inputs, params.n_neurons
    long = params.cycles > 1000  # few passes in a run: meet every corner often
    start = rng.random(cycles) < (0.5 if long else 10 / params.cycles)
    again = rng.random(cycles) < (0.5 if long else 0.1)
    made = {
        "weight_we": (rng.random(cycles) < 0.3).astype(np.int64),
        # Any address that fits the port: those outside the layer are ignored.
        "weight_neuron": rng.integers(0, 1 << max(1, (neurons - 1).bit_length()), cycles),
        "weight_input": rng.integers(0, 1 << max(1, (inputs - 1).bit_length()), cycles),
        "weight": random_weights(params, rng, cycles),
        "code_we": (rng.random(cycles) < 0.3).astype(np.int64),
        "code_input": rng.integers(0, inputs, cycles),
        "code": random_codes(params, rng, cycles),
        "spikes": rng.integers(0, 1 << max(1, params.n_spikes), cycles),
        "start": start.astype(np.int64),
        "reseed": (start & again | (rng.random(cycles) < 0.02)).astype(np.int64),
        "rst": (rng.random(cycles) < 0.1 / params.cycles).astype(np.int64),
    }
    size = 2 * params.cycles + 4 * inputs * neurons
    if size < 3000:
        for k, first in enumerate(range(500, cycles, 4 * size)):
            write_largest(params, rng, made, slice(first, first + size), (-1) ** k)
    write_everything(params, rng, made)
    return made


def reached(params: DenseParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    busy, start, done = trace["busy"], stimulus["start"], trace["done"]
    idle = 1 - busy
    weight_we, code_we = stimulus["weight_we"], stimulus["code_we"]
    top = params.top_weight
    excitatory, inhibitory = trace["out_excitatory"], trace["out_inhibitory"]
    conditions = {
        "start while busy": bool((start & busy).any()),
        "start in the cycle of done": bool((start & done).any()),
        "reseed while busy": bool((stimulus["reseed"] & busy).any()),
        "reseed while idle": bool((stimulus["reseed"] & idle).any()),
        "weight written while busy": bool((weight_we & busy).any()),
        "weight written in the cycle of start": bool((weight_we & start & idle).any()),
        "code written while busy": bool((code_we & busy).any()),
        "code written in the cycle of start": bool((code_we & start & idle).any()),
        "weight without a magnitude code": bool(
            (weight_we & idle & (stimulus["weight"] == -top - 1)).any()
        ),
        "code above 2**bits": bool((code_we & idle & (stimulus["code"] > top + 1)).any()),
        "excitatory": bool(excitatory.any()),
        "inhibitory": bool(inhibitory.any()),
        "last neuron": bool(done.any()),
    }
    if params.n_neurons > 1:
        conditions["a neuron but the last"] = bool((trace["out_valid"] & (1 - done)).any())
    if params.length <= 16:
        most = params.length * params.n_inputs
        conditions["largest excitatory count"] = bool((excitatory == most).any())
        conditions["largest inhibitory count"] = bool((inhibitory == most).any())
    return conditions


TWIN = Twin(
    name="layer.dense",
    golden=Dense,
    gateware=Gateware,
    cases={
        "3 + 1 spiking -> 4, 16": DenseParams(4, 4, length=16, n_spikes=1, seed=11),
        "3 -> 3, lfsr 12": DenseParams(3, 3, length=12, mode="lfsr", seed=12),
        "4 -> 1, 1, all spiking": DenseParams(4, 1, length=1, n_spikes=4, seed=13),
        "7 -> 5, 100, 4 bits": DenseParams(7, 5, length=100, bits=4, seed=14),
        "20 -> 80, 256": DenseParams(20, 80, length=256, seed=15),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 S[0] of `if (sys_rst) begin` for dense_so_far1[0]": (
            "every cycle without a step clears the partial sum, so its reset is not seen"
        ),
    },
)
