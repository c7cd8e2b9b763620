"""Stochastic STDP synapse: spike-timing-dependent plasticity by Bernoulli steps of the weight."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.encode.lfsr import Lfsr, LfsrParams
from bitcortex.models.encode.seeds import derive
from bitcortex.models.model import Model

WORD = 16  # bits of a probability, and of each of the two random words


@dataclass(frozen=True)
class StdpParams:
    """Parameters of a stochastic STDP synapse.

    Parameters
    ----------
    bits
        Resolution of the weight, 2 to 16: P(release) = weight / 2**bits.
    weight
        Code after reset, 0 to 2**bits.
    window_plus, window_minus
        Steps after a pre (post) spike in which a post (pre) spike potentiates (depresses), 0 to
        1,023.
    p_plus, p_minus
        Probability of an update, times 2**16, 0 to 65,536.
    step
        Size of an update, 1 to 2**bits.
    seed
        Of the user, 0 to 2**63 - 1.
    """

    bits: int = 8  # of the weight
    weight: int = 128  # code after reset
    window_plus: int = 20  # steps
    window_minus: int = 20  # steps
    p_plus: int = 6_554  # 0.1
    p_minus: int = 6_554  # 0.1
    step: int = 8  # 1/32 of the range
    seed: int = 1  # of the user

    def __post_init__(self) -> None:
        check.integer("bits", self.bits, 2, 16)
        check.integer("weight", self.weight, 0, 1 << self.bits)
        check.integer("window_plus", self.window_plus, 0, 1023)
        check.integer("window_minus", self.window_minus, 0, 1023)
        check.integer("p_plus", self.p_plus, 0, 1 << WORD)
        check.integer("p_minus", self.p_minus, 0, 1 << WORD)
        check.integer("step", self.step, 1, 1 << self.bits)
        check.integer("seed", self.seed, 0, 2**63 - 1)

    @property
    def random(self) -> LfsrParams:
        """The source of both random words, one for the release and one for the update."""
        return LfsrParams(2 * WORD, derive(self.seed, 2 * WORD, "stdp"), leap=31)


class Stdp(Model):
    """A synapse that releases with probability weight / 2**bits and learns from spike times.

    Ports: ``enable`` (in, 1) is a step with ``pre`` and ``post`` (in, 1); ``weight_we`` (in, 1)
    loads ``load`` (in, bits + 1, at most 2**bits) and wins over learning. ``weight`` (out, bits +
    1) is the weight; ``released`` (out, 1) the spike that was passed on in the step before.

    **Timing**: one step per cycle, latency 1.

    **Arithmetic**: in a step, first the release, with the old weight. Then a post spike within
    `window_plus` steps after a pre spike (the same step included) adds `step` with probability
    p_plus; else a pre spike within `window_minus` steps after a post spike subtracts it with
    probability p_minus. The weight stays in 0 to 2**bits. Pairs are nearest neighbours.

    **Error**: release and update take disjoint halves of one word, so they are independent.
    Source: the rectangular window is that of Querlioz et al., Immunity to device variations in a
    spiking neural network with memristive nanodevices, IEEE Trans. Nanotechnology 12, 2013; updates
    by chance, a random word from an LFSR against a probability, are those of Seo et al., A 45nm
    CMOS neuromorphic chip with a scalable architecture for learning in networks of spiking
    neurons, CICC 2011.
    """

    INPUTS = ("enable", "pre", "post", "weight_we", "load")
    OUTPUTS = ("weight", "released")

    def __init__(self, params: StdpParams) -> None:
        super().__init__(params)
        self.random = Lfsr(params.random)
        self.reset()

    def reset(self) -> None:
        self.random.reset()
        self.weight = self.params.weight
        self.pre_left = self.post_left = self.released = 0

    def tick(self, enable: int, pre: int, post: int, weight_we: int, load: int) -> tuple[int, int]:
        shown = (self.weight, self.released)
        p = self.params
        (word,) = self.random.tick(enable, 0, 0)
        chance, lottery = word & ((1 << WORD) - 1), word >> WORD
        if enable:
            # P = weight / 2**bits: the top bits of the word against the weight.
            self.released = int(pre and chance >> (WORD - p.bits) < self.weight)
            if post and (pre or self.pre_left) and p.window_plus:
                if lottery < p.p_plus:
                    self.weight = min(self.weight + p.step, 1 << p.bits)
            elif pre and self.post_left and lottery < p.p_minus:
                self.weight = max(self.weight - p.step, 0)
            self.pre_left = p.window_plus if pre else max(self.pre_left - 1, 0)
            self.post_left = p.window_minus if post else max(self.post_left - 1, 0)
        if weight_we:
            self.weight = min(load, 1 << p.bits)
        return shown
