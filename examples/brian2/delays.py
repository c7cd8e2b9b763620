"""Excitation and inhibition with a delay of its own at every synapse."""

import numpy as np
from brian2 import NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, run

rng = np.random.default_rng(3)
tau = 20 * ms
cells = NeuronGroup(
    120,
    "dv/dt = -v / tau : volt (unless refractory)",
    threshold="v > 20*mV",
    reset="v = 10*mV",
    refractory=2 * ms,
    method="exact",
    name="cells",
)
pairs = np.unique(rng.integers(0, (3000, 100), (9000, 2)), axis=0)
trains = SpikeGeneratorGroup(100, pairs[:, 1], pairs[:, 0] * 0.1 * ms, name="trains")
kicks = Synapses(trains, cells, on_pre="v_post += 1.5*mV")
kicks.connect(p=0.2)
recurrent = Synapses(cells, cells, "w : volt", on_pre="v_post += w")
recurrent.connect(p=0.15)
recurrent.w = "(1.5*rand() - 0.9) * mV"
recurrent.delay = "4*rand()*ms"
spikes = SpikeMonitor(cells)
run(300 * ms)
