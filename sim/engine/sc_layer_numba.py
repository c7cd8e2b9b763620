"""A dense stochastic-computing layer at the speed of its counts: the Numba engine for users."""

import sys

import numpy as np
from numba import njit
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.seeds import derive
from bitcortex.models.faults import Faults, as_faults
from bitcortex.models.layer.dense import DenseParams
from bitcortex.sim.engine import fault_kernels, sc_kernels, sc_sources, sc_streams, simd
from bitcortex.sim.engine.devices import vary

MODES = {"sobol": sc_sources.SOBOL, "lfsr": sc_sources.LFSR}
METHODS = ("auto", "table", "stream")
BITS = 8  # of source words and weights


class VectorizedSCLayer:
    """Every neuron's mean of (input stream AND weight stream), bit for bit as the golden layer.

    Parameters
    ----------
    n_inputs, n_neurons
        Shape of the layer, 1 to 65535 each.
    length
        Bits of a stream, 1 to 2**24, with n_inputs * length < 2**31.
    seed
        0 to 2**63 - 1. Layers that shall be independent need different seeds.
    mode
        ``"sobol"`` (two dimensions, digitally shifted) or ``"lfsr"`` (registers of 16 and 17 bits).
    method
        How the ones are counted; the counts are the same. ``"table"`` sums entries of a table of
        all pairs of codes, rebuilt at every pass, ``"stream"`` ANDs streams and counts ones,
        ``"auto"`` takes the faster of the two.
    signed
        Allow weights in [-1, 1]; otherwise they are probabilities.
    fresh
        Use new bits at every pass; otherwise every pass has the bits of the first.
    faults
        Of the layer, the same as on every engine; none if None. See `bitcortex.models.faults`.
        With lines that flip or stick, `method` does not matter. Flips are new at every pass.

    Attributes
    ----------
    weights
        float64 array (n_neurons, n_inputs), at first uniform in [0, 1). Edit it in any way you
        like: the next pass sees it. Held in a variable of your own, it is read again at every
        pass (about 2 ns per weight).

    **Arithmetic**: an input p becomes the code floor(256 p + 1/2), 0 to 256, P = code / 256; a
    weight w the code floor(256 |w| + 1/2) with its sign, at most 255, so 1.0 acts as 255/256.
    Counts are exact; a mean is (excitatory - inhibitory) / (n_inputs * length).

    **Error**: the mean is unbiased over passes (given the codes). Within a pass all inputs share
    one source and all weights another, so errors of the inputs of one neuron are correlated.
    """

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        length: int = 256,
        seed: int = 1,
        mode: str = "sobol",
        method: str = "auto",
        signed: bool = False,
        fresh: bool = True,
        faults: Faults | None = None,
    ) -> None:
        self.n_inputs = check.integer("n_inputs", n_inputs, 1, 65535)
        self.n_neurons = check.integer("n_neurons", n_neurons, 1, 65535)
        most = min(sc_kernels.MAX_LENGTH, (2**31 - 1) // self.n_inputs)
        self.length = check.integer(
            "length", length, 1, most, "n_inputs * length must be below 2**31."
        )
        self.seed = check.integer("seed", seed, 0, 2**63 - 1)
        self.mode = check.one_of("mode", mode, MODES)
        self.method = check.one_of("method", method, METHODS)
        self.signed, self.fresh = bool(signed), bool(fresh)
        self.faults = as_faults(faults)
        self._lines: fault_kernels.Compiled | None = None
        self._done = 0  # passes, by which faults differ
        if self.faults.in_lines:
            lines = DenseParams(n_inputs, n_neurons, length).lines
            self._lines = fault_kernels.Compiled.of(self.faults, lines)
        if self.method == "auto":
            # In vector instructions, measured: a table costs about 16 per point and row, a stream
            # about 2 per synapse and 512 bits.
            work = self.n_inputs * self.n_neurons * sc_sources.words(self.length) // 8
            self.method = "table" if work > 6000 + 8 * self.length else "stream"

        rng = np.random.default_rng(derive(self.seed, 63, "weights"))
        self._weights = rng.random((self.n_neurons, self.n_inputs))
        self._changed = True
        self._codes = np.zeros((0, 0), np.int16)  # of which tiles and used are made
        self._tiles, self._used = sc_kernels.pack_weights(self._codes)

        mode_number = MODES[self.mode]
        self._power_on = sc_sources.initial_state(self.seed, mode_number)
        self._state = self._power_on.copy()
        if self.mode == "sobol":
            points = sc_sources.sobol_points(self.length, BITS)
        else:
            points = np.zeros((2, 0), np.uint8)
        n_words = sc_sources.words(min(self.length, sc_kernels.PART))
        streams = self.method == "stream"
        padded = -(-self.n_neurons // 64) * 64
        self._run = (
            mode_number,
            streams,
            self.fresh,
            self._state,
            points,
            *sc_sources.new_sources(self.length),
            np.zeros(self.n_inputs, np.uint16),  # codes
            simd.aligned((2, padded), np.int32),  # totals
            simd.aligned((padded,), np.uint16),  # short sums
            simd.aligned((sc_kernels.SCRATCH,), np.uint16),
            simd.aligned((self.n_inputs if streams else 0, n_words), np.uint64),
            simd.aligned((256 if streams else 0, n_words), np.uint64),
        )

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weights, shape (n_neurons, n_inputs); edits take effect at the next pass."""
        self._changed = True
        return self._weights

    @weights.setter
    def weights(self, value: ArrayLike) -> None:
        array = np.asarray(value, np.float64)
        if array.shape != self._weights.shape:
            raise ValueError(f"weights must have shape {self._weights.shape}, not {array.shape}")
        self._weights[...] = array
        self._changed = True

    @property
    def weights_q(self) -> NDArray[np.int16]:
        """The signed weight codes in use, int16 (n_neurons, n_inputs).

        Raises
        ------
        ValueError
            If a weight is NaN or out of range, or all weights round to 0.
        """
        codes = np.zeros(self._weights.shape, np.int16)
        low = -1.0 if self.signed else 0.0
        wrong = _quantise_weights(self._weights, low, codes)
        if wrong >= 0:
            j, i = divmod(wrong, self.n_inputs)
            hint = "" if self.signed else ". A layer with signed=True takes [-1, 1]"
            raise ValueError(
                f"weights[{j}, {i}] must be in [{low:g}, 1], not {self._weights[j, i]}{hint}"
            )
        if self.faults.variability:
            _quantise_weights(vary(self._weights, self.faults, "weights"), low, codes)
        if not codes.any() and self._weights.any():
            raise ValueError(
                f"weights must not all round to 0: the largest is {np.abs(self._weights).max():g} "
                f"and one code is 1/256. Scale them up"
            )
        return codes

    def _refresh_packed_weights(self) -> None:
        """Pack the weights now; never needed, but older tutorials call it after an edit."""
        codes = self.weights_q
        if not np.array_equal(codes, self._codes):
            self._tiles, self._used = sc_kernels.pack_weights(codes)
            self._codes = codes
        self._changed = False

    def reset(self) -> None:
        """Return to the bits, and flips, of the first pass; the weights stay."""
        self._state[:] = self._power_on
        self._done = 0

    def forward(self, x: ArrayLike) -> NDArray[np.float64]:
        """Return the mean of every neuron, in [0, 1] (in [-1, 1] with signed weights).

        Parameters
        ----------
        x
            Probabilities, shape (n_inputs,), or (batch, n_inputs) for one pass per row, the same
            as calls row by row. Spikes are 0 and 1.

        Returns
        -------
        means
            float64, shape (n_neurons,) or (batch, n_neurons).

        Raises
        ------
        ValueError
            If a probability is NaN or out of [0, 1] (no pass is made then), the shape differs, or
            the weights are out of range.
        """
        return self._passes(x)[0]

    def forward_counts(self, x: ArrayLike) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Return (excitatory, inhibitory), the numbers of ones, each shaped as the means."""
        counts = self._passes(x)[1]
        return counts[..., 0, :], counts[..., 1, :]

    def _passes(self, x: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        if self._changed or sys.getrefcount(self._weights) > _ALONE:
            # Somebody has, or has had, a reference through which the weights may have changed.
            self._refresh_packed_weights()
        array = np.ascontiguousarray(x, np.float64)
        if array.shape[-1:] != (self.n_inputs,) or array.ndim > 2:
            raise ValueError(
                f"x must have shape ({self.n_inputs},) or (batch, {self.n_inputs}), "
                f"not {np.shape(x)}"
            )
        rows = array.reshape(-1, self.n_inputs)
        means = np.empty((len(rows), self.n_neurons))
        counts = np.empty((len(rows), 2, self.n_neurons), np.int32)
        if self._lines is not None:
            self._faulty_passes(
                check.probabilities("x", array).reshape(rows.shape), counts, self._lines
            )
            means[:] = (counts[:, 0] - counts[:, 1]) / (self.n_inputs * self.length)
        elif _passes(rows, self.length, self._tiles, self._used, means, counts, *self._run):
            check.probabilities("x", array)
        return (means[0], counts[0]) if array.ndim == 1 else (means, counts)

    def _faulty_passes(
        self, rows: NDArray[np.float64], counts: NDArray[np.int32], lines: fault_kernels.Compiled
    ) -> None:
        """Write the counts of one pass per row of probabilities, on lines with faults."""
        mode, _, fresh, state, points, rx, rw = self._run[:7]
        for x, count in zip(rows, counts, strict=True):
            sc_sources.sources(mode, BITS, state, points, self.length, rx, rw)
            codes = (x * 256.0 + 0.5).astype(np.uint16)
            use = self._done * self.n_neurons * self.length
            fault_kernels.sc_counts(
                self._codes, codes, rx, rw, self.length, use, count, *lines.arguments
            )
            self._done += 1
            if not fresh:
                state[:] = self._power_on


class _Probe:
    def __init__(self) -> None:
        self._weights = np.zeros(1)

    def alone(self) -> int:
        """Return the reference count of an array that nobody else refers to."""
        return sys.getrefcount(self._weights)


_ALONE = _Probe().alone()


@njit(cache=True)
def _quantise_weights(weights: NDArray[np.float64], low: float, codes: NDArray[np.int16]) -> int:
    """Write weight codes; return the flat index of a weight that is out of range, or -1."""
    n_neurons, n_inputs = weights.shape
    for j in range(n_neurons):
        wrong = 0
        for i in range(n_inputs):
            weight = weights[j, i]
            wrong |= not low <= weight <= 1.0
            code = min(int(abs(weight) * 256.0 + 0.5), 255)
            codes[j, i] = -code if weight < 0 else code
        if wrong:
            for i in range(n_inputs):
                if not low <= weights[j, i] <= 1.0:
                    found: int = j * n_inputs + i
                    return found
    return -1


@njit(cache=True)
def _passes(
    x: NDArray[np.float64],
    length: int,
    tiles: NDArray[np.uint64],
    used: NDArray[np.bool_],
    means: NDArray[np.float64],
    counts: NDArray[np.int32],
    mode: int,
    streams: bool,
    fresh: bool,
    state: NDArray[np.int64],
    points: NDArray[np.uint8],
    rx: NDArray[np.uint8],
    rw: NDArray[np.uint8],
    codes: NDArray[np.uint16],
    totals: NDArray[np.int32],
    short: NDArray[np.uint16],
    scratch: NDArray[np.uint16],
    x_words: NDArray[np.uint64],
    dictionary: NDArray[np.uint64],
) -> int:
    """Make one pass per row of x; return whether an input is not a probability (then make none)."""
    n_rows, n_inputs = x.shape
    wrong = 0
    for value in x.flat:
        wrong |= not 0.0 <= value <= 1.0
    if wrong:
        return wrong
    scale = 1.0 / (n_inputs * length)
    power_on0, power_on1 = state[0], state[1]
    for row in range(n_rows):
        for i in range(n_inputs):
            codes[i] = int(x[row, i] * 256.0 + 0.5)
        sc_sources.sources(mode, 8, state, points, length, rx, rw)
        totals[:] = 0
        if streams:
            sc_streams.add_stream_counts(
                codes, tiles, used, rx, rw, length, totals, x_words, dictionary
            )
        else:
            sc_kernels.add_table_counts(
                codes, tiles, used, rx, rw, length, simd.HAS_LOOKUP, totals, short, scratch
            )
        for j in range(means.shape[1]):
            counts[row, 0, j] = totals[0, j]
            counts[row, 1, j] = totals[1, j]
            means[row, j] = (totals[0, j] - totals[1, j]) * scale
        if not fresh:
            state[0], state[1] = power_on0, power_on1
    return 0
