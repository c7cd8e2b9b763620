"""V16: a reservoir of stochastic computing with the connectivity of Brunel's network."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex.brunel import mean_field
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Work
from bitcortex.sim.engine.sc_layer import RADIUS, SCRecurrentLayer

Reals = NDArray[np.float64]
SIZE = 100  # neurons: every tenth of a thousand
LENGTH = 1024  # bits
STEPS, WASH_OUT = 1200, 200  # of the task; one step is a membrane time constant
DELAYS = 10  # that are recalled
RIDGE = 1e-4
GATEWARE_STEPS = 3


@dataclass(frozen=True)
class Reservoir(Translated):
    """A recurrent layer.

    Parameters
    ----------
    size
        Neurons.
    length
        Bits.
    """

    size: int
    length: int

    def weights(self, work: Work) -> tuple[Reals, Reals]:
        """Return input weights, shape (size, 1), and recurrent ones, (size, size).

        The recurrent ones are the synapses among every (neurons / size)-th neuron, J and -g J, with
        a spectral radius of 0.9; a weight stays in [-1, 1].
        """
        bp = work.params
        excitatory, inhibitory = mean_field.adjacency(work)
        chosen = np.arange(self.size) * bp.n_total // self.size
        made = (bp.weight_exc * excitatory - bp.weight_inh * inhibitory)[np.ix_(chosen, chosen)]
        radius = float(np.abs(np.linalg.eigvals(made)).max())
        scale = min(RADIUS / max(radius, 1e-9), 1.0 / max(np.abs(made).max(), 1e-9))
        rng = np.random.default_rng([work.seed, 16])
        return rng.uniform(0.2, 1.0, (self.size, 1)), made * scale


@variant("V16", "recurrent reservoir", "reservoir",
         "recall of a random input of 1 to 10 steps ago, 100 neurons, the network's synapses",
         oracle="own")  # fmt: skip
def translate_v16_reservoir(bp: BrunelParams) -> Reservoir:
    """Return the reservoir's sizes; its weights are the network's, scaled."""
    size = min(SIZE, bp.n_total)
    rows = (
        Mapped("size", bp.n_total, size, "a sample", "N", f"min({SIZE}, N)"),
        Mapped("radius", RADIUS, RADIUS, "spectral", "J, g*J", "weights * 0.9 / |eigenvalue|"),
        Mapped("step (ms)", bp.tau_mem, bp.tau_mem, "h = 1 is a spike per step", "tau", "tau"),
    )
    return Reservoir(bp, rows, size, LENGTH)


def layer(params: Reservoir, work: Work, engine: str = "numba") -> SCRecurrentLayer:
    """Return the layer with its weights."""
    inputs, recurrent = params.weights(work)
    return SCRecurrentLayer(
        1, params.size, params.length, seed=work.seed, weights=inputs,
        recurrent_weights=recurrent, engine=engine,
    )  # fmt: skip


@translate_v16_reservoir.runs
def run_v16_reservoir(params: Reservoir, work: Work) -> Outcome:
    """Run the task; a float64 reservoir with the same weights says mean state and capacity."""
    signal = np.random.default_rng([work.seed, 17]).random(STEPS) * 0.5
    with layer(params, work) as reservoir:
        states = np.array([reservoir.step([u]) for u in signal])
    inputs, recurrent = params.weights(work)
    h, exact = np.zeros(params.size), []
    for u in signal:
        h = np.clip(inputs[:, 0] * u + recurrent @ h, 0.0, 1.0)
        exact.append(h)
    rates = [
        float(x[WASH_OUT:].mean()) / work.params.tau_mem * 1e3 for x in (states, np.array(exact))
    ]
    found, expected = (capacity(x, signal) for x in (states, np.array(exact)))
    return Outcome(
        rates[0], float("nan"), "numba layer", rates[1], "float64 reservoir, same weights",
        hash=hashlib.sha256(states.tobytes()).hexdigest()[:16],
        metrics={"memory_capacity": found, "expected_memory_capacity": expected},
    )  # fmt: skip


def capacity(states: Reals, signal: Reals) -> float:
    """Return the memory capacity (Jaeger 2001): squared correlations, summed over the delays.

    Linear readouts are trained on the first half after the wash-out and tested on the second.
    """
    total, half = 0.0, (STEPS - WASH_OUT) // 2
    rows = np.hstack([states[WASH_OUT:], np.ones((STEPS - WASH_OUT, 1))])
    train, test = rows[:half], rows[half:]
    gram = train.T @ train + RIDGE * np.eye(rows.shape[1])
    for delay in range(1, DELAYS + 1):
        wanted = signal[WASH_OUT - delay : STEPS - delay]
        readout = np.linalg.solve(gram, train.T @ wanted[:half])
        total += float(np.corrcoef(test @ readout, wanted[half:])[0, 1] ** 2)
    return total


@translate_v16_reservoir.gateware
def rtl_v16_reservoir(params: Reservoir, work: Work) -> Equality:
    """Run a few steps as gateware and compare the states."""
    found = []
    for engine in ("numba", "rtl"):
        with layer(params, work, engine) as reservoir:
            states = [reservoir.step([0.1 + 0.3 * k]) for k in range(GATEWARE_STEPS)]
        found.append(np.array(states).tobytes().hex())
    cycles = GATEWARE_STEPS * params.size * (params.length + 1)
    return Equality(
        found[0], found[1], f"states of {GATEWARE_STEPS} steps, {params.size} neurons", cycles
    )
