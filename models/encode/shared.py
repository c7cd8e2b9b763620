"""Shared-source decorrelation: one source feeds many comparators through masks of their own."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.encode.seeds import derive
from bitcortex.models.encode.source import Source, SourceParams
from bitcortex.models.model import Model

MAX_CHANNELS = 2**16  # comparators of a source


@dataclass(frozen=True)
class SharedParams:
    """Parameters of a source that is shared by several channels.

    Parameters
    ----------
    source
        The source; its width n is the resolution of the probabilities.
    channels
        Comparators, 1 to 65,536.
    shift
        Give every channel a digital shift of its own: its word is the source's XOR a constant
        that is made from the source's parameters and the channel's number. Channel 0 has none.
    rotate
        Rotate the word of channel i by i bits, too. Only for an LFSR: the low bits of a Sobol
        word or a ramp hardly change within a stream.
    """

    source: SourceParams = field(default_factory=SourceParams)  # width = bits of a comparator
    channels: int = 8  # comparators
    shift: bool = True  # a digital shift per channel
    rotate: bool = False  # the words of channel i by i bits

    def __post_init__(self) -> None:
        check.integer("channels", self.channels, 1, MAX_CHANNELS)
        if self.rotate and self.source.kind != "lfsr":
            raise ValueError(
                f"rotate must be False with a source of kind {self.source.kind}: its low bits are "
                "no random bits. Use shift alone, or a source of kind lfsr."
            )

    @cached_property
    def masks(self) -> tuple[int, ...]:
        """The digital shift of every channel."""
        if not self.shift:
            return (0,) * self.channels
        s = self.source
        place = (s.kind, s.dimension, "channel")
        return (0, *(derive(s.seed, s.width, *place, i) for i in range(1, self.channels)))

    @cached_property
    def rotations(self) -> tuple[int, ...]:
        """By how many bits the word of every channel is rotated to the left."""
        return tuple(i % self.source.width if self.rotate else 0 for i in range(self.channels))


def channel_words(params: SharedParams, words: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the words of all channels, shape (channels, length), for those of the source."""
    width = params.source.width
    left = np.array(params.rotations, np.int64)[:, None]
    rotated = (words << left | words >> (width - left)) & (2**width - 1)
    made: NDArray[np.int64] = rotated ^ np.array(params.masks, np.int64)[:, None]
    return made


class Shared(Model):
    """Streams of bits from one source, channel i one with probability threshold_i / 2**n.

    Ports: ``enable`` (in, 1) makes a bit per channel and goes on to the next word; ``restart``
    (in, 1) returns to the first word and wins over going on. ``thresholds`` (in, channels *
    (n + 1)) holds the code of channel i, 0 to 2**n, from bit i * (n + 1) on. ``bits`` (out,
    channels) are the comparisons of the cycle before, ``valid`` (out, 1) its enable.

    **Timing**: registered output, latency 1, a bit per channel and cycle.

    **Arithmetic**: ``bits[i] = (rotate(word, i) ^ mask_i) < threshold_i``, unsigned.

    **Error**: every channel by itself is as exact as an `Sng`. Without shifts the errors of all
    channels add up, so that the error of a sum grows with the number of channels; with shifts, it
    grows with its square root. Two shifted channels are still dependent (|SCC| is near 1 for some
    pairs of codes, with either sign, and only rotation brings it down): they may be summed, not
    multiplied.
    """

    INPUTS = ("enable", "restart", "thresholds")
    OUTPUTS = ("bits", "valid")

    def __init__(self, params: SharedParams) -> None:
        super().__init__(params)
        self.source = Source(params.source)
        self.reset()

    def reset(self) -> None:
        self.source.reset()
        self.bits = self.valid = 0

    def tick(self, enable: int, restart: int, thresholds: int) -> tuple[int, int]:
        shown = (self.bits, self.valid)
        width = self.params.source.width
        (word,) = self.source.tick(enable, restart)
        self.bits, self.valid = 0, enable
        for i, (mask, left) in enumerate(
            zip(self.params.masks, self.params.rotations, strict=True)
        ):
            threshold = thresholds >> i * (width + 1) & (2 ** (width + 1) - 1)
            rotated = (word << left | word >> (width - left)) & (2**width - 1)
            self.bits |= int(rotated ^ mask < threshold) << i
        return shown
