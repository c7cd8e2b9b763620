"""Where a board's registers and windows are, in bytes: the same on every board.

The registers are those of `bitcortex.network.registers`; the windows are explained in
docs/accelerator.md. Accesses to other addresses end in an error of the bus. All are in the upper
half, which LiteX's CPUs do not cache, and the lower one is left to their memories.
"""

LOAD = 0x9000_0000  # words of an image
TRACE = 0xA000_0000  # spikes
PEEK = 0xB000_0000  # states and weights
REGISTERS = 0xF000_0000  # of the accelerator: where LiteX's CPUs have theirs
WINDOW = 0x1000  # bytes of each window; all its addresses are the same

WINDOWS = {"load": LOAD, "trace": TRACE, "peek": PEEK}
ADDRESSES = {"csr": REGISTERS, **WINDOWS}  # by the names that bundles have
