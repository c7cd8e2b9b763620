"""Stochastic-computing dense layer whose lines may flip or stick."""

from migen import Signal

from bitcortex.gateware.layer.dense import Dense
from bitcortex.models.layer.dense import DenseParams


class FaultyDense(Dense):
    """A `Dense` whose faults come through two ports. See `bitcortex.models.layer.faulty_dense`.

    **Timing**: as `Dense`; two gates per line more.
    """

    def __init__(self, params: DenseParams):
        self.stuck = Signal(4 * params.n_inputs)  # lines that do not carry their bit
        self.flip = Signal(4 * params.n_inputs)  # lines that are inverted, or stuck at 1
        super().__init__(params)

    def line(self, number, bit):
        """Return the line, with its faults."""
        faulty = Signal()
        self.comb += faulty.eq((bit & ~self.stuck[number]) ^ self.flip[number])
        return faulty
