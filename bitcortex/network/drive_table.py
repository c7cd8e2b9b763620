"""Random events as 16-bit numbers: Poisson tables and probabilities."""

import math

from bitcortex.network.event_plan import MAX_TABLE


def poisson_table(name: str, mean: float) -> tuple[int, ...]:
    """Return the 16-bit cumulative distribution of a Poisson number, without its empty tail.

    Raises
    ------
    ValueError
        If it has more entries than the hardware holds.
    """
    table, term, total, k = [], math.exp(-mean), math.exp(-mean), 0
    while (entry := round(total * 65_536)) < 65_536:
        table.append(entry)
        k += 1
        term *= mean / k
        total += term
        if k > MAX_TABLE:
            raise ValueError(
                f"{name}: a Poisson drive must have at most about 33 events per step, not "
                f"{mean:.3g}. Use fewer inputs of more weight, a smaller dt_ms, or a constant"
            )
    if not table:
        raise ValueError(
            f"{name}: a Poisson drive must have at least {1 / 131072:.2g} events per step "
            f"(16-bit draws), not {mean:.3g}. Raise rate_hz or dt_ms"
        )
    return tuple(table)


def probability_code(thing: str, value: float) -> int:
    """Return a probability in units of 2**-16."""
    code = round(value * 65_536)
    if code == 0 and value > 0.0:
        raise ValueError(
            f"{thing} must be 0 or at least {1 / 131072:.2g} (16-bit draws), not {value:g}. "
            "Raise it, or leave it out"
        )
    return code
