"""The bits of a register, the lowest first, without a carry chain."""

from functools import reduce
from operator import or_

from migen import Cat, Signal

NIBBLE = 4  # bits whose lowest one is a function of a lookup table


class Scan:
    """A register of bits: `place` is the number of the lowest, `last` whether it is the only one.

    Why no carry chain: bits are left with the last one, in the cycle in which others come. Two
    flags per nibble say that it has bits, and that it has several; only the first nibble with a
    flag changes, and its lowest bit is a function of four. Without the flag a nibble's bits mean
    nothing, so that its highest bit is never cleared. Whether one bit is left is found a cycle
    ahead, from whether there are three.

    Parameters
    ----------
    module
        Gets the logic.
    bits
        Of the register.
    """

    def __init__(self, module, bits: int):
        self._bits = plain(bits)
        nibbles = _nibbles(self._bits, bits)
        self._has, self._has_two, self.last = plain(len(nibbles)), plain(len(nibbles)), plain(1)
        self.place = Signal(max(1, (bits - 1).bit_length()))
        rest, first = Signal(bits), Signal(len(nibbles))
        has_next, has_two_next = Signal(len(nibbles)), Signal(len(nibbles))
        counts = []
        for k, part in enumerate(nibbles):
            has, has_two = self._has[k], self._has_two[k]
            earlier = self._has[:k] != 0 if k else 0
            stays = [part[i] & (earlier | reduce(or_, part[:i], 0)) for i in range(len(part) - 1)]
            three = _count(module, [(bit, 0, 0) for bit in part])[2]
            counts.append((has, has_two, has_two & three))
            module.comb += [
                first[k].eq(has & ~earlier if k else has),
                has_next[k].eq(has_two | (has & earlier)),
                has_two_next[k].eq(has_two & (earlier | three)),
                *[rest[NIBBLE * k + i].eq(bit) for i, bit in enumerate([*stays, part[-1]])],
            ]
        more = _count(module, counts)[2]
        module.comb += self.place.eq(self._place(nibbles, first))
        self.drop = [  # statements: forget the lowest
            self._bits.eq(rest),
            self._has.eq(has_next),
            self._has_two.eq(has_two_next),
            self.last.eq(~more),
        ]

    def load(self, word, flags):
        """Return statements that take a word, which is not 0, and its flags (`flags_of`)."""
        return [self._bits.eq(word), Cat(self._has, self._has_two, self.last).eq(flags)]

    def _place(self, nibbles, first):
        """Return the number of the lowest bit, whose nibble is `first`."""
        ones, twos, upper = [], [], []
        for k, bits in enumerate(nibbles):
            part = Cat(*bits, 1, 1, 1)  # a short nibble has its bit below
            ones.append(first[k] & ~part[0] & (part[1] | ~part[2]))
            twos.append(first[k] & ~part[0] & ~part[1])
        for bit in range((len(nibbles) - 1).bit_length()):
            upper.append(reduce(or_, [first[k] for k in range(len(nibbles)) if k >> bit & 1]))
        return Cat(reduce(or_, ones), reduce(or_, twos), *upper)


def flags_of(module, word, bits: int):
    """Return the flags of a word: which nibbles have bits, which several; whether it has one."""
    counts = [_count(module, [(bit, 0, 0) for bit in part]) for part in _nibbles(word, bits)]
    has, has_two = ([count[k] for count in counts] for k in (0, 1))
    return Cat(*has, *has_two, ~_count(module, counts)[1])


def plain(bits: int):
    """Return a register without reset: it counts only while its valid bit is set."""
    return Signal(bits, reset_less=True)


def _nibbles(word, bits: int):
    return [[word[k] for k in range(at, min(at + NIBBLE, bits))] for at in range(0, bits, NIBBLE)]


def _count(module, counts):
    """Return whether there are one, two or three at least, of parts that say so, as a tree."""
    if len(counts) == 1:
        return counts[0]
    half = len(counts) // 2
    a_1, a_2, a_3 = _count(module, counts[:half])
    b_1, b_2, b_3 = _count(module, counts[half:])
    one, two, three = Signal(), Signal(), Signal()
    module.comb += [
        one.eq(a_1 | b_1),
        two.eq(a_2 | b_2 | a_1 & b_1),
        three.eq(a_3 | b_3 | a_2 & b_1 | a_1 & b_2),
    ]
    return one, two, three
