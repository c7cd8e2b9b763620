"""A board with SDRAM: the chip is initialised and tested, and a network comes by the console."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from firmware_board import BOARD, BUNDLE, CLOCK_HZ, PARAMS, PLAN, rates
from litedram.modules import MT48LC16M16, SDRModule, _SpeedgradeTimings

from bitcortex.boards import console as builder
from bitcortex.boards.console import rom_of
from bitcortex.boards.registry import find_board
from bitcortex.cli.main import main
from bitcortex.errors import BoardError, LinkError
from bitcortex.firmware import compiler, memory
from bitcortex.firmware.compile import compile_firmware
from bitcortex.firmware.image import network_image
from bitcortex.gateware.soc.sdram import RX_BYTES, Sdram, Step, steps
from bitcortex.host.console import BLOCK_BYTES, Console
from bitcortex.network import lower
from bitcortex.network.image import Words, crc
from bitcortex.network.presets import brunel_ai
from bitcortex.network.run import Run
from bitcortex.sim.rtl.cache import cache_root
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.console import VirtualConsole
from bitcortex.sim.soc.server import Server, TcpLine
from bitcortex.sim.soc.virtual import params_of
from bitcortex.sim.twins.column.plans import every_store

STEPS = 300
NO_IMAGE = r"there must be an image in the SDRAM. Send one with: bitcortex console PORT --send"


def chip(board: str = BOARD) -> Sdram:
    found = find_board(board).sdram
    assert found is not None
    return found


WORDS = chip().size // 4
IMAGE = network_image(BUNDLE)


def powered() -> VirtualConsole:
    """Return a virtual board that was just powered on."""
    return VirtualConsole(BOARD, PARAMS, rom_of(BOARD, CLOCK_HZ, PARAMS, chip()), chip())


@pytest.fixture(scope="module")
def board() -> Iterator[VirtualConsole]:
    made = powered()
    yield made
    made.close()


@pytest.fixture(scope="module")
def typed(board: VirtualConsole) -> Console:
    return Console(board)


@pytest.fixture(scope="module")
def golden() -> Run:
    return simulate(PLAN, STEPS, "golden")


def answers(board: VirtualConsole, data: bytes) -> str:
    """Return what a board prints from some bytes until it waits."""
    board.write(data)
    found = b""
    while board.offer(b""):
        pass
    found += board.take()
    return found.decode()


def test_power_on(board: VirtualConsole) -> None:
    """Every address line is tested beyond those of the words one behind the other."""
    board.begin(rom_of(BOARD, CLOCK_HZ, PARAMS, chip()))
    lines = (WORDS - 1).bit_length() - 6
    text = answers(board, b"")
    assert f"\r\nSDRAM of 32 MiB, right at {64 + lines + 127} places\r\n" in text
    assert text.endswith("There is no network. Send one with: bitcortex console PORT --send "
                         "BUNDLE\r\n> ")  # fmt: skip
    assert answers(board, b"status\r").splitlines()[1] == "network none: type load"
    assert "error: there must be an image in the SDRAM" in answers(board, b"load\r")


def test_a_network_is_sent_loaded_and_run(typed: Console, golden: Run) -> None:
    told: list[tuple[int, int]] = []
    (line,) = typed.send(IMAGE, lambda done, words: told.append((done, words)))
    assert line == f"received {len(IMAGE)} words, CRC-32 0x{crc(IMAGE):08x}"
    assert len(told) > 1
    assert told[-1] == (len(IMAGE), len(IMAGE))
    assert [done for done, _ in told[:-1]] == [255 * n for n in range(1, len(told))]
    with pytest.raises(BoardError, match="a network must be loaded first"):
        typed.ask("run 1")
    (line,) = typed.ask("load")
    assert line.startswith("loaded brunel_ai, 50 neurons, ")
    assert typed.ask(f"run {STEPS}") == [f"step {STEPS}, {len(golden.events.step)} spikes"]
    assert typed.ask("rates") == rates(golden)
    assert typed.ask("hash") == [golden.hash]
    typed.ask("reset")
    typed.ask(f"run {STEPS}")
    assert typed.ask("hash") == [golden.hash]


def test_the_memory_is_tested_again(typed: Console) -> None:
    typed.send(IMAGE)
    typed.ask("load")
    assert typed.ask("memory")[0].startswith("SDRAM of 32 MiB, right at ")
    with pytest.raises(BoardError, match="a network must be loaded first"):
        typed.ask("run 1")
    with pytest.raises(BoardError, match=NO_IMAGE):
        typed.ask("load")


# Transfers that fail.


class Faulty:
    """A line that changes what the host writes, once: the write with this number."""

    byte_s = 0.0

    def __init__(self, board: VirtualConsole, number: int, change: Callable[[bytes], bytes]):
        self.board, self.left, self.change = board, number, change

    def write(self, data: bytes) -> None:
        self.left -= 1
        self.board.write(self.change(data) if self.left == 0 else data)

    def read(self, timeout_s: float) -> bytes:
        return self.board.read(timeout_s)

    def close(self) -> None:
        pass


def flipped(data: bytes) -> bytes:
    return data[:100] + bytes([data[100] ^ 0x10]) + data[101:]


def shorter(data: bytes) -> bytes:
    return data[:100] + data[101:]


def longer(data: bytes) -> bytes:
    return data[:100] + data[99:]


def nothing(data: bytes) -> bytes:
    return b""


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (flipped, BoardError, r"the image must arrive with CRC-32 0x\w{8}, not 0x\w{8}. Send it"),
        (shorter, LinkError, r"must answer within 0.3 s while an image is sent. .* Send it"),
        (longer, BoardError, r"must have \d+ words, but something other than 0x02 and a block"),
        (nothing, LinkError, r"must answer within 0.3 s while an image is sent"),
    ],
)
def test_a_damaged_transfer(
    board: VirtualConsole, change: Callable[[bytes], bytes], error: type, message: str
) -> None:
    """In its first block; no network is on the board then, and the prompt is there."""
    line = Faulty(board, 3, change)  # after Ctrl-C and the command
    typed = Console(line, timeout_s=0.3)
    with pytest.raises(error, match=message):
        typed.send(IMAGE)
    assert line.left < 0
    typed.timeout_s = 10.0
    assert typed.ask("status")[0] == "network none: type load"
    with pytest.raises(BoardError, match=NO_IMAGE):
        typed.ask("load")
    typed.send(IMAGE)
    typed.ask("load")
    typed.ask("run 1")


def test_an_image_that_is_too_large(typed: Console) -> None:
    with pytest.raises(BoardError, match=rf"WORDS must be in 1..{WORDS}, .* not {WORDS + 1}. Use"):
        typed.send(np.zeros(WORDS + 1, np.uint32))
    assert typed.ask("status")


@pytest.mark.parametrize(
    "argument",
    ["", "0 0x00000001", "5", "5 0x123", "5 0x12345678 9", "5 0xABCDEF01", "5 0x123456789",
     "4294967296 0x12345678", "x 0x12345678"],
)  # fmt: skip
def test_mistakes(typed: Console, argument: str) -> None:
    with pytest.raises(BoardError, match=rf"WORDS CRC must be a number and .*, not '{argument}'"):
        typed.ask(f"receive {argument}".strip())


def test_control_c_between_blocks(board: VirtualConsole, typed: Console) -> None:
    assert answers(board, b"receive 300 0x00000000\r").endswith("send blocks of 1020 bytes\r\n")
    assert answers(board, b"\x02" + bytes(range(255)) * 4) == "."
    assert answers(board, b"\x03") == (
        "\r\nerror: the image must have 300 words, but Ctrl-C came after 255. Send it again\r\n> "
    )
    assert typed.ask("status")[0] == "network none: type load"


def test_a_pause_ends_a_transfer(board: VirtualConsole) -> None:
    """A second of it: the clock of this firmware is slow, so that it is soon over."""
    hz = 20_000
    board.begin(compile_firmware(cache_root() / "firmware", memory=memory.c_header(chip(), hz)))
    assert "right at" in answers(board, b"")
    for sent, done in ((b"", 0), (b"\x02" + bytes(700), 175)):
        answers(board, b"receive 300 0x00000000\r" + sent)
        before, text = board.cycles, b""
        while not text.endswith(b"> "):  # time stands still while the CPU waits for a byte
            assert board.cycles - before < 20 * hz
            text += board.read(0.0)
        assert f"300 words, but nothing came after {done}. Send it again\r\n" in text.decode()
        assert board.cycles - before > hz
    board.begin(rom_of(BOARD, CLOCK_HZ, PARAMS, chip()))


# Images that arrive, and are refused.


def damaged(image: Words) -> Words:
    image[-3] ^= 1 << 17
    return image


def of_another_plan(image: Words) -> Words:
    image[4] ^= 1
    image[3] = crc(image[4:])
    return image


def damaged_in_the_memory(image: Words) -> Words:
    """Its words are no longer those of the CRC that goes with them."""
    image[19] ^= 1
    image[3] = crc(image[4:])
    return image


def cut(image: Words) -> Words:
    return image[:-1]


def header_only(image: Words) -> Words:
    return image[:4]


def empty(image: Words) -> Words:
    return image * 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damaged, r"the image must have CRC-32 .*: it is damaged. Send it again"),
        (
            of_another_plan,
            r"must hold the Plan of the image, .* Send that of the bitstream's bundle",
        ),
        (
            damaged_in_the_memory,
            r"the synapses must arrive with CRC-32 .* Send it again, or type memory$",
        ),
        (cut, NO_IMAGE),
        (header_only, NO_IMAGE),
        (empty, r"there must be an image of version 1 in the SDRAM, not 0x00000000 version 0"),
    ],
)
def test_an_image_is_refused(
    typed: Console, change: Callable[[Words], Words], message: str
) -> None:
    typed.send(change(IMAGE.copy()))
    with pytest.raises(BoardError, match=message):
        typed.ask("load")
    with pytest.raises(BoardError, match="a network must be loaded first"):
        typed.ask("run 1")


# The program, and the chip.


def test_one_rom_for_all_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with the program; without SDRAM there is the image behind it."""
    alone = rom_of(BOARD, CLOCK_HZ, PARAMS)
    assert alone[-len(IMAGE) :].tolist() == IMAGE.tolist()
    monkeypatch.setattr(builder, "bundle_of", None)  # nobody needs the network
    other = params_of(BOARD, lower(brunel_ai(64)).plan, 2)
    words = rom_of(BOARD, CLOCK_HZ, PARAMS, chip())
    assert words.tolist() == rom_of(BOARD, CLOCK_HZ, other, chip()).tolist()
    assert words[-len(IMAGE) :].tolist() != IMAGE.tolist()
    recorded = params_of("ulx3s", every_store(), 4)
    with pytest.raises(ValueError, match=r"every_store must have no recorded spikes"):
        rom_of(BOARD, CLOCK_HZ, recorded, chip())


