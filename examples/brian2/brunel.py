"""Brunel's network: 400 excitatory and 100 inhibitory neurons under a Poisson drive."""

from brian2 import Hz, Network, NeuronGroup, PoissonInput, SpikeMonitor, Synapses, ms, mV

tau = 20 * ms
J = 0.8 * mV
g = 6

neurons = NeuronGroup(
    500,
    "dv/dt = -v / tau : volt (unless refractory)",
    threshold="v > 20*mV",
    reset="v = 10*mV",
    refractory=2 * ms,
    method="exact",
    name="neurons",
)
excitatory, inhibitory = neurons[:400], neurons[400:]
external = PoissonInput(neurons, "v", N=40, rate=47 * Hz, weight=J)
exc = Synapses(excitatory, neurons, on_pre="v_post += J", delay=1.5 * ms, name="exc")
exc.connect(p=0.1)
inh = Synapses(inhibitory, neurons, on_pre="v_post -= g*J", delay=1.5 * ms, name="inh")
inh.connect(p=0.1)
spikes = SpikeMonitor(neurons)

net = Network(neurons, external, exc, inh, spikes)
net.run(1000 * ms)
