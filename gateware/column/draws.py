"""Keyed draws of a lane: 16 random bits for every number."""

from migen import Cat, Signal

from bitcortex.gateware.column.mix import FACTORS


def synapse_draw(module, number, key_a, key_b):
    """Return the draw of a number, of 17 bits or more, and a key, six registers later.

    That is ``key_b + key_a * number``, and another round of mixing:
    `bitcortex.network.keys.synapse_draws`.
    """
    mixed, drawn = Signal(32, reset_less=True), Signal(16, reset_less=True)
    y = _times(module, number, key_a[:16], key_a[16:], key_b)
    hashed = _times(module, mixed, FACTORS[1] & 0xFFFF, FACTORS[1] >> 16, 0)
    module.sync += [mixed.eq(y ^ (y >> 15)), drawn.eq(hashed[16:])]
    return drawn


def _times(module, word, low, high, offset):
    """Return offset + word * (low, high) modulo 2**32, two registers later.

    Three products of halves of 16 bits: that of both high halves lies above bit 31.
    """
    bottom, below = (Signal(32, reset_less=True) for _ in range(2))
    left, right, cross = (Signal(16, reset_less=True) for _ in range(3))
    module.sync += [
        bottom.eq(word[:16] * low),
        left.eq(word[:16] * high),
        right.eq(word[16:] * low),
        below.eq(bottom + offset),
        cross.eq(left + right),
    ]
    top, result = Signal(16), Signal(32)
    module.comb += top.eq(below[16:] + cross)
    module.comb += result.eq(Cat(below[:16], top))
    return result
