"""Twin of a whole network."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.gateware.network.core import Core as Gateware
from bitcortex.models.model import Trace
from bitcortex.models.network.core import Core, CoreParams
from bitcortex.network.description import Network, Streams, Uniform
from bitcortex.network.lower import lower
from bitcortex.network.neurons import LIF, HomeostaticLIF, Izhikevich, StochasticLIF
from bitcortex.sim.twin import Stimulus, Twin


def pair(mode: str = "sobol") -> CoreParams:
    """Return two small populations that excite and inhibit each other, two sources."""
    net = Network("pair", seed=5)
    streams = Streams(length=8, mode=mode)
    net.source("a", np.zeros((1, 2)))
    net.source("b", np.zeros((1, 1)))
    small = LIF(tau_ms=5.0, data_width=12, refractory_ms=1.0)
    net.population("e", 3, small, streams=streams)
    net.population("i", 2, StochasticLIF(tau_ms=5.0), "inhibitory", streams=streams)
    net.project("a", "e", Uniform(5.0, 10.0))
    net.project("b", "e", Uniform(5.0, 10.0))
    net.project("b", "i", Uniform(5.0, 10.0))
    net.project("e", "i", Uniform(5.0, 10.0))
    net.project("i", "e", Uniform(5.0, 10.0))
    return CoreParams(lower(net).plan)


def kinds() -> CoreParams:
    """Return a population of each of the other kinds, driven by one source."""
    net = Network("kinds", seed=6)
    streams = Streams(length=16)
    net.source("s", np.zeros((1, 3)))
    net.population("izhikevich", 2, Izhikevich(), streams=streams)
    net.population("homeostatic", 3, HomeostaticLIF(target_hz=100.0), streams=streams)
    net.project("s", "izhikevich", Uniform(5.0, 20.0))
    net.project("s", "homeostatic", Uniform(5.0, 10.0))
    net.project("izhikevich", "homeostatic", Uniform(5.0, 10.0))
    return CoreParams(lower(net).plan)


def alone() -> CoreParams:
    """Return one neuron."""
    net = Network("alone", seed=7)
    net.source("s", np.zeros((1, 1)))
    net.population("only", 1, LIF(), streams=Streams(length=4))
    net.project("s", "only", 15.0)
    return CoreParams(lower(net).plan)


def stimulus(params: CoreParams, rng: np.random.Generator, cycles: int) -> Stimulus:
    """All weights first; then step after step, with new codes, clears, and a reader that waits."""
    plan = params.plan
    channels = sum(source.size for source in plan.sources)
    layers = params.layers
    rows = [
        (p, j, i)
        for p, layer in enumerate(layers)
        for j in range(layer.n_neurons)
        for i in range(layer.n_inputs)
    ]
    chosen: NDArray[np.int64] = np.array(rows)[rng.integers(0, len(rows), cycles)]
    writes = min(len(rows), cycles)
    chosen[:writes] = rows[:writes]
    one = 1 << layers[0].bits
    slow = np.repeat(rng.random(cycles // 512 + 1) < 0.5, 512)[:cycles]  # the reader's mood
    rare = 0.2 / params.cycles_per_step
    made = {
        "weight_we": (rng.random(cycles) < 0.05).astype(np.int64),
        "weight_population": chosen[:, 0],
        "weight_neuron": chosen[:, 1],
        "weight_input": chosen[:, 2],
        "weight": np.where(
            rng.random(cycles) < 0.2,
            rng.integers(-one + 1, one, cycles),
            rng.integers(-one // 8, one, cycles),
        ),
        "code_we": (rng.random(cycles) < 0.2).astype(np.int64),
        "code_channel": rng.integers(0, channels, cycles),
        "code": rng.integers(0, one + 1, cycles),
        "clear": (rng.random(cycles) < rare).astype(np.int64),
        "start": (rng.random(cycles) < 0.3).astype(np.int64),
        "event_ready": (rng.random(cycles) < np.where(slow, 0.2, 0.95)).astype(np.int64),
        "rst": (rng.random(cycles) < rare / 4).astype(np.int64),
    }
    # After the first fill, addresses that no synapse and no channel has, too.
    wild = rng.random(cycles) < 0.1
    for name, width in (
        ("weight_population", max(1, (len(layers) - 1).bit_length())),
        ("weight_neuron", params.neuron_bits),
        ("weight_input", params.input_bits),
        ("code_channel", params.channel_bits),
    ):
        anything = rng.integers(0, 1 << width, cycles)
        made[name] = np.where(wild & (np.arange(cycles) >= writes), anything, made[name])
    sweep = max(bank.n for bank in params.banks)  # busy after power-on
    for name in ("weight_we", "start", "clear", "rst", "code_we"):
        made[name][: sweep + writes] = 0
    made["weight_we"][sweep : sweep + writes] = 1
    for name in ("weight_population", "weight_neuron", "weight_input"):
        made[name] = np.roll(made[name], sweep)
    return made


def reached(params: CoreParams, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    busy, valid, ready = trace["busy"], trace["event_valid"], stimulus["event_ready"]
    return {
        "every neuron fires": set(trace["event_neuron"][valid == 1])
        == set(range(params.plan.neurons)),
        "the reader waits": bool((valid & (1 - ready)).any()),
        "start while busy": bool((stimulus["start"] & busy).any()),
        "clear while busy": bool((stimulus["clear"] & busy).any()),
        "clear": bool((stimulus["clear"] & (1 - busy)).any()),
        "code written while busy": bool((stimulus["code_we"] & busy).any()),
        "weight written later": bool((stimulus["weight_we"] & (1 - busy)).any()),
        "many steps": bool((trace["event_step"] > 10).any()),
    }


TWIN = Twin(
    name="network.core",
    golden=Core,
    gateware=Gateware,
    cases={"pair": pair(), "pair, lfsr": pair("lfsr"), "kinds": kinds(), "alone": alone()},
    stimulus=stimulus,
    reached=reached,
    survivors={
        "inv A[0] of `~core_dense1_closes` for an inner wire": (
            "a layer's busy falls cycles before the core can start it again"
        ),
    },
)