def test_a_block_fits_the_fifo() -> None:
    """With the byte in front of it, and so does what the host sends to get back to the prompt."""
    assert BLOCK_BYTES % 4 == 0
    assert 1 + BLOCK_BYTES <= RX_BYTES


def test_every_compiler() -> None:
    for found in (compiler.wheel(), compiler.debian()):
        if found is not None:
            made = memory.c_header(chip(), CLOCK_HZ)
            words = compile_firmware(cache_root() / "firmware", found, made)
            assert b"receive" in words.astype("<u4").tobytes()
            assert 1000 < len(words) < 3500


def test_the_initialisation_is_that_of_the_data_sheet() -> None:
    made = steps(chip(), CLOCK_HZ)
    assert [step.register for step in made].count("dfii_control") == 2
    commands = [step for step in made if step.register == "dfii_pi0_command"]
    precharge, mode, refresh = 0b1011, 0b1111, 0b1101  # CS, WE, CAS, RAS from bit 0 on
    assert [c.value for c in commands[-4:]] == [precharge, refresh, refresh, mode]
    assert commands[0].value == precharge
    assert commands[0].address == 1 << 10  # all banks
    assert commands[-1].address == 2 << 4  # latency 2, bursts of one
    assert made[0].delay >= CLOCK_HZ * 100e-6


