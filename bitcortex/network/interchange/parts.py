"""Parts of a description that every import makes."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bitcortex.network.connectivity import Explicit
from bitcortex.network.description import Network
from bitcortex.network.interchange.report import Report
from bitcortex.network.lower_events import DENSE, unit_mv
from bitcortex.network.neurons import LIF

# Time constant, in steps, of a membrane that 16 bits hold without leak: alpha = 65,535 / 65,536
# takes less than half a unit from it, and rounding gives that back.
NO_LEAK = 1 << 16
Ids = NDArray[np.int64]


def add(
    net: Network,
    source: str,
    target: str,
    pre: Ids,
    post: Ids,
    weight: NDArray[np.float64],
    delay: NDArray[np.float64],
) -> None:
    """Connect explicit pairs, with signed weights, in the cheapest form."""
    part = net.recordings.get(source) or net.populations[source]
    values = weight if part.sign == "mixed" else np.abs(weight)
    one_weight, one_delay = len(np.unique(values)) == 1, len(np.unique(delay)) == 1
    sizes = part.size * net.populations[target].size
    single = len(np.unique(pre * net.populations[target].size + post)) == len(pre)
    dense = one_weight and one_delay and single and len(pre) >= DENSE * sizes
    net.connect(
        source,
        target,
        Explicit(pre, post),
        float(values[0]) if one_weight else values,
        float(delay[0]) if one_delay else delay,
        store="bitmap" if dense else "auto",
    )


def sign_of(weights: Sequence[NDArray[np.float64]]) -> str:
    """Return the sign of a source with these weights."""
    low = min((float(w.min()) for w in weights), default=0.0)
    high = max((float(w.max()) for w in weights), default=0.0)
    return "excitatory" if low >= 0.0 else "inhibitory" if high <= 0.0 else "mixed"


def word(name: str) -> str:
    """Return a name that a part of a network may have."""
    made = "".join(c if c.isalnum() else "_" for c in name)
    return made if made.isidentifier() else f"n{made}"


def above(net: Network, names: Sequence[str]) -> None:
    """Move thresholds that must be crossed to the next multiple of the unit."""
    wanted = {}
    for name in names:
        neuron = net.populations[name].neuron
        assert isinstance(neuron, LIF)
        wanted[name] = neuron.v_threshold_mv
    for _ in range(3):  # the unit may depend on the thresholds, by a factor of 2 at most
        unit = unit_mv(net)
        for name, level in wanted.items():
            population = net.populations[name]
            assert isinstance(population.neuron, LIF)
            codes = math.floor(level / unit + 1e-6) + 1
            neuron = replace(population.neuron, v_threshold_mv=codes * unit)
            net.populations[name] = replace(population, neuron=neuron)
        if unit_mv(net) == unit:
            return


def arithmetic(net: Network, report: Report) -> None:
    """Report what the membranes hold, and in which steps."""
    unit = unit_mv(net)
    width = next(p.neuron.data_width for p in net.populations.values() if isinstance(p.neuron, LIF))
    most = unit * 2 ** (width - 1)
    report.add(
        "arithmetic",
        "floating point",
        "approximated",
        f"integers of {width} bits: steps of {unit:.3g} mV, saturated at {most:.3g} mV above and "
        "below the origin (headroom); lower() says what became of every number",
    )
