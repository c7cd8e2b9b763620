"""Tables and a plot of a comparison of variants."""

from collections.abc import Sequence
from pathlib import Path

from bitcortex.brunel.compare import Item

COLUMNS = ("variant", "what", "Hz", "expected", "error", "by", "CV", "s", "peak MB", "engine", "")


def cells(item: Item) -> list[str]:
    """Return an item as the cells of a table."""
    if item["missing"]:
        return [item["variant"], item["title"], *[""] * 8, f"missing: {item['missing']}"]

    def number(value: float | None, form: str) -> str:
        return "" if value is None else format(value, form)

    spread = item["seconds_std"]
    notes = []
    if item["ok"] is False:
        notes.append("WRONG")
    if item["spike_for_spike"] is not None:
        notes.append("spike for spike" if item["spike_for_spike"] else "spikes differ")
    if item["rtl"] is not None:
        notes.append("gateware equal" if item["rtl"]["equal"] else "GATEWARE DIFFERS")
    notes += [f"{name} {value:.4g}" for name, value in item["metrics"].items()]
    return [
        item["variant"], item["title"], number(item["rate_hz"], ".2f"),
        number(item["expected_hz"], ".2f"), number(item["error"], "+.2%"), item["expectation"],
        number(item["cv_isi"], ".3f"), f"{item['seconds_mean']:.3g} ± {spread:.1g}",
        number(item["peak_mb"], ".0f"), item["engine"], ", ".join(notes),
    ]  # fmt: skip


def tables(items: Sequence[Item]) -> str:
    """Return a Markdown table per preset."""
    out = []
    for preset in dict.fromkeys(item["preset"] for item in items):
        mine = [item for item in items if item["preset"] == preset]
        one = mine[0]
        out += [
            f"### {preset}: {one['neurons']:,} neurons, {one['seeds']} seeds, "
            f"{one['biological_s']:g} s each", "",
            f"| {' | '.join(COLUMNS)} |",
            f"|---|---{'|---:' * 3}|---{'|---:' * 3}|---|---|",
            *(f"| {' | '.join(cells(item))} |" for item in mine), "",
        ]  # fmt: skip
    return "\n".join(out)


def plot(items: Sequence[Item], path: Path) -> None:
    """Draw rates beside what is expected, and seconds per biological second, a row per preset."""
    from bitcortex.analysis import draw

    presets = list(dict.fromkeys(item["preset"] for item in items))
    figure = draw.new_figure(9.0, 1.2 + 0.24 * len(items))
    panels = figure.subplots(len(presets), 2, squeeze=False)
    for (left, right), preset in zip(panels, presets, strict=True):
        mine = [x for x in items if x["preset"] == preset and x["rate_hz"] is not None]
        for y, item in enumerate(mine):
            left.barh(y, item["rate_hz"], color=draw.SKY, height=0.7)
            if item["expected_hz"]:
                left.plot(item["expected_hz"], y, "|", color=draw.VERMILLION, markersize=11)
            right.barh(y, item["seconds_mean"] / item["biological_s"], color=draw.BLUE, height=0.7)
        for axes in (left, right):
            axes.set_yticks(range(len(mine)), [item["variant"] for item in mine])
            axes.invert_yaxis()
        right.set_xscale("log")
        draw.finish(left, "Hz; red: expected", "", preset)
        draw.finish(right, "seconds per biological second", "", "")
    figure.savefig(path, dpi=150)