def test_the_chip_of_the_colorlight_i5_has_the_times_of_its_data_sheet() -> None:
    """In cycles of 1 ns, but for those that are cycles there; a refresh may take longer."""
    timing = chip("colorlight_i5").module(1_000_000_000).timing_settings
    wanted = {"tRP": 18, "tRCD": 18, "tRAS": 42, "tRC": 60, "tRRD": 12, "tREFI": 15_625, "tWR": 2}
    assert {name: getattr(timing, name) for name in wanted} == wanted
    assert timing.tRFC >= 60


def without_mode(made: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(step for step in made if "Mode" not in step.text)


def with_latency_3(made: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(replace(s, address=3 << 4) if "Mode" in s.text else s for s in made)


@pytest.mark.parametrize(
    "change", [without_mode, pytest.param(with_latency_3, marks=[pytest.mark.full])]
)
def test_a_wrong_initialisation_is_seen(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], Any]
) -> None:
    monkeypatch.setattr(memory, "steps", lambda sdram, hz: change(steps(sdram, hz)))
    board = powered()
    text = answers(board, b"")
    assert "error: the SDRAM must keep 0x00042021 at 0x40000000, not 0x" in text
    assert "right at" not in text
    board.close()


@dataclass(frozen=True)
class Hasty(Sdram):
    """A controller that gives a chip less time than it needs."""

    timing: str = ""
    cycles: int = 0

    def module(self, clock_hz: int) -> Any:
        made = Sdram.module(self, clock_hz)
        setattr(made.timing_settings, self.timing, self.cycles)
        return made


