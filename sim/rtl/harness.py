"""Drive a compiled module from NumPy: a row of port values per clock cycle."""

import ctypes
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.closing import Closing
from bitcortex.gateware.emit import Port, Verilog
from bitcortex.models.model import Trace
from bitcortex.sim.rtl.verilator import compile_verilog, words

Rows = NDArray[np.uint64]


class Harness(Closing):
    """A compiled module and one running instance of it.

    The instance keeps its state between calls of `run`, so that a long run can go in chunks.
    Registers start at their reset values; everything without one starts at random (from `seed`).
    A port held in `constants` is set once and is not part of the stimulus. `waves` compiles in
    waveforms: a path records from the first cycle on, True allows `record` later. `extra` is more
    C++ that is compiled in; `call` calls it.
    """

    def __init__(
        self,
        verilog: Verilog,
        seed: int = 1,
        waves: Path | bool = False,
        constants: Mapping[str, int] | None = None,
        extra: str = "",
    ) -> None:
        self.verilog = verilog
        self.seed = seed
        self.constants = dict(constants or {})
        self.inputs = [p for p in verilog.ports if not p.output]
        self.outputs = [p for p in verilog.ports if p.output]
        self._lib = ctypes.CDLL(str(compile_verilog(verilog, waves is not False, extra)))
        self._lib.bc_new.restype = ctypes.c_void_p
        self._lib.bc_compare.restype = ctypes.c_int64
        self._sim: ctypes.c_void_p | None = None
        self._waves = False  # a waveform file is open
        self.restart()
        if isinstance(waves, Path):
            self.record(waves)

    def record(self, path: Path) -> None:
        """Write a waveform (VCD) of all that follows; only if made with `waves`.

        Raises
        ------
        RuntimeError
            If it was made without, or is closed.
        """
        if not hasattr(self._lib, "bc_vcd"):
            raise RuntimeError(f"{self.verilog.name} must be made with waves=True to record them")
        self._lib.bc_vcd(self._running(), str(path).encode())
        self._waves = True

    def _running(self) -> ctypes.c_void_p:
        """Return the instance; without this check, C would follow a null pointer."""
        if self._sim is None:
            raise RuntimeError(f"{self.verilog.name} must not be closed. Call restart() first")
        return self._sim

    def restart(self) -> None:
        """Replace the instance by a new one, memories included."""
        self.close()
        self._sim = ctypes.c_void_p(self._lib.bc_new(ctypes.c_uint64(self.seed)))

    def close(self) -> None:
        """Free the instance, and finish the waveform file if there is one."""
        if self._sim is not None:
            if self._waves:
                self._lib.bc_vcd_close(self._sim)
                self._waves = False
            self._lib.bc_delete(self._sim)
            self._sim = None

    def run(self, stimulus: Mapping[str, NDArray[Any]]) -> Trace:
        """Apply a stimulus and return one array per output port.

        Parameters
        ----------
        stimulus
            One array of shape (cycles,) per input port, and optionally ``rst``. As for
            `Model.trace`, ports wider than 63 bits may be object arrays of Python integers, or
            uint64 arrays of shape (cycles, words), the lowest word first.
        """
        return self.unpack(self.run_rows(stimulus))

    def run_rows(self, stimulus: Mapping[str, NDArray[Any]]) -> Rows:
        """Apply a stimulus as `run` does, and return packed rows for `unpack`."""
        return self.run_packed(self.pack_inputs(stimulus))

    def run_packed(self, rows: Rows) -> Rows:
        """Apply rows of `pack_inputs` and return packed rows for `unpack`."""
        out = np.empty((len(rows), sum(map(words, self.outputs))), np.uint64)
        count = ctypes.c_uint64(len(rows))
        self._lib.bc_run(self._running(), count, _pointer(rows), _pointer(out))
        return out

    def call(self, function: str, *arguments: Any) -> int:
        """Call a C function of `extra` with the instance and ctypes, and return its int64."""
        made = getattr(self._lib, function)
        made.restype = ctypes.c_int64
        return int(made(self._running(), *arguments))

    def first_difference(self, inputs: Rows, expected: Rows) -> int | None:
        """Run packed rows and return the first cycle whose outputs differ, or None."""
        count = ctypes.c_uint64(len(inputs))
        at = int(self._lib.bc_compare(self._running(), count, _pointer(inputs), _pointer(expected)))
        return None if at < 0 else at

    def set_constant(self, name: str, value: int) -> None:
        """Set an input port that no stimulus drives: only before the first cycle."""
        at = 1
        for port in self.inputs:
            if port.name == name:
                self._lib.bc_set(self._running(), at, ctypes.c_uint64(value))
            at += words(port)
        self.constants[name] = value

    def pack_inputs(self, stimulus: Mapping[str, NDArray[Any]]) -> Rows:
        """Return a stimulus as rows of 64-bit words: ``rst``, then the inputs in order."""
        cycles = len(next(iter(stimulus.values())))
        columns = [np.asarray(stimulus.get("rst", np.zeros(cycles)), np.uint64)[:, None]]
        for port in self.inputs:
            if port.name in self.constants:
                value = np.full(cycles, self.constants[port.name])
                columns.append(_pack(port, value))
            else:
                columns.append(_pack(port, np.asarray(stimulus[port.name])))
        return np.ascontiguousarray(np.hstack(columns))

    def pack_outputs(self, trace: Trace) -> Rows:
        """Return expected outputs as rows of 64-bit words."""
        return np.ascontiguousarray(np.hstack([_pack(p, trace[p.name]) for p in self.outputs]))

    def unpack(self, rows: Rows, names: Collection[str] | None = None) -> Trace:
        """Return one array per output port, or per port named."""
        trace, at = {}, 0
        for port in self.outputs:
            count = words(port)
            if names is None or port.name in names:
                trace[port.name] = _unpack(port, rows[:, at : at + count])
            at += count
        return trace


