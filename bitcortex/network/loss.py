"""What lowering lost, as a table the user sees."""

from dataclasses import dataclass
from typing import Generic, TypeVar

P = TypeVar("P")  # of Plan


@dataclass(frozen=True)
class Loss:
    """What became of one number."""

    thing: str  # for example "exc.tau_ms"
    wanted: float
    got: float
    note: str = ""

    @property
    def error(self) -> float:
        """Relative error; absolute where the wanted value is 0."""
        return (self.got - self.wanted) / (abs(self.wanted) or 1.0)


@dataclass(frozen=True)
class Lowered(Generic[P]):
    """A Plan and what was lost on the way."""

    plan: P
    losses: tuple[Loss, ...]

    def table(self) -> str:
        """Return the loss table as text, one line per number."""
        rows = [("number", "wanted", "got", "error", "")]
        for loss in self.losses:
            values = (f"{loss.wanted:.6g}", f"{loss.got:.6g}", f"{loss.error:+.3%}")
            rows.append((loss.thing, *values, loss.note))
        widths = [max(len(row[i]) for row in rows) for i in range(5)]
        return "\n".join(
            "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )
