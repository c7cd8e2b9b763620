"""Who counts the ones of a stochastic-computing layer: golden model, Numba, or the gateware.

All three make the passes of `docs/decisions/0002-streams.md` and return the same counts.
"""

from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bitcortex import check
from bitcortex.models.faults import Faults
from bitcortex.models.layer.dense import Dense, DenseParams, forward
from bitcortex.models.layer.recurrent import Recurrent, RecurrentParams, activate
from bitcortex.models.layer.streams import Streams
from bitcortex.models.model import Model, Trace

ENGINES = ("numba", "golden", "rtl")
Codes = NDArray[np.int64]
Weights = NDArray[np.int16]
NO_FAULTS = Faults()


class DenseBackend(Protocol):
    """Makes the passes of a dense layer."""

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        """Make a pass per row of codes, (batch, inputs); return counts, (batch, 2, neurons)."""
        ...

    def reseed(self) -> None:
        """Return to the bits of the first pass."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


class RecurrentBackend(Protocol):
    """Makes the steps of a recurrent layer."""

    def step(self, weights: Weights, inputs: Codes, state: Codes) -> Codes:
        """Make a step and return the next state's codes."""
        ...

    def reseed(self) -> None:
        """Return to the bits of the first step."""
        ...

    def close(self) -> None:
        """Free what is held."""
        ...


