"""One neuron of any kind for NumPy programs: `neuron.cell` without its clock."""

from typing import Any

from bitcortex.models.neuron.kinds import KINDS, Kind, kind_of
from bitcortex.models.neuron.noise import following, noise_params


class Neuron:
    """State and noise of one neuron; the n-th `update` is the n-th step of a `Cell`.

    Parameters
    ----------
    params
        Of any kind.
    seed
        Of the noise, 0 to 2**63 - 1.
    """

    def __init__(self, params: Any, seed: int = 1) -> None:
        self.params = params
        self.kind: Kind = KINDS[kind_of(params)]
        self.first_word = noise_params(seed).seed
        self.reset_state()

    def reset_state(self) -> None:
        """Return to power-on, the noise too."""
        self.word = self.first_word
        self.state: tuple[int, ...] = tuple(field.reset for field in self.params.state_fields)

    def update(self, current: int) -> int:
        """Take a step and return whether the neuron fired, 0 or 1; the input is in units."""
        bits = self.params.noise_bits
        noise = self.word & ((1 << bits) - 1)
        if bits:
            self.word = following(self.word)
        self.state, spike = self.kind.update(self.params, self.state, current, noise)
        return spike

    def field(self, name: str) -> int:
        """Return an integer of the state by name."""
        names = [field.name for field in self.params.state_fields]
        return self.state[names.index(name)]

    def set_field(self, name: str, value: int) -> None:
        """Change an integer of the state."""
        names = [field.name for field in self.params.state_fields]
        state = list(self.state)
        state[names.index(name)] = value
        self.state = tuple(state)
