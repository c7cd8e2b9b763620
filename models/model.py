"""The contract of a golden model: one call of `tick` is one clock cycle."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

Trace = dict[str, NDArray[Any]]


class Model:
    """A golden model, cycle by cycle.

    `INPUTS` and `OUTPUTS` are the port names, in the order of `tick`'s arguments and results;
    the gateware twin has signals of the same names. `tick` returns what the ports show just
    before the rising clock edge of a cycle, for the inputs of that cycle, and then takes the edge.
    Values are Python integers of any width; a bit vector is an integer, bit 0 its first element.
    `reset` restores the registers, never the memories, as the synchronous reset of the gateware.
    """

    INPUTS: ClassVar[tuple[str, ...]]
    OUTPUTS: ClassVar[tuple[str, ...]]
    tick: Callable[..., tuple[int, ...]]

    def __init__(self, params: Any) -> None:
        self.params = params

    def reset(self) -> None:
        """Put every register into its power-on state."""
        raise TypeError(f"{type(self).__name__} must define reset")

    def trace(self, stimulus: Mapping[str, NDArray[Any]]) -> Trace:
        """Run `tick` over a stimulus and return one array per output port.

        Parameters
        ----------
        stimulus
            One array of shape (cycles,) per input port, and optionally ``rst``, the synchronous
            reset. Ports wider than 63 bits are object arrays of Python integers.
        """
        columns = [stimulus[name].tolist() for name in self.INPUTS]
        cycles = len(next(iter(stimulus.values())))
        resets = stimulus["rst"].tolist() if "rst" in stimulus else [0] * cycles
        tick = self.tick
        rows = []
        for rst, *inputs in zip(resets, *columns, strict=True):
            rows.append(tick(*inputs))
            if rst:
                self.reset()
        outputs = zip(*rows, strict=True)
        return {name: as_column(values) for name, values in zip(self.OUTPUTS, outputs, strict=True)}


def as_column(values: tuple[int, ...]) -> NDArray[Any]:
    """Return port values as int64 where they fit, else as an object array of Python integers."""
    wide = max(values).bit_length() > 63 or min(values).bit_length() > 63
    return np.array(values, dtype=object if wide else np.int64)
