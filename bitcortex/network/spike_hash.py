"""The spike hash: a running hash of all spikes, equal on every engine and on the board."""

from collections.abc import Iterable

INITIAL = 0x9E3779B97F4A7C15  # any value but 0
MASK = (1 << 64) - 1


def update(h: int, step: int, neuron: int) -> int:
    """Return the hash after one more spike (xorshift64, Marsaglia 2003, over an XORed-in event).

    Parameters
    ----------
    h
        Hash so far, 64 bits.
    step, neuron
        Of the spike, 0 to 2**32 - 1 each.
    """
    h ^= step | neuron << 32
    h ^= h << 13 & MASK
    h ^= h >> 7
    return h ^ (h << 17 & MASK)


def hash_events(steps: Iterable[int], neurons: Iterable[int], start: int = INITIAL) -> int:
    """Return the hash after spikes in the order given: by step, then by neuron."""
    h = start
    for step, neuron in zip(map(int, steps), map(int, neurons), strict=True):
        h = update(h, step, neuron)
    return h
