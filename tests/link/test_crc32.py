"""The CRC is zlib's."""

import zlib

from hypothesis import given
from hypothesis import strategies as st

from bitcortex.models.link.crc32 import INITIAL, RESIDUE, TABLE, Crc32, Crc32Params, update


def register(data: bytes) -> int:
    crc = INITIAL
    for byte in data:
        crc = update(crc, byte)
    return crc


@given(st.binary(max_size=64))
def test_register_is_zlibs(data: bytes) -> None:
    assert register(data) ^ 0xFFFFFFFF == zlib.crc32(data)


@given(st.binary(max_size=64))
def test_residue(data: bytes) -> None:
    assert register(data + zlib.crc32(data).to_bytes(4, "little")) == RESIDUE


def test_table_is_linear() -> None:
    """The gateware is made of eight of its words."""
    for byte in range(256):
        parts = [TABLE[1 << k] for k in range(8) if byte >> k & 1]
        total = 0
        for part in parts:
            total ^= part
        assert TABLE[byte] == total


@given(st.binary(min_size=1, max_size=20))
def test_bytes_come_out_by_shifts(data: bytes) -> None:
    model = Crc32(Crc32Params())
    for byte in data:
        model.tick(0, 1, 0, byte)
    sent = bytes(model.tick(0, 1, 1, 0)[0] for _ in range(4))
    assert sent == zlib.crc32(data).to_bytes(4, "little")
