"""Run a flat network file in Brian2.

The schedule delivers kicks before the threshold of the same step; by Brian2's own order a kick in
the step of a spike would be lost. Spikes of step t then enter the queues in step t + 1, so that a
delay of d steps is d - 1 steps for Brian2. Its refractory time counts from the spike, so that
R steps held are R + 1.

`PoissonInput` draws from a binomial distribution, here of `EVENTS` trials: its total variation
distance from Poisson is below drive_lambda / EVENTS. Above a mean of 5 it would draw from a
normal distribution; the drive is split into inputs of at most `LARGEST_MEAN`. External events that
the file holds are added from a `TimedArray` instead, in the slot of the synapses.

With `--tutorial` it is the network of the tutorial that is run, as a user of Brian2 writes it:
Brian2's own schedule, where kicks come after the threshold and those in the step of a spike are
lost, the Euler method, ``v > v_th``, and delay and refractory time as Brian2 counts them.
"""

import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from simulators import flat, worker

TARGETS = ("cpp_standalone", "cython")
SCHEDULE = ["start", "groups", "synapses", "thresholds", "resets", "end"]
EVENTS = 1_000_000  # trials of the binomial distribution
LARGEST_MEAN = 4.0  # below 5 the binomial distribution is drawn exactly
# The C++ program writes: seconds before and in the run, CPU seconds in the run, peak and end kB.
PROGRAM = {
    "before_start": """
        auto _bench_start = std::chrono::steady_clock::now();
        """,
    "before_network_run": """
        auto _bench_run = std::chrono::steady_clock::now();
        std::clock_t _bench_cpu_run = std::clock();
        """,
    "after_network_run": """
        std::clock_t _bench_cpu_end = std::clock();
        auto _bench_end = std::chrono::steady_clock::now();
        std::ifstream _bench_status("/proc/self/status");
        std::string _bench_word, _bench_peak, _bench_rss;
        while (_bench_status >> _bench_word)
        {
            if (_bench_word == "VmHWM:") _bench_status >> _bench_peak;
            if (_bench_word == "VmRSS:") _bench_status >> _bench_rss;
        }
        std::ofstream(RESULT)
            << std::chrono::duration<double>(_bench_run - _bench_start).count() << " "
            << std::chrono::duration<double>(_bench_end - _bench_run).count() << " "
            << double(_bench_cpu_end - _bench_cpu_run) / CLOCKS_PER_SEC << " "
            << _bench_peak << " " << _bench_rss << std::endl;
        """,
}


def build(b: Any, network: flat.Network, tutorial: bool) -> tuple[Any, list[Any]]:
    """Return neurons, and all other objects apart from synapses."""
    constant = bool(np.any(network.mean_mv))
    equations = f"dv/dt = ({'mean - v' if constant else '-v'}) / tau : 1"
    how: dict[str, Any] = {}
    if network.refractory_steps:
        equations += " (unless refractory)"
        how["refractory"] = (network.refractory_steps + (not tutorial)) * network.dt_ms * b.ms
    if constant:
        equations += "\nmean : 1 (constant)"
    neurons = b.NeuronGroup(
        network.n,
        equations,
        threshold="v > v_threshold" if tutorial else "v >= v_threshold",
        reset="v = v_reset",
        method="euler" if tutorial else "exact",
        namespace={
            "tau": network.tau_ms * b.ms,
            "v_threshold": network.v_threshold_mv,
            "v_reset": network.v_reset_mv,
        },
        **how,
    )
    if np.any(network.v_start_mv):
        neurons.v = np.broadcast_to(network.v_start_mv, network.n)
    if constant:
        neurons.mean = np.broadcast_to(network.mean_mv, network.n)
    if network.events_n.size:
        events = b.TimedArray(network.events_n.astype(float), dt=network.dt_ms * b.ms)
        neurons.namespace.update(events=events, drive_mv=network.drive_mv)
        return neurons, [neurons.run_regularly("v += drive_mv * events(t, i)", when="synapses")]
    inputs = math.ceil(network.drive_lambda / LARGEST_MEAN)
    drive = [
        b.PoissonInput(
            neurons,
            "v",
            EVENTS,
            network.drive_lambda / inputs / EVENTS / (network.dt_ms * b.ms),
            weight=network.drive_mv,
        )
        for _ in range(inputs)
    ]
    return neurons, drive


