"""A compiled SoC as a stream of bytes: clocked in C, only as long as there is something to do."""

import ctypes
import threading
from dataclasses import dataclass

from bitcortex.gateware.emit import Verilog
from bitcortex.sim.rtl.harness import Harness

PORTS = (
    ("rx_valid", "rx_data", "core_clk"),
    ("rx_ready", "tx_valid", "tx_data", "rest", "works", "awake", "settle"),
)
CAPACITY = 1 << 16  # bytes that one call returns
_REST = 4  # cycles without a byte or bus cycle, after which the link is at rest
_STUCK = 64  # cycles without work, after which the engine waits for the host

# A low and a high phase per cycle, as in the harness, but for ports that are bytes of the line. The
# core's clock stands still where `bitcortex.gateware.soc.virtual` says that it does not matter.
_STREAM = f"""
struct Streamed {{ uint64_t consumed, produced, cycles, works; }};
extern "C" int64_t bc_stream(Sim* s, const uint8_t* in, uint64_t n, uint8_t* out, uint64_t limit,
                             uint64_t ahead, int settling, int sleeps, Streamed* done) {{
  Vtop* t = s->top;
  uint64_t i = 0, made = 0, c = 0, extra = 0;
  int rest = 0, stuck = {_STUCK};
  t->sys_rst = 0;
  for (; c < limit && made < {CAPACITY}; c++) {{
    t->rx_valid = i < n;
    if (i < n) t->rx_data = in[i];
    t->sys_clk = t->core_clk = 0; t->eval();
    for (int k = sleeps && t->settle ? settling : 0; k; k--) {{
      t->core_clk = 1; t->eval();
      t->core_clk = 0; t->eval();
    }}
    if (t->tx_valid) out[made++] = t->tx_data;
    rest = i == n && t->rest ? rest + 1 : 0;
    stuck = t->works ? 0 : stuck + 1;
    if (i < n && t->rx_ready) i++;
    t->core_clk = t->awake | !sleeps;
    t->sys_clk = 1; t->eval();
    if (rest >= {_REST} && (stuck >= {_STUCK} || extra++ >= ahead)) {{ c++; break; }}
  }}
  s->time += 10 * c;
  *done = Streamed{{i, made, c, (uint64_t)(stuck < {_STUCK})}};
  return rest >= {_REST};
}}
"""


class _Streamed(ctypes.Structure):
    _fields_ = (
        ("consumed", ctypes.c_uint64),
        ("produced", ctypes.c_uint64),
        ("cycles", ctypes.c_uint64),
        ("works", ctypes.c_uint64),
    )


@dataclass(frozen=True)
class Streamed:
    """What a stretch of time did.

    Parameters
    ----------
    consumed
        Bytes taken of those offered.
    data
        Bytes that came.
    cycles
        That went by.
    rest
        Whether the link has nothing to do.
    works
        Whether the engine would go on without the host.
    """

    consumed: int
    data: bytes
    cycles: int
    rest: bool
    works: bool


class Stream:
    """A running instance of a compiled SoC with the ports `PORTS`.

    Parameters
    ----------
    verilog
        Of the SoC.
    settling
        Edges after which nothing moves in its core.
    sleeps
        Whether the core's clock stands still meanwhile; what comes does not depend on it.
    seed
        Of what has no reset value.
    """

    def __init__(self, verilog: Verilog, settling: int, sleeps: bool = True, seed: int = 1) -> None:
        self.harness = Harness(verilog, seed, extra=_STREAM)
        self.cycles = 0  # since the start
        self._clock = ctypes.c_int(settling), ctypes.c_int(sleeps)
        self._out = ctypes.create_string_buffer(CAPACITY)
        self._done = _Streamed()
        self._lock = threading.Lock()  # C runs without Python's: nobody may close it meanwhile

    def run(self, data: bytes, limit: int, ahead: int = 0) -> Streamed:
        """Let time go by until the link is at rest, and then while the engine works.

        Parameters
        ----------
        data
            Bytes for the SoC.
        limit
            Cycles, at most.
        ahead
            Cycles after the link is at rest, at most.
        """
        done = self._done
        with self._lock:
            rest = self.harness.call(
                "bc_stream",
                data,
                ctypes.c_uint64(len(data)),
                self._out,
                ctypes.c_uint64(limit),
                ctypes.c_uint64(ahead),
                *self._clock,
                ctypes.byref(done),
            )
            self.cycles += done.cycles
            made = ctypes.string_at(self._out, done.produced)
            return Streamed(done.consumed, made, done.cycles, bool(rest), bool(done.works))

    def close(self) -> None:
        """Free the instance."""
        with self._lock:
            self.harness.close()
