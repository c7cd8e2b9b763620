"""A network's image for the ROM: what the driver would upload, and what the console must know."""

from pathlib import Path

import numpy as np

from bitcortex.firmware.compile import compile_firmware
from bitcortex.host.bundle import Bundle
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words, crc
from bitcortex.network.registers import digest_value
from bitcortex.network.snapshot import beginning

MAGIC = 0x6963_7462  # "btci", the first byte lowest
VERSION = 1
HEADER = 23  # words: `struct image` of image.h
_CHECKED = 4  # words in front of those that the CRC is of


def check_alone(plan: EventPlan) -> None:
    """Check that a network runs without a host.

    Raises
    ------
    ValueError
        If it has recorded spikes, which come from a host.
    """
    if plan.recorded:
        names = ", ".join(r.name for r in plan.recorded)
        raise ValueError(
            f"{plan.name} must have no recorded spikes to run without a host, but {names} has. "
            "Build it without a CPU, or use sources that are drawn"
        )


def network_image(bundle: Bundle) -> Words:
    """Return the image of a bundle's network.

    Its words for the loader are those that `bitcortex.host.board.Board` sends.

    Raises
    ------
    ValueError
        If the network has recorded spikes, which come from a host.
    """
    plan = bundle.plan
    check_alone(plan)
    synapses, states = bundle.synapses, bundle.states.words(plan, beginning(plan))
    parts: list[Words] = []
    places: dict[str, int] = {}

    def add(name: str, words: Words) -> None:
        places[name] = HEADER + sum(map(len, parts))
        parts.append(words)

    add("name", _text(plan.name))
    for p in plan.populations:
        add(f"name of {p.name}", _text(p.name))
    table = [(places[f"name of {p.name}"], plan.size(p.name)) for p in plan.populations]
    add("table", np.array(table, np.uint32).reshape(-1))
    add("synapses", synapses)
    add("states", states)
    digest = digest_value(plan.digest)
    header = [
        *(digest >> 32 * n & 0xFFFF_FFFF for n in range(8)),
        plan.dt_ns, plan.neurons, len(plan.populations), places["name"], places["table"],
        places["synapses"], len(synapses), crc(synapses),
        places["states"], len(states), crc(states),
    ]  # fmt: skip
    body = np.concatenate([np.array(header, np.uint32), *parts])
    head = np.array([MAGIC, VERSION, len(body), crc(body)], np.uint32)
    return np.concatenate([head, body])


def rom(bundle: Bundle, cache: Path) -> Words:
    """Return the content of a board's ROM: the firmware, and the image of a bundle's network.

    Parameters
    ----------
    bundle
        Of the engine beside the CPU.
    cache
        Folder for what the compiler keeps.

    Raises
    ------
    ValueError
        If the network needs a host.
    ToolError
        If there is no compiler.
    """
    image = network_image(bundle)
    return np.concatenate([compile_firmware(cache), image])


def _text(text: str) -> Words:
    """Return a text as whole words, with at least one zero at its end."""
    data = text.encode()
    return np.frombuffer(data + bytes(4 - len(data) % 4), "<u4").astype(np.uint32)
