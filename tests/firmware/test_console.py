"""The firmware, running in the virtual board: the golden model's rates and hash, and mistakes."""

import time
import zlib
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from firmware_board import PLAN, powered, rates, rom

from bitcortex.boards.console import rom_of, virtual
from bitcortex.errors import BoardError, LinkError
from bitcortex.host.console import Console
from bitcortex.network import lower
from bitcortex.network.connectivity import Bernoulli
from bitcortex.network.description import Network, Uniform
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words
from bitcortex.network.neurons import LIF
from bitcortex.network.plasticity import StochasticSTDP
from bitcortex.network.presets import brunel_ai
from bitcortex.network.run import Run
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc.console import VirtualConsole
from bitcortex.sim.soc.virtual import params_of

STEPS = 300


@pytest.fixture(scope="module")
def board() -> Iterator[VirtualConsole]:
    made = powered()
    yield made
    made.close()


@pytest.fixture
def typed(board: VirtualConsole) -> Console:
    return Console(board)


@pytest.fixture(scope="module")
def golden() -> Run:
    return simulate(PLAN, STEPS, "golden")


@pytest.mark.parametrize("again", ["reset", "load"])
def test_rates_and_hash_of_the_golden_model(typed: Console, golden: Run, again: str) -> None:
    typed.ask(again)
    spikes = len(golden.events.step)
    assert spikes > 50
    assert typed.ask(f"run {STEPS}") == [f"step {STEPS}, {spikes} spikes"]
    assert typed.ask("rates") == rates(golden)
    assert typed.ask("hash") == [golden.hash]
    typed.ask("reset")
    typed.ask("run 1")
    typed.ask(f"run {STEPS - 1}")
    assert typed.ask("hash") == [golden.hash]
    assert typed.ask("rates") == rates(golden)


def test_what_is_said_of_the_network(typed: Console) -> None:
    (line,) = typed.ask("load")
    image = network_image_of(rom())
    assert line.startswith("loaded brunel_ai, 50 neurons, ")
    assert line.endswith(f"CRC-32 0x{int(image[3]):08x}")
    status = typed.ask("status")
    assert status == ["network brunel_ai", "lanes 1", "clock 50000000 Hz", "step 0, 0 spikes"]
    names = [line.partition(":")[0] for line in typed.ask("help")]
    assert names == ["help", "load", "run STEPS", "rates", "hash", "reset", "status"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("foo", r"command must be one of help, load, run, rates, hash, reset, status, not 'foo'"),
        ("RUN 3", r"command must be one of help, .*, not 'RUN'"),
        ("run", r"STEPS must be a number in 1..4294967295, not ''. Type for example: run 1000"),
        ("run 0", r"STEPS must be .* not '0'"),
        ("run -1", r"STEPS must be .* not '-1'"),
        ("run 4294967296", r"STEPS must be .* not '4294967296'"),
        ("run 18446744073709551617", r"STEPS must be .* not '18446744073709551617'"),
        ("run 1 2", r"STEPS must be .* not '1 2'"),
        ("hash now", r"hash must stand alone, not before 'now'"),
        ("rates", r"a step must be run first. Type for example: run 1000"),
    ],
)
def test_mistakes(typed: Console, command: str, message: str) -> None:
    typed.ask("reset")
    with pytest.raises(BoardError, match=message):
        typed.ask(command)
    assert typed.ask("status")[-1] == "step 0, 0 spikes"


def test_an_image_is_not_sent_into_a_rom(typed: Console) -> None:
    with pytest.raises(BoardError, match=r"has its network in the ROM. Build with --sdram, or"):
        typed.send(network_image_of(rom()))
    assert typed.ask("load")


def test_steps_beyond_the_count(typed: Console) -> None:
    typed.ask("reset")
    typed.ask("run 5")
    with pytest.raises(BoardError, match=r"STEPS must be at most 4294967290, .* Type reset"):
        typed.ask("run 4294967291")


