"""Faults of a datapath: which lines are stuck, and which bits flip, on every engine alike.

A *line* is one wire of one bit; a *use* is one step in which it carries a bit. Whether a bit flips
is a hash of (seed, line, use), never the next number of a generator: an engine may ask for any
line and use in any order, and all engines get the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.encode.seeds import derive
from bitcortex.network.keys import mix, mix_array

PLACES = ("inputs", "weights", "products")
RATES = ("bit_flips", "stuck_at_0", "stuck_at_1")
ONE = 1 << 32  # a rate of 1, in units of a draw

Lines = tuple[tuple[str, int], ...]  # places and how many lines each has, in order
Bits = NDArray[np.bool_]
Words = NDArray[np.uint32]


@dataclass(frozen=True)
class Faults:
    """What is wrong with a layer.

    Parameters
    ----------
    bit_flips
        Probability that a line carries the inverse of its bit, in [0, 1], anew at every use.
    stuck_at_0, stuck_at_1
        Fractions of the lines that always carry 0, or 1, in [0, 1], together at most 1.
    variability
        Of the stored weights: standard deviation of the logarithm of a factor of mean 1, 0 to 2,
        as in `MemristiveDenseLayer`.
    seed
        Of all of them, 0 to 2**63 - 1.
    places
        Where lines flip or stick: ``inputs`` and ``weights``, the operands of a multiplication,
        and ``products``.

    Raises
    ------
    ValueError
        If a rate is NaN or out of range, or there is no such place.

    **Arithmetic**: a rate r becomes floor(2**32 r + 1/2), here and nowhere else; a bit flips if a
    draw of 32 bits is below. The draw of line s at use c is mix(row ^ column), where column =
    mix(s ^ key 1) and row = mix(low 32 bits of c ^ mix(high bits of c ^ key 2)). A line that is
    stuck does not flip.
    """

    bit_flips: float = 0.0  # per line and use
    stuck_at_0: float = 0.0  # fraction of the lines
    stuck_at_1: float = 0.0  # fraction of the lines
    variability: float = 0.0  # of the weights, log-normal
    seed: int = 1  # of every draw
    places: tuple[str, ...] = PLACES  # that flip or stick

    def __post_init__(self) -> None:
        for name in RATES:
            check.real(name, getattr(self, name), 0.0, 1.0)
        hint = "No line is stuck at both 0 and 1"
        check.real("stuck_at_1", self.stuck_at_1, 0.0, 1.0 - self.stuck_at_0, hint)
        check.real("variability", self.variability, 0.0, 2.0)
        check.integer("seed", self.seed, 0, 2**63 - 1)
        places: object = self.places
        if not isinstance(places, tuple) or not places:
            raise ValueError(
                f"places must be a tuple of {', '.join(PLACES)}, not {self.places!r}. "
                "Set all rates to 0 for no faults"
            )
        for place in self.places:
            check.one_of("places", place, PLACES)

    @property
    def in_lines(self) -> bool:
        """Whether any line can flip or stick."""
        return any(codes(getattr(self, name)) for name in RATES)

    @property
    def flip_threshold(self) -> int:
        """A bit flips if its draw is below, 0 to 2**32."""
        return codes(self.bit_flips)

    @property
    def row_key(self) -> int:
        """Key of the uses."""
        return derive(self.seed, 32, "faults", "uses")

    def columns(self, lines: Lines) -> Words:
        """Return the hash of every line, shape (lines,)."""
        return _hashes(_count(lines), derive(self.seed, 32, "faults", "lines"))

    def exposed(self, lines: Lines) -> Bits:
        """Return which lines are in one of the places, shape (lines,)."""
        return np.repeat([place in self.places for place, _ in lines], [n for _, n in lines])

    def stuck(self, lines: Lines) -> tuple[Bits, Bits]:
        """Return which lines are stuck, and at what (false where none is), shape (lines,) each."""
        draws = _hashes(_count(lines), derive(self.seed, 32, "faults", "stuck")).astype(np.int64)
        exposed = self.exposed(lines)
        at_0 = exposed & (draws < codes(self.stuck_at_0))
        at_1 = exposed & ~at_0 & (draws >= ONE - codes(self.stuck_at_1))
        return at_0 | at_1, at_1

    def flips(self, lines: Lines, first: int, uses: int) -> Bits:
        """Return the second operand of `apply`, shape (uses, lines).

        That is the value of a stuck line, and whether any other line flips.

        Parameters
        ----------
        lines
            Of the layer.
        first, uses
            Number of the first use, and how many.
        """
        stuck, value = self.stuck(lines)
        if not self.flip_threshold:
            return np.broadcast_to(value, (uses, len(value)))
        at = np.arange(first, first + uses, dtype=np.uint64)
        high = mix_array((at >> np.uint64(32)).astype(np.uint32) ^ np.uint32(self.row_key))
        rows = mix_array((at & np.uint64(ONE - 1)).astype(np.uint32) ^ high)
        draws = mix_array(rows[:, None] ^ self.columns(lines)[None, :])
        flip = draws <= np.uint32(self.flip_threshold - 1)
        return np.where(stuck, value, flip & self.exposed(lines))


def as_faults(value: Faults | None) -> Faults:
    """Return the faults that a user gave, none for None.

    Raises
    ------
    TypeError
        If it is something else.
    """
    if value is None:
        return Faults()
    if not isinstance(value, Faults):
        raise TypeError(f"faults must be a Faults, not {value!r}. Try Faults(bit_flips=0.01)")
    return value


def codes(rate: float) -> int:
    """Return the integer of a rate, 0 to 2**32."""
    return int(rate * ONE + 0.5)


def apply(line: Bits, stuck: Bits, flip: Bits) -> Bits:
    """Return what lines carry instead: (line & ~stuck) ^ flip."""
    return (line & ~stuck) ^ flip


def row(use: int, key: int) -> int:
    """Return the hash of a use: what `Faults.flips` makes for many."""
    return mix((use & (ONE - 1)) ^ mix((use >> 32) ^ key))


def _count(lines: Lines) -> int:
    return sum(n for _, n in lines)


def _hashes(count: int, key: int) -> Words:
    return mix_array(np.arange(count, dtype=np.uint32) ^ np.uint32(key))
