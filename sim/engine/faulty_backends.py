"""Dense layers with faults on the golden model and on the gateware; `fault_kernels` is Numba's."""

from typing import Any

import numpy as np

from bitcortex.models.faults import Faults
from bitcortex.models.layer import faulty_dense
from bitcortex.models.layer.dense import DenseParams
from bitcortex.models.layer.streams import Streams
from bitcortex.sim.engine.sc_backends import Codes, Rtl, Weights


class GoldenFaultyDense:
    """`models.layer.faulty_dense.forward`, a pass at a time."""

    def __init__(self, params: DenseParams, faults: Faults) -> None:
        self.params, self.faults = params, faults
        self.streams = Streams(params.streams)
        self.done = 0  # passes

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        found = np.empty((len(codes), 2, self.params.n_neurons), np.int64)
        for counts, row in zip(found, codes, strict=True):
            words = self.streams.next()
            counts[:] = faulty_dense.forward(
                self.params, weights, row, *words, self.faults, self.done
            )
            self.done += 1
        return found

    def reseed(self) -> None:
        self.streams.reseed()
        self.done = 0

    def close(self) -> None:
        """Nothing to free."""


class RtlFaultyDense:
    """The gateware of the dense layer, its faults through the ports."""

    def __init__(self, params: DenseParams, faults: Faults) -> None:
        from bitcortex.gateware.layer.faulty_dense import FaultyDense as Gateware

        self.params = params
        self.rtl = Rtl(Gateware(params), faulty_dense.FaultyDense, "layer_faulty_dense")
        self.ports = FaultPorts(
            params, faults, faulty_dense.FIRST, params.n_neurons * params.length
        )

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        self.rtl.load(weights)
        found = np.empty((len(codes), 2, self.params.n_neurons), np.int64)
        for counts, row in zip(found, codes, strict=True):
            trace = self.rtl.make_pass(row, self.params.cycles, **self.ports.next())
            valid = trace["out_valid"] == 1
            counts[0] = trace["out_excitatory"][valid]
            counts[1] = trace["out_inhibitory"][valid]
        return found

    def reseed(self) -> None:
        self.rtl.drive(1, reseed=1)
        self.ports.restart()

    def close(self) -> None:
        self.rtl.harness.close()


class FaultPorts:
    """What drives ``stuck`` and ``flip`` in the passes of a layer, for `Rtl.make_pass`.

    `first` is the number of cycles from start to the first use, `uses` how many a pass has.
    """

    def __init__(self, params: Any, faults: Faults, first: int, uses: int) -> None:
        from bitcortex.sim.rtl.harness import pack_bits

        self.pack_bits = pack_bits
        self.faults, self.lines, self.uses = faults, params.lines, uses
        self.cycles = params.n_inputs + params.cycles  # a code per cycle, the last with start
        self.begin = params.n_inputs - 1 + first
        stuck = pack_bits(faults.stuck(self.lines)[0][None])
        self.stuck = np.repeat(stuck, self.cycles, axis=0)
        self.done = 0  # passes

    def next(self) -> dict[str, Any]:
        """Return the two ports, packed, of the next pass."""
        flips = self.faults.flips(self.lines, self.done * self.uses, self.uses)
        words = self.pack_bits(flips)
        flip = np.zeros((self.cycles, words.shape[1]), np.uint64)
        flip[self.begin : self.begin + self.uses] = words
        self.done += 1
        return {"stuck": self.stuck, "flip": flip}

    def restart(self) -> None:
        """Return to the first pass."""
        self.done = 0