def test_commands_of_the_host_that_are_none(typed: Console) -> None:
    for command in ("run 1\rrun 2", "hash\n", "µ"):
        with pytest.raises(ValueError, match="command must be one line of printable ASCII"):
            typed.ask(command)
    with pytest.raises(ValueError, match=r"length of the command must be in 0..79, not 80"):
        typed.ask("x" * 80)


def answers(board: VirtualConsole, data: bytes) -> bytes:
    """Return what a board prints from some bytes until it waits."""
    board.write(data)
    found = b""
    while more := board.read(0.05):
        found += more
    return found


def test_a_terminal(board: VirtualConsole) -> None:
    board.begin(rom())
    begin = answers(board, b"")
    assert begin.startswith(b"\r\nbitcortex. Type help for the commands.\r\nloaded brunel_ai, ")
    assert begin.endswith(b"\r\n> ")
    for end in (b"\r", b"\n", b"\r\n"):
        assert answers(board, b"hash" + end).count(b"> ") == 1
    rubbed = answers(board, b"\x7fxx\x7f\x08hasj\x7fh\r")
    assert rubbed.startswith(b"xx" + 2 * b"\b \b" + b"hasj\b \bh\r\n")
    assert rubbed.endswith(b"\r\n> ")
    assert b"error" not in rubbed
    assert answers(board, b"  status  \r").count(b"\r\n") == 5
    assert answers(board, b"\x1b\t\xff") == b"\a\a\a"
    assert answers(board, b"ru\x03") == b"ru^C\r\n> "
    assert answers(board, b"\r") == b"\r\n> "
    long = answers(board, b"y" * 200 + b"\x7f\r")
    assert long == b"y" * 79 + b"\r\nerror: a line must have at most 79 characters\r\n> "


def test_commands_typed_ahead(board: VirtualConsole, typed: Console, golden: Run) -> None:
    """As by pasting a script, whose lines come while steps run."""
    typed.ask("reset")
    text = answers(board, f"run 1\rrun {STEPS - 1}\rhash\rrates\r".encode()).decode()
    for line in (golden.hash, *rates(golden)):
        assert f"\r\n{line}\r\n" in text
    assert "error" not in text


def test_time_stands_still_at_the_prompt(board: VirtualConsole, typed: Console) -> None:
    """A server of a board where nobody types must not need a processor."""
    typed.ask("reset")
    assert not board.offer(b"")
    assert board.offer(b"run 100000\r")
    assert board.offer(b"")
    board.offer(b"\x03")
    while board.offer(b""):
        pass
    assert board.take().endswith(b" spikes\r\n> ")
    before = board.cycles
    assert not board.offer(b"")
    assert board.cycles - before < 1000


def test_control_c_ends_a_run(board: VirtualConsole, typed: Console) -> None:
    typed.ask("reset")
    board.write(b"run 4000000000\r")
    board.write(b"\x03")
    assert answers(board, b"").endswith(b" spikes\r\n> ")
    step = int(typed.ask("status")[-1].split()[1].rstrip(","))
    assert step % 1000 == 0
    assert 1000 <= step < 100_000
    assert typed.ask("hash") == [simulate(PLAN, step, "golden").hash]


# Images that are refused.


def network_image_of(words: Words) -> Words:
    """Return the image in a ROM: a view."""
    (at,) = np.flatnonzero(words == int.from_bytes(b"btci", "little"))[-1:]
    image = words[at:]
    assert len(image) == image[2] + 4
    return image


def checked(image: Words) -> None:
    """Make the CRC that of the words."""
    image[3] = zlib.crc32(image[4:].tobytes())


def damaged(image: Words) -> None:
    image[-3] ^= 1 << 17


def of_another_version(image: Words) -> None:
    image[1] = 2


def missing(image: Words) -> None:
    image[:] = 0


def of_another_plan(image: Words) -> None:
    image[4] ^= 1
    checked(image)


