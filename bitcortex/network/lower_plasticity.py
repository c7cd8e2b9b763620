"""From a description of plasticity to its integers."""

from collections.abc import Callable

from bitcortex.network.drive_table import probability_code
from bitcortex.network.loss import Loss
from bitcortex.network.plasticity import Stdp, StochasticSTDP


def lower_stdp(
    label: str,
    rule: StochasticSTDP | None,
    dt_ms: float,
    units: Callable[[str, float], int],
    losses: list[Loss],
) -> Stdp | None:
    """Return a projection's plasticity in steps, 16-bit thresholds and units; None if it has none.

    Parameters
    ----------
    label
        Of the projection.
    rule
        In physical units.
    dt_ms
        Length of a step in ms.
    units
        Turns a named voltage in mV into units and notes the loss.
    losses
        What became of the other numbers is appended here.
    """
    if rule is None:
        return None
    codes = {}
    for name in ("window_plus", "window_minus"):
        wanted = getattr(rule, f"{name}_ms")
        codes[name] = round(wanted / dt_ms)
        losses.append(Loss(f"{label}.{name} (ms)", wanted, codes[name] * dt_ms))
    for name in ("p_plus", "p_minus"):
        wanted = getattr(rule, name)
        codes[name] = probability_code(f"{label}: {name}", wanted)
        losses.append(Loss(f"{label}.{name}", wanted, codes[name] / 65_536))
    for name in ("step", "maximum"):
        codes[name] = units(f"{label}.{name}", getattr(rule, f"{name}_mv"))
    return Stdp(**codes)
