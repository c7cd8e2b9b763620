"""A fixed-point dense layer for users, on any engine: what bitstreams are compared with."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from bitcortex import check
from bitcortex.models.faults import Faults
from bitcortex.models.layer import faulty_fixed_dense
from bitcortex.models.layer.fixed_dense import FixedDense, FixedDenseParams, forward
from bitcortex.sim.engine.faulty_backends import FaultPorts
from bitcortex.sim.engine.layer import DenseLayer, Reals
from bitcortex.sim.engine.sc_backends import ENGINES, Codes, Rtl, Weights
from bitcortex.sim.engine.sc_weights import BITS, ONE


class FixedPointDenseLayer(DenseLayer):
    """A dense layer that multiplies words: 8-bit inputs by weights of a sign and 8 bits.

    Parameters
    ----------
    n_inputs, n_neurons
        Shape of the layer.
    weights
        Reals in [-1, 1], shape (n_neurons, n_inputs): the codes are those of `SCDenseLayer`.
    engine
        ``numba``, ``golden`` or ``rtl`` (the gateware, compiled): the sums are the same.
    faults
        Of the layer, the same on every engine; none if None. See `bitcortex.models.faults`.

    Attributes
    ----------
    weights
        float64 array; edit it in any way you like, the next pass sees it.

    Raises
    ------
    ValueError
        If a parameter is out of range, there is no such engine, a weight is NaN or out of
        [-1, 1], or all weights round to 0.

    **Arithmetic**: codes of inputs and weights as in `SCDenseLayer`, but an input of 1 acts as
    255/256. Sums are exact.
    """

    _backend: "Backend"

    def __init__(
        self,
        n_inputs: int,
        n_neurons: int,
        weights: ArrayLike,
        engine: str = "numba",
        faults: Faults | None = None,
    ) -> None:
        self.params = FixedDenseParams(n_inputs, n_neurons, BITS)
        super().__init__(weights, (n_neurons, n_inputs), faults)
        self.engine = engine
        self._backend = _make(engine, self.params, self.faults)

    def forward(self, x: ArrayLike) -> Reals:
        """Return the mean product, in [-1, 1]: what `SCDenseLayer.forward` estimates.

        Parameters
        ----------
        x
            Probabilities, shape (n_inputs,), or (batch, n_inputs) for one pass per row.

        Raises
        ------
        ValueError
            If a probability is NaN or out of [0, 1], a shape differs, or weights are out of range.
        """
        return self.forward_sums(x) / (ONE * ONE * self.params.n_inputs)

    def forward_sums(self, x: ArrayLike) -> Codes:
        """Return the sums of products of codes, int64, shaped as those of `forward`."""
        rows, single = self._rows(x)
        sums = self._backend.sums(self._codes(), rows)
        return sums[0] if single else sums

    def restart(self) -> None:
        """Return to the flips of the first pass; the weights stay."""
        self._backend.restart()


class Backend(Protocol):
    """Makes the passes of a fixed-point layer."""

    def sums(self, weights: Weights, codes: Codes) -> Codes:
        """Make a pass per row of codes, (batch, inputs); return sums, (batch, neurons)."""
        ...

    def restart(self) -> None:
        """Return to the flips of the first pass."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


def _make(engine: str, params: FixedDenseParams, faults: Faults) -> Backend:
    check.one_of("engine", engine, ENGINES)
    kinds: dict[str, Any] = {"golden": GoldenFixed, "numba": NumbaFixed, "rtl": RtlFixed}
    backend: Backend = kinds[engine](params, faults)
    return backend


class _Software:
    """A layer whose passes are functions."""

    def __init__(self, params: FixedDenseParams, faults: Faults) -> None:
        self.params, self.faults = params, faults
        self.done = 0  # passes

    def restart(self) -> None:
        self.done = 0

    def close(self) -> None:
        """Nothing to free."""


class GoldenFixed(_Software):
    """`models.layer.fixed_dense.forward`, or that with faults, a pass at a time."""

    def sums(self, weights: Weights, codes: Codes) -> Codes:
        passes = []
        for row in codes:
            if self.faults.in_lines:
                passes.append(
                    faulty_fixed_dense.forward(self.params, weights, row, self.faults, self.done)
                )
            else:
                passes.append(forward(self.params, weights, row))
            self.done += 1
        return np.array(passes, np.int64).reshape(len(codes), self.params.n_neurons)


class NumbaFixed(_Software):
    """The kernel `fault_kernels.fixed_sums`, or a product of matrices if no line is faulty."""

    def sums(self, weights: Weights, codes: Codes) -> Codes:
        from bitcortex.sim.engine.fault_kernels import Compiled, fixed_sums  # seconds to import

        params = self.params
        if not self.faults.in_lines:
            return np.minimum(codes, params.top) @ weights.T.astype(np.int64)
        found = np.empty((len(codes), params.n_neurons), np.int64)
        lines = Compiled.of(self.faults, params.lines)
        first = self.done * params.n_neurons * params.n_inputs
        fixed_sums(weights, codes, params.bits, first, found, *lines.arguments)
        self.done += len(codes)
        return found


class RtlFixed:
    """The gateware, with ports for faults if there are any."""

    def __init__(self, params: FixedDenseParams, faults: Faults) -> None:
        from bitcortex.gateware.layer.faulty_fixed_dense import FaultyFixedDense
        from bitcortex.gateware.layer.fixed_dense import FixedDense as Gateware

        self.params = params
        self.ports: FaultPorts | None = None
        if faults.in_lines:
            golden = faulty_fixed_dense.FaultyFixedDense
            self.rtl = Rtl(FaultyFixedDense(params), golden, "layer_faulty_fixed_dense")
            uses = params.n_neurons * params.n_inputs
            self.ports = FaultPorts(params, faults, faulty_fixed_dense.FIRST, uses)
        else:
            self.rtl = Rtl(Gateware(params), FixedDense, "layer_fixed_dense")

    def sums(self, weights: Weights, codes: Codes) -> Codes:
        self.rtl.load(weights)
        found = np.empty((len(codes), self.params.n_neurons), np.int64)
        for sums, row in zip(found, codes, strict=True):
            ports = self.ports.next() if self.ports else {}
            trace = self.rtl.make_pass(row, self.params.cycles, **ports)
            sums[:] = trace["out_sum"][trace["out_valid"] == 1]
        return found

    def restart(self) -> None:
        if self.ports:
            self.ports.restart()

    def close(self) -> None:
        self.rtl.harness.close()
