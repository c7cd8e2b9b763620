"""One script on every engine: in the process, over TCP, as a serial port, and on numba."""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from virtual_board import LANES, NETWORK, PLAN, virtual

import bitcortex as bc
from bitcortex.errors import BoardError, BundleError, LinkError, UserError
from bitcortex.host import connect
from bitcortex.host.board import Board
from bitcortex.host.link import Link
from bitcortex.host.products import find_product
from bitcortex.models.column.params import CoreParams
from bitcortex.network import Network, lower, presets
from bitcortex.network.event_plan import EventPlan
from bitcortex.sim.engine.numba_events import NumbaEventEngine
from bitcortex.sim.simulate import simulate
from bitcortex.sim.soc import targets
from bitcortex.sim.soc.server import Line, PtyLine, Server, TcpLine
from bitcortex.sim.soc.virtual import VirtualBoard, params_of
from bitcortex.sim.twins.column.plans import plastic

STEPS = 400
LINES: dict[str, Callable[[], Line]] = {"tcp": TcpLine, "pty": PtyLine}


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bundles are kept here, and no board of this machine is found."""
    monkeypatch.setattr(targets, "folder", lambda: tmp_path / "bundles")
    monkeypatch.delenv(targets.VARIABLE, raising=False)
    monkeypatch.setattr(targets, "find_port", lambda board: None)


@pytest.fixture(params=LINES)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    board = targets.make("ulx3s", NETWORK, LANES)
    with Server(board, LINES[request.param]()) as made:
        yield made


def script(target: str, lanes: int | None = None) -> str:
    """Return the hash of a run: the same call for every target."""
    return bc.simulate(NETWORK, STEPS, engine=target, lanes=lanes).hash


def test_the_same_script_in_process() -> None:
    assert script("virtual:ulx3s", LANES) == script("numba")


def test_the_same_script_over_a_line(server: Server) -> None:
    wanted = script("numba")
    for _ in range(2):  # hosts come and go
        assert script(server.address) == wanted
    with bc.open(server.address, NETWORK) as board:
        assert board.run(NETWORK, STEPS * 1e-4).hash == wanted
        snapshot = board.snapshot()
        engine = NumbaEventEngine(PLAN)
        engine.run(STEPS)
        assert snapshot.v.tolist() == engine.snapshot().v.tolist()
        board.restore(snapshot)
        assert board.run(100).events.neuron.tolist() == engine.run(100).neuron.tolist()


def test_one_host_at_a_time(server: Server) -> None:
    with (
        bc.open(server.address, NETWORK) as board,
        pytest.raises(LinkError, match=r"in use by another program. Close"),
    ):
        bc.open(server.address, NETWORK, timeout_s=1.0)
    assert board.run is not None
    assert script(server.address) == script("numba")


def test_a_host_that_vanishes_in_the_middle_of_a_run() -> None:
    with Server(targets.make("ulx3s", NETWORK, LANES), TcpLine()) as server:
        board = bc.open(server.address, NETWORK)
        with pytest.raises(LinkError, match=r"was lost .* \(in step \d+ of 100000\)"):
            board.run(100_000, progress=lambda _: board.close())
        assert script(server.address) == script("numba")


def test_a_checkpoint_goes_from_one_engine_to_another(tmp_path: Path) -> None:
    path = tmp_path / "c"
    simulate(PLAN, 150, "virtual:ulx3s", lanes=LANES, checkpoint=path)
    simulate(PLAN, 300, "numba", checkpoint=path)
    run = simulate(PLAN, STEPS, "virtual:ulx3s", lanes=LANES, checkpoint=path)
    assert run.hash == script("numba")
    assert run.engine == "virtual:ulx3s-85f"


# Targets.


def test_a_bundle_is_a_target(tmp_path: Path) -> None:
    virtual().bundle.save(tmp_path / "board")
    with bc.open(tmp_path / "board") as board:
        assert board.run(STEPS).hash == script("numba")
    virtual().bundle.save(tmp_path / "board.zip")
    assert script(str(tmp_path / "board.zip")) == script("numba")
    with bc.open("virtual:ulx3s", bundle=tmp_path / "board") as board:
        assert board.bundle.lanes == LANES
    with pytest.raises(BundleError, match=r"is for ulx3s-85f, not for icebreaker"):
        bc.open("virtual:icebreaker", bundle=tmp_path / "board")
    with pytest.raises(BundleError, match=r"the bundle is of .*, not of"):
        bc.open(tmp_path / "board", presets.brunel_ai(160))


def test_a_bundle_of_a_real_board_that_is_not_there(tmp_path: Path) -> None:
    bundle = replace(virtual().bundle, bitstream=("top.bit", b"1"))
    bundle.save(tmp_path / "b.zip")
    with pytest.raises(UserError, match=r"no ulx3s-85f was found at a serial port. Plug it in"):
        bc.open(tmp_path / "b.zip")


def test_targets_that_are_none() -> None:
    with pytest.raises(ValueError, match=r"target must be one of virtual:BOARD, .*, not 'ulx3s'"):
        bc.open("ulx3s", NETWORK)
    with pytest.raises(ValueError, match=r"board must be one of ulx3s-85f, .* not 'xyz'"):
        bc.open("virtual:xyz", NETWORK)
    with pytest.raises(ValueError, match=r"network must be given to open virtual:ulx3s"):
        bc.open("virtual:ulx3s")
    with pytest.raises(BundleError, match=r"there is no bundle of .* bitcortex build"):
        bc.open("/dev/ttyUSB77", NETWORK)
    with pytest.raises(LinkError, match=r"/dev/ttyUSB77 must be a serial port"):
        bc.open("/dev/ttyUSB77", bundle=virtual().bundle)
    with pytest.raises(LinkError, match=r"127.0.0.1:9 refused the connection"):
        bc.open("tcp://127.0.0.1:9", bundle=virtual().bundle)
    with pytest.raises(LinkError, match=r"the board did not answer in 0.3 s, .* or address"):
        bc.open("127.0.0.1:9", bundle=virtual().bundle, timeout_s=0.3)
    with pytest.raises(ValueError, match=r"must be event-driven to run on"):
        bc.open("virtual:ulx3s", presets.PRESETS["column"]())
    with pytest.raises(ValueError, match=r"must be event-driven to run on virtual:ulx3s"):
        bc.simulate(presets.PRESETS["column"](), 10, engine="virtual:ulx3s")
    with pytest.raises(ValueError, match=r"seed must be None with a Plan"):
        bc.open("virtual:ulx3s", PLAN, seed=3)
    with pytest.raises(ValueError, match=r"engine must be one of .* Or a board: virtual:ulx3s"):
        bc.simulate(NETWORK, 10, engine="fpga")


@pytest.mark.parametrize(
    ("target", "port"),
    [
        ("/dev/ttyUSB0", True), ("COM3", True), ("tcp://lab-pc:4000", True), ("tcp://h", True),
        ("192.168.1.50", True), ("192.168.1.50:99", True), ("ulx3s", False), ("a/b", False),
    ],
)  # fmt: skip
def test_what_a_port_looks_like(target: str, port: bool) -> None:
    assert connect.is_port(target) == port
    if not port:
        with pytest.raises(ValueError, match=r"target must be one of"):
            connect.transport(target)


def test_another_network_at_an_address(server: Server) -> None:
    other = virtual().bundle
    with pytest.raises(BoardError, match=r"clock_hz of the board is 50000000"):
        bc.open(server.address, bundle=replace(other, clock_hz=1))
    assert script(server.address) == script("numba")


# engine="auto".


def test_auto_is_numba_without_a_board() -> None:
    assert simulate(PLAN, 10).engine == "numba"
    targets.keep(virtual().bundle)
    assert simulate(PLAN, 10).engine == "numba"


def test_auto_is_a_board_that_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(targets.VARIABLE, server.address)
    run = simulate(PLAN, STEPS)
    assert (run.engine, run.hash) == (server.address, script("numba"))
    assert simulate(presets.brunel_ai(160), 10).engine == "numba"  # no bundle of it


def test_auto_says_why_a_board_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    targets.keep(virtual().bundle)
    monkeypatch.setenv(targets.VARIABLE, "tcp://127.0.0.1:9")
    with pytest.warns(RuntimeWarning, match=r"tcp://127.0.0.1:9 was not used: .* refused"):
        assert simulate(PLAN, 10).engine == "numba"


def test_a_damaged_bundle_is_not_used() -> None:
    path = targets.keep(virtual().bundle)
    assert len(targets.cached(PLAN)) == 1
    path.write_bytes(path.read_bytes()[:-9])
    assert targets.cached(PLAN) == []


# The board itself.


def test_time_goes_by_only_while_there_is_something_to_do() -> None:
    board = virtual()
    link = Link(board)
    cycles = board.cycles
    time.sleep(0.05)
    assert board.cycles == cycles
    link.read(board.bundle.addresses["csr"])
    assert board.cycles - cycles < 200
    board.close()
    with pytest.raises(LinkError, match=r"the virtual board was closed"):
        link.read(board.bundle.addresses["csr"])


def test_reads_without_an_answer_take_their_time() -> None:
    board = virtual()
    begin = time.monotonic()
    assert board.read(0.05) == b""
    assert 0.04 < time.monotonic() - begin < 1.0


def test_boards_have_their_lanes() -> None:
    assert find_product("icebreaker").clock_hz == 24_000_000
    assert params_of("icebreaker", PLAN).lanes == 1
    assert params_of("icebreaker", PLAN, 16).lanes == 16


@pytest.mark.full
def test_recorded_sources_and_plastic_synapses() -> None:
    plan = plastic()
    numba = simulate(plan, STEPS, "numba")
    with bc.open("virtual:icebreaker", plan) as board:
        for _ in range(2):
            run = board.run(plan, STEPS, chunk=33)
            assert run.hash == numba.hash
            assert len(run.events.step) > 100
            for pair, weights in numba.weights.items():
                assert run.weights[pair].weight.tolist() == weights.weight.tolist()
            snapshot = board.snapshot()
            engine = NumbaEventEngine(plan)
            engine.run(STEPS)
            wanted = engine.snapshot()
            assert snapshot.ages.tolist() == wanted.ages.tolist()
            for one, two in zip(snapshot.learned, wanted.learned, strict=True):
                assert one.weights.tolist() == two.weights.tolist()
                assert one.previous.tolist() == two.previous.tolist()
            later = engine.run(STEPS).neuron.tolist()
            assert board.run(STEPS).events.neuron.tolist() == later
            board.restore(snapshot)
            assert board.run(STEPS).events.neuron.tolist() == later
            board.reset()
            counted = board.run(STEPS, record=False)
            assert counted.hash == numba.hash
            board.reset()


@pytest.mark.full
def test_a_long_run_of_a_thousand_neurons() -> None:
    network: Network = presets.brunel_ai(1000)
    plan: EventPlan = lower(network).plan
    steps = 100_000
    wanted = simulate(plan, steps, "numba").hash
    assert simulate(plan, steps, "virtual:ulx3s").hash == wanted
    for line in LINES.values():
        with Server(targets.make("ulx3s", plan), line()) as server:
            assert simulate(plan, steps, server.address).hash == wanted


@pytest.mark.full
def test_a_full_spike_queue() -> None:
    board = VirtualBoard("ulx3s", CoreParams(PLAN, LANES, queue_depth=4))
    driver = Board(Link(board), board.bundle)
    with pytest.raises(BoardError, match=r"queue of the board was full .* larger queue_depth"):
        driver.run(STEPS)
    driver.reset()
    assert driver.run(1).hash == simulate(PLAN, 1, "numba").hash


def test_nothing_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for line in LINES.values():
        board = virtual()
        with Server(board, line()) as server, bc.open(server.address, bundle=board.bundle):
            pass
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after <= before
