"""Twin of the bank of neurons."""

import numpy as np

from bitcortex.gateware.neuron.bank import Bank as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.neuron.bank import Bank, BankParams
from bitcortex.models.neuron.homeostatic import HomeostaticParams
from bitcortex.models.neuron.izhikevich import IzhikevichParams
from bitcortex.models.neuron.lif import LifParams
from bitcortex.models.neuron.stochastic_lif import StochasticLifParams
from bitcortex.sim.twin import Stimulus, Twin
from bitcortex.sim.twins.neuron.words import drives


def stimulus(params: BankParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Neurons in order and at random, hazards included; rare clears, some during a sweep."""
    order = np.arange(cycles) % params.n
    jumps = rng.integers(0, params.n, cycles)
    calm = np.repeat(rng.random(cycles // 64 + 1) < 0.7, 64)[:cycles]
    rate = min(0.01, 0.1 / params.n)
    clear = rng.random(cycles) < rate
    clear |= np.roll(clear, params.n // 2) & (rng.random(cycles) < 0.5)
    return {
        "clear": clear.astype(np.int64),
        "in_valid": (rng.random(cycles) < 0.8).astype(np.int64),
        "in_index": np.where(calm, order, jumps),
        "in_current": drives(rng, params.neuron, cycles),
        "rst": (rng.random(cycles) < rate / 4).astype(np.int64),
    }


def reached(params: BankParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    busy = trace["busy"]
    return {
        "spike": bool((trace["out_valid"] & trace["out_spike"]).any()),
        "update asked for during a sweep": bool((busy & stimulus["in_valid"]).any()),
        "update ends during a sweep": bool((busy & trace["out_valid"]).any()),
        "clear during a sweep": bool((busy & stimulus["clear"]).any()),
        "last neuron": bool((trace["out_index"] == params.n - 1).any()),
        "first neuron": bool((trace["out_index"] == 0).any()),
    }


TWIN = Twin(
    name="neuron.bank",
    golden=Bank,
    gateware=Gateware,
    cases={
        "5 lif": BankParams(LifParams(10, 9, v_threshold=200, refractory=3), 5),
        "80 stochastic lif": BankParams(StochasticLifParams(), 80, seed=2),
        "1 lif": BankParams(LifParams(leak="stochastic"), 1, seed=3),
        "16 homeostatic": BankParams(HomeostaticParams(step_down=5_000), 16),
        "10 izhikevich": BankParams(IzhikevichParams(), 10),
    },
    stimulus=stimulus,
    reached=reached,
    survivors={
        "const0 A[5] of `lif_total[11] ? 10'sd512 : $signed({1'd0, 9'd511})` for an inner wire": (
            "the sum is above the format, so that the neuron fires, and v is v_reset"
        ),
        "const1 A[1] of `if (busy_1) begin` for an inner wire": (
            "the counter of the sweep is set to 0 before each sweep"
        ),
        "cnot1 A[5] by [11] of `busy_1 ? {constant1, constant0} : "
        "{lif_refractory_next, lif_v_next}` for write_dat_w[0]": ("v is not used while refractory"),
    },
)