def connect(b: Any, network: flat.Network, neurons: Any, tutorial: bool) -> list[Any]:
    """Return the synapses."""
    found, early = [], 0 if tutorial else 1
    for projection in network.projections():
        weight, delay = projection.weight_mv, projection.delay_steps
        one_weight, one_delay = isinstance(weight, float), isinstance(delay, int)
        synapses = b.Synapses(
            neurons,
            neurons,
            "" if one_weight else "w : 1 (constant)",
            on_pre="v_post += w",
            namespace={"w": weight} if one_weight else {},
            **({"delay": (delay - early) * network.dt_ms * b.ms} if one_delay else {}),
        )
        synapses.connect(i=projection.sources, j=projection.targets)
        if not one_weight:
            synapses.w = weight
        if not one_delay:
            synapses.delay = (delay - early) * network.dt_ms * b.ms
        found.append(synapses)
    return found


def main() -> None:
    options = worker.arguments(__doc__.splitlines()[0], TARGETS, ("--tutorial",))
    if options.target == "cython" and options.threads != 1:
        sys.exit(f"--threads must be 1 with --target cython, not {options.threads}")
    network = flat.load(options.network)
    clock = worker.Clock()
    with clock.phase("import"):
        import brian2 as b
    b.prefs.logging.file_log = False
    program = options.output.with_suffix(".program").absolute()
    result = options.output.with_suffix(".program.txt").absolute()
    if options.target == "cython":
        b.prefs.codegen.target = "cython"
        b.prefs.codegen.runtime.cython.cache_dir = str(Path(sys.prefix) / "cython")
    else:
        b.set_device("cpp_standalone", build_on_run=False, directory=str(program))
        b.prefs.codegen.cpp.headers += ["<chrono>", "<ctime>", "<fstream>", "<string>"]
        b.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
        if options.threads > 1:
            b.prefs.devices.cpp_standalone.openmp_threads = options.threads
        for slot, code in PROGRAM.items():
            b.device.insert_code(slot, code.replace("RESULT", f'"{result}"'))
    b.defaultclock.dt = network.dt_ms * b.ms
    b.seed(network.seed)
    with clock.phase("build"):
        neurons, drive = build(b, network, options.tutorial)
        spikes = b.SpikeMonitor(neurons)
    with clock.phase("connect"):
        synapses = connect(b, network, neurons, options.tutorial)
    net = b.Network(neurons, *drive, *synapses, spikes)
    if not options.tutorial:
        net.schedule = SCHEDULE
    duration = network.steps * network.dt_ms * b.ms
    if options.target == "cython":
        cpu: list[float] = []

        def report(elapsed: Any, completed: float, *_: Any) -> None:
            """Called right before the first and right after the last step."""
            cpu.append(time.process_time())
            clock.seconds["simulate"] = float(elapsed)

        with clock.phase("compile"):
            net.run(duration, report=report, report_period=1e6 * b.second)
        clock.seconds["compile"] -= clock.seconds["simulate"]
        cpu_s = cpu[-1] - cpu[0]
        used = worker.memory()
    else:
        with clock.phase("compile"):
            net.run(duration)
            b.device.build(directory=str(program), compile=True, run=False)
        b.device.run(directory=str(program), with_output=False)
        before, simulate, cpu_s, peak, end = map(float, result.read_text().split())
        clock.seconds["connect"] += before
        clock.seconds["simulate"] = simulate
        used = {"peak_rss_bytes": int(peak) * 1024, "end_rss_bytes": int(end) * 1024}
    step = np.rint(np.asarray(spikes.t / b.ms) / network.dt_ms)
    versions = {"brian2": b.__version__}
    worker.save(options.output, step, spikes.i, clock, cpu_s, versions, used)


if __name__ == "__main__":
    main()
