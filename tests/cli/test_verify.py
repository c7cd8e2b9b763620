"""`bitcortex verify`: what it reports when all is well, and when it is not."""

import argparse
import dataclasses
import io
import json
from pathlib import Path

import pytest
from migen import If
from rich.console import Console

from bitcortex.cli import verify as verb
from bitcortex.cli.result import Result
from bitcortex.gateware.encode import lfsr
from bitcortex.models.encode.lfsr import LfsrParams
from bitcortex.sim.twin import Equality, Twin, compare, find
from bitcortex.sim.verify.mutants import Score, Survivor
from bitcortex.sim.verify.twins import Verdict, window


def command(*words: str) -> Result:
    parser = argparse.ArgumentParser()
    verb.add_arguments(parser)
    return verb.run(parser.parse_args(words), Console(stderr=True, quiet=True))


def printed(result: Result) -> str:
    console = Console(record=True, width=120, file=io.StringIO())
    verb.show(result, console)
    return console.export_text()


class Broken(lfsr.Lfsr):  # type: ignore[misc]
    """One line too many: a seed of 0 is taken."""

    def __init__(self, params: LfsrParams) -> None:
        super().__init__(params)
        self.sync += If(self.reseed & (self.seed == 0), self.value.eq(0))


def broken() -> Twin:
    return dataclasses.replace(find("encode.lfsr"), gateware=Broken)


def test_a_twin_that_is_equal() -> None:
    result = command("encode.lfsr", "--cycles", "20000", "--mutants", "10")
    assert result.ok
    (item,) = json.loads(result.json())["items"]
    assert item["name"] == "encode.lfsr"
    assert item["engines"] == ["golden", "rtl"]
    assert item["cycles"] == 20_000
    assert item["equal"] is True
    assert item["mutants"] == 10
    assert item["killed"] + len(item["survivors"]) == 10
    assert [case["case"] for case in item["cases"]] == list(find("encode.lfsr").cases)
    assert (
        item["hash"] == item["cases"][0]["hash"] == compare(find("encode.lfsr"), "w16", 20_000).hash
    )
    assert "yes" in printed(result)


def test_without_mutants() -> None:
    result = command("encode.lfsr", "--cycles", "5000", "--mutants", "0")
    assert result.ok
    assert result.items[0]["mutants"] is None
    assert result.items[0]["killed"] is None


def test_a_difference_is_shown_with_its_waveform(tmp_path: Path) -> None:
    twin = broken()
    equality = compare(twin, "w16", 20_000)
    difference = equality.difference
    assert difference is not None
    path = window(twin, "w16", difference.cycle, 20_000, tmp_path / "w16.vcd")
    item = verb.item(Verdict("encode.lfsr", {"w16": equality}, waveform=path))
    assert item["equal"] is False
    assert item["cases"][0]["difference"] == {
        "cycle": difference.cycle,
        "port": "value",
        "golden": difference.golden,
        "gateware": 0,
    }
    text = " ".join(printed(Result(False, [item])).split())
    assert f"cycle {difference.cycle}: value is 0 in the gateware" in text
    assert "waveform around the difference in" in text
    waves = path.read_text()
    times = [int(line[1:]) for line in waves.splitlines() if line.startswith("#")]
    assert times[0] == max(0, difference.cycle - 60) * 10
    assert times[0] <= difference.cycle * 10 <= times[-1] <= (difference.cycle + 20) * 10
    assert "value" in waves


def test_a_condition_that_was_never_reached_is_a_failure() -> None:
    equality = Equality(10, "0" * 16, None, {"saturates": False, "pause": True})
    verdict = Verdict("encode.lfsr", {"w16": equality})
    assert not verdict.ok
    item = verb.item(verdict)
    assert item["equal"] is False
    assert item["cases"][0]["missed"] == ["saturates"]
    assert "never reached: saturates" in printed(Result(False, [item]))


def test_too_few_killed_mutants_are_a_failure() -> None:
    equality = Equality(10, "0" * 16, None, {"pause": True})
    survivors = tuple(Survivor(f"inv A[{i}]", "unexplained") for i in range(11))
    verdict = Verdict("encode.lfsr", {"w16": equality}, Score(200, 189, 10, survivors))
    assert verdict.equal
    assert not verdict.ok
    text = printed(Result(False, [verb.item(verdict)]))
    assert "fewer than 95 % of the mutants were killed" in text
    assert "survived: inv A[10]: unexplained" in text
    assert dataclasses.replace(verdict, score=Score(200, 190, 10, survivors[:10])).ok


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give --all or modules of .*encode.lfsr"),
        (["encode.lfsr", "--all"], "give --all or modules"),
        (["encode.lsfr"], r"module must be one of .*, not 'encode\.lsfr'"),
        (["encode.lfsr", "--cycles", "0"], "cycles must be in"),
        (["encode.lfsr", "--mutants", "251"], r"mutants must be in 0\.\.250"),
    ],
)
def test_mistakes(words: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        command(*words)
