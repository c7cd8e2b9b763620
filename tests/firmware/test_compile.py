"""The firmware compiles, the same way every time; what is missing or wrong is named."""

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from firmware_board import BUNDLE, PLAN
from virtual_board import Tampered

from bitcortex.errors import BundleError, ToolError
from bitcortex.firmware import compiler
from bitcortex.firmware.compile import compile_firmware
from bitcortex.firmware.compiler import find_compiler
from bitcortex.firmware.elf import rom_words
from bitcortex.firmware.image import network_image
from bitcortex.host.board import Board
from bitcortex.host.connect import connect
from bitcortex.network import addresses
from bitcortex.network.image import Words, crc
from bitcortex.sim.rtl.cache import cache_root
from bitcortex.sim.soc.virtual import bundle_of, params_of
from bitcortex.sim.twins.column.plans import every_store

CACHE = cache_root() / "firmware"


def test_compiled_twice() -> None:
    """By every compiler that is there; all of them are for the same CPU."""
    found = [c for c in (compiler.wheel(), compiler.debian()) if c is not None]
    assert find_compiler() == found[0]
    for each in found:
        first = compile_firmware(CACHE, each)
        assert first.tolist() == compile_firmware(CACHE, each).tolist()
        assert 500 < len(first) < 2500
        text = first.astype("<u4").tobytes()
        assert b"command must be one of" in text


def test_no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nothing(name: str) -> str:
        raise compiler.PackageNotFoundError(name)

    monkeypatch.setattr(compiler, "version", nothing)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"RISC-V, .* 'bitcortex\[firmware\]'.* apt install gcc-"):
        find_compiler()


def test_debians_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / compiler.DEBIAN
    program.write_text("#!/bin/sh\necho 12.2.0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    found = compiler.debian()
    assert found is not None
    assert (found.name, found.version) == ("riscv64-unknown-elf-gcc", "12.2.0")
    assert found.command[0] == str(program)


def test_a_compiler_that_fails() -> None:
    bad = find_compiler()
    bad = replace(bad, command=(*bad.command, "-no-such-option"))
    with pytest.raises(ToolError, match=r"(?s)failed:\n.*no-such-option"):
        compile_firmware(CACHE, bad)


# ELF


def elf(*segments: tuple[int, bytes], kind: int = 1) -> bytes:
    """Return a file with segments: address and content."""
    head = bytearray(b"\x7fELF\x01\x01".ljust(52, b"\0"))
    struct.pack_into("<I", head, 28, 52)
    struct.pack_into("<HH", head, 42, 32, len(segments))
    at, table, body = 52 + 32 * len(segments), b"", b""
    for address, content in segments:
        size = len(content)
        table += struct.pack("<8I", kind, at + len(body), address, address, size, size, 5, 4)
        body += content
    return bytes(head) + table + body


def test_words_of_an_elf() -> None:
    file = elf((8, b"\1\0\0\0\2"), (0, b"\3"))
    assert rom_words(file, 0, 100).tolist() == [3, 0, 1, 2]
    assert rom_words(elf((8, b"1234"), kind=4), 0, 100).tolist() == []
    with pytest.raises(ToolError, match=r"content in the ROM, not at 0x00000064"):
        rom_words(elf((100, b"1")), 0, 100)
    for wrong in (b"", b"\x7fELF\x02\x01" + bytes(60)):
        with pytest.raises(ToolError, match="an ELF of 32 bits"):
            rom_words(wrong, 0, 100)


# The network's image


def test_an_image_has_what_the_driver_uploads() -> None:
    """The same words in the same order, whatever way they go."""
    link, sent = Tampered(), []

    def keep(words: Words) -> Words:
        sent.append(words)
        return words

    link.sent[addresses.LOAD] = keep
    with Board(link, link.bundle) as board:
        board.upload()
    image = network_image(link.bundle)
    synapses, states = (image[at : at + size] for at, size in (image[17:19], image[20:22]))
    assert np.concatenate(sent).tolist() == [*synapses, *states]
    assert (image[19], image[22]) == (crc(synapses), crc(states))


def test_the_header_of_an_image() -> None:
    image = network_image(BUNDLE)
    assert image[:1].tobytes() == b"btci"
    assert image[2] == len(image) - 4
    assert image[3] == crc(image[4:])
    assert image[4:12].tobytes() == bytes.fromhex(PLAN.digest)
    assert image[12:15].tolist() == [PLAN.dt_ns, PLAN.neurons, 2]
    assert image[image[15] :].tobytes().startswith(b"brunel_ai\0")
    name, size = image[image[16] : image[16] + 2]
    assert image[name:].tobytes().startswith(b"exc\0")
    assert size == PLAN.size("exc")


def test_recorded_spikes_need_a_host() -> None:
    bundle = bundle_of("ulx3s-85f", 50_000_000, params_of("ulx3s", every_store(), 4))
    with pytest.raises(ValueError, match=r"every_store must have no recorded spikes .* host has"):
        network_image(bundle)


def test_a_board_with_a_cpu_has_no_link() -> None:
    bundle = replace(BUNDLE, report={"cpu": "vexriscv"})
    with pytest.raises(BundleError, match=r"with a link, not with a CPU. Use its console"):
        connect("tcp://127.0.0.1:9", bundle)
