"""The kinds of neurons, by name: parameters, update and pipeline."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bitcortex import check
from bitcortex.models.neuron import homeostatic, izhikevich, lif, stochastic_lif
from bitcortex.models.neuron.pipeline import Pipeline


@dataclass(frozen=True)
class Kind:
    """A kind of neuron.

    Parameters
    ----------
    params
        Class of its parameters; they have `state_fields`, `noise_bits` and `current_width`.
    update
        ``update(params, state, current, noise) -> (state, spike)``.
    pipeline
        Class of its golden pipeline.
    """

    params: Callable[..., Any]
    update: Callable[[Any, tuple[int, ...], int, int], tuple[tuple[int, ...], int]]
    pipeline: type[Pipeline]


KINDS = {
    "lif": Kind(lif.LifParams, lif.update, lif.Lif),
    "stochastic_lif": Kind(
        stochastic_lif.StochasticLifParams, stochastic_lif.update, stochastic_lif.StochasticLif
    ),
    "homeostatic": Kind(homeostatic.HomeostaticParams, homeostatic.update, homeostatic.Homeostatic),
    "izhikevich": Kind(izhikevich.IzhikevichParams, izhikevich.update, izhikevich.Izhikevich),
}


def kind_of(params: object) -> str:
    """Return the name of the kind that a parameter object belongs to.

    Raises
    ------
    TypeError
        If it belongs to none.
    """
    for name, kind in KINDS.items():
        if type(params) is kind.params:
            return name
    raise TypeError(
        f"neuron must be parameters of one of {', '.join(KINDS)}, not {type(params).__name__}"
    )


def kind(name: str) -> Kind:
    """Return a kind by name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    return KINDS[check.one_of("kind of neuron", name, KINDS)]
