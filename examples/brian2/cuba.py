"""CUBA: 4,000 neurons that a constant current drives, with kicks in place of synaptic currents."""

from brian2 import NeuronGroup, SpikeMonitor, Synapses, defaultclock, ms, mV, run

defaultclock.dt = 0.1 * ms
taum = 20 * ms
Vt = -50 * mV
Vr = -60 * mV
El = -49 * mV

P = NeuronGroup(
    4000,
    "dv/dt = (El - v) / taum : volt (unless refractory)",
    threshold="v > Vt",
    reset="v = Vr",
    refractory=5 * ms,
    method="exact",
)
P.v = "Vr + rand() * (Vt - Vr)"

we = 0.4 * mV
wi = -2.2 * mV
Ce = Synapses(P[:3200], P, on_pre="v += we")
Ci = Synapses(P[3200:], P, on_pre="v += wi")
Ce.connect(p=0.02)
Ci.connect(p=0.02)

spikes = SpikeMonitor(P)
run(200 * ms)
