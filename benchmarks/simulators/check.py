"""Compare every spike of the simulators with the NumPy loop, on networks without random drive.

PYTHONPATH=benchmarks python -m simulators.check
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from simulators import example, flat, reference, run

MIXED = example.without_drive(seed=4)
CASES = {
    "pair, delay 1": example.pair(1),
    "pair, delay 15": example.pair(15),
    "weight and delay per synapse": example.without_drive(),
    "no refractory": example.without_drive(refractory_steps=0, seed=2),
    "refractory of 1 step": example.without_drive(refractory_steps=1, seed=3),
    "constant weights and delay": example.without_drive(plain=True),
    "weight per source, one delay": replace(
        MIXED, weights_mv=MIXED.v_start_mv / 5 - 1, delays_steps=MIXED.delays_steps[:1]
    ),
}
RUNS = (("nest", 1), ("nest", 2), ("brian2_cython", 1), ("brian2_cpp", 1), ("brian2_cpp", 2))


def main() -> int:
    ok = True
    run.WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=run.WORK) as folder:
        for name, network in CASES.items():
            path = Path(folder, "network.npz")
            flat.save(network, path)
            step, neuron = reference.simulate(network)
            for worker, threads in RUNS:
                found = run.measure(worker, path, threads, spikes=True)
                same = np.array_equal(found["step"], step)
                same = same and np.array_equal(found["neuron"], neuron)
                ok &= same
                print(
                    f"{name}: {worker}, {threads} threads: {len(step)} spikes expected, "
                    f"{found['spikes_n']} found, {'equal' if same else 'DIFFERENT'}",
                    flush=True,
                )
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
