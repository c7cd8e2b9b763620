"""Stochastic-computing dense layer whose lines may flip or stick."""

import numpy as np
from numpy.typing import NDArray

from bitcortex.models.faults import Bits, Faults, apply
from bitcortex.models.layer.dense import Counts, Dense, DenseParams, check_fit, input_streams

FIRST = 3  # cycles from start to that of the first step's lines


def forward(
    params: DenseParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
    faults: Faults,
    number: int = 0,
) -> tuple[Counts, Counts]:
    """Return the excitatory and the inhibitory count of every neuron in one pass.

    Parameters
    ----------
    params, weights, codes, rx, rw
        As for `models.layer.dense.forward`.
    faults
        Of the lines `params.lines`. Step l of neuron j is use (number * n_neurons + j) * length
        + l of all of them.
    number
        Of the pass, from 0.

    Returns
    -------
    Two int64 arrays of shape (n_neurons,). A weight of 0 is excitatory, should its bit flip.

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    check_fit(params, weights, codes, rx, rw)
    n, length = params.n_inputs, params.length
    inputs = input_streams(params, codes, rx).T
    stuck = faults.stuck(params.lines)[0].reshape(4, 1, n)
    excitatory = np.zeros(params.n_neurons, np.int64)
    inhibitory = np.zeros(params.n_neurons, np.int64)
    for j, row in enumerate(weights.astype(np.int64)):
        use = (number * params.n_neurons + j) * length
        flip = faults.flips(params.lines, use, length).reshape(length, 4, n).swapaxes(0, 1)
        x = apply(inputs, stuck[0], flip[0])
        w = apply(rw[:, None] < np.abs(row), stuck[1], flip[1])
        sign = apply(np.broadcast_to(row < 0, (length, n)), stuck[2], flip[2])
        product = apply(x & w, stuck[3], flip[3])
        excitatory[j] = (product & ~sign).sum()
        inhibitory[j] = (product & sign).sum()
    return excitatory, inhibitory


class FaultyDense(Dense):
    """A `Dense` whose faults come through two ports.

    Ports: those of `Dense`, and ``stuck`` and ``flip`` (in, 4 n): line s carries
    (bit & ~stuck[s]) ^ flip[s]. Lines 0 to n - 1 are the input bits, n to 2 n - 1 the weight bits,
    2 n to 3 n - 1 the weights' signs, 3 n to 4 n - 1 the products before the signs. All ports at 0:
    the layer without faults.

    **Timing**: as `Dense`; the lines of step l of neuron j are those of cycle
    3 + j * length + l after ``start``. In other cycles nobody looks at the two ports.
    """

    INPUTS = (*Dense.INPUTS, "stuck", "flip")

    def make_pass(self, codes: Counts, rx: Counts, rw: Counts) -> list[tuple[int, int]]:
        """Lay out the bits of every step; what comes of them depends on the faults to come."""
        weights = self.weights
        self.x = as_integers(input_streams(self.params, codes, rx).T)
        self.w = [as_integers(rw[:, None] < np.abs(row)) for row in weights]
        self.sign = as_integers(weights < 0)
        return [(0, 0)] * self.params.n_neurons

    def take_step(self, step: int, stuck: int, flip: int) -> None:
        """Add the products of one step, with its faults."""
        n = self.params.n_inputs
        j, at = divmod(step, self.params.length)
        x = self.x[at] & ~stuck ^ flip
        w = self.w[j][at] & ~(stuck >> n) ^ flip >> n
        sign = self.sign[j] & ~(stuck >> 2 * n) ^ flip >> 2 * n
        product = (x & w & ~(stuck >> 3 * n) ^ flip >> 3 * n) & (1 << n) - 1
        excitatory, inhibitory = self.results[j]
        ones = (product & sign).bit_count()
        self.results[j] = excitatory + product.bit_count() - ones, inhibitory + ones

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
        stuck: int = 0,
        flip: int = 0,
    ) -> tuple[int, ...]:
        step = self.at - FIRST
        if 0 <= step < self.params.n_neurons * self.params.length:
            self.take_step(step, stuck, flip)
        return super().tick(
            weight_we, weight_neuron, weight_input, weight, code_we, code_input, code, spikes,
            start, reseed,
        )  # fmt: skip


def as_integers(rows: Bits) -> list[int]:
    """Return each row of bits as an integer, its first bit the lowest."""
    packed = np.packbits(rows, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]
