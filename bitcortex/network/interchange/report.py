"""What became of every part of a foreign network: mapped, approximated or refused."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bitcortex.errors import UserError
from bitcortex.network.run import Run

STATUSES = ("mapped", "approximated", "refused")


@dataclass(frozen=True)
class Line:
    """What became of one thing.

    Parameters
    ----------
    thing
        Name of the object, and which of its properties.
    text
        As it was written.
    status
        ``mapped``: means the same; ``approximated``: `reason` says how it differs; ``refused``.
    reason
        What it became, or why not.
    fix
        The nearest thing that works, if it was refused.
    """

    thing: str
    text: str
    status: str
    reason: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Part:
    """Neurons of a foreign group that are a population (or source) of ours.

    Parameters
    ----------
    name
        Of the population.
    indices
        Of its neurons in the group, in the population's order.
    """

    name: str
    indices: NDArray[np.int64]


@dataclass
class Report:
    """Lines of an import, and where its neurons went.

    Parameters
    ----------
    source
        ``Brian2`` or ``NIR``.
    lines
        In the order of the foreign network.
    parts
        Populations of every group of neurons.
    late
        Steps by which spikes of a group are late (NIR: the depth of the node).
    """

    source: str
    lines: list[Line] = field(default_factory=list)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)

    @property
    def refused(self) -> list[Line]:
        """The lines that were refused."""
        return [line for line in self.lines if line.status == "refused"]

    def add(self, thing: str, text: object, status: str, reason: str = "", fix: str = "") -> None:
        """Append a line; newlines of the text become semicolons."""
        pieces = (piece.strip() for piece in str(text).splitlines())
        self.lines.append(Line(thing, "; ".join(filter(None, pieces)), status, reason, fix))

    def check(self) -> None:
        """Raise `RefusedError` if a line was refused."""
        if self.refused:
            raise RefusedError(self)

    def spikes(self, run: Run, group: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return steps and neurons of a group's spikes, as the foreign network counts both.

        Raises
        ------
        ValueError
            If there is no such group of neurons.
        """
        if group not in self.parts:
            raise ValueError(f"group must be one of {', '.join(self.parts)}, not {group!r}")
        steps, neurons = [], []
        for part in self.parts[group]:
            first, size = run.populations[part.name]
            mine = (run.events.neuron >= first) & (run.events.neuron < first + size)
            steps.append(run.events.step[mine] - self.late.get(group, 0))
            neurons.append(part.indices[run.events.neuron[mine] - first])
        step, neuron = np.concatenate(steps), np.concatenate(neurons)
        order = np.lexsort((neuron, step))
        return step[order], neuron[order]

    def items(self) -> list[dict[str, Any]]:
        """Return the lines as dictionaries of strings."""
        return [asdict(line) for line in self.lines]

    def table(self) -> str:
        """Return the lines as text; what was refused says what to do."""
        rows = [("what", "status", "as written", "became")]
        for line in self.lines:
            became = f"{line.reason}. {line.fix}" if line.fix else line.reason
            text = line.text if len(line.text) <= 48 else line.text[:45] + "..."
            rows.append((line.thing, line.status, text, became))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        return "\n".join(
            "  ".join([*map(str.ljust, row[:3], widths), row[3]]).rstrip() for row in rows
        )


class RefusedError(UserError):
    """A foreign network has parts that cannot be represented; `report` has all lines."""

    def __init__(self, report: Report) -> None:
        self.report = report
        said = [
            f"{line.thing}: {line.text}\n    {line.reason}. {line.fix}" for line in report.refused
        ]
        count = "1 part" if len(said) == 1 else f"{len(said)} parts"
        super().__init__(
            f"{count} of the {report.source} network cannot be represented:\n  " + "\n  ".join(said)
        )


class Refusal(Exception):  # noqa: N818  (raised and caught within an import)
    """Why one line is refused, and what to do instead."""

    def __init__(self, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.reason, self.fix = reason, fix
