"""A network while it runs: raster, rates, real-time factor and progress, in the terminal."""

import time
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bitcortex.analysis.draw import BLUE, GREEN, PURPLE, VERMILLION
from bitcortex.network.run import Run

WINDOW_S = 0.2  # of biological time that is shown
PLAIN_S = 1.0  # between two lines where there is no terminal
_MARGIN = 12  # columns to the left of the raster
_COLOURS = (BLUE, VERMILLION, GREEN, PURPLE)
# Dots of a Braille character, by row and column (Unicode 16, table U2800).
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


class LiveRaster:
    """Shows the pieces of a run as they come; one line a second where there is no terminal.

    A column of dots is some steps, a row is a neuron: if there are more neurons than rows, those
    shown are evenly spaced. The latest `WINDOW_S` is shown, and rates are those of that time.

    Parameters
    ----------
    console
        Where to.
    title
        What runs.
    steps
        How many there will be.
    """

    def __init__(self, console: Console, title: str, steps: int) -> None:
        self.console = console
        self.title = title
        self.steps = steps
        self.done = 0  # steps
        self._begin = self._shown = time.monotonic()
        self._step = self._neuron = np.zeros(0, np.int64)  # of the latest time
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(console=console, auto_refresh=False, vertical_overflow="crop")

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()  # the last picture stays

    def add(self, run: Run) -> None:
        """Show a piece of the run."""
        events = run.events
        if self.done == 0:  # without the time in which an engine was compiled
            self._begin = time.monotonic() - run.seconds
        step = np.concatenate([self._step, events.step + self.done])
        neuron = np.concatenate([self._neuron, events.neuron])
        self.done += events.steps
        young = step >= self.done - self._window(run)
        self._step, self._neuron = step[young], neuron[young]
        now = time.monotonic()
        if self._live is not None:
            self._live.update(self.picture(run), refresh=True)
        elif now - self._shown >= PLAIN_S or self.done == self.steps:
            self._shown = now
            rates = ", ".join(f"{name} {self._rate(run, name):.1f} Hz" for name in run.populations)
            self.console.print(
                f"{self.title} on {run.engine}: {self._progress(run)}, {rates}",
                markup=False, highlight=False, soft_wrap=True,
            )  # fmt: skip

    def picture(self, run: Run) -> RenderableType:
        """Return what the terminal shows after a piece."""
        height = max(len(run.populations), min(self.console.height - 5, 40))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=_MARGIN, overflow="ellipsis")
        table.add_column(no_wrap=True)
        sizes = [size for _, size in run.populations.values()]
        for k, (name, lines) in enumerate(zip(run.populations, shares(sizes, height), strict=True)):
            colour = _COLOURS[k % len(_COLOURS)]
            shown = min(4 * lines, sizes[k])
            label = Text(name, style=f"bold {colour}")
            label.append(f"\n{self._rate(run, name):.1f} Hz" if lines > 1 else "", style="default")
            label.append(f"\n{shown} of {sizes[k]}" if lines > 2 else "", style="dim")
            table.add_row(label, Text("\n".join(self._dots(run, name, lines)), style=colour))
        bar = Table.grid(padding=(0, 1))
        bar.add_row(
            ProgressBar(self.steps or 1, self.done, width=_MARGIN + 8), Text(self._progress(run))
        )
        title = f"{self.title} on {run.engine}, the last {1e3 * self._span(run):.0f} ms"
        return Group(Rule(Text(title), style="dim", align="left"), table, bar)

    def _window(self, run: Run) -> int:
        """Return the steps that are shown: a multiple of the columns of dots."""
        columns = 2 * max(10, self.console.width - _MARGIN - 2)
        wanted = min(WINDOW_S / run.dt_s, self.steps)
        return columns * max(1, -(-int(wanted) // columns))

    def _span(self, run: Run) -> float:
        """Return the seconds that have been, of those shown."""
        return min(self._window(run), self.done) * run.dt_s

    def _rate(self, run: Run, name: str) -> float:
        first, size = run.populations[name]
        mine = (self._neuron >= first) & (self._neuron < first + size)
        return float(np.count_nonzero(mine)) / (size * self._span(run)) if self.done else 0.0

    def _progress(self, run: Run) -> str:
        """Return how far it is, and how fast."""
        spent = max(time.monotonic() - self._begin, 1e-9)
        factor = self.done * run.dt_s / spent
        left = spent * (self.steps - self.done) / max(1, self.done)
        return (
            f"step {self.done:,} of {self.steps:,}, {self.done * run.dt_s:.3f} s at "
            f"{factor:.3g} x real time, {left:.0f} s left"
        )

    def _dots(self, run: Run, name: str, lines: int) -> list[str]:
        """Return the raster of a population, in characters of 4 neurons times 2 columns."""
        first, size = run.populations[name]
        window = self._window(run)
        rows, columns = 4 * lines, 2 * max(10, self.console.width - _MARGIN - 2)
        start = max(0, self.done - window)
        column = (self._step - start) * columns // window
        number = self._neuron - first
        # Neuron k is shown in row k * rows // size if it is the first one there.
        row = number * rows // size if size > rows else number
        sampled = (number * rows) % size < rows if size > rows else np.full(len(number), True)
        mine = (number >= 0) & (number < size) & sampled
        dots = np.zeros((rows, columns), bool)
        dots[row[mine], column[mine]] = True
        return braille(dots)


def shares(sizes: list[int], lines: int) -> list[int]:
    """Return lines for every population: one at least, the others by size."""
    spare = max(0, lines - len(sizes))
    ends = (np.cumsum(sizes) * spare + sum(sizes) // 2) // max(1, sum(sizes))
    return [1 + int(more) for more in np.diff(ends, prepend=0)]


def braille(dots: NDArray[np.bool_]) -> list[str]:
    """Return lines of Braille characters, each of 4 rows and 2 columns of dots."""
    rows, columns = dots.shape
    cells = dots.reshape(rows // 4, 4, columns // 2, 2).swapaxes(1, 2)
    codes = 0x2800 + (cells * _DOTS).sum(axis=(2, 3))
    return ["".join(map(chr, line)) for line in codes]
