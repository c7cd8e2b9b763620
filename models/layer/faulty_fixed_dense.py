"""Fixed-point dense layer whose lines may flip or stick."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.faults import Bits, Faults, apply
from bitcortex.models.layer.fixed_dense import FixedDense, FixedDenseParams, Sums, check_fit
from bitcortex.models.neuron.field import as_signed

FIRST = 2  # cycles from start to that of the first step's lines


def forward(
    params: FixedDenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    faults: Faults,
    number: int = 0,
) -> Sums:
    """Return the sum of products of every neuron.

    Parameters
    ----------
    params, weights, codes
        As for `models.layer.fixed_dense.forward`.
    faults
        Of the lines `params.lines`. The product of neuron j and input i is use
        (number * n_neurons + j) * n_inputs + i of all of them.
    number
        Of the pass, from 0.

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    check_fit(params, weights, codes)
    n, b, wide = params.n_inputs, params.bits, params.product_width
    uses = params.n_neurons * n
    stuck = faults.stuck(params.lines)[0]
    flip = faults.flips(params.lines, number * uses, uses)
    cuts = [b, 2 * b + 1]  # lines of the input, of the weight, of the product
    stuck_x, stuck_w, stuck_p = np.split(stuck, cuts)
    flip_x, flip_w, flip_p = np.split(flip, cuts, axis=1)
    inputs = np.tile(np.minimum(codes, params.top).astype(np.int64), params.n_neurons)
    x = as_numbers(apply(as_bits(inputs, b), stuck_x, flip_x), signed=False)
    w = as_numbers(apply(as_bits(weights.astype(np.int64).ravel(), b + 1), stuck_w, flip_w))
    product = as_numbers(apply(as_bits(x * w, wide), stuck_p, flip_p))
    return np.asarray(product.reshape(params.n_neurons, n).sum(axis=1), np.int64)


def as_bits(numbers: Sums, width: int) -> Bits:
    """Return two's complement, shape (n, width), the lowest bit first."""
    return (numbers[:, None] >> np.arange(width) & 1).astype(np.bool_)


def as_numbers(bits: Bits, signed: bool = True) -> Sums:
    """Return the numbers of rows of bits, the inverse of `as_bits`."""
    powers = 1 << np.arange(bits.shape[1], dtype=np.int64)
    if signed:
        powers[-1] *= -1
    return np.asarray(bits @ powers, np.int64)


class FaultyFixedDense(FixedDense):
    """A `FixedDense` whose faults come through two ports.

    Ports: those of `FixedDense`, and ``stuck`` and ``flip`` (in, 4 b + 2): line s carries
    (bit & ~stuck[s]) ^ flip[s]. Lines 0 to b - 1 are the bits of the input, the next b + 1 those of
    the weight, the next 2 b + 1 those of the product, each in two's complement, lowest bit first.
    All ports at 0: the layer without faults.

    **Timing**: as `FixedDense`; the lines of neuron j and input i are those of cycle
    2 + j * n_inputs + i after ``start``. In other cycles nobody looks at the two ports.
    """

    INPUTS = (*FixedDense.INPUTS, "stuck", "flip")

    def make_pass(self) -> list[int]:
        """Begin all sums at 0; what comes of them depends on the faults to come."""
        return [0] * self.params.n_neurons

    def take_step(self, step: int, stuck: int, flip: int) -> None:
        """Add one product, with its faults."""
        b, wide = self.params.bits, self.params.product_width
        j, i = divmod(step, self.params.n_inputs)
        x = (int(self.codes[i]) & ~stuck ^ flip) & self.params.top
        stuck, flip = stuck >> b, flip >> b
        w = as_signed(int(self.weights[j, i]) & ~stuck ^ flip, b + 1)
        stuck, flip = stuck >> b + 1, flip >> b + 1
        self.results[j] += as_signed(x * w & ~stuck ^ flip, wide)

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
        stuck: int = 0,
        flip: int = 0,
    ) -> tuple[int, ...]:
        step = self.at - FIRST
        if 0 <= step < self.params.n_neurons * self.params.n_inputs:
            self.take_step(step, stuck, flip)
        return super().tick(
            weight_we, weight_neuron, weight_input, weight, code_we, code_input, code, start
        )
