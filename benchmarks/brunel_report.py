"""Medians, comparison, tables and a plot of what `brunel.py` measured."""

from pathlib import Path
from typing import Any

import numpy as np
from simulators import worker

RATE_WITHIN = 0.03  # of the other's rate
CV_WITHIN = 0.03
DISTURBED = 1.25  # median / minimum, or wall / CPU of one thread, above which something else ran
# How many times faster than this the project wants to be: one thread, on a quiet machine.
TARGETS = {
    ("seed-1000", "brian2_cpp", 1): 33.0,
    ("seed-10000", "brian2_cpp", 1): 60.0,
    ("seed-10000", "nest", 1): 200.0,
    ("hetero-10000", "brian2_cpp", 1): 13.0,
    ("seed-100000", "brian2_cpp", 1): 12.0,
}
NAMES = {
    "bitcortex": "bitcortex",
    "lists": "bitcortex, lists of synapses",
    "ablation": "float64 loop, our drive",
    "brian2_cpp": "Brian2 cpp_standalone",
    "brian2_cython": "Brian2 cython",
    "nest": "NEST",
}
OURS = ("bitcortex", "lists")


def summary(
    case: str, row: Any, found: list[Any], without: list[float], neurons: int, steps: int
) -> dict[str, Any]:
    """Return the medians of a row."""
    walls = [done["seconds"]["simulate"] for done in found]
    median = {phase: float(np.median([done["seconds"][phase] for done in found]))
              for phase in worker.PHASES}  # fmt: skip
    wall, cpu = median["simulate"], float(np.median([done["simulate_cpu_s"] for done in found]))
    events = float(np.median([done["events"] for done in found]))
    neuron_s = float(np.median(without)) if without else None
    cvs = [done["cv_isi"] for done in found if done["cv_isi"] is not None]
    disturbed = wall > DISTURBED * min(walls) or (row.threads == 1 and wall > DISTURBED * cpu)
    return {
        "case": case,
        "name": row.name,
        "label": NAMES[row.name],
        "threads": row.threads,
        "threads_used": found[0].get("threads_used", row.threads),
        "repeats": len(found),
        "seconds": median,
        "simulate_s": walls,
        "simulate_cpu_s": cpu,
        "disturbed": bool(disturbed),
        "peak_rss_bytes": max(done["peak_rss_bytes"] for done in found),
        "end_rss_bytes": max(done["end_rss_bytes"] for done in found),
        "rate_hz": float(np.mean([done["rate_hz"] for done in found])),
        "cv_isi": float(np.mean(cvs)) if cvs else None,
        "synaptic_events": events,
        "simulate_without_synapses_cpu_s": neuron_s,
        "ns_per_neuron_update": neuron_s / (neurons * steps) * 1e9 if neuron_s else None,
        "ns_per_synaptic_event": (cpu - neuron_s) / events * 1e9
        if neuron_s and cpu > neuron_s and events
        else None,
        "hash": found[0].get("hash"),
        "versions": found[0]["versions"],
    }


def compare(case: str, items: list[Any], equal: bool) -> None:
    """Add to every item how many times slower it is than we, if it does the same."""
    by_row = {(item["name"], item["threads"]): item for item in items}
    for item in items:
        item |= {"factor": None, "factor_cpu": None, "note": "",
                 "factor_target": TARGETS.get((case, item["name"], item["threads"]))}  # fmt: skip
        if item["name"] in OURS and not equal:
            item["note"] = "spikes differ"
        elif _waits(item, by_row):
            item["note"] = "threads wait for each other"
        ours = by_row.get(("bitcortex", item["threads"]))
        if ours is None or item is ours or item["note"] or not equal or _waits(ours, by_row):
            continue
        rate = abs(item["rate_hz"] - ours["rate_hz"]) <= RATE_WITHIN * item["rate_hz"]
        cvs = item["cv_isi"], ours["cv_isi"]
        cv = cvs == (None, None) or (None not in cvs and abs(cvs[0] - cvs[1]) <= CV_WITHIN)
        if not rate or not cv:
            item["note"] = "rates differ" if not rate else "CV differs"
            continue
        item["factor"] = item["seconds"]["simulate"] / ours["seconds"]["simulate"]
        if item["threads"] == 1:
            item["factor_cpu"] = item["simulate_cpu_s"] / ours["simulate_cpu_s"]


def _waits(item: Any, by_row: dict[tuple[str, int], Any]) -> bool:
    """Return whether it is slower than on one thread: threads spin when others use the cores."""
    one = by_row.get((item["name"], 1), item)
    return bool(item["seconds"]["simulate"] > DISTURBED * one["seconds"]["simulate"])


