"""Variants in probabilities: V2, V15 and V17 (layers), V13 (dot product)."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from bitcortex.brunel import mean_field
from bitcortex.brunel.mean_field import Reals
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import Equality, Mapped, Outcome, Translated, variant
from bitcortex.brunel.work import Work
from bitcortex.models.synapse.bitstream_dot_product import BitstreamDotProduct
from bitcortex.sim.engine.jax_layer import JaxSCDenseLayer
from bitcortex.sim.engine.memristive import MemristiveDenseLayer
from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer

LENGTH = 4096  # bits of a layer's streams, the tutorial's
DOT_LENGTH = 1024
WINDOW_MS = 4.0  # an input is the probability of a spike within it: up to 250 Hz
STUCK, VARIABILITY = 0.01, 0.2  # of V17: fractions stuck off and on, spread of the conductance
GATEWARE = 64  # neurons, and inputs, of the block of V17 that is compared with gateware
WORKLOAD = "steady rates: an SC layer of all synapses, and the rate of LIF neurons"
NOT_A_TRAIN = float("nan")  # CV(ISI) of a rate


@dataclass(frozen=True)
class Probabilities(Translated):
    """Rates and weights as probabilities.

    Parameters
    ----------
    weight_exc, weight_inh
        Probabilities, in the proportion of the kicks.
    highest_hz
        Rate of an input of probability 1.
    length
        Bits.
    """

    weight_exc: float
    weight_inh: float
    highest_hz: float
    length: int

    def decode(self, ones: Any, excitatory: bool) -> Reals:
        """Return the sum of input rates that a number of ones stands for, Hz."""
        weight = self.weight_exc if excitatory else self.weight_inh
        return np.asarray(ones, np.float64) * (self.highest_hz / self.length / weight)


def probabilities(bp: BrunelParams, length: int, bits: int = 8) -> Probabilities:
    """Return the network in probabilities that a code of `bits` bits can hold.

    The tutorial's J / v_th = 0.005 and rate * dt = 0.01 are one or two of the 256 codes, and wrong
    by a fifth. Only the proportion of weights matters, and only that inputs stay below 1: the
    weights are the two codes in the upper half whose proportion is nearest (for g = 5 and 8 bits,
    51 and 255), and an input is the probability of a spike within 4 ms.
    """
    top, one = max(bp.weight_exc, bp.weight_inh), 1 << bits
    highest = 1e3 / WINDOW_MS
    kicks = {"J": bp.weight_exc / top, "g*J": bp.weight_inh / top}
    largest = _largest_code(min(kicks.values()), one)
    rows, weights = [], []
    for thing, (name, kick) in zip(("weight_exc", "weight_inh"), kicks.items(), strict=True):
        weights.append(round(kick * largest) / one)
        rows.append(Mapped(thing, kick * largest / one, weights[-1], f"{bits} bits", name,
                           f"{name} / max(J, g*J) * {largest}/{one}"))  # fmt: skip
    wanted, tutorial = bp.weight_exc / bp.threshold, 1 << 8
    rows.append(Mapped("weight_prob", wanted, round(wanted * tutorial) / tutorial,
                       "the tutorial's, 8 bits; not used", "J", "J / v_th"))  # fmt: skip
    step = bp.external_rate_hz * bp.dt * 1e-3
    rows.append(Mapped("ext_prob", step, round(step * tutorial) / tutorial,
                       "the tutorial's, 8 bits; not used", "rate", "rate * dt / 1000"))  # fmt: skip
    rows.append(Mapped("highest rate (Hz)", highest, highest, "input of 1", "rate",
                       f"1000 / {WINDOW_MS:g} ms"))  # fmt: skip
    return Probabilities(bp, tuple(rows), weights[0], weights[1], highest, length)


def _largest_code(ratio: float, one: int) -> int:
    """Return the code of the upper half that `ratio` times is nearest to a code, in proportion."""
    codes = np.arange(one - 1, one // 2, -1)
    small = np.maximum(np.rint(codes * ratio), 1.0)
    return int(codes[np.argmin(np.abs(small / codes - ratio))])


def matrix(params: Probabilities, work: Work) -> Reals:
    """Return the signed weights of all synapses, shape (neurons, neurons)."""
    excitatory, inhibitory = mean_field.adjacency(work)
    return params.weight_exc * excitatory - params.weight_inh * inhibitory


def solve(params: Probabilities, work: Work, layer: Any, engine: str, **more: Any) -> Outcome:
    """Return the steady mean rate with the sums of a layer; its counts have a hash."""
    digest = hashlib.sha256()

    def sums(rates: Reals) -> tuple[Reals, Reals]:
        x = np.clip(rates / params.highest_hz, 0.0, 1.0)
        excitatory, inhibitory = layer(x)
        digest.update(np.asarray([excitatory, inhibitory], np.int64).tobytes())
        return params.decode(excitatory, True), params.decode(inhibitory, False)

    found = mean_field.steady(work.params, sums, work.params.n_total)
    expected = more.pop("expected", None)
    if expected is None:
        exact = mean_field.exact(*mean_field.adjacency(work))
        expected = mean_field.steady(work.params, exact, work.params.n_total)
    error = float(np.sqrt(np.mean((found - expected) ** 2)))
    metrics = {"rms_error_hz": error} | more.pop("metrics", {})
    return Outcome(
        float(found.mean()), NOT_A_TRAIN, engine, float(expected.mean()),
        more.pop("expectation", "mean-field theory, float64"),
        hash=digest.hexdigest()[:16], metrics=metrics,
    )  # fmt: skip


@variant("V2", "SC layer", "probability", WORKLOAD, oracle="own")
def translate_v2_rate_matched(bp: BrunelParams) -> Probabilities:
    """Return rates and weights as probabilities of 8 bits for `VectorizedSCLayer`."""
    return probabilities(bp, LENGTH)


@translate_v2_rate_matched.runs
def run_v2_rate_matched(params: Probabilities, work: Work) -> Outcome:
    """Solve for the steady rates with the layer's counts."""
    n = work.params.n_total
    layer = VectorizedSCLayer(n, n, params.length, work.seed, signed=True)
    layer.weights = matrix(params, work)
    return solve(params, work, layer.forward_counts, "numba layer")


