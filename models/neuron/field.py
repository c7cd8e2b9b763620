"""A field of a neuron's state, and the one saturation of an update."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Field:
    """An integer of a neuron's state.

    Parameters
    ----------
    name
        Of the port; ``<name>_next`` is its value after the update.
    width
        In bits.
    signed
        Two's complement.
    reset
        Value after power-on and after `clear`.
    """

    name: str
    width: int
    signed: bool
    reset: int


def saturate(value: int, width: int) -> int:
    """Return the value clipped to a signed number of `width` bits."""
    top = (1 << (width - 1)) - 1
    return min(max(value, -top - 1), top)


def signed_range(width: int) -> tuple[int, int]:
    """Return the smallest and the largest signed number of `width` bits."""
    return -(1 << (width - 1)), (1 << (width - 1)) - 1


def as_signed(word: int, width: int) -> int:
    """Return the number whose two's complement is the low `width` bits of a word."""
    word &= (1 << width) - 1
    return word - (word >> width - 1 << width)