def header(about: dict[str, Any], items: list[Any]) -> list[str]:
    """Return when, on what and with which versions, as lines."""
    versions = {}
    for item in items:
        for name, version in item["versions"].items():
            label = f"{name} (simulators)" if item["name"] not in (*OURS, "ablation") and name in (
                "numpy", "python") else name  # fmt: skip
            versions[label] = version
    compile_s = ", ".join(
        f"{s:.1f} s for --threads {t}" for t, s in about["cold_compile_s"].items()
    )
    return [
        f"{about['date']}, {about['cpu']}, {about['cores']} cores, "
        f"{about['memory_bytes'] / 2**30:.0f} GB, load {about['load_before']:.1f} before and "
        f"{about['load_after']:.1f} after; medians of {about['repeats']} interleaved runs.",
        ", ".join(f"{name} {version}" for name, version in sorted(versions.items())) + ".",
        *([f"Our kernels compile once per machine: {compile_s}."] if compile_s else []),
    ]


COLUMNS = ("simulator", "thr", "sim s", "CPU s", "x real", "slower", "by CPU", "target", "Hz", "CV",
           "ns/upd", "ns/event", "build", "connect", "compile", "peak MB", "end MB",
           "")  # fmt: skip


def cells(item: dict[str, Any]) -> list[str]:
    """Return an item as the cells of a table."""
    threads = str(item["threads"])
    if item["threads_used"] != item["threads"]:
        threads += f" (uses {item['threads_used']})"
    factor, target = item["factor"], item["factor_target"]
    seconds = item["seconds"]
    notes = [item["note"], "disturbed" if item["disturbed"] else ""]
    return [
        item["label"], threads, f"{seconds['simulate']:.4g}", f"{item['simulate_cpu_s']:.4g}",
        f"{item['real_time_factor']:.3g}",
        f"{factor:.3g} x" if factor else "",
        f"{item['factor_cpu']:.3g} x" if item["factor_cpu"] else "",
        f">= {target:g} x" if target else "",
        f"{item['rate_hz']:.2f}", "" if item["cv_isi"] is None else f"{item['cv_isi']:.3f}",
        *("" if item[k] is None else f"{item[k]:.3g}"
          for k in ("ns_per_neuron_update", "ns_per_synaptic_event")),
        *(f"{seconds[phase]:.2f}" for phase in ("build", "connect", "compile")),
        *(f"{item[f'{k}_rss_bytes'] / 1e6:.0f}" for k in ("peak", "end")),
        ", ".join(filter(None, notes)),
    ]  # fmt: skip


def tables(items: list[Any], markdown: bool) -> str:
    """Return a table per case, as text or Markdown."""
    out = []
    for case in dict.fromkeys(item["case"] for item in items):
        mine = [item for item in items if item["case"] == case]
        one = mine[0]
        title = f"{case}: {one['what']}; {one['neurons']:,} neurons, {one['synapses']:,} synapses"
        title += f", {one['biological_s']:g} s"
        grid = [list(COLUMNS), *map(cells, mine)]
        if markdown:
            grid.insert(1, ["---"] + ["---:"] * (len(COLUMNS) - 2) + ["---"])
            out += [f"### {title}", "", *(f"| {' | '.join(row)} |" for row in grid), ""]
            continue
        widths = [max(len(row[i]) for row in grid) for i in range(len(COLUMNS))]
        out += [title]
        for row in grid:
            pairs = enumerate(zip(row, widths, strict=True))
            line = [x.rjust(w) if 0 < i < len(row) - 1 else x.ljust(w) for i, (x, w) in pairs]
            out.append("  ".join(line).rstrip())
        out.append("")
    return "\n".join(out)


def plot(items: list[Any], path: Path) -> None:
    """Draw seconds per biological second, a panel per case."""
    from bitcortex.analysis import draw

    names = list(dict.fromkeys(item["case"] for item in items))
    counts = [sum(item["case"] == case for item in items) for case in names]
    figure = draw.new_figure(8.0, 1.0 + 0.26 * sum(counts) + 0.75 * len(names))
    panels = figure.subplots(len(names), 1, squeeze=False, sharex=True,
                             height_ratios=[count + 1 for count in counts])[:, 0]  # fmt: skip
    every = [1 / item["real_time_factor"] for item in items]
    for axes, case in zip(panels, names, strict=True):
        mine = [item for item in items if item["case"] == case]
        for y, item in enumerate(mine):
            value = 1 / item["real_time_factor"]
            colour = draw.BLUE if item["name"] in OURS else (
                draw.SKY if item["name"] == "ablation" else draw.ORANGE)  # fmt: skip
            axes.barh(y, value, color=colour, height=0.7)
            text = f" {value:.3g} s" + (f"  ({item['factor']:.3g} x)" if item["factor"] else "")
            axes.text(value, y, text + (f"  {item['note']}" if item["note"] else ""),
                      va="center", fontsize=8, color=draw.INK)  # fmt: skip
        axes.set_yticks(range(len(mine)), [f"{x['label']}, {x['threads']} thr" for x in mine])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlim(min(*every, 1.0) / 2, max(*every, 1.0) * 40)
        axes.axvline(1.0, color=draw.SOFT, linewidth=0.8, linestyle=":")
        last = axes is panels[-1]
        label = "seconds of compute per biological second; dotted: real time"
        label += "\n(n x): times slower than bitcortex on as many threads"
        draw.finish(axes, label if last else "", "", case)
    figure.savefig(path, dpi=150)
