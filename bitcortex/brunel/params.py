"""Brunel's network in the parameters of the tutorial."""

from dataclasses import dataclass

from bitcortex import check
from bitcortex.network.brunel import RULES, brunel, external_rate_hz
from bitcortex.network.description import Network


@dataclass(frozen=True)
class BrunelParams:
    """The parameters of Brunel's network, as one writes them in Brian2; defaults of the tutorial.

    Parameters
    ----------
    n_exc, n_inh
        Excitatory and inhibitory neurons.
    conn_prob
        Probability of a synapse between two neurons.
    weight_exc
        Kick of an excitatory spike, and of an external one: J, in mV.
    g_inh
        Strength of inhibition over that of excitation.
    v_threshold, v_reset, v_rest
        In mV.
    tau_mem, dt
        Membrane time constant and step, in ms.
    eta
        External rate over the one that brings the mean input to the threshold.
    delay, refractory
        In ms; a delay is at least a step. The tutorial has neither: one step, and 0.
    rule
        Of the connectivity: bernoulli, stratified or fixed-in-degree.
    """

    n_exc: int = 800
    n_inh: int = 200
    conn_prob: float = 0.1
    weight_exc: float = 0.1
    g_inh: float = 5.0
    v_threshold: float = 20.0
    v_reset: float = 10.0
    v_rest: float = 0.0
    tau_mem: float = 20.0
    dt: float = 0.1
    eta: float = 2.0
    delay: float = 0.1
    refractory: float = 0.0
    rule: str = "bernoulli"

    def __post_init__(self) -> None:
        check.integer("n_exc", self.n_exc, 1, 1 << 20)
        check.integer("n_inh", self.n_inh, 1, 1 << 20)
        check.real("conn_prob", self.conn_prob, 0.0, 1.0)
        check.real("weight_exc", self.weight_exc, 1e-6, 1e6)
        check.real("g_inh", self.g_inh, 0.0, 1e6)
        check.real("v_rest", self.v_rest, -1e6, 1e6)
        check.real("tau_mem", self.tau_mem, 1e-3, 1e6)
        check.real("dt", self.dt, 1e-3, self.tau_mem)
        check.real("eta", self.eta, 0.0, 1e3)
        check.real("delay", self.delay, self.dt * (1 - 1e-9), 1e6, "The shortest is a step.")
        check.real("refractory", self.refractory, 0.0, 1e6)
        check.one_of("rule", self.rule, RULES)
        for name in ("v_rest", "v_reset"):
            if not getattr(self, name) < self.v_threshold:
                raise ValueError(
                    f"{name} must be below v_threshold, not {getattr(self, name)} >= "
                    f"{self.v_threshold}. The neurons would fire without input"
                )
        if self.c_exc < 1:
            raise ValueError(
                f"conn_prob * n_exc must be at least 0.5, not {self.conn_prob * self.n_exc:g}: the "
                "external rate is shared out over the excitatory inputs. Raise one of them"
            )

    @classmethod
    def seed(cls, n: int = 1000) -> "BrunelParams":
        """Return the parameters of `bitcortex.network.brunel.brunel_seed`."""
        n_exc = round(0.8 * check.integer("n", n, 10, 1 << 20))
        return cls(n_exc=n_exc, n_inh=n - n_exc, delay=1.5, refractory=2.0)

    @classmethod
    def ai(cls, n: int = 1000) -> "BrunelParams":
        """Return the parameters of `bitcortex.network.brunel.brunel_ai`."""
        n_exc = round(0.8 * check.integer("n", n, 10, 1 << 20))
        j_mv = 0.8 * (1000 / n) ** 0.5
        return cls(n_exc, n - n_exc, weight_exc=j_mv, g_inh=6.0, eta=1.5, delay=1.5, refractory=2.0)

    @property
    def n_total(self) -> int:
        """All neurons."""
        return self.n_exc + self.n_inh

    @property
    def c_exc(self) -> int:
        """Excitatory synapses per neuron, on average: C_E."""
        return round(self.conn_prob * self.n_exc)

    @property
    def c_inh(self) -> int:
        """Inhibitory synapses per neuron, on average."""
        return round(self.conn_prob * self.n_inh)

    @property
    def weight_inh(self) -> float:
        """Kick of an inhibitory spike, g J, in mV, a magnitude."""
        return self.g_inh * self.weight_exc

    @property
    def threshold(self) -> float:
        """Threshold above rest, in mV."""
        return self.v_threshold - self.v_rest

    @property
    def reset(self) -> float:
        """Reset above rest, in mV."""
        return self.v_reset - self.v_rest

    @property
    def external_rate_hz(self) -> float:
        """Rate of each of C_E external inputs: eta V_th / (J C_E tau), in Hz."""
        tau = self.tau_mem
        return external_rate_hz(self.eta, self.threshold, self.weight_exc, self.c_exc, tau)

    @property
    def external_per_step(self) -> float:
        """External events per neuron and step, on average."""
        return self.external_rate_hz * self.c_exc * self.dt * 1e-3

    @property
    def delay_steps(self) -> int:
        """The delay in steps."""
        return max(1, round(self.delay / self.dt))

    @property
    def refractory_steps(self) -> int:
        """The refractory time in steps."""
        return round(self.refractory / self.dt)

    def network(self, seed: int = 1, name: str = "brunel") -> Network:
        """Return the network, voltages from rest."""
        return brunel(
            name, self.n_total, self.weight_exc, self.g_inh, self.eta, self.delay,
            self.refractory, self.rule, seed, self.dt, n_exc=self.n_exc,
            probability=self.conn_prob, tau_ms=self.tau_mem, v_threshold_mv=self.threshold,
            v_reset_mv=self.reset,
        )  # fmt: skip


PRESETS = {"brunel_seed": BrunelParams.seed, "brunel_ai": BrunelParams.ai}