def pack_bits(bits: NDArray[np.bool_]) -> Rows:
    """Return bits of shape (cycles, width), the lowest first, as packed words of a port."""
    packed = np.packbits(bits, axis=1, bitorder="little")
    rows = np.zeros((len(bits), -(-bits.shape[1] // 64) * 8), np.uint8)
    rows[:, : packed.shape[1]] = packed
    return rows.view("<u8").astype(np.uint64, copy=False)


def _pointer(rows: Rows) -> Any:
    return rows.ctypes.data_as(ctypes.c_void_p)


def _pack(port: Port, values: NDArray[Any]) -> Rows:
    """Return shape (cycles, words); a signed value is sign-extended to its last word."""
    if values.ndim == 2:
        if values.dtype != np.uint64 or values.shape[1] != words(port):
            raise ValueError(
                f"{port.name} must be uint64 of shape (cycles, {words(port)}), not {values.dtype} "
                f"of {values.shape}. See bitcortex.sim.rtl.harness.pack_bits"
            )
        return values
    if values.dtype != object:
        if values.dtype.kind not in "iub":
            raise TypeError(f"{port.name} must be an array of integers, not {values.dtype}")
        first = values.astype(np.int64).view(np.uint64)[:, None]
        if words(port) == 1:
            return first
        fill = np.where(values < 0, np.uint64(2**64 - 1), np.uint64(0))[:, None]
        return np.hstack([first, *[fill] * (words(port) - 1)])
    size = 8 * words(port)
    modulus = 1 << (8 * size)
    data = b"".join((int(v) % modulus).to_bytes(size, "little") for v in values)
    return np.frombuffer(data, np.uint64).reshape(len(values), words(port))


def _unpack(port: Port, rows: Rows) -> NDArray[Any]:
    if port.width <= 63 or (port.width == 64 and port.signed):
        return rows[:, 0].copy().view(np.int64)
    values = [int.from_bytes(row.tobytes(), "little", signed=port.signed) for row in rows]
    return np.array(values, dtype=object)
