"""Recorded spikes drive 100 integrators of three time constants."""

import numpy as np
from brian2 import NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, run

rng = np.random.default_rng(7)
taus = np.array([5, 10, 20])
cells = NeuronGroup(
    100,
    """dv/dt = -v / tau : volt (unless refractory)
    tau : second (constant)""",
    threshold="v > 12*mV",
    reset="v = 0*mV",
    refractory=1 * ms,
    method="exact",
    name="cells",
)
cells.tau = taus[np.arange(100) % 3] * ms
pairs = np.unique(rng.integers(0, (4000, 200), (6000, 2)), axis=0)
trains = SpikeGeneratorGroup(200, pairs[:, 1], pairs[:, 0] * 0.1 * ms, name="trains")
kicks = Synapses(trains, cells, "w : volt", on_pre="v_post += w")
kicks.connect(p=0.2)
kicks.w = "(0.5 + 2*rand()) * mV"
spikes = SpikeMonitor(cells)
run(400 * ms)
