"""Run a flat network file in NEST: iaf_psc_delta, poisson_generator, spike_recorder.

Our order of a step is NEST's, and delays mean the same. The external events arrive through a
connection as well: the drive is silent for as many steps as the shortest delay, because a shorter
delay of its own would make the threads meet more often.
"""

import os
import sys
import time
from typing import Any

import numpy as np

from simulators import flat, worker

BLOCK = 1 << 18  # synapses per call: NEST takes 64-bit arrays, which are not to be its peak


def build(nest: Any, network: flat.Network) -> tuple[Any, Any]:
    """Return neurons and recorder; the drive is connected."""
    neurons = nest.Create(
        "iaf_psc_delta",
        network.n,
        params={
            "tau_m": network.tau_ms,
            "C_m": network.tau_ms,  # so that I_e in pA is the potential it leads to in mV
            "E_L": 0.0,
            "V_th": network.v_threshold_mv,
            "V_reset": network.v_reset_mv,
            "t_ref": network.refractory_steps * network.dt_ms,
        },
    )
    for name, values in (("V_m", network.v_start_mv), ("I_e", network.mean_mv)):
        neurons.set({name: values[0] if len(values) == 1 else values})
    recorder = nest.Create("spike_recorder", params={"time_in_steps": True})
    nest.Connect(neurons, recorder)
    if network.drive_lambda:
        drive = nest.Create(
            "poisson_generator", params={"rate": network.drive_lambda / network.dt_ms * 1e3}
        )
        delay = network.min_delay_steps * network.dt_ms
        nest.Connect(drive, neurons, syn_spec={"weight": network.drive_mv, "delay": delay})
    return neurons, recorder


def connect(nest: Any, network: flat.Network) -> None:
    """Connect the neurons, which have the numbers 1 to n."""
    for at, projection in enumerate(network.projections()):
        weight = projection.weight_mv
        model = "static_synapse"
        if isinstance(weight, float):
            model = f"projection_{at}"
            nest.CopyModel("static_synapse_hom_w", model, {"weight": weight})
        delays = np.broadcast_to(projection.delay_steps, projection.targets.shape)
        for first in range(0, len(delays), BLOCK):
            part = slice(first, first + BLOCK)
            synapse = {"synapse_model": model, "delay": delays[part] * network.dt_ms}
            if not isinstance(weight, float):
                synapse["weight"] = weight[part]
            sources = projection.sources[part].astype(np.int64) + 1
            targets = projection.targets[part].astype(np.int64) + 1
            nest.Connect(sources, targets, "one_to_one", synapse)


def main() -> None:
    options = worker.arguments(__doc__.splitlines()[0])
    network = flat.load(options.network)
    if network.events_n.size:
        sys.exit("events_n must be empty for NEST, which draws its own: export without it")
    clock = worker.Clock()
    os.environ["PYNEST_QUIET"] = "1"
    with clock.phase("import"):
        import nest
    nest.set_verbosity("M_ERROR")
    with clock.phase("build"):
        nest.ResetKernel()
        nest.set(resolution=network.dt_ms, local_num_threads=options.threads, rng_seed=network.seed)
        neurons, recorder = build(nest, network)
    assert neurons.global_id[0] == 1
    with clock.phase("connect"):
        connect(nest, network)
    with clock.phase("compile"):
        nest.Prepare()
    cpu = time.process_time()
    with clock.phase("simulate"):
        nest.Run(network.steps * network.dt_ms)
    cpu = time.process_time() - cpu
    used = worker.memory()
    nest.Cleanup()
    events = recorder.events
    step = np.asarray(events["times"]) - 1  # a spike of the first step has the time of its end
    neuron = np.asarray(events["senders"]) - 1
    worker.save(options.output, step, neuron, clock, cpu, {"nest": nest.__version__}, used)


if __name__ == "__main__":
    main()
