"""The table of parameters: from Brian2 to every variant, and what rounding loses."""

from collections.abc import Sequence

from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.registry import VARIANTS, Mapped, find

PARAMETERS = ("tau", "v_th", "v_reset", "J", "g*J", "rate", "refractory")
SHOWN = ("V1", "V3", "V3t", "V2", "V11", "V11t", "V4", "V14", "V18")  # the columns of most interest


def mapping_table(params: BrunelParams, variants: Sequence[str] = SHOWN) -> str:
    """Return the mapping as Markdown: a row per parameter of Brian2, a column per variant.

    A cell has the variant's name of the number, its value, and its error if there is one.

    Parameters
    ----------
    params
        Of the network.
    variants
        Names.
    """
    values = brian2(params)
    columns = {name: find(name)(params).mapped for name in variants}
    lines = [f"| Brian2 | {' | '.join(variants)} |", "|---" * (len(variants) + 1) + "|"]
    for parameter in PARAMETERS:
        cells = [
            "; ".join(_cell(x) for x in columns[name] if x.parameter == parameter) or "-"
            for name in variants
        ]
        lines.append(f"| {parameter} = {values[parameter]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def brian2(params: BrunelParams) -> dict[str, str]:
    """Return the parameters as one writes them in Brian2, by name."""
    return {
        "tau": f"{params.tau_mem:g} ms",
        "v_th": f"{params.v_threshold:g} mV",
        "v_reset": f"{params.v_reset:g} mV",
        "J": f"{params.weight_exc:g} mV",
        "g*J": f"{params.weight_inh:g} mV",
        "rate": f"{params.external_rate_hz:g} Hz x {params.c_exc}",
        "refractory": f"{params.refractory:g} ms",
    }


def provenance(params: BrunelParams, name: str) -> str:
    """Return where every number of a variant comes from, as Markdown."""
    lines = ["| number | from | formula | wanted | got | error | |", "|---" * 7 + "|"]
    lines += [
        f"| {x.thing} | {x.parameter} | `{x.formula}` | {x.wanted:.6g} | {x.got:.6g} | "
        f"{x.error:+.2%} | {x.note} |"
        for x in find(name)(params).mapped
    ]
    return "\n".join(lines)


def _cell(x: Mapped) -> str:
    error = f" ({x.error:+.2%})" if abs(x.error) >= 5e-5 else ""
    return f"{x.thing} {x.got:.6g}{error}"


__all__ = ["VARIANTS", "brian2", "mapping_table", "provenance"]
