"""LIF pipeline of a lane whose neurons are of several kinds."""

from migen import Case, Cat, If, Module, Mux, Signal

from bitcortex.gateware.neuron.arithmetic import delayed, times_constant
from bitcortex.models.column.membrane import MembraneParams
from bitcortex.models.neuron.field import signed_range
from bitcortex.models.neuron.lif import FRACTION


class Membrane(Module):
    """The LIF update as a pipeline. See `bitcortex.models.column.membrane`.

    **Timing**: latency 4: choose the factor; multiply; round and add; compare, saturate, reset.
    One update per cycle. Registers before and after the multiplier block, and `reach` more: the
    cycles below are counted without these.

    The sum itself is compared with the threshold, which is inside the format: a sum above the
    format fires, so that only its bottom has to be clipped.
    """

    def __init__(self, params: MembraneParams):
        kinds, first = params.kinds, params.kinds[0]
        self.valid = Signal()  # an update begins
        self.kind = Signal(params.kind_bits)  # of this kind of neuron
        self.current = Signal((first.current_width, True))  # input of this step
        self.v = Signal((first.data_width, True))  # membrane
        self.refractory = Signal(params.refractory_bits)  # steps left
        self.out_valid = Signal()  # an update ends
        self.spike = Signal()  # the neuron fired
        self.v_next = Signal((first.data_width, True))  # membrane after the step
        self.refractory_next = Signal(params.refractory_bits)  # steps left after the step

        # # #

        # Cycle 1: the factor of this kind.
        width, reach = first.data_width, params.reach
        v_1, kind_2 = self._pipe(self.v, 1 + reach), self._pipe(self.kind, 2 + 2 * reach)
        alphas = [k.alpha for k in kinds]
        if len(set(alphas)) == 1:
            product = times_constant(self, v_1, alphas[0], first.multiplier)
        else:
            alpha = self._chosen(
                self._pipe(self.kind, reach), (max(alphas).bit_length() + 1, True), alphas
            )
            product = Signal((width + len(alpha), True))
            self.comb += product.eq(v_1 * alpha)

        # Cycle 2: the exact product. How it is rounded must be known in cycle 3.
        made = Signal((max(len(product), FRACTION + 2), True))
        self.comb += made.eq(product)
        product_2 = self._pipe(made, 1 + reach)
        kind_1 = self._pipe(self.kind, 1 + 2 * reach)
        nearest = self._chosen(kind_1, 1, [k.leak == "nearest" for k in kinds])

        # Cycle 3: round and add. The fraction only matters by its top bit, the carry of an adder
        # that is one bit longer: it is the lowest bit of both numbers.
        current_2, carry = self._pipe(self.current, 2 + 2 * reach), Signal()
        whole = Signal((len(product_2) - FRACTION + 1, True))
        kick = Signal((len(current_2) + 1, True))
        total = Signal((max(width + 1, len(current_2)) + 2, True))
        self.comb += [
            carry.eq(nearest & product_2[FRACTION - 1]),
            whole.eq(Cat(carry, product_2[FRACTION:])),
            kick.eq(Cat(carry, current_2)),
            total.eq(whole + kick),
        ]
        total_3 = Signal((len(total) - 1, True), reset_less=True)
        self.sync += total_3.eq(total[1:])
        left_2 = self._pipe(self.refractory, 2 + 2 * reach)
        held, left_3 = self._pipe(left_2 != 0, 1), self._pipe(left_2, 1)
        threshold = self._chosen(kind_2, (width, True), [k.v_threshold for k in kinds])
        reset = self._chosen(kind_2, (width, True), [k.v_reset for k in kinds])
        pause = self._chosen(kind_2, params.refractory_bits, [k.refractory for k in kinds])

        # Cycle 4: compare, saturate, reset.
        passes, below, v = Signal(), Signal(), Signal((width, True))
        high = total_3[width - 1 :]  # all equal to the sign if the sum fits
        self.comb += [
            passes.eq(total_3 >= threshold),
            below.eq(total_3[-1] & (high != (1 << len(high)) - 1)),
            v.eq(Mux(held | passes, reset, Mux(below, signed_range(width)[0], total_3))),
        ]
        valid = delayed(self, self.valid, params.latency - 1)
        self.sync += [
            self.out_valid.eq(valid),
            If(
                valid,
                self.spike.eq(passes & ~held),
                self.v_next.eq(v),
                self.refractory_next.eq(Mux(held, left_3 - 1, Mux(passes, pause, 0))),
            ),
        ]

    def _chosen(self, kind, shape, values):
        """Return the value of a kind, a cycle later; a constant if all are equal."""
        chosen = Signal(shape, reset_less=True)
        if len(set(values)) == 1:
            self.comb += chosen.eq(int(values[0]))
        else:
            cases = {number: chosen.eq(int(value)) for number, value in enumerate(values)}
            self.sync += Case(kind, cases | {"default": chosen.eq(int(values[-1]))})
        return chosen

    def _pipe(self, signal, cycles: int):
        """Return the signal as it was `cycles` ago; no reset."""
        return delayed(self, signal, cycles, reset_less=True)
