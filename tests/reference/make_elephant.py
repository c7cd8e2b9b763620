"""Write elephant.json: what Elephant says about spike trains that anyone can draw again.

pip install 'bitcortex[oracle]'
python tests/reference/make_elephant.py            writes elephant.json next to this file
python tests/reference/make_elephant.py --check    compares with the file instead
"""

import argparse
import hashlib
import json
import math
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

TARGET = Path(__file__).with_name("elephant.json")

# Rows of a case: probability of a spike per step from low to high (the first row may be silent), a
# share of the steps common to all rows, and rows of uniform intervals in place of the last ones.
CASES: dict[str, dict[str, Any]] = {
    "independent": {
        "seed": 11, "neurons": 10, "steps": 1200, "dt": 0.001, "low": 0.0, "high": 0.08,
        "common": 0.0, "intervals": [], "bin_steps": 20, "sigma_steps": 4,
    },
    "correlated": {
        "seed": 12, "neurons": 8, "steps": 3000, "dt": 0.0001, "low": 0.01, "high": 0.05,
        "common": 0.4, "intervals": [[7, 9], [20, 60]], "bin_steps": 25, "sigma_steps": 10,
    },
    "sparse": {
        "seed": 13, "neurons": 16, "steps": 400, "dt": 0.002, "low": 0.0, "high": 0.012,
        "common": 0.0, "intervals": [[150, 151]], "bin_steps": 50, "sigma_steps": 2,
    },
    "dense": {
        "seed": 14, "neurons": 5, "steps": 777, "dt": 0.001, "low": 0.3, "high": 0.95,
        "common": 0.1, "intervals": [[1, 2]], "bin_steps": 7, "sigma_steps": 1,
    },
}  # fmt: skip


def make_trains(case: dict[str, Any]) -> np.ndarray:
    """Return the trains of a case, shape (neurons, steps), uint8 0/1."""
    rng = np.random.default_rng(case["seed"])
    neurons, steps = case["neurons"], case["steps"]
    probability = np.linspace(case["low"], case["high"], neurons)[:, None]
    own, shared = rng.random((neurons, steps)), rng.random((1, steps))
    from_shared = rng.random((neurons, steps)) < case["common"]
    trains = (np.where(from_shared, shared, own) < probability).astype(np.uint8)
    for back, (shortest, longest) in enumerate(case["intervals"], start=1):
        times = np.cumsum(rng.integers(shortest, longest + 1, steps)) - 1
        trains[-back] = 0
        trains[-back, times[times < steps]] = 1
    return trains


def fingerprint(trains: np.ndarray) -> str:
    """Return a digest of trains, to tell a changed generator from a changed statistic."""
    return hashlib.sha256(np.packbits(trains).tobytes()).hexdigest()[:16]


def evaluate(case: dict[str, Any]) -> dict[str, Any]:
    """Return Elephant's values; undefined ones are None."""
    import neo
    import quantities as pq
    from elephant import kernels, spectral, statistics
    from elephant.conversion import BinnedSpikeTrain
    from elephant.spike_train_correlation import correlation_coefficient, covariance

    trains, dt = make_trains(case), case["dt"]
    stop = case["steps"] * dt * pq.s
    # Spikes sit in the middle of their step, so that none lies on the edge of a bin.
    times = [(np.flatnonzero(train) + 0.5) * dt for train in trains]
    spikes = [neo.SpikeTrain(t * pq.s, t_stop=stop) for t in times]
    gaps = [statistics.isi(t) for t in times]
    ms = [gap * 1e3 * pq.ms for gap in gaps]
    binned = BinnedSpikeTrain(spikes, bin_size=case["bin_steps"] * dt * pq.s, tolerance=1e-6)
    step = dt * pq.s
    histogram = statistics.time_histogram(spikes, step, output="rate")
    population = histogram.rescale("Hz").magnitude[:, 0]
    kernel = kernels.GaussianKernel(case["sigma_steps"] * step)
    rate = statistics.instantaneous_rate(spikes[-2:], step, kernel=kernel)
    frequency, power = spectral.welch_psd(population, fs=1.0 / dt)
    return {
        "mean_firing_rate": [float(statistics.mean_firing_rate(s).rescale("Hz")) for s in spikes],
        "isi_last": gaps[-1].tolist(),
        "cv": [float(statistics.cv(gap)) if len(gap) else None for gap in gaps],
        "cv2": [statistics.cv2(gap, with_nan=True) for gap in gaps],
        "lv": [statistics.lv(gap, with_nan=True) for gap in gaps],
        "lvr": [statistics.lvr(gap, R=5 * pq.ms, with_nan=True) for gap in ms],
        "fanofactor": statistics.fanofactor(spikes),
        "covariance": covariance(binned).tolist(),
        "correlation_coefficient": correlation_coefficient(binned).tolist(),
        "time_histogram": population[:200].tolist(),
        "instantaneous_rate": rate.magnitude.T[:, :150].tolist(),
        "welch_psd": [frequency.tolist(), power.tolist()],
    }


def without_nan(value: Any) -> Any:
    """Return the value as JSON can hold it, NaN as None."""
    if isinstance(value, dict):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_nan(item) for item in value]
    if value is None or isinstance(value, str | int):
        return value
    return None if math.isnan(value) else float(value)


def make() -> dict[str, Any]:
    """Return the content of elephant.json."""
    import elephant

    cases = {}
    for name, case in CASES.items():
        print(f"{name}: {case['neurons']} trains of {case['steps']} steps", flush=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Elephant warns of every NaN
            values = without_nan(evaluate(case))
        cases[name] = {"trains": fingerprint(make_trains(case)), "values": values}
    return {"elephant": elephant.__version__, "cases": cases}


def text(content: dict[str, Any]) -> str:
    """Return the file: a line per statistic, so that a difference can be read."""
    lines = [f'{{"elephant": "{content["elephant"]}", "cases": {{']
    for i, (name, case) in enumerate(content["cases"].items()):
        lines.append(f'{"," if i else ""}"{name}": {{"trains": "{case["trains"]}", "values": {{')
        rows = [f'"{key}": {json.dumps(value)}' for key, value in case["values"].items()]
        lines.append(",\n".join(rows))
        lines.append("}}")
    return "\n".join([*lines, "}}"]) + "\n"


def differs(old: Any, new: Any) -> bool:
    """Tell whether two contents differ by more than rounding."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() != new.keys() or any(differs(old[k], new[k]) for k in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) != len(new) or any(map(differs, old, new))
    if isinstance(old, float | int) and isinstance(new, float | int):
        return not math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)
    return bool(old != new)


def main() -> int:
    """Write the file, or compare with it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    check = parser.parse_args().check
    try:
        content = make()
    except ModuleNotFoundError as error:
        print(f"{error}. Run: pip install 'bitcortex[oracle]'", file=sys.stderr)
        return 2
    if not check:
        TARGET.write_text(text(content))
        print(f"wrote {TARGET.name} with Elephant {content['elephant']}")
        return 0
    different = differs(json.loads(TARGET.read_text())["cases"], content["cases"])
    print("values differ from elephant.json" if different else "values as in elephant.json")
    return int(different)


if __name__ == "__main__":
    sys.exit(main())
