"""Linear-feedback shift register with full or de Bruijn period."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.models.model import Model

# Exponents of a primitive polynomial over GF(2) for every width; the width itself and 0 are
# implied. Maximality is tested, by running (width <= 20) or by the order of x (above).
TAPS: dict[int, tuple[int, ...]] = {
    3: (2,), 4: (3,), 5: (3,), 6: (5,), 7: (6,), 8: (6, 5, 4), 9: (5,), 10: (7,), 11: (9,),
    12: (6, 4, 1), 13: (4, 3, 1), 14: (5, 3, 1), 15: (14,), 16: (15, 13, 4), 17: (14,), 18: (11,),
    19: (6, 2, 1), 20: (17,), 21: (19,), 22: (21,), 23: (18,), 24: (23, 22, 17), 25: (22,),
    26: (6, 2, 1), 27: (5, 2, 1), 28: (25,), 29: (27,), 30: (6, 4, 1), 31: (28,), 32: (22, 2, 1),
}  # fmt: skip


@dataclass(frozen=True)
class LfsrParams:
    """Parameters of an LFSR.

    Parameters
    ----------
    width
        Register length in bits, 3 to 32.
    seed
        Power-on value, 1 to 2**width - 1.
    full_period
        Insert the all-zero state, which makes the period 2**width (a de Bruijn counter): every
        value then comes up equally often. Otherwise the period is 2**width - 1.
    leap
        Shifts per enabled cycle, 1 to 32. Neighbouring values share width - 1 bits at 1 and none
        from `width` up. A full-period register takes an odd leap only, so that the period stays.
    """

    width: int = 16  # of the register
    seed: int = 1  # power-on value
    full_period: bool = False  # visit the zero state as well
    leap: int = 1  # shifts per enabled cycle

    def __post_init__(self) -> None:
        check.integer("width", self.width, 3, 32)
        check.integer(
            "seed", self.seed, 1, 2**self.width - 1, "Zero would lock a linear register up."
        )
        check.integer("leap", self.leap, 1, 32)
        if self.full_period and self.leap % 2 == 0:
            raise ValueError(f"leap must be odd with full_period, not {self.leap}. Try leap=1.")

    @property
    def mask(self) -> int:
        """The bits whose parity is the feedback."""
        return sum(1 << (t - 1) for t in (self.width, *TAPS[self.width]))


def shift(state: int, params: LfsrParams) -> int:
    """Return the state after one shift (Fibonacci form, towards the most significant bit)."""
    feedback = (state & params.mask).bit_count() & 1
    if params.full_period and state & ((1 << (params.width - 1)) - 1) == 0:
        feedback ^= 1  # 10..0 -> 00..0 -> 00..1
    return (state << 1 | feedback) & ((1 << params.width) - 1)


class Lfsr(Model):
    """A pseudo-random word per enabled cycle.

    Ports: ``enable`` (in, 1) advances; ``reseed`` (in, 1) loads ``seed`` (in, width) and wins over
    ``enable``; a seed of 0 is ignored where it would lock up. ``value`` (out, width) is the state.
    """

    INPUTS = ("enable", "reseed", "seed")
    OUTPUTS = ("value",)

    def __init__(self, params: LfsrParams) -> None:
        super().__init__(params)
        self.reset()

    def reset(self) -> None:
        self.value: int = self.params.seed

    def tick(self, enable: int, reseed: int, seed: int) -> tuple[int]:
        value = self.value
        if reseed:
            if seed or self.params.full_period:
                self.value = seed
        elif enable:
            for _ in range(self.params.leap):
                self.value = shift(self.value, self.params)
        return (value,)