class Slow(MT48LC16M16):
    """A chip that needs 4 us after a write, which is longer than the CPU takes to the next one."""

    speedgrade_timings = MappingProxyType(
        {"default": _SpeedgradeTimings(20, 20, 4000, (None, 66), None, 44)}
    )  # tRP, tRCD, tWR, tRFC, tFAW, tRAS


@pytest.mark.full
@pytest.mark.parametrize(
    ("kind", "timing", "cycles", "right"),
    [
        (MT48LC16M16, "tREFI", 2 * 391, False),
        (MT48LC16M16, "tRFC", 1, False),
        (Slow, "tWR", 1, False),
        (Slow, "tWR", 200, True),
    ],
)
def test_the_chip_minds_its_timing(
    kind: type[SDRModule], timing: str, cycles: int, right: bool
) -> None:
    """tRAS is over whenever this CPU wants another row: tests/soc/test_sdram.py has it."""
    hasty = Hasty(kind, chip().bits, chip().phase, timing=timing, cycles=cycles)
    board = VirtualConsole(BOARD, PARAMS, rom_of(BOARD, CLOCK_HZ, PARAMS, chip()), hasty)
    text = answers(board, b"")
    assert ("error: the SDRAM must keep " in text) is not right
    assert ("right at" in text) is right
    board.close()


# The command line, and other boards.


def test_the_console_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], golden: Run
) -> None:
    bundle = tmp_path / "board.zip"
    BUNDLE.save(bundle)
    with Server(powered(), TcpLine()) as server:
        call = ["console", server.address, "--send", str(bundle)]
        assert main([*call, "--ask", f"run {STEPS}", "hash", "--json"]) == 0
        items = json.loads(capsys.readouterr().out)["items"]
        assert [item["command"] for item in items] == ["receive", "load", f"run {STEPS}", "hash"]
        assert items[-1]["lines"] == [golden.hash]
        assert main(["console", server.address, "--ask", "hash"]) == 0
        assert capsys.readouterr().out.splitlines() == [golden.hash]
        assert main(["console", server.address, "--ask", "run 0"]) == 2
        assert "STEPS must be a number" in capsys.readouterr().err.replace("\n", " ")
        assert main(["console", server.address]) == 2
        assert "--send or --ask must be given" in capsys.readouterr().err


@pytest.mark.full
def test_another_chip() -> None:
    """32 bits wide, 8 MB, and no pins to mask bytes with."""
    params = params_of("colorlight_i5", PLAN, 1)
    found = chip("colorlight_i5")
    words = rom_of("colorlight_i5", CLOCK_HZ, params, found)
    with Console(VirtualConsole("colorlight_i5", params, words, found)) as typed:
        assert typed.ask("memory")[0].startswith("SDRAM of 8 MiB, right at ")
        typed.send(IMAGE)
        typed.ask("load")
        typed.ask(f"run {STEPS}")
        assert typed.ask("hash") == [simulate(PLAN, STEPS, "golden").hash]


@pytest.mark.full
def test_a_large_image() -> None:
    plan = lower(brunel_ai(400)).plan
    params = params_of(BOARD, plan, 4)
    golden = simulate(plan, 1000, "numba")
    words = rom_of(BOARD, CLOCK_HZ, params, chip())
    made = VirtualConsole(BOARD, params, words, chip())
    with Console(made) as typed:
        typed.send(network_image(made.bundle))
        typed.ask("load")
        typed.ask("run 1000")
        assert typed.ask("hash") == [golden.hash]
        assert typed.ask("rates") == rates(golden)
