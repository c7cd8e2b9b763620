"""From the description to the Plan: the only place where a float becomes an integer."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.network.description import SIGNS, Network
from bitcortex.network.loss import Loss, Lowered
from bitcortex.network.lower_events import lower_events
from bitcortex.network.neurons import LIF, HomeostaticLIF, Izhikevich, StochasticLIF
from bitcortex.network.parts import Population, Projection, Uniform
from bitcortex.network.plan import CURRENT_WIDTH, Plan, PopulationPlan, SourcePlan

HEADROOM = 2.0  # the format holds this many times the largest voltage of a neuron
IZHIKEVICH_FRACTION = 10  # v and u in 1/1024 mV
NOISE_STD = ((256**2 - 1) / 3) ** 0.5  # of the sum of four uniform bytes, 147.8
# Largest noise and step of the threshold in units, with a margin for rounding.
MAX_NOISE = ((1 << 20) - 1) * NOISE_STD / 256
MAX_STEP = ((1 << 24) - 1) / 256
MAX_GAIN = 1 << 12  # a finer unit than 1/4096 of a stream bit changes nothing


def lower(network: Network, seed: int | None = None) -> Lowered[Any]:
    """Turn a network into a Plan.

    Parameters
    ----------
    network
        The description.
    seed
        Replaces the network's seed.

    Raises
    ------
    ValueError
        If something cannot be represented; the message names it, the limit and a way out.
    """
    seed = network.seed if seed is None else check.integer("seed", seed, 0, 2**63 - 1)
    if not network.populations:
        raise ValueError(f"network {network.name} must have a population")
    if network.event_driven:
        return lower_events(network, seed)
    losses: list[Loss] = []
    populations = tuple(
        _population(network, p, np.random.SeedSequence([seed, i]), losses)
        for i, p in enumerate(network.populations.values())
    )
    sources = tuple(
        SourcePlan(s.name, _codes(network, s.name, s.rates, losses))
        for s in network.sources.values()
    )
    dt_ns = round(network.dt_ms * 1e6)
    if dt_ns != network.dt_ms * 1e6:
        losses.append(Loss("dt_ms", network.dt_ms, dt_ns / 1e6, "a step is a whole number of ns"))
    plan = Plan(network.name, dt_ns, sources, populations)
    return Lowered(plan, tuple(losses))


def _codes(
    network: Network, source: str, rates: NDArray[np.float64], losses: list[Loss]
) -> NDArray[np.uint16]:
    bits = {
        network.populations[p.target].streams.bits
        for p in network.projections
        if p.source == source
    }
    if len(bits) > 1:
        raise ValueError(f"targets of source {source} must have equal streams.bits, not {bits}")
    scale = 2 ** (bits or {8}).pop()
    codes: NDArray[np.uint16] = np.rint(rates * scale).astype(np.uint16)
    lost = int(((rates > 0.0) & (codes == 0)).sum())
    note = f"{lost} rates below 1/{2 * scale} became 0" if lost else ""
    losses.append(
        Loss(f"{source}.rates (mean)", float(rates.mean()), float(codes.mean() / scale), note)
    )
    return codes


def _population(
    network: Network, population: Population, root: np.random.SeedSequence, losses: list[Loss]
) -> PopulationPlan:
    streams, name = population.streams, population.name
    length, bits = int(streams.length), int(streams.bits)  # they may be NumPy's
    projections = [p for p in network.projections if p.target == name]
    if not projections:
        raise ValueError(f"population {name} must have a projection that targets it")
    # Sources first, then populations, each in the order of the description.
    sources = [s for s in network.sources if any(p.source == s for p in projections)]
    others = [o for o in network.populations if any(p.source == o for p in projections)]
    by_source = {p.source: p for p in projections}
    draws = root.spawn(len(projections) + 1)
    generators = {
        p.source: np.random.default_rng(s) for p, s in zip(projections, draws[1:], strict=True)
    }
    blocks = [_weights(network, by_source[s], generators[s]) for s in (*sources, *others)]
    weights = np.hstack(blocks)
    largest = float(np.abs(weights).max())
    if largest == 0.0:
        raise ValueError(
            f"weights into {name} must not all be 0. Raise a weight or a connection probability"
        )
    top_code = 2**bits - 1
    codes = np.rint(weights / largest * top_code).astype(np.int16)
    _weight_losses(name, weights, codes * (largest / top_code), losses)
    # One bit of a stream of `length` bits; a code of top_code is on for top_code / 2**bits of them.
    bit = largest * 2**bits / top_code / length
    kind, neuron, gain = _neuron(network, population, bit, losses)
    largest_kick = gain * codes.shape[1] * length
    if largest_kick.bit_length() > CURRENT_WIDTH - 2:  # a bit for the sign and one for noise
        raise ValueError(
            f"{name}: {codes.shape[1]} inputs of {length} bits must add up in "
            f"{CURRENT_WIDTH - 2} bits. Use shorter streams or fewer inputs"
        )
    neuron["current_width"] = largest_kick.bit_length() + 1
    return PopulationPlan(
        name=name,
        sign=population.sign,
        size=int(population.size),
        kind=kind,
        neuron=neuron,
        gain=gain,
        length=length,
        mode=streams.mode,
        bits=bits,
        seed=int(draws[0].generate_state(1, np.uint32)[0]),
        sources=tuple(sources),
        populations=tuple(others),
        weights=codes,
    )


def _weights(
    network: Network, projection: Projection, rng: np.random.Generator
) -> NDArray[np.float64]:
    target = network.populations[projection.target].size
    if projection.source in network.sources:
        size, sign = network.sources[projection.source].size, 1
    else:
        source = network.populations[projection.source]
        size, sign = source.size, SIGNS[source.sign]
    if isinstance(projection.weights, Uniform):
        low, high = projection.weights.low, projection.weights.high
        weights = rng.uniform(low, high, (target, size))
    else:
        weights = projection.weights
    if projection.probability < 1.0:
        weights = np.where(rng.random((target, size)) < projection.probability, weights, 0.0)
    return sign * weights


def _weight_losses(
    name: str, wanted: NDArray[np.float64], got: NDArray[np.float64], losses: list[Loss]
) -> None:
    lost = int(((wanted != 0.0) & (got == 0.0)).sum())
    if lost == np.count_nonzero(wanted):
        raise ValueError(f"weights into {name} must not all round to 0. Use more streams.bits")
    note = f"{lost} weights became 0" if lost else ""
    total, rounded = float(np.abs(wanted).sum()), float(np.abs(got).sum())
    losses.append(Loss(f"{name}.weights (sum of magnitudes, mV)", total, rounded, note))


def _neuron(
    network: Network, population: Population, bit: float, losses: list[Loss]
) -> tuple[str, dict[str, Any], int]:
    """Return kind, integer parameters and gain; `bit` is the weight of a stream bit."""
    neuron = population.neuron
    if isinstance(neuron, Izhikevich):
        return _izhikevich(population.name, neuron, bit, network.dt_ms, losses)
    return _lif(population.name, neuron, bit, network.dt_ms, losses)


def _lif(
    name: str, neuron: LIF, bit: float, dt_ms: float, losses: list[Loss]
) -> tuple[str, dict[str, Any], int]:
    top = max(abs(neuron.v_threshold_mv), abs(neuron.v_reset_mv))
    if isinstance(neuron, HomeostaticLIF):
        top = max(top, neuron.v_threshold_max_mv)
    gain = math.floor(bit * 2 ** (neuron.data_width - 1) / (HEADROOM * top))
    if gain < 1:
        raise ValueError(
            f"{name}: a stream bit of {bit:.3g} mV must be at least one unit of a "
            f"{neuron.data_width}-bit membrane that holds {HEADROOM * top:g} mV. Raise data_width, "
            "raise the weights, or shorten the streams"
        )
    gain = min(gain, MAX_GAIN)
    # The finest unit that the noise and the steps of the threshold can be expressed in.
    if isinstance(neuron, StochasticLIF) and neuron.noise_mv:
        gain = _coarser(name, "noise_mv", gain, bit * MAX_NOISE / neuron.noise_mv)
    if isinstance(neuron, HomeostaticLIF):
        gain = _coarser(name, "step_mv", gain, bit * MAX_STEP / neuron.step_mv)
    unit = bit / gain

    def quantise(field: str, value: float) -> int:
        code: int = round(value / unit)
        losses.append(Loss(f"{name}.{field}", value, code * unit))
        return code

    leak, alpha = neuron.leak, round(math.exp(-dt_ms / neuron.tau_ms) * 2**16)
    shortest, longest = dt_ms / 11, dt_ms * 2**17
    if leak == "tutorial":
        # v - (v * leak_k >> 8), rounded down, is v * (2**16 - 256 * leak_k) >> 16.
        leak, alpha = "floor", 2**16 - 256 * int(dt_ms / neuron.tau_ms * 256)
        shortest, longest = dt_ms * 256 / 255, dt_ms * 256
    if not 0 < alpha < 2**16:
        raise ValueError(
            f"{name}: tau_ms must give a leak that its bits hold, and {neuron.tau_ms:g} ms at "
            f"steps of {dt_ms:g} ms does not. Choose a tau between {shortest:.4g} and "
            f"{longest:.4g} ms"
        )
    losses.append(Loss(f"{name}.tau_ms", neuron.tau_ms, -dt_ms / math.log(alpha / 2**16)))
    refractory = round(neuron.refractory_ms / dt_ms)
    if refractory > 255:
        raise ValueError(
            f"{name}: refractory_ms must be at most 255 steps ({255 * dt_ms:g} ms), "
            f"not {neuron.refractory_ms:g}"
        )
    losses.append(Loss(f"{name}.refractory_ms", neuron.refractory_ms, refractory * dt_ms))
    values: dict[str, Any] = {
        "data_width": int(neuron.data_width),
        "alpha": alpha,
        "leak": leak,
        "v_threshold": quantise("v_threshold_mv", neuron.v_threshold_mv),
        "v_reset": quantise("v_reset_mv", neuron.v_reset_mv),
        "refractory": refractory,
    }
    if values["v_reset"] >= values["v_threshold"] or values["v_threshold"] < 1:
        raise ValueError(
            f"{name}: v_threshold_mv must be at least a unit above v_reset_mv and 0, and the unit "
            f"is {unit:.3g} mV. Lower the weights, or use longer streams"
        )
    if isinstance(neuron, StochasticLIF):
        # The noise is noise_scale / 256 times a sum of four bytes, whose deviation is 147.8.
        deviation = NOISE_STD / 256
        values["noise_scale"] = round(neuron.noise_mv / unit / deviation)
        got = values["noise_scale"] * deviation * unit
        losses.append(Loss(f"{name}.noise_mv", neuron.noise_mv, got))
        return "stochastic_lif", values, gain
    if isinstance(neuron, HomeostaticLIF):
        up = max(1, round(neuron.step_mv / unit * 256))
        down = round(up * neuron.target_hz * dt_ms * 1e-3)
        if not 1 <= down < up:
            raise ValueError(
                f"{name}: target_hz must be between {1e3 / dt_ms / up:.3g} and {1e3 / dt_ms:g} Hz "
                f"at this step_mv, not {neuron.target_hz:g}. Raise step_mv for lower rates"
            )
        losses.append(Loss(f"{name}.step_mv", neuron.step_mv, up * unit / 256))
        losses.append(Loss(f"{name}.target_hz", neuron.target_hz, down / up / dt_ms * 1e3))
        values |= {
            "threshold_min": quantise("v_threshold_min_mv", neuron.v_threshold_min_mv),
            "threshold_max": quantise("v_threshold_max_mv", neuron.v_threshold_max_mv),
            "step_up": up,
            "step_down": down,
        }
        return "homeostatic", values, gain
    return "lif", values, gain


def _coarser(name: str, field: str, gain: int, most: float) -> int:
    """Return the gain, at most `most`."""
    if most < 1:
        raise ValueError(
            f"{name}: {field} must be at most {most:.3g} times what it is, for the weights of its "
            "synapses. Raise the weights, or shorten the streams"
        )
    return min(gain, math.floor(most))


def _izhikevich(
    name: str, neuron: Izhikevich, bit: float, dt_ms: float, losses: list[Loss]
) -> tuple[str, dict[str, Any], int]:
    if dt_ms != 1.0:
        raise ValueError(
            f"{name}: an Izhikevich neuron must have steps of 1 ms, not {dt_ms:g} ms. "
            "The published scheme is two half steps of a millisecond"
        )
    unit = 2.0**-IZHIKEVICH_FRACTION
    gain = round(bit / unit)
    if gain < 1:
        raise ValueError(
            f"{name}: a stream bit of {bit:.3g} must be at least half a unit of {unit:.3g}. "
            "Raise the weights or shorten the streams"
        )
    losses.append(Loss(f"{name}.weight of a stream bit", bit, gain * unit))
    values: dict[str, Any] = {"data_width": 18, "fraction": IZHIKEVICH_FRACTION}
    for field, scale in (("a", 2**17), ("b", 2**17), ("c", 1 / unit), ("d", 1 / unit)):
        wanted = getattr(neuron, field)
        values[field] = round(wanted * scale)
        losses.append(Loss(f"{name}.{field}", wanted, values[field] / scale))
    return "izhikevich", values, gain