def with_a_header_of_no_engine(image: Words) -> None:
    image[int(image[17])] |= 0xF << 28
    checked(image)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (damaged, r"the image must have CRC-32 0x[0-9a-f]{8}, not 0x[0-9a-f]{8}: it is damaged"),
        (of_another_version, r"there must be an image of version 1 in the ROM, not .* version 2"),
        (missing, r"there must be an image of version 1 in the ROM, not 0x00000000 version 0"),
        (of_another_plan, r"the accelerator must hold the Plan of the image, not another one"),
        (with_a_header_of_no_engine, r"the synapses must arrive with CRC-32 .*, load_error 1"),
    ],
)
def test_an_image_is_refused(
    board: VirtualConsole, change: Callable[[Words], None], message: str
) -> None:
    words = rom()
    change(network_image_of(words))
    board.begin(words)
    typed = Console(board)
    with pytest.raises(BoardError, match=message):
        typed.ask("load")
    for command in ("run 10", "rates", "hash", "reset"):
        with pytest.raises(BoardError, match=r"a network must be loaded first. Type load"):
            typed.ask(command)
    assert typed.ask("status")[0] == "network none: type load"
    board.begin(rom())
    assert Console(board).ask("run 1")[0].startswith("step 1, ")


def test_a_rom_that_is_too_small(board: VirtualConsole) -> None:
    with pytest.raises(ValueError, match=r"words of the ROM must be in 1..\d+, not 99999"):
        board.begin(np.zeros(99_999, np.uint32))


def test_no_console() -> None:
    class Silent:
        byte_s = 0.0
        closed = False

        def write(self, data: bytes) -> None:
            pass

        def read(self, timeout_s: float) -> bytes:
            time.sleep(0.01)
            return b""

        def close(self) -> None:
            self.closed = True

    line = Silent()
    with pytest.raises(LinkError, match=r"printed nothing for 0.05 s. Is it a board with a CPU"):
        Console(line, timeout_s=0.05)
    assert line.closed


# Other networks.


@pytest.mark.full
@pytest.mark.parametrize("lanes", [4, 8])
def test_more_lanes(lanes: int) -> None:
    network = brunel_ai(150)
    golden = simulate(network, 1500, "golden")
    with Console(virtual("ulx3s", network, lanes)) as typed:
        typed.ask("run 1500")
        assert typed.ask("rates") == rates(golden)
        assert typed.ask("hash") == [golden.hash]


@pytest.mark.full
def test_plastic_synapses_begin_anew() -> None:
    net = Network("plastic", dt_ms=0.5, seed=3)
    exc = net.population("exc", 24, LIF(tau_ms=5.0, refractory_ms=1.0))
    inh = net.population("inh", 9, LIF(tau_ms=4.0, refractory_ms=0.5), "inhibitory")
    rule = StochasticSTDP(15.0, 25.0, 0.5, 0.4, 0.125, 1.0)
    net.connect(exc, exc, Bernoulli(0.3), Uniform(0.0, 1.0), 0.5, plasticity=rule)
    net.connect(exc, inh, Bernoulli(0.3), 1.0, 1.0)
    net.connect(inh, exc, Bernoulli(0.3), 2.0, 1.0)
    net.poisson(exc, 3000.0, 1.5)
    plan: EventPlan = lower(net).plan
    first, golden = simulate(plan, 1, "golden"), simulate(plan, 500, "golden")
    learned = [run.weights["exc", "exc"].weight.tolist() for run in (first, golden)]
    assert learned[0] != learned[1]
    with Console(virtual("ulx3s", plan, 4)) as typed:
        for _ in range(2):
            typed.ask("run 500")
            assert typed.ask("hash") == [golden.hash]
            assert typed.ask("rates") == rates(golden)
            typed.ask("reset")


@pytest.mark.full
def test_a_queue_that_is_full() -> None:
    plan = lower(brunel_ai(150)).plan
    params = params_of("ulx3s", plan, 4, queue_depth=32)
    with Console(VirtualConsole("ulx3s", params, rom_of("ulx3s-85f", 50_000_000, params))) as typed:
        with pytest.raises(
            BoardError, match=r"the spike queue was full in about step \d+. Type load"
        ):
            typed.ask("run 10000")
        with pytest.raises(BoardError, match=r"a network must be loaded first"):
            typed.ask("run 1")
        typed.ask("load")
        assert typed.ask("run 3")[0].startswith("step 3, ")
