"""Brunel's network in float64: independent of every integer, and what there is without Brian2."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bitcortex.brunel.work import Ids, Work
from bitcortex.network.run import Events

Reals = NDArray[np.float64]
Kicks = Callable[[Ids, Ids, Ids], Reals]  # excitatory, inhibitory and external arrivals to mV


def fixed_kicks(work: Work) -> Kicks:
    """Return the sum of J for every excitatory and external arrival, less g J per inhibitory."""
    j, inhibition = work.params.weight_exc, work.params.weight_inh

    def kicks(excitatory: Ids, inhibitory: Ids, external: Ids) -> Reals:
        total: Reals = j * (excitatory + external) - inhibition * inhibitory
        return total

    return kicks


def lif(
    work: Work,
    kicks: Kicks | None = None,
    retained: float | None = None,
    noise: Callable[[], Reals] | None = None,
) -> Events:
    """Run LIF neurons in the order of our steps: leak, add, compare, reset.

    Parameters
    ----------
    work
        Network.
    kicks
        Of what arrives; `fixed_kicks` by default.
    retained
        Fraction of v that a step keeps; exp(-dt / tau) by default.
    noise
        Returns what else is added in a step, mV.
    """
    p, n = work.params, work.params.n_total
    alpha = math.exp(-p.dt / p.tau_mem) if retained is None else retained
    total = fixed_kicks(work) if kicks is None else kicks
    v, held = np.zeros(n), np.zeros(n, np.int64)

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        added = total(excitatory, inhibitory, external)
        if noise is not None:
            added = added + noise()
        free = held == 0
        v[free] = (v * alpha + added)[free]
        held[~free] -= 1
        spikes = np.flatnonzero(free & (v >= p.threshold))
        v[spikes] = p.reset
        held[spikes] = p.refractory_steps
        return spikes

    return work.simulate(advance)


def brian2_order(work: Work) -> Events:
    """Run the tutorial's network as Brian2 does: Euler, leak, ``v > v_th``, then kicks, then reset.

    What arrives in the step of a spike is lost to the reset. A delay of d steps counts from the
    step of the spike, after its threshold, and so acts a step later than ours; a refractory time of
    R steps holds for R - 1 steps after the one of the spike.
    """
    p, n = work.params, work.params.n_total
    total = fixed_kicks(work)
    v = np.zeros(n)
    last = np.full(n, -(1 << 40))
    # `Work.simulate` hands over in step t what was emitted at t - delay: that is Brian2's too.
    now = 0

    def advance(excitatory: Ids, inhibitory: Ids, external: Ids) -> Ids:
        nonlocal now
        free = now - last >= p.refractory_steps
        v[free] = (p.dt * -v / p.tau_mem + v)[free]
        fires = free & (v > p.threshold)
        last[fires] = now
        open_ = free & ~fires
        v[open_] += total(excitatory, inhibitory, external)[open_]
        v[fires] = p.reset
        now += 1
        return np.flatnonzero(fires)

    return work.simulate(advance)