@variant("V15", "SC layer in JAX", "probability", WORKLOAD, oracle="own", needs=("jax",))
def translate_v15_jax(bp: BrunelParams) -> Probabilities:
    """Return V2's parameters."""
    return probabilities(bp, LENGTH)


@translate_v15_jax.runs
def run_v15_jax(params: Probabilities, work: Work) -> Outcome:
    """Solve for the steady rates in JAX: the same counts as V2."""
    n = work.params.n_total
    made = matrix(params, work)
    layer = JaxSCDenseLayer(n, n, params.length, seed=work.seed, weights=made)
    return solve(params, work, layer.forward_both, f"jax on {layer.device}")


@dataclass(frozen=True)
class Devices(Probabilities):
    """V2's parameters on devices that are faulty."""

    stuck_off: float
    stuck_on: float
    variability: float

    def layer(self, work: Work, block: int, engine: str = "numba") -> MemristiveDenseLayer:
        """Return the layer of every (neurons / block)-th neuron."""
        n = work.params.n_total
        chosen = np.arange(block) * n // block
        made = matrix(self, work)[np.ix_(chosen, chosen)]
        return MemristiveDenseLayer(
            block, block, self.stuck_off, self.stuck_on, self.variability, work.seed,
            length=self.length, seed=work.seed, weights=made, engine=engine,
        )  # fmt: skip


@variant("V17", "memristive devices, 1 % stuck", "probability", WORKLOAD, oracle="own")
def translate_v17_memristive(bp: BrunelParams) -> Devices:
    """Return V2's parameters, with half of 1 % of the devices stuck off, half on, and a spread."""
    base = probabilities(bp, LENGTH)
    rows = [
        Mapped(thing, value, value, "of all devices, seeded", "-", "of the variant")
        for thing, value in (("stuck_off", STUCK / 2), ("stuck_on", STUCK / 2),
                             ("variability", VARIABILITY))
    ]  # fmt: skip
    return Devices(
        bp, (*base.mapped, *rows), base.weight_exc, base.weight_inh, base.highest_hz, LENGTH,
        STUCK / 2, STUCK / 2, VARIABILITY,
    )  # fmt: skip


@translate_v17_memristive.runs
def run_v17_memristive(params: Devices, work: Work) -> Outcome:
    """Solve with faulty devices; theory with the same conductances says what must come out."""
    layer = params.layer(work, work.params.n_total)
    real = layer.conductances
    n_exc = work.params.n_exc
    excitatory, inhibitory = real / params.weight_exc, -real / params.weight_inh
    excitatory[:, n_exc:], inhibitory[:, :n_exc] = 0.0, 0.0
    expected = mean_field.steady(
        work.params, mean_field.exact(excitatory, inhibitory), work.params.n_total
    )
    healthy = mean_field.exact(*mean_field.adjacency(work))
    without = mean_field.steady(work.params, healthy, work.params.n_total)
    return solve(
        params, work, layer.forward_both, "numba layer", expected=expected,
        expectation="mean-field theory with the faulty conductances",
        metrics={"without_faults_hz": float(without.mean())},
    )  # fmt: skip


