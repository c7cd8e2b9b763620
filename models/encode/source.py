"""Source of uniform words for comparators: LFSR, Sobol or counter behind the same ports."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.encode import counter, sobol
from bitcortex.models.encode.counter import Counter, CounterParams
from bitcortex.models.encode.lfsr import Lfsr, LfsrParams, shift
from bitcortex.models.encode.sobol import Sobol, SobolParams
from bitcortex.models.model import Model

KINDS = ("lfsr", "sobol", "counter")
_TABLE = 16  # largest width whose period is kept as a table


@dataclass(frozen=True)
class SourceParams:
    """Parameters of a source.

    Parameters
    ----------
    kind
        ``lfsr``: full-period LFSR. ``sobol``: low-discrepancy sequence. ``counter``: ramp.
    width
        Bits of a word, 3 to 32. The period is 2**width, in which every word comes up once.
    seed
        Of an LFSR: its first state, 1 to 2**width - 1. Else: the digital shift, XORed onto every
        word, 0 to 2**width - 1; 0 is the plain sequence.
    dimension
        Of the Sobol sequence, 1 to 10. Streams that are multiplied need different dimensions.
    ramp
        Of the counter, 0 to width: see `CounterParams`.
    """

    kind: str = "lfsr"  # of generator
    width: int = 16  # bits of a word
    seed: int = 1  # first state, or digital shift
    dimension: int = 1  # Sobol only
    ramp: int = 0  # counter only: bits that stay in order

    def __post_init__(self) -> None:
        check.one_of("kind", self.kind, KINDS)
        check.integer("width", self.width, 3, 32)
        if self.kind != "lfsr":
            check.integer("seed", self.seed, 0, 2**self.width - 1)
        _ = self.lfsr, self.sobol, self.counter  # they check what is theirs

    @cached_property
    def lfsr(self) -> LfsrParams:
        """The LFSR, if it is one."""
        seed = self.seed if self.kind == "lfsr" else 1
        return LfsrParams(self.width, seed, full_period=True)

    @cached_property
    def sobol(self) -> SobolParams:
        """The Sobol sequence, if it is one."""
        return SobolParams(self.dimension, self.width)

    @cached_property
    def counter(self) -> CounterParams:
        """The counter, if it is one."""
        return CounterParams(self.width, self.ramp)


@lru_cache(maxsize=16)
def _orbit(width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return all states of a full-period LFSR in order, and the place of each state among them."""
    params = LfsrParams(width, full_period=True)
    states = np.empty(2**width, np.int64)
    state = params.seed
    for i in range(2**width):
        states[i] = state
        state = shift(state, params)
    return states, np.argsort(states)


def conflict(a: SourceParams, b: SourceParams) -> str | None:
    """Return why streams of two sources must not be multiplied, or None if they may.

    The streams of two sources that agree overlap as much as they can, 0.5 * 0.5 = 0.5. Two seeds
    do not help within a Sobol dimension or between ramps, nor where an LFSR runs a few words behind
    another one: most bits of their words are the same.
    """
    if a.kind != b.kind:
        return None
    if a.kind == "sobol":
        both = a.dimension == b.dimension
        return f"both are Sobol sequences of dimension {a.dimension}" if both else None
    if a.kind == "counter":
        return "both are ramps"
    if a.width != b.width:
        return None
    first, second = a.seed, b.seed
    for behind in range(a.width):
        if first == b.seed or second == a.seed:
            return f"both are the same LFSR, {behind} words apart"
        first, second = shift(first, a.lfsr), shift(second, b.lfsr)
    return None


class Source(Model):
    """A word per enabled cycle, every word once per period.

    `next` returns many words at once, and moves on as so many enabled cycles do.

    Ports: ``enable`` (in, 1) goes on to the next word; ``restart`` (in, 1) returns to the first
    and wins. ``value`` (out, width) is the present word.

    **Timing**: ``value`` changes in the cycle after ``enable`` or ``restart``.

    **Error**: over a period, ``value < k`` is true in exactly k of 2**width words. A part of L
    words is off by about 1 / sqrt(L) (LFSR) or 1 / L (Sobol; counter, if 2**ramp divides L).
    """

    INPUTS = ("enable", "restart")
    OUTPUTS = ("value",)

    def __init__(self, params: SourceParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.core: Lfsr | Sobol | Counter
        if self.params.kind == "lfsr":
            self.core = Lfsr(self.params.lfsr)
        elif self.params.kind == "sobol":
            self.core = Sobol(self.params.sobol)
        else:
            self.core = Counter(self.params.counter)

    def tick(self, enable: int, restart: int) -> tuple[int]:
        seed = self.params.seed
        if isinstance(self.core, Counter):
            return (self.core.tick(enable, restart)[0] ^ seed,)
        return self.core.tick(enable, restart, seed)  # the first state, or the mask

    def next(self, length: int) -> NDArray[np.int64]:
        """Return the next `length` words, shape (length,)."""
        core, params = self.core, self.params
        if isinstance(core, Lfsr):
            if params.width <= _TABLE:
                states, place = _orbit(params.width)
                first = int(place[core.value])
                core.value = int(states[(first + length) % len(states)])
                return states[np.arange(first, first + length) % len(states)]
            made = np.empty(length, np.int64)
            for i in range(length):
                made[i] = core.value
                core.value = shift(core.value, params.lfsr)
            return made
        if isinstance(core, Sobol):
            made = sobol.sequence(params.dimension, params.width, length, core.index).astype(
                np.int64
            )
            core.index = (core.index + length) % 2**params.width
            core.word = int(sobol.sequence(params.dimension, params.width, 1, core.index)[0])
        else:
            made = counter.words(params.counter, length, core.count)
            core.count = (core.count + length) % 2**params.width
        made ^= params.seed
        return made
