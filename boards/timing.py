"""Clock frequencies and longest paths from nextpnr's report."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_KINDS = ("logic", "routing")


@dataclass(frozen=True)
class LongestPath:
    """The path that limits a clock.

    Parameters
    ----------
    start, end
        Cell and port where it begins and ends.
    logic_ns, routing_ns
        Delays of cells, set-up time included, and of wires.
    levels
        Cells between the two.
    """

    start: str
    end: str
    logic_ns: float
    routing_ns: float
    levels: int

    @property
    def ns(self) -> float:
        """Its whole delay."""
        return self.logic_ns + self.routing_ns

    def __str__(self) -> str:
        return (
            f"from {self.start} to {self.end}, {self.ns:.1f} ns: {self.logic_ns:.1f} ns in "
            f"{self.levels} levels of logic, {self.routing_ns:.1f} ns on wires"
        )


@dataclass(frozen=True)
class Clock:
    """A clock of a placed and routed design."""

    name: str
    mhz: float  # what it reaches
    wanted_mhz: float
    path: LongestPath | None  # None if nothing in the report limits it

    @property
    def met(self) -> bool:
        """Whether it is fast enough."""
        return self.mhz >= self.wanted_mhz


def clocks(report: Mapping[str, Any]) -> tuple[Clock, ...]:
    """Return the clocks of a report that nextpnr wrote, the one with the least slack first."""
    found = []
    for name, figures in report["fmax"].items():
        paths = [
            path
            for path in report.get("critical_paths", [])
            if _domain(path["from"]) == name == _domain(path["to"])
        ]
        path = max((_path(p["path"]) for p in paths), key=lambda p: p.ns, default=None)
        found.append(Clock(name, figures["achieved"], figures["constraint"], path))
    return tuple(sorted(found, key=lambda clock: clock.mhz / clock.wanted_mhz))


def failure(board: str, clock: Clock, seeds: int) -> str:
    """Return what a user is told of a clock that is too slow."""
    path = f" The longest path is {clock.path}." if clock.path else ""
    return (
        f"the clock {clock.name} of {board} must reach {clock.wanted_mhz:.2f} MHz, not "
        f"{clock.mhz:.2f} MHz (the best of {seeds} placements).{path} Use more --seeds, fewer "
        "--lanes, or a lower --sys-clk-freq"
    )


def _domain(end: str) -> str:
    """Return the clock of ``posedge NAME``."""
    return end.partition(" ")[2] or end


def _path(hops: list[dict[str, Any]]) -> LongestPath:
    delays = dict.fromkeys(_KINDS, 0.0)
    for hop in hops:
        delays["routing" if hop["type"] == "routing" else "logic"] += hop["delay"]
    first, last = hops[0]["from"], hops[-1]["to"]
    return LongestPath(
        start=f"{first['cell']}.{first['port']}",
        end=f"{last['cell']}.{last['port']}",
        logic_ns=delays["logic"],
        routing_ns=delays["routing"],
        levels=sum(hop["type"] == "logic" for hop in hops),
    )