@translate_v17_memristive.gateware
def rtl_v17_memristive(params: Devices, work: Work) -> Equality:
    """Run a block of the crossbar as gateware and compare the counts of three passes."""
    block = min(GATEWARE, work.params.n_total)
    x = np.random.default_rng(work.seed).random((3, block))
    found = []
    for engine in ("numba", "rtl"):
        with params.layer(work, block, engine) as layer:
            found.append(layer.forward_both(x).tobytes().hex())
    cycles = 3 * block * params.length
    return Equality(found[0], found[1], f"counts of 3 passes, {block} x {block} devices", cycles)


# V13.


@variant(
    "V13", "bitstream dot product", "probability",
    "steady rate of one neuron with C_E + C_I channels, all at its own rate", oracle="own",
)  # fmt: skip
def translate_v13_dot_product(bp: BrunelParams) -> Probabilities:
    """Return rates and weights as probabilities of 16 bits for `BitstreamDotProduct`."""
    return probabilities(bp, DOT_LENGTH, bits=16)


def dot_product(params: Probabilities, seed: int) -> BitstreamDotProduct:
    """Return the dot product of an average neuron: excitatory channels, then inhibitory ones."""
    bp = params.network
    weights = [params.weight_exc] * bp.c_exc + [-params.weight_inh] * bp.c_inh
    return BitstreamDotProduct(weights, params.length, seed)


@translate_v13_dot_product.runs
def run_v13_dot_product(params: Probabilities, work: Work) -> Outcome:
    """Solve for the rate at which a neuron's own channels make it fire."""
    product = dot_product(params, work.seed)
    p, digest = work.params, hashlib.sha256()

    def sums(rates: Reals) -> tuple[Reals, Reals]:
        x = np.full(product.n, np.clip(rates[0] / params.highest_hz, 0.0, 1.0))
        weights = product.weight_encoder.encode(np.abs(product.weights))
        ones = product.counts(product.input_encoder.encode(x), weights)
        digest.update(repr(ones).encode())
        return params.decode([ones[0]], True), params.decode([ones[1]], False)

    found = mean_field.steady(p, sums, 1)
    expected = mean_field.steady(p, lambda r: (p.c_exc * r, p.c_inh * r), 1)
    return Outcome(
        float(found[0]), NOT_A_TRAIN, "numpy", float(expected[0]),
        "mean-field theory of equal neurons, float64", hash=digest.hexdigest()[:16],
    )  # fmt: skip


@translate_v13_dot_product.gateware
def rtl_v13_dot_product(params: Probabilities, work: Work) -> Equality:
    """Run the gateware on the streams of four windows and compare the counts."""
    from bitcortex.gateware.emit import emit
    from bitcortex.gateware.synapse.dot_product import DotProduct as Gateware
    from bitcortex.models.synapse.dot_product import DotProduct as Golden
    from bitcortex.sim.rtl.harness import Harness

    product, windows = dot_product(params, work.seed), 4
    soft, ports = [], {"a": [], "b": []}  # type: ignore[var-annotated]
    for k in range(windows):
        x = np.full(product.n, 0.1 + 0.2 * k)
        bits = (product.input_encoder.encode(x),
                product.weight_encoder.encode(np.abs(product.weights)))  # fmt: skip
        soft.append(product.counts(*bits))
        for name, streams in zip(ports, bits, strict=True):
            ports[name] += [_word(column) for column in streams.T]
    cycles = windows * params.length + product.params.latency + 1
    stimulus: dict[str, Any] = {}
    for name in Golden.INPUTS:
        values = np.zeros(cycles, object if name in ports else np.int64)
        values[: windows * params.length] = ports.get(name, int(name == "enable"))
        stimulus[name] = values
    made = emit(Gateware(product.params), Golden.INPUTS, Golden.OUTPUTS, "synapse_dot_product")
    with Harness(made) as harness:
        trace = harness.run(stimulus)
    valid = trace["valid"] == 1
    hard = list(zip(trace["excitatory"][valid], trace["inhibitory"][valid], strict=True))
    texts = [" ".join(f"{int(a)},{int(b)}" for a, b in pairs) for pairs in (soft, hard)]
    return Equality(texts[0], texts[1], f"sums of {windows} windows, {product.n} channels", cycles)


def _word(bits: Any) -> int:
    """Return bits as an integer, bit 0 first."""
    return int.from_bytes(np.packbits(bits, bitorder="little").tobytes(), "little")
