"""Brunel's network and its relatives, in the parameters that they are known by."""

import math

from bitcortex import check
from bitcortex.network.connectivity import Bernoulli, FixedInDegree, Rule, Stratified
from bitcortex.network.description import Network
from bitcortex.network.neurons import LIF

TAU_MS = 20.0
THRESHOLD_MV = 20.0
RESET_MV = 10.0
EXCITATORY = 0.8  # share of the neurons
PROBABILITY = 0.1  # of a synapse
RULES = ("bernoulli", "stratified", "fixed-in-degree")


def external_rate_hz(
    eta: float, v_threshold_mv: float, j_mv: float, c_exc: int, tau_ms: float
) -> float:
    """Return the rate of one external input: eta times what brings the mean to the threshold.

    ``eta * v_threshold / (J * C_E * tau)``, in Hz (Brunel 2000).
    """
    return eta * v_threshold_mv / (j_mv * c_exc * tau_ms) * 1e3


def brunel(
    name: str,
    n: int,
    j_mv: float,
    g: float,
    eta: float,
    delay_ms: float,
    refractory_ms: float,
    rule: str,
    seed: int,
    dt_ms: float = 0.1,
    store: str = "auto",
    n_exc: int | None = None,
    probability: float = PROBABILITY,
    tau_ms: float = TAU_MS,
    v_threshold_mv: float = THRESHOLD_MV,
    v_reset_mv: float = RESET_MV,
) -> Network:
    """Return a sparse network of excitatory and inhibitory LIF neurons (Brunel 2000).

    Parameters
    ----------
    name
        Of the network.
    n
        Neurons.
    j_mv, g
        Excitatory kick in mV, and the relative strength of inhibition.
    eta
        External rate over the rate that brings the mean input to the threshold.
    delay_ms, refractory_ms
        In ms.
    rule
        Of the connectivity: bernoulli, stratified or fixed-in-degree.
    seed
        Of connectivity and drive.
    dt_ms
        Step in ms.
    store
        Of the connections: auto, bitmap, stored or procedural.
    n_exc
        How many of the neurons are excitatory: 80 %.
    probability
        Of a synapse between two neurons.
    tau_ms, v_threshold_mv, v_reset_mv
        Of the neurons, in ms and in mV above rest.
    """
    check.integer("n", n, 10, 1 << 20)
    check.one_of("rule", rule, RULES)
    n_exc = round(EXCITATORY * n) if n_exc is None else check.integer("n_exc", n_exc, 1, n - 1)
    c_exc = round(check.real("probability", probability, 0.0, 1.0) * n_exc)
    check.integer("excitatory inputs per neuron", c_exc, 1, n, "Raise n_exc, or probability")
    net = Network(name, dt_ms=dt_ms, seed=seed)
    neuron = LIF(tau_ms, v_threshold_mv, v_reset_mv, refractory_ms)
    exc = net.population("exc", n_exc, neuron)
    inh = net.population("inh", n - n_exc, neuron, "inhibitory")
    rules: dict[str, Rule] = {
        "bernoulli": Bernoulli(probability),
        "stratified": Stratified(probability),
    }
    for source, size, weight in ((exc, n_exc, j_mv), (inh, n - n_exc, g * j_mv)):
        for target in (exc, inh):
            chosen = rules.get(rule) or FixedInDegree(round(probability * size))
            net.connect(source, target, chosen, weight, delay_ms, store=store)
    rate_hz = external_rate_hz(eta, v_threshold_mv, j_mv, c_exc, tau_ms)
    for target in (exc, inh):
        net.poisson(target, rate_hz, j_mv, inputs=c_exc)
    return net


def brunel_seed(
    n: int = 1000, seed: int = 1, rule: str = "bernoulli", store: str = "auto"
) -> Network:
    """Return the seed tutorial's: J = 0.1 mV, g = 5, eta = 2, delay 1.5 ms, refractory 2 ms.

    It is driven by its mean and fires regularly: about 87 Hz, CV 0.14 at n = 1,000, about 43 Hz,
    CV 0.38 at n = 10,000. It is *not* asynchronous irregular at 30 Hz, as the tutorial says.
    """
    return brunel("brunel_seed", n, 0.1, 5.0, 2.0, 1.5, 2.0, rule, seed, store=store)


def brunel_ai(
    n: int = 1000, seed: int = 1, rule: str = "bernoulli", store: str = "auto"
) -> Network:
    """Return an asynchronous irregular network: 24 to 50 Hz by seed, CV(ISI) 1.04 at n = 1,000.

    Seeds 1 to 10 give 37 Hz on average, with a deviation of 8 Hz; n = 10,000 gives 12 Hz, CV 0.87.
    J = 0.8 mV, g = 6, eta = 1.5, delay 1.5 ms, refractory 2 ms; for other n, J scales with
    1 / sqrt(n), which keeps the variance of the input.
    """
    j_mv = 0.8 * math.sqrt(1000 / n)
    return brunel("brunel_ai", n, j_mv, 6.0, 1.5, 1.5, 2.0, rule, seed, store=store)


def brunel_2000(seed: int = 1) -> Network:
    """Return Brunel's (2000) network of Fig. 8C: 12,500 neurons, in-degrees of 1,000 and 250.

    J = 0.1 mV, g = 5, eta = 2, delay 1.5 ms, refractory 2 ms: about 37 Hz, CV(ISI) 0.41 (2 s).
    """
    return brunel("brunel_2000", 12_500, 0.1, 5.0, 2.0, 1.5, 2.0, "fixed-in-degree", seed)
