"""A feed-forward chain: ten layers of 30 neurons; Poisson trains drive the first."""

from brian2 import Hz, NeuronGroup, PoissonGroup, SpikeMonitor, Synapses, defaultclock, ms, mV, run

defaultclock.dt = 0.5 * ms
layers, size = 10, 30
tau = 15 * ms
chain = NeuronGroup(
    layers * size,
    "dv/dt = (E - v) / tau : volt",
    threshold="v >= -50*mV",
    reset="v = -65*mV",
    method="exact",
    namespace={"E": -65 * mV, "tau": tau},
    name="chain",
)
chain.v = -65 * mV
noise = PoissonGroup(60, rates=40 * Hz, name="noise")
first = Synapses(noise, chain[:size], "w : volt", on_pre="v_post += w")
first.connect(p=0.5)
first.w = "(1 + rand()) * mV"
forward = Synapses(chain, chain, on_pre="v_post += 1.1*mV", delay=1 * ms)
forward.connect("j // size == i // size + 1")
spikes = SpikeMonitor(chain)
run(500 * ms)
