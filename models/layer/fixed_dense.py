"""Fixed-point dense layer: one multiplier, one product per cycle."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.faults import Lines
from bitcortex.models.layer.fit import check_shapes, check_values
from bitcortex.models.model import Model

Sums = NDArray[np.int64]
LATENCY = 3  # cycles from the last step of a neuron to its result


@dataclass(frozen=True)
class FixedDenseParams:
    """Parameters of a fixed-point dense layer.

    Parameters
    ----------
    n_inputs, n_neurons
        1 to 65535 each.
    bits
        Of an input and of a weight's magnitude, 1 to 8.
    """

    n_inputs: int  # inputs
    n_neurons: int  # outputs
    bits: int = 8  # of a code and of a weight's magnitude

    def __post_init__(self) -> None:
        check.integer("n_inputs", self.n_inputs, 1, 65535)
        check.integer("n_neurons", self.n_neurons, 1, 65535)
        check.integer("bits", self.bits, 1, 8)

    @property
    def top(self) -> int:
        """Largest input, and largest magnitude of a weight."""
        return (1 << self.bits) - 1

    @property
    def product_width(self) -> int:
        """Bits of a product, with its sign."""
        return 2 * self.bits + 1

    @property
    def sum_width(self) -> int:
        """Bits of a sum, with its sign: enough for n_inputs products of any bits."""
        return self.product_width + (self.n_inputs - 1).bit_length()

    @property
    def cycles(self) -> int:
        """Cycles from ``start`` to ``done``; the next pass may start in that of ``done``."""
        return self.n_neurons * self.n_inputs + LATENCY

    @property
    def lines(self) -> Lines:
        """Lines that faults act on: the bits of the multiplier's operands and of its product."""
        return (
            ("inputs", self.bits),
            ("weights", self.bits + 1),
            ("products", self.product_width),
        )


def forward(
    params: FixedDenseParams, weights: NDArray[np.integer], codes: NDArray[np.integer]
) -> Sums:
    """Return the sum of products of every neuron.

    Parameters
    ----------
    params
        Of the layer.
    weights
        Shape (n_neurons, n_inputs), signed codes, magnitude up to 2**bits - 1.
    codes
        Shape (n_inputs,), 0 to 2**bits; the largest acts as 2**bits - 1.

    Returns
    -------
    int64 array of shape (n_neurons,).

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    check_fit(params, weights, codes)
    products = weights.astype(np.int64) * np.minimum(codes, params.top)
    return np.asarray(products.sum(axis=1), np.int64)


def check_fit(
    params: FixedDenseParams, weights: NDArray[np.integer], codes: NDArray[np.integer]
) -> None:
    """Refuse arguments of `forward` whose shape or values do not fit."""
    check_shapes(
        {
            "weights": (weights, (params.n_neurons, params.n_inputs)),
            "codes": (codes, (params.n_inputs,)),
        }
    )
    check_values(weights, params.top, codes, params.top + 1)


class FixedDense(Model):
    """A dense layer that makes one product after the other, of the same codes as `Dense`.

    Ports (b = bits)
    ----------------
    ``weight_we`` (in, 1) writes ``weight`` (in, b + 1, signed) for ``weight_neuron`` and
    ``weight_input`` (in). ``code_we`` (in, 1) writes ``code`` (in, b + 1) of the input
    ``code_input`` (in). ``start`` (in, 1) begins a pass. All of these are ignored while ``busy``
    (out, 1); what is written in the cycle of ``start`` takes part in that pass.
    ``out_valid`` (out, 1) marks a result: ``out_index`` (out) is the neuron, ``out_sum`` (out,
    signed) its sum; they stay until the next result. ``done`` (out, 1) comes with the last one,
    when ``busy`` is already low.

    Weights and codes are in memories: write them all before the first ``start``. Writes to an
    address outside the layer are ignored. ``out_index`` is n_neurons - 1 after reset.

    **Timing**: result j comes (j + 1) * n_inputs + 3 cycles after ``start``, ``done``
    n_neurons * n_inputs + 3. A start in the cycle of ``done`` is taken.

    **Arithmetic**: sums are exact. A code above 2**b - 1 acts as 2**b - 1, the weight -2**b as
    -(2**b - 1).
    """

    INPUTS: ClassVar[tuple[str, ...]] = (
        "weight_we", "weight_neuron", "weight_input", "weight", "code_we", "code_input", "code",
        "start",
    )  # fmt: skip
    OUTPUTS = ("busy", "out_valid", "out_index", "out_sum", "done")

    def __init__(self, params: FixedDenseParams) -> None:
        super().__init__(params)
        self.weights = np.zeros((params.n_neurons, params.n_inputs), np.int64)
        self.codes = np.zeros(params.n_inputs, np.int64)
        self.reset()

    def reset(self) -> None:
        self.at = 0  # cycles since start; 0 is idle
        self.event = 0  # value of `at` in the cycle before the next result
        self.results: list[int] = []
        self.out = (0, self.params.n_neurons - 1, 0, 0)  # outputs but busy

    def write_weight(self, neuron: int, source: int, weight: int) -> None:
        """Store a weight; an address outside the layer is ignored."""
        if neuron < self.params.n_neurons and source < self.params.n_inputs:
            self.weights[neuron, source] = max(weight, -self.params.top)

    def write_code(self, source: int, code: int) -> None:
        """Store the code of an input; an address outside the layer is ignored."""
        if source < self.params.n_inputs:
            self.codes[source] = min(code, self.params.top)

    def make_pass(self) -> list[int]:
        """Return the sum of every neuron in a pass that begins."""
        sums: list[int] = forward(self.params, self.weights, self.codes).tolist()
        return sums

    def tick(
        self,
        weight_we: int,
        weight_neuron: int,
        weight_input: int,
        weight: int,
        code_we: int,
        code_input: int,
        code: int,
        start: int,
    ) -> tuple[int, ...]:
        shown = (int(self.at > 0), *self.out)
        valid, index, total, done = self.out
        if valid:
            self.out = (0, index, total, 0)
        if not self.at:
            if weight_we:
                self.write_weight(weight_neuron, weight_input, weight)
            if code_we:
                self.write_code(code_input, code)
            if start:
                self.results = self.make_pass()
                self.at = 1
                self.event = self.params.n_inputs + LATENCY - 1
        elif self.at == self.event:
            index = (index + 1) % self.params.n_neurons
            done = int(index == self.params.n_neurons - 1)
            self.out = (1, index, self.results[index], done)
            self.at = 0 if done else self.at + 1
            self.event += self.params.n_inputs
        else:
            self.at += 1
        return shown
