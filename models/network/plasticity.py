"""Stochastic STDP of a row of synapses: decision 0007 in NumPy."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.keys import synapse_draws
from bitcortex.network.plasticity import FORGOTTEN, Stdp

Ids = NDArray[np.int64]


def learn(
    rule: Stdp, key: tuple[int, int], gap: int | None, ages: Ids, neurons: Ids, weights: Ids
) -> tuple[Ids, Ids]:
    """Return the weights that a presynaptic spike delivers, and those that it leaves behind.

    Parameters
    ----------
    rule
        Of the projection.
    key
        Of the source in this step: `bitcortex.network.keys.synapse_key`.
    gap
        Steps from the arrival before to the step before this one; None if there was none.
    ages, neurons, weights
        Of the targets: steps since their last spikes, as of the step before; ids; in units.
    """
    known = ages != FORGOTTEN
    delivered = weights
    if gap is not None:
        after = gap - ages  # from the arrival before to the target's spike
        pairs = known & (after >= 0) & (after <= rule.window_plus)
        grows = pairs & (synapse_draws(key, 2 * neurons) < rule.p_plus)
        delivered = np.where(grows, np.minimum(weights + rule.step, rule.maximum), weights)
    pairs = known & (ages + 1 <= rule.window_minus)
    shrinks = pairs & (synapse_draws(key, 2 * neurons + 1) < rule.p_minus)
    return delivered, np.where(shrinks, np.maximum(delivered - rule.step, 0), delivered)
