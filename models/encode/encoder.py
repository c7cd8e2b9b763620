"""Probabilities to bitstreams, as a user calls it."""

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.models.encode.seeds import derive
from bitcortex.models.encode.shared import MAX_CHANNELS, SharedParams
from bitcortex.models.encode.source import Source, SourceParams, conflict

MODES = ("lfsr", "sobol", "bernoulli", "counter")
MAX_LENGTH = 2**24  # bits of a stream
_BLOCK = 2**22  # words held at once


class BitstreamEncoder:
    """Turns probabilities into streams of bits, new bits at every call.

    A probability p becomes the code k = round(p * 2**width), and a bit is one where the word of the
    source is less than k: P(1) = k / 2**width exactly, in the mean over the source's period. All
    modes but ``bernoulli`` are the gateware of `models.encode.sng` (a scalar) or
    `models.encode.shared` (an array), bit for bit, with the parameters `source` and
    ``shared(channels)``; call k of `encode` sees the words from k * length on.

    The entries of an array share one source, each behind a digital shift of its own: their errors
    nearly average out in a sum. They are not independent of each other, so multiply them with
    streams of another encoder, never among themselves (``bernoulli`` entries are independent).

    Parameters
    ----------
    length
        Bits of a stream, 1 to 2**24. A power of two is best; mode ``counter`` needs one.
    mode
        ``sobol``: error about 1 / length, the best for products and sums. ``lfsr``: the cheapest in
        gateware, error about 1 / sqrt(length). ``counter``: a ramp, one run of ones per stream.
        ``bernoulli``: independent bits of NumPy's PCG64, which no gateware makes.
    dimension
        Of the Sobol sequence, 1 to 10; two operands of a product need two dimensions. In the other
        modes it only makes another seed.
    seed
        0 to 2**63 - 1, in mode ``lfsr`` from 1. Seed 0 is the plain Sobol sequence or ramp.
    width
        Bits of a word, 3 to 32. The bits repeat after 2**width words.

    Raises
    ------
    ValueError
        If a parameter is out of range; TypeError if it is no integer.
    """

    def __init__(
        self,
        length: int = 256,
        mode: str = "sobol",
        dimension: int = 1,
        seed: int = 1,
        width: int = 16,
    ) -> None:
        self.length = check.integer("length", length, 1, MAX_LENGTH)
        self.mode = check.one_of("mode", mode, MODES)
        self.dimension = check.integer("dimension", dimension, 1, 10)
        self.width = check.integer("width", width, 3, 32)
        lowest, hint = (1, "Zero would lock a linear register up.") if mode == "lfsr" else (0, "")
        self.seed = check.integer("seed", seed, lowest, 2**63 - 1, hint)
        if mode == "counter":
            _check_ramp(self.length, self.width)
        self._masks = np.zeros((1, 1), np.int64)  # of the channels asked for so far
        self.reset()

    @cached_property
    def source(self) -> SourceParams:
        """Parameters of the source of words; mode ``bernoulli`` has none and refuses."""
        if self.mode == "bernoulli":
            raise ValueError(
                "mode must be one of lfsr, sobol, counter for a source in gateware, not 'bernoulli'"
            )
        seed = derive(self.seed, self.width, "encoder", self.mode, self.dimension)
        return SourceParams(
            self.mode,
            self.width,
            seed=seed if self.seed else 0,
            dimension=self.dimension,
            ramp=(self.length - 1).bit_length() if self.mode == "counter" else 0,
        )

    def shared(self, channels: int) -> SharedParams:
        """Return the parameters of the gateware that encodes an array of `channels` entries."""
        return SharedParams(self.source, channels)

    def reset(self) -> None:
        """Go back to the bits of the first call."""
        if self.mode == "bernoulli":
            seeds = np.random.SeedSequence([self.seed, self.dimension])
            self._random = np.random.Generator(np.random.PCG64(seeds))
        else:
            self._source = Source(self.source)

    def code(self, p: ArrayLike) -> NDArray[np.int64]:
        """Return the codes k = round(p * 2**width) of probabilities, half to even."""
        array = check.probabilities("p", p)
        return np.rint(array * 2.0**self.width).astype(np.int64)

    def encode(self, p: ArrayLike) -> NDArray[np.uint8]:
        """Return the next streams of probabilities.

        Parameters
        ----------
        p
            Probabilities in [0, 1], a scalar or an array of at most 65,536 entries.

        Returns
        -------
        numpy.ndarray
            0 and 1 of type uint8, shape ``p.shape + (length,)``.

        Raises
        ------
        ValueError
            If an entry is NaN or out of [0, 1] (the message gives its index), or there are too
            many.
        """
        codes = self.code(p)
        if codes.size > MAX_CHANNELS:
            raise ValueError(
                f"p must have at most {MAX_CHANNELS} entries, not {codes.size}. Encode it in parts."
            )
        bits = np.empty((codes.size, self.length), np.uint8)
        flat = codes.reshape(-1, 1)
        source = None if self.mode == "bernoulli" else self._source.next(self.length)
        step = max(1, _BLOCK // self.length)
        for at in range(0, codes.size, step):
            part = slice(at, min(at + step, codes.size))
            bits[part] = self._words(source, part) < flat[part]
        return bits.reshape(*codes.shape, self.length)

    def _words(self, source: NDArray[np.int64] | None, part: slice) -> NDArray[np.int64]:
        """Return the words of some entries, shape (entries, length)."""
        if source is None:
            shape = part.stop - part.start, self.length
            return self._random.integers(0, 2**self.width, shape)
        if len(self._masks) < part.stop:
            self._masks = np.array(self.shared(part.stop).masks, np.int64)[:, None]
        words: NDArray[np.int64] = source ^ self._masks[part]
        return words


def check_independent(a: BitstreamEncoder, b: BitstreamEncoder) -> None:
    """Refuse two encoders whose streams must not be multiplied.

    Raises
    ------
    ValueError
        If their lengths differ, or their sources are the same or nearly so.
    """
    if a.length != b.length:
        raise ValueError(
            f"the operands of a product must have one length, not {a.length} and {b.length}"
        )
    reason: str | None = None
    if a is b:
        reason = "both are one encoder"
    elif a.mode == b.mode == "bernoulli":
        if (a.seed, a.dimension) == (b.seed, b.dimension):
            reason = f"both draw from seed {a.seed}"
    elif "bernoulli" not in (a.mode, b.mode):
        reason = conflict(a.source, b.source)
    if reason:
        way = {"sobol": "dimension", "counter": "mode"}.get(a.mode, "seed")
        raise ValueError(
            f"the operands of a product must have different sources, but {reason}: the product "
            f"would be wrong (0.5 * 0.5 = 0.5). Give one of them another {way}."
        )


def _check_ramp(length: int, width: int) -> None:
    lower = 1 << (length.bit_length() - 1)
    if length != lower:
        raise ValueError(
            f"length must be a power of two with mode counter, not {length}. "
            f"Try {lower} or {2 * lower}, or mode sobol, which takes any length."
        )
    if length > 2**width:
        raise ValueError(
            f"length must be at most 2**width = {2**width} with mode counter, not {length}. "
            "Make the width larger."
        )
