"""A ring of 40 neurons: a spike goes round, kicked off by one recorded spike."""

from brian2 import NeuronGroup, SpikeGeneratorGroup, SpikeMonitor, Synapses, ms, run

N = 40
tau = 10 * ms
ring = NeuronGroup(
    N,
    "dv/dt = -v / tau : volt (unless refractory)",
    threshold="v > 15*mV",
    reset="v = 0*mV",
    refractory=3 * ms,
    method="exact",
    name="ring",
)
around = Synapses(ring, ring, on_pre="v_post += 16*mV", delay=0.7 * ms)
around.connect(j="(i + 1) % N_post")
back = Synapses(ring, ring, on_pre="v_post -= 2*mV", delay=0.4 * ms)
back.connect(j="(i - 2) % N_post")
push = SpikeGeneratorGroup(1, [0], [1 * ms])
start = Synapses(push, ring, on_pre="v_post += 20*mV")
start.connect(i=0, j=0)
spikes = SpikeMonitor(ring)
run(100 * ms)
