"""Twin of the CRC."""

import zlib

import numpy as np

from bitcortex.gateware.link.crc32 import Crc32 as Gateware
from bitcortex.models.link.crc32 import TABLE, Crc32, Crc32Params
from bitcortex.models.model import Trace
from bitcortex.sim.twin import Stimulus, Twin

_TOP = {word >> 24: byte for byte, word in enumerate(TABLE)}


def before(register: int) -> int:
    """Return what, four bytes of 0 earlier, becomes this register."""
    for _ in range(4):
        byte = _TOP[register >> 24]
        register = (register ^ TABLE[byte]) << 8 & 0xFFFFFFFF | byte
    return register


def stimulus(params: Crc32Params, rng: np.random.Generator, cycles: int) -> Stimulus:
    """Bodies with their CRC; some with a bit flipped, some so that one bit of the register is."""
    made = {name: np.zeros(cycles, np.int64) for name in Crc32.INPUTS}
    made["data"] = rng.integers(0, 256, cycles)
    made["shift"] = (rng.random(cycles) < 0.5).astype(np.int64)
    made["rst"] = (rng.random(cycles) < 0.002).astype(np.int64)
    at = 0
    while at < cycles:
        body = rng.bytes(int(rng.integers(0, 20)))
        frame = bytearray(body + zlib.crc32(body).to_bytes(4, "little"))
        kind = rng.random()
        if kind < 0.2:
            frame[int(rng.integers(0, len(frame)))] ^= 1 << int(rng.integers(0, 8))
        elif kind < 0.4:
            error = int.from_bytes(frame[-4:], "little") ^ before(1 << int(rng.integers(0, 32)))
            frame[-4:] = error.to_bytes(4, "little")
        made["clear"][at] = 1
        made["valid"][at] = rng.integers(0, 2)
        at += 1
        for byte in frame:
            at += int(rng.random() < 0.2)
            if at < cycles:
                made["valid"][at], made["shift"][at], made["data"][at] = 1, 0, byte
            at += 1
        at += 1  # to see whether it is intact
        shifts = int(rng.integers(0, 6))
        made["valid"][at : at + shifts] = 1
        made["shift"][at : at + shifts] = 1
        at += shifts
    return made


def reached(params: Crc32Params, stimulus: Stimulus, trace: Trace) -> dict[str, bool]:
    """Conditions that the stimulus must reach."""
    shifts = stimulus["valid"] & stimulus["shift"]
    return {
        "intact": bool(trace["intact"].any()),
        "clear wins": bool((stimulus["clear"] & stimulus["valid"]).any()),
        "four shifts in a row": bool(
            (shifts[3:] & shifts[2:-1] & shifts[1:-2] & shifts[:-3]).any()
        ),
        "shift without valid": bool((stimulus["shift"] & (1 - stimulus["valid"])).any()),
    }


TWIN = Twin(
    name="link.crc32",
    golden=Crc32,
    gateware=Gateware,
    cases={"zlib": Crc32Params()},
    stimulus=stimulus,
    reached=reached,
)
