"""Stochastic-computing dense layer with a weight of its own per synapse."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.faults import Lines
from bitcortex.models.layer.fit import check_shapes, check_values
from bitcortex.models.layer.streams import StreamParams, Streams
from bitcortex.models.model import Model
from bitcortex.models.synapse.popcount import PopcountParams

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class DenseParams:
    """Parameters of a dense layer.

    Parameters
    ----------
    n_inputs, n_neurons
        Inputs (rate and spiking together) and neurons, 1 to 65535 each.
    length, mode, bits, seed
        Of the streams: see `StreamParams`.
    n_spikes
        How many of the inputs, the last ones, are spiking: a single bit per pass.
    """

    n_inputs: int  # rate inputs, then spiking inputs
    n_neurons: int  # outputs
    length: int = 256  # bits per stream and pass
    mode: str = "sobol"  # of the streams
    bits: int = 8  # of a code and of a weight's magnitude
    seed: int = 1  # of the streams
    n_spikes: int = 0  # spiking inputs

    def __post_init__(self) -> None:
        check.integer("n_inputs", self.n_inputs, 1, 65535)
        check.integer("n_neurons", self.n_neurons, 1, 65535)
        StreamParams(self.length, self.mode, self.bits, self.seed)
        check.integer("n_spikes", self.n_spikes, 0, self.n_inputs)

    @property
    def streams(self) -> StreamParams:
        """Parameters of the layer's sources."""
        return StreamParams(self.length, self.mode, self.bits, self.seed)

    @property
    def n_rates(self) -> int:
        """Number of rate inputs, the first ones."""
        return self.n_inputs - self.n_spikes

    @property
    def popcount(self) -> PopcountParams:
        """Parameters of each of the two adder trees over the inputs."""
        return PopcountParams(self.n_inputs)

    @property
    def latency(self) -> int:
        """Cycles from the last step of a neuron to its result."""
        return self.popcount.latency + 3

    @property
    def cycles(self) -> int:
        """Cycles from ``start`` to ``done``; the next pass may start in that of ``done``."""
        return self.n_neurons * self.length + self.latency

    @property
    def top_weight(self) -> int:
        """Largest magnitude of a weight."""
        return (1 << self.bits) - 1

    @property
    def lines(self) -> Lines:
        """Lines that faults act on: input bits, weight bits, signs, and products, n of each."""
        return (
            ("inputs", self.n_inputs),
            ("weights", 2 * self.n_inputs),
            ("products", self.n_inputs),
        )


def forward(
    params: DenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
) -> tuple[Counts, Counts]:
    """Return the excitatory and the inhibitory count of every neuron in one pass.

    Parameters
    ----------
    params
        Of the layer.
    weights
        Shape (n_neurons, n_inputs), signed codes, magnitude up to 2**bits - 1.
    codes
        Shape (n_inputs,): 0 to 2**bits for a rate input, 0 or 1 for a spiking one.
    rx, rw
        Source words of the pass, shape (length,) each.

    Returns
    -------
    Two int64 arrays of shape (n_neurons,).

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    check_fit(params, weights, codes, rx, rw)
    inputs = input_streams(params, codes, rx)
    excitatory = np.zeros(params.n_neurons, np.int64)
    inhibitory = np.zeros(params.n_neurons, np.int64)
    for j, row in enumerate(weights.astype(np.int64)):
        ones = (inputs & (rw[None, :] < np.abs(row)[:, None])).sum(axis=1)  # X_i & W_ij
        excitatory[j] = ones[row > 0].sum()
        inhibitory[j] = ones[row < 0].sum()
    return excitatory, inhibitory


def input_streams(
    params: DenseParams, codes: NDArray[np.integer], rx: NDArray[np.integer]
) -> NDArray[np.bool_]:
    """Return X_i[l], shape (n_inputs, length)."""
    inputs = rx[None, :] < codes[:, None]
    spikes = slice(params.n_rates, params.n_inputs)
    inputs[spikes] = codes[spikes, None] != 0  # a spike is a constant stream
    return inputs


def mean(params: DenseParams, counts: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return counts divided by the largest possible one, in [0, 1] (signed counts: [-1, 1])."""
    return counts / (params.length * params.n_inputs)


def check_fit(
    params: DenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
) -> None:
    """Refuse arguments of `forward` whose shape or values do not fit."""
    check_shapes(
        {
            "weights": (weights, (params.n_neurons, params.n_inputs)),
            "codes": (codes, (params.n_inputs,)),
            "rx": (rx, (params.length,)),
            "rw": (rw, (params.length,)),
        }
    )
    tops = np.where(np.arange(params.n_inputs) < params.n_rates, 2**params.bits, 1)
    check_values(weights, params.top_weight, codes, tops)


