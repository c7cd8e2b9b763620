"""Variants with bitstream synapses on LIF neurons: V4, and V14 with Sobol weights."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.brunel import reference
from bitcortex.brunel.fixed import column_engine
from bitcortex.brunel.lif import outcome
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Ids, Work
from bitcortex.models.encode.encoder import BitstreamEncoder
from bitcortex.models.synapse.bitstream_synapse import BitstreamSynapse
from bitcortex.network.connectivity import Bitstream
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.sim.simulate import simulate

HARDWARE_LENGTH = 16  # bits of V4: the longest stochastic synapse of the column engine
SOBOL_LENGTH = 256  # bits of V14, the tutorial's
LEAST, MOST = 0.001, 0.999  # of a weight's probability, the tutorial's clip


@dataclass(frozen=True)
class BitSynapses(Translated):
    """Bitstream synapses: a spike is a stream of ones, the weight a stream of P = w_prob.

    Parameters
    ----------
    w_exc, w_inh
        Probabilities of the weights' streams.
    length
        Bits per spike.
    """

    w_exc: float
    w_inh: float
    length: int

    @property
    def popcount_scale(self) -> float:
        """Of a one, in mV."""
        return self.network.threshold / self.length


def _bits(bp: BrunelParams, length: int, width: int) -> BitSynapses:
    values = []
    rows = [Mapped("popcount_scale", bp.threshold / length, bp.threshold / length,
                   "mV per one", "v_th", f"v_th / {length}")]  # fmt: skip
    for thing, kick, name in (("w_exc", bp.weight_exc, "J"), ("w_inh", bp.weight_inh, "g*J")):
        wanted = kick / bp.threshold
        clipped = min(max(wanted, LEAST), MOST)
        got = round(clipped * (1 << width)) / (1 << width)
        formula = f"clip({name}/v_th, {LEAST}, {MOST})"
        rows.append(Mapped(thing, wanted, got, f"{width} bits", name, formula))
        values.append(clipped)
    return BitSynapses(bp, tuple(rows), values[0], values[1], length)


@variant("V4", "bitstream synapses and LIF", "hybrid", oracle="own", within=0.04)
def translate_v4_bitstream_lif(bp: BrunelParams) -> BitSynapses:
    """Return the network with synapses whose kick is the popcount of 16 random bits."""
    return _bits(bp, HARDWARE_LENGTH, 16)


def bitstream_plan(params: BitSynapses, seed: int) -> EventPlan:
    """Return the Plan with stochastic synapses, one draw per bit."""
    net = params.network.network(seed)
    weights = {"exc": params.w_exc, "inh": params.w_inh}
    net.connections = [
        replace(c, weight_mv=params.network.threshold,
                synapse=Bitstream(params.length, weights[c.source]))
        for c in net.connections
    ]  # fmt: skip
    plan: EventPlan = lower(net).plan
    return plan


@translate_v4_bitstream_lif.runs
def run_v4_bitstream_lif(params: BitSynapses, work: Work) -> Outcome:
    """Run the Numba engine; float64 neurons with binomial kicks say what the rate must be."""
    rng = np.random.default_rng(work.seed)
    one, length = params.popcount_scale, params.length

    def kicks(excitatory: Ids, inhibitory: Ids, external: Ids) -> NDArray[np.float64]:
        up = rng.binomial(length * excitatory, params.w_exc)
        down = rng.binomial(length * inhibitory, params.w_inh)
        total: NDArray[np.float64] = one * (up - down) + work.params.weight_exc * external
        return total

    run = simulate(bitstream_plan(params, work.seed), work.steps, "numba")
    expected = work.statistics(reference.lif(work, kicks))[0]
    return outcome(
        work, run.events, "numba engine", expected_hz=expected,
        expectation="float64 with binomial kicks",
    )  # fmt: skip


@translate_v4_bitstream_lif.gateware
def rtl_v4_bitstream_lif(params: BitSynapses, work: Work) -> Equality:
    """Run the column engine, whose gate draws a bit per cycle."""
    return column_engine(bitstream_plan(params, work.seed), work.steps)


@variant("V14", "V4 with Sobol weights", "hybrid")
def translate_v14_sobol(bp: BrunelParams) -> BitSynapses:
    """Return the network whose kicks are popcounts of Sobol streams of 256 bits."""
    return _bits(bp, SOBOL_LENGTH, 16)


@dataclass(frozen=True)
class SobolWeights:
    """One stream of weight bits for all excitatory synapses, and one for all inhibitory ones.

    The m-th spike of a kind takes the next `length` bits; all its synapses see the same ones. Both
    streams repeat after a period of 2**16 bits, so that their counts are a table.
    """

    params: BitSynapses
    seed: int

    def synapse(self, kind: int) -> BitstreamSynapse:
        """Return the multiplier of a kind, 0 excitatory or 1 inhibitory."""
        p = self.params
        encoders = [BitstreamEncoder(p.length, "sobol", d, self.seed) for d in (1 + kind, 3)]
        w = (p.w_exc, p.w_inh)[kind]
        return BitstreamSynapse(w, p.length, weight_encoder=encoders[0], input_encoder=encoders[1])

    @cached_property
    def counts(self) -> tuple[Ids, Ids]:
        """Ones of every spike in a period, per kind."""
        found = []
        for kind in (0, 1):
            synapse = self.synapse(kind)
            ones = np.ones(self.params.length, np.uint8)
            period = (1 << synapse.weight_encoder.width) // self.params.length
            found.append(np.array([int(synapse.apply(ones).sum()) for _ in range(period)]))
        return found[0], found[1]


@translate_v14_sobol.runs
def run_v14_sobol(params: BitSynapses, work: Work) -> Outcome:
    """Run float64 neurons whose kicks are counted ones; the network's own rate is expected.

    Sobol counts differ from their mean by less than one, so there is nearly no noise to add.
    """
    events, spread = sobol_network(params, work)
    return outcome(work, events, "numpy", exact=False, metrics={"count_std": spread})


def sobol_network(params: BitSynapses, work: Work) -> tuple[Any, float]:
    """Return the spikes of V14, and the deviation of the excitatory counts."""
    p, n = work.params, work.params.n_total
    counts = SobolWeights(params, work.seed).counts
    indptr, targets = work.synapses
    ring = np.zeros((p.delay_steps, n), np.int64)  # of signed ones
    used = [0, 0]
    alpha, one = float(np.exp(-p.dt / p.tau_mem)), params.popcount_scale
    v, held = np.zeros(n), np.zeros(n, np.int64)
    now = 0

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        nonlocal now
        slot = ring[now % p.delay_steps]
        added = one * slot + p.weight_exc * external
        slot[:] = 0
        free = held == 0
        v[free] = (v * alpha + added)[free]
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= p.threshold))
        v[spikes], held[spikes] = p.reset, p.refractory_steps
        for i in spikes:
            kind = int(i >= p.n_exc)
            table = counts[kind]
            ones = table[used[kind] % len(table)]
            used[kind] += 1
            slot[targets[indptr[i] : indptr[i + 1]]] += -ones if kind else ones
        now += 1
        return spikes

    return work.simulate(advance), float(counts[0].std())


@translate_v14_sobol.gateware
def rtl_v14_sobol(params: BitSynapses, work: Work) -> Equality:
    """Run both multipliers as gateware over a period of their streams and compare the counts."""
    from bitcortex.gateware.emit import emit
    from bitcortex.gateware.synapse.bitstream import Bitstream as Gateware
    from bitcortex.models.synapse.bitstream import Bitstream as Golden
    from bitcortex.sim.rtl.harness import Harness

    weights = SobolWeights(params, work.seed)
    found, cycles = [], 0
    for kind in (0, 1):
        synapse = weights.synapse(kind)
        bits = 1 << synapse.weight_encoder.width
        made = emit(Gateware(synapse.params), Golden.INPUTS, Golden.OUTPUTS, "synapse_bitstream")
        stimulus = {name: np.zeros(bits + 2, np.int64) for name in Golden.INPUTS}
        stimulus["enable"][:bits] = 1
        stimulus["pre"][:] = 1
        with Harness(made) as harness:
            trace = harness.run(stimulus)
        post = trace["post"][trace["valid"] == 1]
        found.append(post.reshape(-1, params.length).sum(axis=1))
        cycles += bits + 2
    text = [" ".join(map(str, np.concatenate(pair))) for pair in (weights.counts, found)]
    return Equality(
        text[0], text[1], f"counts of {2 * len(found[0])} spikes, every bit of a period", cycles
    )
