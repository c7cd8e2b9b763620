"""V12: stochastic STDP of the excitatory synapses among excitatory neurons."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bitcortex.brunel import reference
from bitcortex.brunel.fixed import column_engine
from bitcortex.brunel.lif import outcome
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Ids, Work
from bitcortex.network.description import Network
from bitcortex.network.lower import lower
from bitcortex.network.plasticity import StochasticSTDP
from bitcortex.sim.simulate import simulate

STEP_SHARE = 1 / 16  # of J: what a weight changes by
MOST_J = 2.0  # the largest weight over J
WINDOW_MS = 20.0
CHANCE = 0.1  # of an update


@dataclass(frozen=True)
class Plastic(Translated):
    """The network with stochastic STDP of its excitatory-to-excitatory synapses."""

    rule: StochasticSTDP

    def described(self, seed: int) -> Network:
        """Return the network."""
        net = self.network.network(seed)
        net.connections = [
            replace(c, plasticity=self.rule, store="stored")
            if (c.source, c.target) == ("exc", "exc")
            else c
            for c in net.connections
        ]
        return net


@variant("V12", "stochastic STDP", "hybrid", oracle="own")
def translate_v12_stdp(bp: BrunelParams) -> Plastic:
    """Return the network with weights that begin at J and learn."""
    j = bp.weight_exc
    rule = StochasticSTDP(WINDOW_MS, WINDOW_MS, CHANCE, CHANCE, j * STEP_SHARE, j * MOST_J)
    losses = lower(Plastic(bp, (), rule).described(1)).losses
    names = {"exc to exc.weight (mV)": "J", "exc to exc.step (mV)": "J",
             "exc to exc.maximum (mV)": "J", "exc to exc.p_plus": "-",
             "exc to exc.window_plus (ms)": "-"}  # fmt: skip
    rows = tuple(
        Mapped(x.thing, x.wanted, x.got, x.note, names[x.thing], "bitcortex.network.lower")
        for x in losses
        if x.thing in names
    )
    return Plastic(bp, rows, rule)


@translate_v12_stdp.runs
def run_v12_stdp(params: Plastic, work: Work) -> Outcome:
    """Run the Numba engine, and float64 neurons and weights with another random generator."""
    run = simulate(lower(params.described(work.seed)).plan, work.steps, "numba")
    learned = run.weights["exc", "exc"]
    mean = float((learned.weight / learned.maximum).mean()) * MOST_J
    events, expected = stdp_float64(params, work)
    return outcome(
        work, run.events, "numba engine", expected_hz=work.statistics(events)[0],
        expectation="float64 STDP, other random numbers",
        metrics={"mean_weight": mean, "expected_mean_weight": expected},
    )  # fmt: skip


def stdp_float64(params: Plastic, work: Work) -> tuple[Any, float]:
    """Run decision 0007 in float64; return spikes, and the mean weight over J at the end."""
    p, rule, rng = work.params, params.rule, np.random.default_rng(work.seed)
    n, j = p.n_total, p.weight_exc
    indptr, targets = work.synapses
    plastic = [targets[indptr[i] : indptr[i + 1]] for i in range(p.n_exc)]
    inside = [row < p.n_exc for row in plastic]
    weights = [np.full(int(mask.sum()), j) for mask in inside]
    extra = np.zeros((p.delay_steps, n))  # what weights add to J per arrival
    emitted: list[Ids] = [np.zeros(0, np.int64)] * p.delay_steps
    fired_at, arrived = np.full(n, -(1 << 40)), np.full(p.n_exc, -1)
    plus, minus = (round(w / p.dt) for w in (rule.window_plus_ms, rule.window_minus_ms))
    alpha, now = float(np.exp(-p.dt / p.tau_mem)), 0
    v, held = np.zeros(n), np.zeros(n, np.int64)
    kicks = reference.fixed_kicks(work)

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        nonlocal now
        slot = now % p.delay_steps
        more = extra[slot]
        more[:] = 0.0
        for i in emitted[slot]:
            mine = plastic[i][inside[i]]
            w, last = weights[i], fired_at[mine]
            known = last >= 0
            if arrived[i] >= 0:  # the target fired at or after the arrival before, in the window
                after = last - arrived[i]
                grows = known & (after >= 0) & (after <= plus) & (rng.random(len(w)) < rule.p_plus)
                w[grows] = np.minimum(w[grows] + rule.step_mv, rule.maximum_mv)
            more[mine] += w - j
            before = now - last
            shrinks = known & (before <= minus) & (rng.random(len(w)) < rule.p_minus)
            w[shrinks] = np.maximum(w[shrinks] - rule.step_mv, 0.0)
            arrived[i] = now
        free = held == 0
        v[free] = (v * alpha + kicks(excitatory, inhibitory, external) + more)[free]
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= p.threshold))
        v[spikes], held[spikes], fired_at[spikes] = p.reset, p.refractory_steps, now
        emitted[slot] = spikes[spikes < p.n_exc]
        now += 1
        return spikes

    events = work.simulate(advance)
    return events, float(np.concatenate(weights).mean()) / j


@translate_v12_stdp.gateware
def rtl_v12_stdp(params: Plastic, work: Work) -> Equality:
    """Run the column engine, weights and all."""
    return column_engine(lower(params.described(work.seed)).plan, work.steps)
