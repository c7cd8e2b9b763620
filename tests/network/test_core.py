"""The network core: its clocked model steps as the functional one, in the cycles it promises."""

from dataclasses import replace

import numpy as np

from bitcortex.models.network.core import Core, CoreParams
from bitcortex.models.network.step import GoldenNetwork
from bitcortex.models.recorder.hash import hash_events
from bitcortex.network import LIF, Network, Streams, lower
from bitcortex.network.plan import Plan
from bitcortex.sim.twin import Stimulus, compare
from bitcortex.sim.twins.network.core import TWIN, kinds, pair, stimulus

QUIET = dict.fromkeys(Core.INPUTS, 0) | {"event_ready": 1}


def tick(core: Core, **inputs: int) -> dict[str, int]:
    values = QUIET | inputs
    out = core.tick(*(values[name] for name in Core.INPUTS))
    return dict(zip(Core.OUTPUTS, out, strict=True))


def loaded(plan: Plan) -> Core:
    core = Core(CoreParams(plan))
    while tick(core)["busy"]:
        pass
    for p, population in enumerate(plan.populations):
        for (neuron, source), weight in np.ndenumerate(population.weights):
            tick(
                core,
                weight_we=1,
                weight_population=p,
                weight_neuron=neuron,
                weight_input=source,
                weight=int(weight),
            )
    return core


def one_step(core: Core, codes: list[int]) -> tuple[list[int], int]:
    """Write the codes, start, and return the neurons that fired and the cycles it took."""
    for channel, code in enumerate(codes):
        tick(core, code_we=1, code_channel=channel, code=code)
    tick(core, start=1)
    fired, cycles = [], 0
    while True:
        cycles += 1
        out = tick(core)
        if out["event_valid"]:
            fired.append(out["event_neuron"])
        if out["done"]:
            return fired, cycles


def test_clocked_and_functional_models_agree() -> None:
    rng = np.random.default_rng(1)
    for params in (pair(), pair("lfsr"), kinds()):
        plan = params.plan
        core, network = loaded(plan), GoldenNetwork(plan)
        events: list[tuple[int, int]] = []
        for step in range(60):
            codes = {s.name: rng.integers(0, 257, s.size).astype(np.uint16) for s in plan.sources}
            fired, cycles = one_step(core, [int(c) for part in codes.values() for c in part])
            expected = np.concatenate(list(network.step(codes).values()))
            assert fired == np.flatnonzero(expected).tolist()
            assert cycles == params.cycles_per_step
            events += [(step, neuron) for neuron in fired]
        assert events
        assert tick(core)["hash"] == hash_events(*zip(*events, strict=True))


def test_clear_returns_to_power_on() -> None:
    params = pair()
    core = loaded(params.plan)
    first = [one_step(core, [256, 128, 200]) for _ in range(10)]
    tick(core, clear=1)
    while tick(core)["busy"]:
        pass
    assert [one_step(core, [256, 128, 200]) for _ in range(10)] == first


def test_weights_outside_a_small_layer_are_ignored() -> None:
    """The write port is as wide as the largest layer wants; no address wraps in a smaller one."""
    net = Network("uneven", seed=3)
    net.source("s", np.full((1, 3), 0.5))
    net.source("t", np.full((1, 1), 0.5))
    net.population("a", 2, LIF(), streams=Streams(length=8))
    net.population("b", 5, LIF(), streams=Streams(length=8))
    for source, target in (("s", "a"), ("s", "b"), ("t", "b"), ("a", "b")):
        net.project(source, target, 15.0)
    params = CoreParams(lower(net).plan)
    weights = sum(p.weights.size for p in params.plan.populations)

    def anywhere(params: CoreParams, rng: np.random.Generator, cycles: int) -> Stimulus:
        made = stimulus(params, rng, cycles)
        later = slice(weights + 20, None)  # when every memory is filled
        for name, bits in (
            ("weight_population", 1),
            ("weight_neuron", params.neuron_bits),
            ("weight_input", params.input_bits),
        ):
            made[name][later] = rng.integers(0, 1 << bits, cycles)[later]
        return made

    twin = replace(TWIN, cases={"uneven": params}, stimulus=anywhere)
    assert compare(twin, "uneven", 20_000).difference is None
