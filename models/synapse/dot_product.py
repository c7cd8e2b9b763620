"""Dot product of bitstreams: gates, a pipelined popcount (APC) and an exact accumulator."""

from collections import deque
from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model
from bitcortex.models.synapse.popcount import PopcountParams

MODES = ("and", "xnor")


@dataclass(frozen=True)
class DotProductParams:
    """Parameters of a dot product.

    Parameters
    ----------
    n
        Number of products, 1 to 4,096.
    length
        Bits per stream, 1 to 2**24: the window that is summed.
    mode
        ``and``: unipolar. ``xnor``: bipolar, each product is 2 P - 1.
    inhibitory
        Bit i marks input i as inhibitory: its products are summed apart.
    """

    n: int = 20  # products
    length: int = 256  # bits per stream
    mode: str = "and"  # unipolar or bipolar
    inhibitory: int = 0  # a bit per input

    def __post_init__(self) -> None:
        check.integer("n", self.n, 1, 4096)
        check.integer("length", self.length, 1, 1 << 24)
        check.one_of("mode", self.mode, MODES)
        check.integer("inhibitory", self.inhibitory, 0, (1 << self.n) - 1, "One bit per input.")

    @property
    def width(self) -> int:
        """Bits of a sum."""
        return (self.n * self.length).bit_length()

    @property
    def groups(self) -> tuple[int, int]:
        """The excitatory and the inhibitory inputs, as masks."""
        return ((1 << self.n) - 1) & ~self.inhibitory, self.inhibitory

    @property
    def popcount_latency(self) -> int:
        """Of the larger of the two adder trees; the other waits for it."""
        return max(PopcountParams(g.bit_count()).latency for g in self.groups if g)

    @property
    def latency(self) -> int:
        """Cycles from the last bits of a window to ``valid``: gates, tree, accumulator."""
        return self.popcount_latency + 2


class DotProduct(Model):
    """Sums n products over a window, exactly, with no divider (accumulative parallel counter).

    Ports: ``enable`` (in, 1) takes ``a`` and ``b`` (in, n each), a bit per input; ``restart`` (in,
    1) begins a new window with the bits of this cycle, if any, and drops the unfinished one.
    ``valid`` (out, 1) marks a finished window; ``excitatory`` and ``inhibitory`` (out) hold its
    sums until the next.

    **Timing**: latency `DotProductParams.latency`; bits every cycle, windows without a gap.

    **Arithmetic**: exact, 0 to n * length. Unipolar mean: sum / length. Bipolar: a product is
    2 * ones / length - 1.

    **Error**: that of the streams; the counter adds none.
    """

    INPUTS = ("enable", "restart", "a", "b")
    OUTPUTS = ("valid", "excitatory", "inhibitory")

    def __init__(self, params: DotProductParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.at = 0  # bits of the window so far
        self.sums = (0, 0)
        # One result per cycle in flight, None where no window ended.
        self.pipeline: deque[tuple[int, int] | None] = deque([None] * (self.params.latency - 1))
        self.out = (0, 0, 0)

    def tick(self, enable: int, restart: int, a: int, b: int) -> tuple[int, int, int]:
        shown = self.out
        if restart:
            self.at, self.sums = 0, (0, 0)
        result = None
        if enable:
            products = a & b if self.params.mode == "and" else ~(a ^ b)
            plus, minus = ((products & group).bit_count() for group in self.params.groups)
            self.sums = (self.sums[0] + plus, self.sums[1] + minus)
            self.at += 1
            if self.at == self.params.length:
                result, self.at, self.sums = self.sums, 0, (0, 0)
        self.pipeline.append(result)
        ended = self.pipeline.popleft()
        self.out = (1, *ended) if ended is not None else (0, *self.out[1:])
        return shown
