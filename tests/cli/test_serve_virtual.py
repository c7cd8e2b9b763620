"""`bitcortex serve-virtual`: killed, started again, ended by Ctrl-C."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from virtual_board import NETWORK, PLAN

import bitcortex as bc
from bitcortex.cli.main import main
from bitcortex.errors import BundleError, LinkError
from bitcortex.host.connect import transport
from bitcortex.host.console import Console
from bitcortex.sim.simulate import simulate

STEPS = 200


@contextmanager
def serving(plan: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a server, and return its process and its address."""
    command = [sys.executable, "-m", "bitcortex", "serve-virtual", "--network", str(plan)]
    process = subprocess.Popen(
        [*command, "--lanes", "4", "--json", *more],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"COLUMNS": "200"},
        # Where the tests run in the background of a shell, it is ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    assert process.stderr is not None
    try:
        assert select.select([process.stderr], [], [], 120)[0]
        line = process.stderr.readline()
        found = re.search(r"virtual ulx3s-85f with \S+ at (\S+), Ctrl-C ends it", line)
        assert found, line
        yield process, found[1]
    finally:
        process.kill()
        process.communicate()


def test_killed_and_started_again(tmp_path: Path) -> None:
    plan, bundle = tmp_path / "plan.json", tmp_path / "b.zip"
    PLAN.save(plan)
    wanted = simulate(PLAN, STEPS, "numba").hash
    with serving(plan, "--port", "0", "--bundle", str(bundle)) as (process, address):
        board = bc.open(address, bundle=bundle, timeout_s=2.0)
        assert board.run(STEPS).hash == wanted
        begin = time.monotonic()
        with pytest.raises(LinkError, match=r"the connection to .* was lost .* Open it again"):
            board.run(10_000_000, progress=lambda _: process.kill())
        assert time.monotonic() - begin < 5.0
        board.close()
        with pytest.raises(LinkError, match=r"refused the connection|was lost"):
            bc.open(address, bundle=bundle, timeout_s=2.0)
    with serving(plan, "--port", address.rpartition(":")[2]) as (process, again):
        assert again == address
        assert bc.simulate(NETWORK, STEPS, engine=address).hash == wanted
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0
        assert "Traceback" not in err
        (item,) = json.loads(out)["items"]
        assert item["address"] == address
        assert item["digest"] == PLAN.digest
        assert item["cycles"] > 1000


@pytest.mark.full
@pytest.mark.parametrize(
    ("line", "begins"), [(("--pty",), "/dev/"), (("--udp", "--port", "0"), "udp://127.0.0.1:")]
)
def test_other_lines(tmp_path: Path, line: tuple[str, ...], begins: str) -> None:
    plan = tmp_path / "plan.json"
    PLAN.save(plan)
    with serving(plan, *line) as (_, address):
        assert address.startswith(begins)
        run = bc.simulate(NETWORK, STEPS, engine=address)
    assert run.hash == simulate(PLAN, STEPS, "numba").hash


@pytest.mark.full
def test_the_console_of_a_cpu(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    PLAN.save(plan)
    wanted = simulate(PLAN, STEPS, "numba").hash
    with serving(plan, "--port", "0", "--cpu", "vexriscv") as (process, address):
        for _ in range(2):  # people come and go
            with Console(transport(address)) as console:
                console.ask("reset")
                console.ask(f"run {STEPS}", timeout_s=60.0)
                assert console.ask("hash") == [wanted]
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        (item,) = json.loads(out)["items"]
        assert item["cpu"] == "vexriscv"


@pytest.mark.full
def test_a_network_is_sent_to_a_board_with_sdram(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, bundle = tmp_path / "plan.json", tmp_path / "board.zip"
    PLAN.save(plan)
    wanted = simulate(PLAN, STEPS, "numba").hash
    options = ("--port", "0", "--cpu", "vexriscv", "--sdram", "--bundle", str(bundle))
    with serving(plan, *options) as (process, address):
        call = ["console", address, "--send", str(bundle), "--ask", f"run {STEPS}", "hash"]
        assert main([*call, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["items"][-1]["lines"] == [wanted]
        with pytest.raises(BundleError, match=r"with a link, not with a CPU"):
            bc.open(address, bundle=bundle)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
        assert json.loads(out)["items"][0]["sdram"] is True


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (("--network", "brunel-ai", "--board", "xyz"), "board must be one of ulx3s-85f,"),
        (("--network", "nothing"), "network must be one of"),
        (("--network", "column"), "must be event-driven to run on a board"),
        (("--network", "brunel-ai", "--host", "192.0.2.1"), "cannot be listened at"),
        (("--network", "brunel-ai", "--cpu", "z80"), "--cpu must be one of vexriscv, not 'z80'"),
        (("--network", "brunel-ai", "--sdram"), "sdram must be False without a CPU"),
        (
            ("--network", "brunel-ai", "--board", "icebreaker", "--cpu", "vexriscv", "--sdram"),
            "sdram must be False for icebreaker: no chip is declared for it",
        ),
        (("--network", "brunel-ai", "--port", "70000"), "port must be in 0..65535"),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], message: str) -> None:
    assert main(["serve-virtual", *argv]) == 2
    assert message in " ".join(capsys.readouterr().err.split())


def test_run_on_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PLAN.save(tmp_path / "plan.json")
    argv = ["run", str(tmp_path / "plan.json"), "--steps", str(STEPS), "--json"]
    assert main([*argv, "--engine", "virtual:ulx3s", "--lanes", "4"]) == 0
    first = json.loads(capsys.readouterr().out)["items"][0]
    assert first["engine"] == "virtual:ulx3s-85f"
    assert first["hash"] == simulate(PLAN, STEPS, "numba").hash
    assert main([*argv, "--engine", "/dev/ttyUSB77"]) == 2
    err = " ".join(capsys.readouterr().err.split())
    assert re.search("there is no bundle of|/dev/ttyUSB77 must be a serial port", err)
