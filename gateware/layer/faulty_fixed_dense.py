"""Fixed-point dense layer whose lines may flip or stick."""

from migen import Signal

from bitcortex.gateware.layer.fixed_dense import FixedDense
from bitcortex.models.layer.fixed_dense import FixedDenseParams


class FaultyFixedDense(FixedDense):
    """A `FixedDense` with faults. See `bitcortex.models.layer.faulty_fixed_dense`.

    **Timing**: as `FixedDense`; two gates per line more.
    """

    def __init__(self, params: FixedDenseParams):
        lines = sum(count for _, count in params.lines)
        self.stuck = Signal(lines)  # lines that do not carry their bit
        self.flip = Signal(lines)  # lines that are inverted, or stuck at 1
        super().__init__(params)

    def line(self, first, word):
        """Return the word that the lines carry, with their faults."""
        faulty = Signal((len(word), word.signed))
        lines = slice(first, first + len(word))
        self.comb += faulty.eq((word & ~self.stuck[lines]) ^ self.flip[lines])
        return faulty
