"""Variants of Brunel's network: a translation of its parameters, and what runs them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bitcortex import check
from bitcortex.brunel.params import BrunelParams
from bitcortex.brunel.work import Work
from bitcortex.network.loss import Loss

DOMAINS = ("voltage", "fixed-point", "probability", "hybrid", "reservoir")
ORACLES = ("network", "brian2", "tutorial", "own")


@dataclass(frozen=True)
class Mapped(Loss):
    """Where a number of a variant comes from, and what rounding did to it.

    Parameters
    ----------
    thing, wanted, got, note
        Of `Loss`: the variant's name of the number, before and after rounding.
    parameter
        Of Brian2, or of the network, that it stands for.
    formula
        By which it comes from there.
    """

    parameter: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Translated:
    """A parameter set of a variant.

    Parameters
    ----------
    network
        That the variant runs on.
    mapped
        Provenance of every number.
    """

    network: BrunelParams
    mapped: tuple[Mapped, ...]


@dataclass(frozen=True)
class Outcome:
    """What a run of a variant gave.

    Parameters
    ----------
    rate_hz, cv_isi
        After the warm-up; CV(ISI) is NaN where there are no spikes.
    engine
        That ran it.
    expected_hz, expectation
        What the rate should be, and by which independent calculation; None if the simulators say
        it: see `Variant.oracle`.
    hash
        Of the spikes or counts; "" if they are floating-point numbers.
    seconds
        Wall time, if it is not that of the call.
    metrics
        Other results, by name.
    """

    rate_hz: float
    cv_isi: float
    engine: str
    expected_hz: float | None = None
    expectation: str = ""
    hash: str = ""
    seconds: float | None = None
    metrics: dict[str, float] = field(default_factory=dict)


T = TypeVar("T", bound=Translated)


@dataclass
class Variant(Generic[T]):
    """A way to run Brunel's network, or a part of it. Made by the decorator `variant`.

    Parameters
    ----------
    name, title, domain
        ``V3``, what it is, and one of `DOMAINS`.
    workload
        What runs.
    translate
        From `BrunelParams` to a parameter set; called by calling the variant.
    oracle
        What says the rate: ``network`` (Brian2 on the same synapses and input spikes, or float64
        where there is no Brian2), ``brian2`` (the same, of Brian2 only: the variant is the float64
        program), ``tutorial`` (Brian2 with its own order of a step) or ``own``
        (`Outcome.expected_hz`).
    within
        Largest error of the rate relative to what is expected.
    needs
        Packages of extras.
    """

    name: str
    title: str
    domain: str
    workload: str
    translate: Callable[[BrunelParams], T]
    oracle: str
    within: float
    needs: tuple[str, ...]
    run: Callable[[T, Work], Outcome] | None = None
    rtl: Callable[[T, Work], "Equality"] | None = None

    def __call__(self, params: BrunelParams) -> T:
        return self.translate(params)

    def runs(self, function: Callable[[T, Work], Outcome]) -> Callable[[T, Work], Outcome]:
        """Decorate what runs the variant: ``run(params, work) -> Outcome``."""
        self.run = function
        return function

    def gateware(
        self, function: Callable[[T, Work], "Equality"]
    ) -> Callable[[T, Work], "Equality"]:
        """Decorate what runs it as compiled Verilog, and compares: ``(params, work)``."""
        self.rtl = function
        return function


@dataclass(frozen=True)
class Equality:
    """Gateware against software.

    Parameters
    ----------
    software, gateware
        Hashes, or any text that is equal exactly if the results are.
    what
        Was compared.
    cycles
        Clock cycles, if known.
    """

    software: str
    gateware: str
    what: str
    cycles: int = 0

    @property
    def equal(self) -> bool:
        """Whether they are the same."""
        return self.software == self.gateware


VARIANTS: dict[str, Variant] = {}  # type: ignore[type-arg]


def variant(
    name: str,
    title: str,
    domain: str,
    workload: str = "network",
    oracle: str = "network",
    within: float = 0.02,
    needs: tuple[str, ...] = (),
) -> Callable[[Callable[[BrunelParams], T]], Variant[T]]:
    """Decorate a translation and enter it as a variant; see `Variant` for the parameters.

    Examples
    --------
    >>> from bitcortex.brunel import VARIANTS, BrunelParams, Voltage, run_voltage, variant, voltage
    >>> @variant("V21", "twice the noise", "voltage", oracle="own")
    ... def translate_v21_custom(bp: BrunelParams) -> Voltage:
    ...     return voltage(bp, noise_std=2.0)
    >>> run_v21 = translate_v21_custom.runs(run_voltage)
    >>> del VARIANTS["V21"]

    Raises
    ------
    ValueError
        If the name is taken, or domain or oracle are unknown.
    """
    if name in VARIANTS:
        raise ValueError(f"variant must be new, not {name!r}. The next free one is V{_next()}")
    check.one_of("domain", domain, DOMAINS)
    check.one_of("oracle", oracle, ORACLES)

    def enter(translate: Callable[[BrunelParams], T]) -> Variant[T]:
        made = Variant(name, title, domain, workload, translate, oracle, within, needs)
        VARIANTS[name] = made
        return made

    return enter


def _next() -> int:
    numbers = [int(name[1:]) for name in VARIANTS if name[1:].isdigit()]
    return max(numbers, default=0) + 1


def find(name: str) -> Variant:  # type: ignore[type-arg]
    """Return a variant by name.

    Raises
    ------
    ValueError
        If there is none; the message lists the names.
    """
    return VARIANTS[check.one_of("variant", name, VARIANTS)]
