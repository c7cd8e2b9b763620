"""The driver: the spikes of numba, or an error that says what is wrong."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from virtual_board import LANES, NETWORK, PLAN, Tampered, opened

from bitcortex.errors import BoardError, BusError, LinkError, RestartError
from bitcortex.host.board import Board
from bitcortex.network import registers
from bitcortex.network import run as runs
from bitcortex.network.presets import brunel_ai
from bitcortex.network.registers import by_name
from bitcortex.network.snapshot import Snapshot, beginning
from bitcortex.network.words import EMPTY
from bitcortex.sim.engine.numba_events import NumbaEventEngine
from bitcortex.sim.simulate import simulate

STEPS = 300


@pytest.fixture
def board() -> Iterator[Board]:
    with opened() as made:
        yield made


@pytest.fixture
def tampered() -> Tampered:
    return Tampered()


def equal(one: Snapshot, two: Snapshot) -> None:
    assert one.step == two.step
    for name in ("v", "refractory", "generators"):
        assert getattr(one, name).tolist() == getattr(two, name).tolist()
    late = [[x[s.spikes[0] > s.step - PLAN.longest_delay].tolist() for x in s.spikes]
            for s in (one, two)]  # fmt: skip
    assert late[0] == late[1]


# What it does.


def test_a_run_is_that_of_numba(board: Board, tmp_path: Path) -> None:
    reports: list[int] = []
    run = board.run(STEPS, progress=reports.append)
    numba = simulate(PLAN, STEPS, "numba")
    assert run.hash == numba.hash
    assert run.events.step.tolist() == numba.events.step.tolist()
    assert run.events.neuron.tolist() == numba.events.neuron.tolist()
    assert (run.engine, run.digest, run.populations) == (
        "ulx3s-85f",
        PLAN.digest,
        numba.populations,
    )
    assert sum(reports) == run.steps == STEPS
    run.save(tmp_path / "run.npz")
    assert runs.load(tmp_path / "run.npz").hash == run.hash


def test_runs_follow_one_another(board: Board) -> None:
    """C1: neither chunks nor runs change a spike."""
    halves = [board.run(0.01, chunk=7), board.run(network=PLAN, duration=0.02)]
    whole = simulate(PLAN, STEPS, "numba")
    steps = np.concatenate([halves[0].events.step, halves[1].events.step + 100])
    assert steps.tolist() == whole.events.step.tolist()
    assert halves[1].hash == whole.hash
    assert board.step == STEPS
    board.reset()
    assert board.run(NETWORK, STEPS).hash == whole.hash
    assert board.run(0).hash == whole.hash


def test_counted_only(board: Board, tmp_path: Path) -> None:
    run = board.run(STEPS, record=False)
    numba = simulate(PLAN, STEPS, "numba")
    assert run.hash == numba.hash
    assert len(run.events.step) == 0
    assert run.counts == {p.name: int(numba.spikes(p.name).sum()) for p in PLAN.populations}
    assert run.rate_hz("exc") == numba.rate_hz("exc")
    with pytest.raises(ValueError, match=r"not only counted. Run with record=True"):
        run.spikes("exc")
    with pytest.raises(ValueError, match=r"not only counted. Run with record=True"):
        _ = run.raster
    run.save(tmp_path / "run.npz")
    assert runs.load(tmp_path / "run.npz").counts == run.counts
    assert board.run(STEPS).hash == simulate(PLAN, 2 * STEPS, "numba").hash


def test_snapshots_fit_all_engines(board: Board) -> None:
    board.run(STEPS)
    engine = NumbaEventEngine(PLAN)
    engine.run(STEPS)
    snapshot = board.snapshot()
    equal(snapshot, engine.snapshot())
    wanted = engine.run(STEPS)
    later = board.run(STEPS).events
    for _ in range(2):
        assert later.step.tolist() == wanted.step.tolist()
        assert later.neuron.tolist() == wanted.neuron.tolist()
        board.restore(snapshot)
        assert board.step == STEPS
        later = board.run(STEPS).events
    engine.restore(snapshot)
    assert engine.run(STEPS).neuron.tolist() == wanted.neuron.tolist()


def test_a_snapshot_of_the_beginning(board: Board) -> None:
    equal(board.snapshot(), beginning(PLAN))


def test_a_snapshot_needs_the_spikes_on_their_way(board: Board) -> None:
    board.run(STEPS, record=False)
    with pytest.raises(BoardError, match=r"has the spikes of the last 15 steps"):
        board.snapshot()
    board.run(PLAN.longest_delay)
    engine = NumbaEventEngine(PLAN)
    engine.run(STEPS + PLAN.longest_delay)
    equal(board.snapshot(), engine.snapshot())


def test_a_snapshot_of_another_network(board: Board) -> None:
    with pytest.raises(ValueError, match=r"snapshot must be of .* with 150 neurons"):
        board.restore(replace(beginning(PLAN), v=np.zeros(3, np.int64)))


def test_pause_and_resume(board: Board) -> None:
    board.reset()
    found: list[str] = []
    at_work = threading.Event()
    thread = threading.Thread(
        target=lambda: found.append(board.run(8_000, progress=lambda _: at_work.set()).hash)
    )
    thread.start()
    assert at_work.wait(10)
    board.pause()
    with pytest.raises(BoardError, match=r"restore\(\) must wait until run\(\) has returned"):
        board.reset()
    thread.join(0.3)
    assert thread.is_alive()
    board.resume()
    thread.join(60)
    assert found == [simulate(PLAN, 8_000, "numba").hash]


def test_what_a_pause_is_not_for(board: Board) -> None:
    with pytest.raises(BoardError, match=r"another thread than run\(\). Use stop"):
        board.run(STEPS, progress=lambda _: board.pause())
    board.pause()
    with pytest.raises(BoardError, match=r"must not be paused when a run begins"):
        board.run(1)
    board.resume()
    assert board.run(STEPS).steps == STEPS


def test_stop(board: Board) -> None:
    run = board.run(10_000_000, progress=lambda _: board.stop(), chunk=100)
    assert run.steps == board.step == 100
    assert run.hash == simulate(PLAN, 100, "numba").hash
    assert board.run(200).hash == simulate(PLAN, STEPS, "numba").hash


@pytest.mark.parametrize("record", [True, False])
def test_a_stream_of_pieces(board: Board, record: bool) -> None:
    pieces: list[runs.Run] = []
    run = board.run(STEPS, chunk=70, record=record, stream=pieces.append)
    wanted = simulate(PLAN, STEPS, "numba")
    assert [piece.steps for piece in pieces] == [70, 70, 70, 70, 20]
    assert [piece.hash for piece in pieces] == [
        simulate(PLAN, steps, "numba").hash for steps in (70, 140, 210, 280, STEPS)
    ]
    assert (run.hash, run.steps, len(run.events.step)) == (wanted.hash, STEPS, 0)
    assert run.counts == {p.name: int(wanted.spikes(p.name).sum()) for p in PLAN.populations}
    if record:
        steps = np.concatenate([p.events.step + 70 * k for k, p in enumerate(pieces)])
        assert steps.tolist() == wanted.events.step.tolist()
    else:
        exc = [piece.counts["exc"] for piece in pieces]
        assert sum(exc) == run.counts["exc"]


def test_a_stream_may_end_the_run(board: Board) -> None:
    run = board.run(10_000_000, chunk=100, stream=lambda piece: False)
    assert run.steps == board.step == 100
    assert board.run(200).hash == simulate(PLAN, STEPS, "numba").hash


def test_an_interrupted_run_needs_a_reset(board: Board) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        board.run(STEPS, progress=interrupt)
    assert board.run(STEPS - board.step).hash == simulate(PLAN, STEPS, "numba").hash


# What it refuses.


def test_durations(board: Board) -> None:
    with pytest.raises(ValueError, match=r"must be a multiple of the step"):
        board.run(0.00015)
    with pytest.raises(ValueError, match=r"steps must be in 0"):
        board.run(-1)
    with pytest.raises(TypeError, match=r"duration must be given after the network"):
        board.run(PLAN)
    with pytest.raises(TypeError, match=r"network must be a Network or a Plan"):
        board.run(1, 2)
    board.step = 2**32 - 10
    with pytest.raises(ValueError, match=r"Reset the board first"):
        board.run(10)


def test_another_network(board: Board) -> None:
    with pytest.raises(BoardError, match=r"the board holds .* not brunel_ai|Build the board for"):
        board.run(brunel_ai(160), STEPS)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("magic", 0, "there is no accelerator at 0x.*: magic is 0x00000000"),
        ("map_version", 7, "the board has registers of version 7, and the bundle of version 1"),
        ("digest", 0xABAB, "the board holds the Plan abab0000.*, and the bundle is of .* Load"),
        ("lanes", 8, "lanes of the board is 8, and of the bundle for ulx3s-85f 4"),
        ("neurons", 8, "neurons of the board is 8, and of the bundle for ulx3s-85f 150"),
        ("populations", 8, "populations of the board is 8, .* 2"),
        ("clock_hz", 8, "clock_hz of the board is 8, .* 50000000"),
        ("features", 3, "features of the board is 3, .* 0"),
    ],
)
def test_another_board(tampered: Tampered, name: str, value: int, message: str) -> None:
    tampered.words[tampered.at(name)] = lambda _: value
    with pytest.raises(BoardError, match=message):
        Board(tampered, tampered.bundle)
    assert tampered.closed


NOTHING = (
    r"there is no accelerator at 0x40000000: address 0x40000000 cannot be read: the bus answered "
    r"with an error, after 0 words"
)


def test_nothing_at_the_address(tampered: Tampered) -> None:
    moved = replace(tampered.bundle, addresses=tampered.bundle.addresses | {"csr": 0x4000_0000})
    with pytest.raises(BoardError, match=NOTHING):
        Board(tampered, moved)  # the bridge gives up after a while


def test_an_error_of_the_bus(tampered: Tampered) -> None:
    def refuse(_: int) -> int:
        raise BusError("address 0xf0000000 cannot be read")

    tampered.words[tampered.at("magic")] = refuse
    with pytest.raises(BoardError, match=r"there is no accelerator at 0x.* cannot be read. Load"):
        Board(tampered, tampered.bundle)


def test_an_upload_is_repeated_once(tampered: Tampered) -> None:
    damages = 1

    def damage(words: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        nonlocal damages
        damages -= 1
        if damages >= 0:
            words[-1] ^= 1
        return words

    load = tampered.bundle.addresses["load"]
    tampered.sent[load] = damage
    board = Board(tampered, tampered.bundle)
    assert board.run(STEPS).hash == simulate(PLAN, STEPS, "numba").hash
    damages = 2
    with pytest.raises(BoardError, match=r"the synapses did not arrive: .* 2 times"):
        board.upload()
    board.upload()
    assert board.run(STEPS).hash == simulate(PLAN, STEPS, "numba").hash


def status(name: str, value: int = 1) -> int:
    return value << by_name()["status"].field(name).first


def test_a_full_spike_queue(tampered: Tampered) -> None:
    board = Board(tampered, tampered.bundle)
    board.run(100)
    tampered.words[tampered.at("status")] = lambda word: word | status("overflow")
    with pytest.raises(BoardError, match=r"queue of the board was full .* larger queue_depth"):
        board.run(100)
    tampered.words.clear()
    with pytest.raises(BoardError, match=r"the last run did not end.*Call reset\(\)"):
        board.run(100)
    board.reset()
    assert board.run(STEPS).hash == simulate(PLAN, STEPS, "numba").hash


def test_words_that_the_loader_refused(tampered: Tampered) -> None:
    board = Board(tampered, tampered.bundle)
    board.run(100)
    tampered.words[tampered.at("status")] = lambda word: word | status("load_error", 2)
    with pytest.raises(BoardError, match=r"refused words .*: a write while the engine was busy"):
        board.run(100)


def test_a_step_that_does_not_end(tampered: Tampered) -> None:
    board = Board(tampered, tampered.bundle, step_timeout_s=0.1)
    tampered.words[tampered.at("status")] = lambda word: word | status("busy")
    with pytest.raises(BoardError, match=r"still busy 0.1 s after a reset"):
        board.run(100)
    tampered.words.clear()
    board.reset()
    tampered.words[tampered.at("status")] = lambda word: word | status("busy")
    with pytest.raises(BoardError, match=r"step 100 did not end in 0.1 s"):
        board.run(100, chunk=100)


def test_spikes_that_are_not_those_of_the_hash(tampered: Tampered) -> None:
    board = Board(tampered, tampered.bundle)
    trace = tampered.bundle.addresses["trace"]
    tampered.words[trace] = lambda word: word if word == EMPTY or word >> 31 else word ^ 1
    with pytest.raises(BoardError, match=r"they are not to be trusted"):
        board.run(STEPS, chunk=30)
    tampered.words[trace] = lambda word: 5
    board.reset()
    with pytest.raises(BoardError, match=r"a trace must begin with a step"):
        board.run(STEPS)


def test_a_wrong_number_of_steps(tampered: Tampered) -> None:
    board = Board(tampered, tampered.bundle)
    tampered.words[tampered.at("step")] = lambda _: 12
    with pytest.raises(BoardError, match=r"the board must stop after step 100, not 12"):
        board.run(100, chunk=100)


@pytest.mark.parametrize("kind", [LinkError, RestartError])
def test_the_cable_is_pulled(tampered: Tampered, kind: type[LinkError]) -> None:
    board = Board(tampered, tampered.bundle)
    board.run(50)
    board.reset()

    def pull(word: int) -> int:
        raise kind("/dev/ttyUSB0 was lost (Input/output error). Plug the board in again")

    tampered.words[tampered.at("hash")] = pull
    with pytest.raises(kind, match=r"was lost .* Plug the board in again \(in step 0 of 300\)"):
        board.run(STEPS)
    tampered.words.clear()
    with pytest.raises(BoardError, match=r"the last run did not end"):
        board.run(STEPS)
    tampered.sent[tampered.bundle.addresses["load"]] = lambda words: words ^ 1
    with pytest.raises(BoardError, match=r"did not arrive"):
        board.restore(beginning(PLAN))
    with pytest.raises(BoardError, match=r"or the last restore failed"):
        board.run(STEPS)
    tampered.sent.clear()
    board.restore(beginning(PLAN))
    assert board.run(STEPS).hash == simulate(PLAN, STEPS, "numba").hash


def test_step_timeout_must_be_positive(tampered: Tampered) -> None:
    with pytest.raises(ValueError, match=r"step_timeout_s"):
        Board(tampered, tampered.bundle, step_timeout_s=0.0)
    assert tampered.closed


def test_lanes_and_map_of_the_bundle(tampered: Tampered) -> None:
    assert tampered.bundle.lanes == LANES
    assert tampered.bundle.map_version == registers.MAP_VERSION