def make_dense(engine: str, params: DenseParams, faults: Faults = NO_FAULTS) -> DenseBackend:
    """Return the backend of an engine; the variability of `faults` is in the weights already.

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    check.one_of("engine", engine, ENGINES)
    if engine == "numba":
        return NumbaDense(params, faults)
    if faults.in_lines:
        from bitcortex.sim.engine.faulty_backends import GoldenFaultyDense, RtlFaultyDense

        faulty = GoldenFaultyDense if engine == "golden" else RtlFaultyDense
        return faulty(params, faults)
    return GoldenDense(params) if engine == "golden" else RtlDense(params)


def make_recurrent(
    engine: str, params: RecurrentParams, faults: Faults = NO_FAULTS
) -> RecurrentBackend:
    """Return the backend of an engine; with faults in lines, the loop is closed in software.

    Raises
    ------
    ValueError
        If there is no such engine.
    """
    check.one_of("engine", engine, ENGINES)
    if engine == "rtl" and not faults.in_lines:
        return RtlRecurrent(params)
    return OpenLoop(engine, params, faults)


class GoldenDense:
    """`models.layer.dense.forward`, a pass at a time."""

    def __init__(self, params: DenseParams) -> None:
        self.params = params
        self.streams = Streams(params.streams)

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        passes = [forward(self.params, weights, row, *self.streams.next()) for row in codes]
        return np.array(passes, np.int64).reshape(len(codes), 2, self.params.n_neurons)

    def reseed(self) -> None:
        self.streams.reseed()

    def close(self) -> None:
        """Nothing to free."""


class NumbaDense:
    """`VectorizedSCLayer`, whose codes are exact: codes / 256 in, counts out."""

    def __init__(self, params: DenseParams, faults: Faults) -> None:
        from bitcortex.sim.engine.sc_layer_numba import VectorizedSCLayer  # seconds to import

        self.one = 1 << params.bits
        self.layer = VectorizedSCLayer(
            params.n_inputs,
            params.n_neurons,
            params.length,
            seed=params.seed,
            mode=params.mode,
            signed=True,
            faults=replace(faults, variability=0.0),
        )
        self.loaded: Weights | None = None

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        if self.loaded is None or not np.array_equal(self.loaded, weights):
            self.layer.weights = weights / self.one
            self.loaded = weights.copy()
        return np.stack(self.layer.forward_counts(codes / self.one), axis=1).astype(np.int64)

    def reseed(self) -> None:
        self.layer.reset()

    def close(self) -> None:
        """Nothing to free."""


class Rtl:
    """Compiled gateware, driven a few cycles at a time; a port that is not named is 0."""

    def __init__(self, gateware: Any, golden: type[Model], name: str) -> None:
        from bitcortex.gateware.emit import emit
        from bitcortex.sim.rtl.harness import Harness

        self.inputs = golden.INPUTS
        self.harness = Harness(emit(gateware, golden.INPUTS, golden.OUTPUTS, name))
        self.loaded: Weights | None = None

    def drive(self, cycles: int, **ports: Any) -> Trace:
        """Run some cycles; a port is a value for all of them or an array for the first ones.

        An array of shape (cycles, words) is packed already: see `Harness.run`.
        """
        stimulus = {name: np.zeros(cycles, np.int64) for name in self.inputs}
        for name, values in ports.items():
            if np.ndim(values) == 2:  # packed words, of all cycles
                stimulus[name] = values
            else:
                stimulus[name][: np.size(values) if np.ndim(values) else cycles] = values
        return self.harness.run(stimulus)

    def load(self, weights: Weights) -> None:
        """Write the weights if they are not those of the pass before."""
        if self.loaded is None or not np.array_equal(self.loaded, weights):
            neurons, inputs = np.indices(weights.shape).reshape(2, -1)
            self.drive(
                weights.size,
                weight_we=1,
                weight_neuron=neurons,
                weight_input=inputs,
                weight=weights.ravel(),
            )
            self.loaded = weights.copy()

    def make_pass(self, codes: Codes, cycles: int, **ports: Any) -> Trace:
        """Write codes, start with the last one, and run until the pass is done."""
        count = len(codes)
        start = np.arange(count) == count - 1
        ports |= {"code_we": np.ones(count), "code_input": np.arange(count), "code": codes}
        return self.drive(count + cycles, **ports, start=start)


class RtlDense:
    """The gateware of the dense layer."""

    def __init__(self, params: DenseParams) -> None:
        from bitcortex.gateware.layer.dense import Dense as Gateware

        self.params = params
        self.rtl = Rtl(Gateware(params), Dense, "layer_dense")

    def counts(self, weights: Weights, codes: Codes) -> Codes:
        self.rtl.load(weights)
        found = np.empty((len(codes), 2, self.params.n_neurons), np.int64)
        for counts, row in zip(found, codes, strict=True):
            trace = self.rtl.make_pass(row, self.params.cycles)
            valid = trace["out_valid"] == 1
            counts[0] = trace["out_excitatory"][valid]
            counts[1] = trace["out_inhibitory"][valid]
        return found

    def reseed(self) -> None:
        self.rtl.drive(1, reseed=1)

    def close(self) -> None:
        self.rtl.harness.close()


class OpenLoop:
    """A dense layer of any engine, whose loop is closed here."""

    def __init__(self, engine: str, params: RecurrentParams, faults: Faults) -> None:
        self.params = params
        self.dense = make_dense(engine, params.dense, faults)

    def step(self, weights: Weights, inputs: Codes, state: Codes) -> Codes:
        counts = self.dense.counts(weights, np.concatenate([inputs, state])[None, :])[0]
        return activate(self.params, counts[0], counts[1])

    def reseed(self) -> None:
        self.dense.reseed()

    def close(self) -> None:
        self.dense.close()


class RtlRecurrent:
    """The gateware of the recurrent layer, which closes the loop itself."""

    def __init__(self, params: RecurrentParams) -> None:
        from bitcortex.gateware.layer.recurrent import Recurrent as Gateware

        self.params = params
        self.rtl = Rtl(Gateware(params), Recurrent, "layer_recurrent")
        self.state = np.zeros(params.n_neurons, np.int64)  # in the gateware's registers

    def step(self, weights: Weights, inputs: Codes, state: Codes) -> Codes:
        self.rtl.load(weights)
        if not np.array_equal(state, self.state):  # set from outside
            count = len(state)
            address = self.params.n_inputs + np.arange(count)
            self.rtl.drive(count, code_we=1, code_input=address, code=state)
        trace = self.rtl.make_pass(inputs, self.params.cycles)
        self.state = trace["out_state"][trace["out_valid"] == 1]
        return self.state.copy()

    def reseed(self) -> None:
        self.rtl.drive(1, reseed=1)

    def close(self) -> None:
        self.rtl.harness.close()
