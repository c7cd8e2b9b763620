"""Recurrent stochastic-computing layer (a reservoir)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.layer.dense import Dense, DenseParams, forward
from bitcortex.models.model import Model


@dataclass(frozen=True)
class RecurrentParams:
    """Parameters of a recurrent layer.

    Parameters
    ----------
    n_inputs, n_neurons
        External inputs and neurons, 1 to 32767 each; the state has a code per neuron.
    length, mode, bits, seed
        Of the streams: see `StreamParams`.
    shift
        The signed count is divided by 2**shift. log2(length) - bits makes a weight of 1 act as 1:
        0 at the default length and bits.
    """

    n_inputs: int  # external
    n_neurons: int  # and codes of state
    length: int = 256  # bits per stream and pass
    mode: str = "sobol"  # of the streams
    bits: int = 8  # of a code and of a weight's magnitude
    seed: int = 1  # of the streams
    shift: int = 0  # from count to code

    def __post_init__(self) -> None:
        check.integer("n_inputs", self.n_inputs, 1, 32767)
        check.integer("n_neurons", self.n_neurons, 1, 32767)
        most = self.dense.n_inputs * self.length
        check.integer(
            "shift", self.shift, 0, most.bit_length() - 1, "More would make every state 0."
        )

    @property
    def dense(self) -> DenseParams:
        """Parameters of the dense layer inside, whose inputs are x, then h."""
        return DenseParams(
            n_inputs=self.n_inputs + self.n_neurons,
            n_neurons=self.n_neurons,
            length=self.length,
            mode=self.mode,
            bits=self.bits,
            seed=self.seed,
        )

    @property
    def cycles(self) -> int:
        """Cycles from ``start`` to ``done``."""
        return self.dense.cycles + self.n_neurons + 3


def activate(
    params: RecurrentParams, excitatory: NDArray[np.int64], inhibitory: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the state codes of counts: signed count >> shift, clipped to 0..2**bits."""
    codes: NDArray[np.int64] = (excitatory - inhibitory) >> params.shift
    return codes.clip(0, 1 << params.bits)


def step(
    params: RecurrentParams,
    weights: NDArray[np.integer],
    codes: NDArray[np.integer],
    rx: NDArray[np.integer],
    rw: NDArray[np.integer],
) -> NDArray[np.int64]:
    """Return the next state h[t], codes of shape (n_neurons,).

    Parameters
    ----------
    params
        Of the layer.
    weights
        Shape (n_neurons, n_inputs + n_neurons), signed codes: W beside R.
    codes
        x[t], then h[t - 1]: shape (n_inputs + n_neurons,), 0 to 2**bits.
    rx, rw
        Source words of the pass, shape (length,) each.

    Raises
    ------
    ValueError
        If a shape or a value does not fit.
    """
    return activate(params, *forward(params.dense, weights, codes, rx, rw))


class Recurrent(Model):
    """A dense layer that feeds its clipped result back: h[t] = clip([W | R] [x[t] | h[t-1]]).

    Ports
    -----
    Those of `Dense` without spikes and counts; ``code_input`` (in) n_inputs + k writes the state
    of neuron k, to clear it for one. ``out_valid`` (out, 1) marks a new state, ``out_index`` (out)
    its neuron and ``out_state`` (out, bits + 1) its code; they stay until the next. ``done`` (out,
    1) says that all of the state is in place. ``state`` (out, bits + 1) is the state, now in
    use, of neuron ``state_index`` (in, below n_neurons) of the cycle before; a code that was
    written from outside reads as it was written. ``reseed`` leaves the
    state as it is.

    **Timing**: state j comes (j + 1) * length + dense latency + 1 cycles after ``start``; then the
    state is written back, one neuron per cycle; ``done`` comes n_neurons * (length + 1) + dense
    latency + 3 cycles after ``start``, and a start in its cycle is taken.

    **Arithmetic**: exact signed count, shifted right (rounding down), clipped to 0..2**bits.

    **Error**: see `Streams`. Rounding down takes half a code per step on average where
    ``shift`` > 0, and clipping at 0 adds the noise's mean where the count is near 0.
    """

    INPUTS = (
        "weight_we", "weight_neuron", "weight_input", "weight", "code_we", "code_input", "code",
        "start", "reseed", "state_index",
    )  # fmt: skip
    OUTPUTS = ("busy", "out_valid", "out_index", "out_state", "done", "state")

    def __init__(self, params: RecurrentParams) -> None:
        super().__init__(params)
        self.dense = Dense(params.dense)
        self.reset()

    def reset(self) -> None:
        self.dense.reset()
        self.out = (0, self.params.n_neurons - 1, 0)
        self.done = self.state = 0
        self.after = 0  # cycles since the dense layer's done; 0 is none
        self.next: list[int] = []  # states of this pass

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
        reseed: int,
        state_index: int,
    ) -> tuple[int, ...]:
        dense_done = self.dense.out[-1]
        closed = bool(dense_done or self.after)
        state = int(self.dense.codes[self.params.n_inputs + state_index])
        if closed:
            found = self.dense.tick(*[0] * len(Dense.INPUTS))
        else:
            weights = weight_we, weight_neuron, weight_input, weight
            found = self.dense.tick(*weights, code_we, code_input, code, 0, start, reseed)
        shown = (int(found[0] or closed), *self.out, self.done, self.state)
        self.state, self.done = state, 0
        _, valid, index, excitatory, inhibitory, _ = found
        self.out = (0, *self.out[1:])
        if valid:
            counts = np.array([excitatory]), np.array([inhibitory])
            self.out = (1, index, int(activate(self.params, *counts)[0]))
            self.next.append(self.out[2])
        if closed:
            self._write_back()
        return shown

    def _write_back(self) -> None:
        """Cycle `after`, counted from the dense layer's done: 3, 4, ... write states 0, 1, ..."""
        k = self.after - 3
        self.after += 1
        if k >= 0:
            self.dense.codes[self.params.n_inputs + k] = self.next[k]
        if k == self.params.n_neurons - 1:
            self.next, self.after, self.done = [], 0, 1