class Dense(Model):
    """A dense layer that makes one neuron after the other, all inputs of a neuron in parallel.

    Ports (n = n_inputs, b = bits)
    ------------------------------
    ``weight_we`` (in, 1) writes ``weight`` (in, b + 1, signed) for ``weight_neuron`` and
    ``weight_input`` (in). ``code_we`` (in, 1) writes ``code`` (in, b + 1) of the rate input
    ``code_input`` (in). ``spikes`` (in, n_spikes) are the spiking inputs, taken with ``start``.
    ``start`` (in, 1) begins a pass; ``reseed`` (in, 1) returns the sources to power-on. All of
    these are ignored while ``busy`` (out, 1). In the cycle of ``start`` they are not: what is
    written then, and a ``reseed``, take part in that pass.
    ``out_valid`` (out, 1) marks a result: ``out_index`` (out) is the neuron, ``out_excitatory``
    and ``out_inhibitory`` (out) its counts; they stay until the next result. ``done`` (out, 1)
    comes with the last one, when ``busy`` is already low.

    Weights are in a memory: write them all before the first ``start``. Everything else is a
    register, codes and ``out_index`` included: 0 and n_neurons - 1 after reset.

    **Timing**: result j comes (j + 1) * length + latency cycles after ``start``, ``done``
    n_neurons * length + latency, where latency = popcount latency + 3. A start in the cycle of
    ``done`` is taken, so a pass every n_neurons * length + latency cycles.

    **Arithmetic**: counts are exact: 0 to n * length. A code above 2**b acts as 2**b; the weight
    -2**b, which has no magnitude code, as -(2**b - 1).

    **Error**: see `Streams`; a mean is count / (n * length), `mean`.
    """

    INPUTS: ClassVar[tuple[str, ...]] = (
        "weight_we", "weight_neuron", "weight_input", "weight", "code_we", "code_input", "code",
        "spikes", "start", "reseed",
    )  # fmt: skip
    OUTPUTS = ("busy", "out_valid", "out_index", "out_excitatory", "out_inhibitory", "done")

    def __init__(self, params: DenseParams) -> None:
        super().__init__(params)
        self.weights = np.zeros((params.n_neurons, params.n_inputs), np.int64)
        self.streams = Streams(params.streams)
        self.reset()

    def reset(self) -> None:
        self.streams.reset()
        self.codes = np.zeros(self.params.n_inputs, np.int64)
        self.at = 0  # cycles since start; 0 is idle
        self.event = 0  # value of `at` in the cycle before the next result
        self.results: list[tuple[int, int]] = []
        self.out = (0, self.params.n_neurons - 1, 0, 0, 0)  # outputs but busy

    def write_weight(self, neuron: int, source: int, weight: int) -> None:
        """Store a weight; an address outside the layer is ignored."""
        if neuron < self.params.n_neurons and source < self.params.n_inputs:
            self.weights[neuron, source] = max(weight, -self.params.top_weight)

    def write_code(self, source: int, code: int) -> None:
        """Store the code of a rate input; any other address is ignored."""
        if source < self.params.n_rates:
            self.codes[source] = code

    def begin(self, spikes: int) -> None:
        """Start a pass: its results are known, and appear one by one."""
        for i in range(self.params.n_spikes):
            self.codes[self.params.n_rates + i] = spikes >> i & 1
        codes = np.minimum(self.codes, 1 << self.params.bits)
        self.results = self.make_pass(codes, *self.streams.next())
        self.at = 1
        self.event = self.params.length + self.params.latency - 1

    def make_pass(self, codes: Counts, rx: Counts, rw: Counts) -> list[tuple[int, int]]:
        """Return the excitatory and inhibitory count of every neuron in a pass that begins."""
        counts = forward(self.params, self.weights, codes, rx, rw)
        return [(int(e), int(i)) for e, i in zip(*counts, strict=True)]

    def tick(
        self,
        weight_we: int,
        weight_neuron: int,
        weight_input: int,
        weight: int,
        code_we: int,
        code_input: int,
        code: int,
        spikes: int,
        start: int,
        reseed: int,
    ) -> tuple[int, ...]:
        valid, index, excitatory, inhibitory, done = self.out
        shown = (int(self.at > 0), valid, index, excitatory, inhibitory, done)
        if valid:
            self.out = (0, index, excitatory, inhibitory, 0)
        if not self.at:
            if weight_we:
                self.write_weight(weight_neuron, weight_input, weight)
            if code_we:
                self.write_code(code_input, code)
            if reseed:
                self.streams.reseed()
            if start:
                self.begin(spikes)
        elif self.at == self.event:
            index = (index + 1) % self.params.n_neurons
            done = int(index == self.params.n_neurons - 1)
            self.out = (1, index, *self.results[index], done)
            self.at = 0 if done else self.at + 1
            self.event += self.params.length
        else:
            self.at += 1
        return shown
