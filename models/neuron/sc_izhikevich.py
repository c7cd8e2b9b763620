"""Izhikevich neuron in the units of the paper."""

from bitcortex import check
from bitcortex.models.neuron.formats import Format
from bitcortex.models.neuron.izhikevich import COEFFICIENT, IzhikevichParams
from bitcortex.models.neuron.neuron import Neuron

STEPS_MS = (1.0, 0.5, 0.25, 0.125, 0.0625)


class SCIzhikevichNeuron:
    """A fixed-point Izhikevich neuron, bit for bit `neuron.izhikevich`.

    Parameters
    ----------
    a, b, c, d
        As in Izhikevich (2003), v in mV and t in ms; regular spiking by default. a and b are
        rounded to 2**-17, c and d to the format.
    dt
        Step in ms: 1, 0.5, 0.25, 0.125 or 0.0625.
    format
        Of v and u, 12 to 24 bits; Q8.10 by default.

    Raises
    ------
    ValueError
        If a parameter is out of range or does not fit the format.
    """

    def __init__(
        self,
        a: float = 0.02,
        b: float = 0.2,
        c: float = -65.0,
        d: float = 8.0,
        dt: float = 1.0,
        format: Format | None = None,
    ) -> None:
        self.format = format or Format(18, 10)
        if dt not in STEPS_MS:
            raise ValueError(f"dt must be one of {', '.join(map(str, STEPS_MS))} ms, not {dt!r}")
        scale = 1 << COEFFICIENT
        self.params = IzhikevichParams(
            data_width=self.format.data_width,
            fraction=self.format.fraction,
            current_width=self.format.data_width + 2,
            a=round(check.real("a", a, 0.0, 1.0) * scale),
            b=round(check.real("b", b, -5.0, 5.0) * scale),
            c=self.format.units("c", c),
            d=self.format.units("d", d),
            dt_shift=STEPS_MS.index(dt),
        )
        self.input_format = Format(self.params.current_width, self.format.fraction)
        self.neuron = Neuron(self.params)

    def reset_state(self) -> None:
        """Return to v = c, u = b c."""
        self.neuron.reset_state()

    @property
    def v(self) -> float:
        """Membrane in mV."""
        return self.format.value(self.neuron.field("v"))

    @property
    def u(self) -> float:
        """Recovery variable, in the units of the paper."""
        return self.format.value(self.neuron.field("u"))

    def step(self, I: float) -> int:  # noqa: E741 -- the name of the paper
        """Take one step under a current `I`, in the units of the paper; return the spike, 0 or 1.

        Raises
        ------
        ValueError
            If the input does not fit two bits more than the format.
        """
        return self.neuron.update(self.input_format.units("I", I))
