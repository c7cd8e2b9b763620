"""The two sources of a layer: one word for all inputs and one for all weights, each step."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.encode.lfsr import LfsrParams, shift
from bitcortex.models.encode.seeds import derive
from bitcortex.models.encode.sobol import sequence
from bitcortex.models.model import Model

MODES = ("sobol", "lfsr")
MAX_LENGTH = 2**24  # bits of a stream
Words = NDArray[np.int64]


@dataclass(frozen=True)
class StreamParams:
    """Parameters of a layer's sources.

    Parameters
    ----------
    length
        Words per pass, 1 to 2**24. Any length works, since a pass always starts the sequence anew;
        a power of two of at least 2**bits makes every single Sobol stream exact.
    mode
        ``sobol``: dimensions 1 and 2 of the Sobol sequence under a digital shift that is new in
        every pass. ``lfsr``: two full-period LFSRs of width 16 and 17.
    bits
        Width of a word, 1 to 8: the mask LFSR gives 17 new bits per pass, enough for two masks.
    seed
        Of the user, 0 to 2**63 - 1; `models.encode.seeds.derive` makes the registers' seeds.
    """

    length: int = 256  # words per pass
    mode: str = "sobol"  # kind of both sources
    bits: int = 8  # of a word
    seed: int = 1  # of the user

    def __post_init__(self) -> None:
        check.integer("length", self.length, 1, MAX_LENGTH)
        check.one_of("mode", self.mode, MODES)
        check.integer("bits", self.bits, 1, 8)
        check.integer("seed", self.seed, 0, 2**63 - 1)

    @property
    def width(self) -> int:
        """Width of the Sobol sequences: enough for `length` points."""
        return max(self.bits, (self.length - 1).bit_length())

    @cached_property
    def mask(self) -> LfsrParams:
        """The LFSR of the digital shift, stepped after every pass."""
        return LfsrParams(width=32, seed=derive(self.seed, 32, "mask"), leap=17)

    @cached_property
    def rx(self) -> LfsrParams:
        """The LFSR of the inputs' words."""
        return LfsrParams(width=16, seed=derive(self.seed, 16, "rx"), full_period=True)

    @cached_property
    def rw(self) -> LfsrParams:
        """The LFSR of the weights' words."""
        return LfsrParams(width=17, seed=derive(self.seed, 17, "rw"), full_period=True)


@lru_cache(maxsize=16)
def points(params: StreamParams) -> tuple[Words, Words]:
    """Return the Sobol words before the digital shift, two arrays of shape (length,)."""
    cut = params.width - params.bits
    x, w = (sequence(d, params.width, params.length).astype(np.int64) >> cut for d in (1, 2))
    return x, w


def run_lfsr(state: int, params: LfsrParams, bits: int, length: int) -> tuple[Words, int]:
    """Return the top `bits` bits of `length` successive states, and the state after them."""
    words = np.empty(length, np.int64)
    for i in range(length):
        words[i] = state >> (params.width - bits)
        state = shift(state, params)
    return words, state


class Streams(Model):
    """The source words of a layer, pass after pass; `docs/decisions/0002-streams.md` defines them.

    `next` returns the words of a whole pass and moves on to the next pass; `reseed` and `reset`
    return to the first pass. The ports, for the gateware twin: ``enable`` (in, 1) goes on to the
    next word; with ``advance`` (in, 1) at the last word, to the first word of the next pass, where
    otherwise this pass starts again; ``reseed`` (in, 1) returns to the first word of the first pass
    and wins. ``last`` (out, 1): the present word is the last of the pass. ``rx``, ``rw`` (out,
    bits): the word that was present in the cycle before.

    **Timing**: words come a cycle late; one word per cycle.

    **Error**: each word is uniform over the passes, so a stream ``word < code`` is unbiased. The
    product of an input and a weight stream has a mean absolute error of about 0.47 / length (Sobol)
    or 0.36 / sqrt(length) (LFSR). All inputs share rx, all weights rw: their errors are correlated.
    """

    INPUTS = ("enable", "advance", "reseed")
    OUTPUTS = ("rx", "rw", "last")

    def __init__(self, params: StreamParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.rx = self.rw = 0
        self.reseed()

    def reseed(self) -> None:
        """Return to the first word of the first pass."""
        self.mask = self.params.mask.seed
        self.base = (self.params.rx.seed, self.params.rw.seed)
        self.at = 0  # index of the present word
        self._current: tuple[list[int], list[int]] | None = None
        self._after = self.base

    def next(self) -> tuple[Words, Words]:
        """Return the words of this pass, rx and rw of shape (length,), and begin the next."""
        rx, rw, after = self._pass()
        self._end(after)
        return rx, rw

    def _pass(self) -> tuple[Words, Words, tuple[int, int]]:
        """Return the words of this pass and the states of the two LFSRs after it."""
        bits, length = self.params.bits, self.params.length
        if self.params.mode == "sobol":
            x, w = points(self.params)
            one = (1 << bits) - 1
            return x ^ (self.mask & one), w ^ (self.mask >> bits & one), self.base
        rx, after_x = run_lfsr(self.base[0], self.params.rx, bits, length)
        rw, after_w = run_lfsr(self.base[1], self.params.rw, bits, length)
        return rx, rw, (after_x, after_w)

    def _end(self, after: tuple[int, int]) -> None:
        self.base = after
        if self.params.mode == "sobol":
            for _ in range(self.params.mask.leap):
                self.mask = shift(self.mask, self.params.mask)
        self._current = None

    def tick(self, enable: int, advance: int, reseed: int) -> tuple[int, int, int]:
        last = self.at == self.params.length - 1
        shown = (self.rx, self.rw, int(last))
        if self._current is None:
            rx, rw, self._after = self._pass()
            self._current = rx.tolist(), rw.tolist()
        self.rx, self.rw = self._current[0][self.at], self._current[1][self.at]
        if reseed:
            self.reseed()
        elif enable:
            self.at = 0 if last else self.at + 1
            if last and advance:
                self._end(self._after)
        return shown
