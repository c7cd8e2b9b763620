"""From an ELF file to the words of a ROM: the same for every linker, without its tools."""

import struct

import numpy as np

from bitcortex.errors import ToolError
from bitcortex.network.image import Words

_MAGIC = b"\x7fELF\x01\x01"  # 32 bits, little endian
_LOAD = 1  # type of a segment that has content


def rom_words(elf: bytes, first: int, end: int) -> Words:
    """Return what a program has at the addresses from `first` on, in whole words.

    Parameters
    ----------
    elf
        Content of the file.
    first
        Where the ROM begins.
    end
        Where the RAM begins, which nothing is loaded into.

    Raises
    ------
    ToolError
        If it is no ELF of 32 bits, or has content elsewhere.
    """
    if elf[:6] != _MAGIC:
        raise ToolError(
            "the linker must write an ELF of 32 bits, little endian. See bitcortex doctor"
        )
    (at,) = struct.unpack_from("<I", elf, 28)
    size, count = struct.unpack_from("<HH", elf, 42)
    content = bytearray()
    for n in range(count):
        kind, offset, _, address, length = struct.unpack_from("<5I", elf, at + n * size)
        if kind != _LOAD or not length:
            continue
        if not first <= address < end:
            raise ToolError(
                f"the firmware must have its content in the ROM, not at 0x{address:08x}. Make "
                "its variables begin with 0"
            )
        place = address - first
        content.extend(bytes(max(0, place + length - len(content))))
        content[place : place + length] = elf[offset : offset + length]
    content.extend(bytes(-len(content) % 4))
    return np.frombuffer(bytes(content), "<u4").astype(np.uint32)
