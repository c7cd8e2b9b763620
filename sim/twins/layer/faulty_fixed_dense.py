"""Twin of the fixed-point dense layer with faults."""

import numpy as np

from bitcortex.gateware.layer.faulty_fixed_dense import FaultyFixedDense as Gateware
from bitcortex.models.layer.faulty_fixed_dense import FaultyFixedDense
from bitcortex.models.layer.fixed_dense import FixedDenseParams
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.layer import fixed_dense
from bitcortex.sim.twins.layer.faulty_dense import every_line, random_masks


def stimulus(params: FixedDenseParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """That of the layer without faults, with faults; none in some blocks."""
    made = fixed_dense.stimulus(params, rng, cycles)
    lines = sum(count for _, count in params.lines)
    made["stuck"], made["flip"] = random_masks(rng, cycles, lines)
    size = 2 * params.cycles + 4 * params.n_inputs * params.n_neurons
    product = params.lines[2][1]
    for k, first in enumerate(range(500, cycles, 4 * size)):
        block = slice(first, first + size)
        made["stuck"][block] = made["flip"][block] = 0
        after = slice(first + size, first + 2 * size)  # products at their limits
        made["stuck"][after] = ((1 << product) - 1) << lines - product
        limit = 1 << product - 1
        made["flip"][after] = (limit if k % 2 else limit - 1) << lines - product
    return made


def reached(params: FixedDenseParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    limit = params.n_inputs << 2 * params.bits
    conditions = fixed_dense.reached(params, stimulus, trace)
    conditions |= every_line(stimulus, trace["busy"], params.lines)
    conditions["largest sum of faults"] = bool((trace["out_sum"] == limit - params.n_inputs).any())
    conditions["lowest sum of faults"] = bool((trace["out_sum"] == -limit).any())
    return conditions


TWIN = Twin(
    name="layer.faulty_fixed_dense",
    golden=FaultyFixedDense,
    gateware=Gateware,
    cases=fixed_dense.CASES,
    stimulus=stimulus,
    reached=reached,
)
