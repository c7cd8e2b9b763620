"""A whole network on chip, cycle by cycle."""

from dataclasses import dataclass
from functools import cached_property

from bitcortex.models.layer.dense import Dense, DenseParams
from bitcortex.models.model import Model
from bitcortex.models.neuron.bank import Bank, BankParams
from bitcortex.models.neuron.kinds import kind
from bitcortex.models.recorder.hash import Hash, HashParams
from bitcortex.network.plan import Plan, PopulationPlan

IDLE, RUN, SCAN = range(3)


@dataclass(frozen=True)
class CoreParams:
    """Parameters of a core: the shape, neurons and seeds of a Plan.

    The weights and the stimulus of the Plan are not part of the hardware; they are written to it.
    """

    plan: Plan

    @cached_property
    def layers(self) -> tuple[DenseParams, ...]:
        """Parameters of every population's layer."""
        return tuple(dense_params(self.plan, p) for p in self.plan.populations)

    @cached_property
    def banks(self) -> tuple[BankParams, ...]:
        """Parameters of every population's neurons."""
        return tuple(
            BankParams(kind(p.kind).params(**p.neuron), p.size, p.seed)
            for p in self.plan.populations
        )

    @property
    def channels(self) -> dict[str, int]:
        """First channel of every source, counted over all sources."""
        first, found = 0, {}
        for source in self.plan.sources:
            found[source.name] = first
            first += source.size
        return found

    @property
    def neuron_bits(self) -> int:
        """Bits of a neuron's index within its population."""
        return max((layer.n_neurons - 1).bit_length() for layer in self.layers) or 1

    @property
    def input_bits(self) -> int:
        """Bits of an input's index within its layer."""
        return max((layer.n_inputs - 1).bit_length() for layer in self.layers) or 1

    @property
    def code_bits(self) -> int:
        """Bits of a code or a signed weight."""
        return max(layer.bits for layer in self.layers) + 1

    @property
    def channel_bits(self) -> int:
        """Bits of a channel's number."""
        return max(1, (sum(s.size for s in self.plan.sources) - 1).bit_length())

    @property
    def event_bits(self) -> int:
        """Bits of a neuron's number over all populations."""
        return max(1, (self.plan.neurons - 1).bit_length())

    @property
    def count_bits(self) -> tuple[int, ...]:
        """Bits of each layer's counts."""
        return tuple(max(1, (d.n_inputs * d.length).bit_length()) for d in self.layers)

    @property
    def v_bits(self) -> tuple[int, ...]:
        """Bits of each population's membranes."""
        return tuple(int(bank.neuron.state_fields[0].width) for bank in self.banks)

    @property
    def cycles_per_step(self) -> int:
        """Cycles from ``start`` to ``done`` with a reader that is always ready."""
        slowest = max(
            d.cycles + 1 + b.latency for d, b in zip(self.layers, self.banks, strict=True)
        )
        return slowest + 2 + self.plan.neurons


def dense_params(plan: Plan, population: PopulationPlan) -> DenseParams:
    """Return the parameters of a population's layer."""
    return DenseParams(
        n_inputs=population.weights.shape[1],
        n_neurons=population.size,
        n_spikes=sum(plan.population(p).size for p in population.populations),
        length=population.length,
        mode=population.mode,
        bits=population.bits,
        seed=population.seed,
    )


class Core(Model):
    """All populations of a Plan, a step per ``start``.

    Ports: ``weight_we`` (in, 1) writes ``weight`` (in, signed) for ``weight_population``,
    ``weight_neuron``, ``weight_input`` (in). ``code_we`` (in, 1) writes the stimulus ``code`` (in)
    of ``code_channel`` (in), counted over all sources. ``clear`` (in, 1) returns neurons, streams,
    spikes, hash and step counter to power-on. ``start`` (in, 1) begins a step. All of these are
    ignored while ``busy`` (out, 1). ``done`` (out, 1) ends a step. The spikes of the step come
    before, in the order of neurons: ``event_valid`` (out, 1), ``event_step`` (out, 32),
    ``event_neuron`` (out); the core waits for ``event_ready`` (in, 1) and drops nothing. ``hash``
    (out, 64) covers all spikes taken. ``probe_valid`` (out, a bit per population) marks results of
    the layers, ``probe_excitatory`` and ``probe_inhibitory`` (out) hold all counts side by side,
    the first population in the least significant bits; ``probe_update`` and ``probe_v`` (out) are
    the same for the membranes after an update.

    **Timing**: `CoreParams.cycles_per_step` if the reader is ready; layers run side by side.

    **Arithmetic**: see docs/decisions/0004-networks.md.
    """

    INPUTS = (
        "weight_we", "weight_population", "weight_neuron", "weight_input", "weight",
        "code_we", "code_channel", "code", "clear", "start", "event_ready",
    )  # fmt: skip
    OUTPUTS = (
        "busy", "done", "event_valid", "event_step", "event_neuron", "hash",
        "probe_valid", "probe_excitatory", "probe_inhibitory", "probe_update", "probe_v",
    )  # fmt: skip

    def __init__(self, params: CoreParams) -> None:
        super().__init__(params)
        self.layers = [Dense(p) for p in params.layers]
        self.banks = [Bank(p) for p in params.banks]
        self.hash = Hash(HashParams())
        self.names = [p.name for p in params.plan.populations]
        self.reset()

    def reset(self) -> None:
        for part in (*self.layers, *self.banks, self.hash):
            part.reset()
        self.state = IDLE
        self.pending = [0] * len(self.layers)  # spikes of the last step, a bit per neuron
        self.finished = [0] * len(self.layers)
        self.kicks = [(0, 0, 0)] * len(self.layers)  # valid, index, current for the bank
        self.scan = self.at = self.step = self.done = 0

    def _input_of(self, population: int, channel: int) -> int | None:
        """Return the layer's input that a channel drives, or None."""
        offset = 0
        for name in self.params.plan.populations[population].sources:
            first, size = self.params.channels[name], self.params.plan.source(name).size
            if first <= channel < first + size:
                return int(offset + channel - first)
            offset += size
        return None

    def _spikes_for(self, population: int) -> int:
        """Return the spiking inputs of a layer, a bit per neuron of its source populations."""
        word = offset = 0
        for name in self.params.plan.populations[population].populations:
            source = self.names.index(name)
            word |= self.pending[source] << offset
            offset += self.params.plan.populations[source].size
        return word

    def tick(
        self,
        weight_we: int,
        weight_population: int,
        weight_neuron: int,
        weight_input: int,
        weight: int,
        code_we: int,
        code_channel: int,
        code: int,
        clear: int,
        start: int,
        event_ready: int,
    ) -> tuple[int, ...]:
        busy = int(self.state != IDLE or any(bank.clearing for bank in self.banks))
        idle = 1 - busy
        begins, clears = start & idle, clear & idle
        spiking = int(self.state == SCAN and self.scan & 1)
        taken = spiking & event_ready
        (digest,) = self.hash.tick(clears, taken, self.step, self.at)
        shown = (busy, self.done, spiking, self.step, self.at, digest)

        # The parts, from the inputs that they see in this cycle.
        spikes = [self._spikes_for(p) for p in range(len(self.layers))]
        valid = excitatory = inhibitory = offset = update = membranes = place = 0
        ended = []
        for p, (layer, bank) in enumerate(zip(self.layers, self.banks, strict=True)):
            source = self._input_of(p, code_channel)
            out = layer.tick(
                int(weight_we & idle and weight_population == p),
                weight_neuron,
                weight_input,
                weight,
                int(bool(code_we & idle and source is not None)),
                source or 0,
                code,
                spikes[p],
                begins,
                clears,
            )
            _, out_valid, index, plus, minus, _ = out
            valid |= out_valid << p
            excitatory |= plus << offset
            inhibitory |= minus << offset
            offset += self.params.count_bits[p]
            result = bank.tick(clears, *self.kicks[p])
            update |= result[1] << p
            width = self.params.v_bits[p]
            membranes |= (result[4] & ((1 << width) - 1)) << place
            place += width
            gain = self.params.plan.populations[p].gain
            self.kicks[p] = (out_valid, index, gain * (plus - minus))
            ended.append(result)

        # Registers of the core.
        self.done = 0
        if self.state == IDLE and begins:
            self.state = RUN
            self.finished = [0] * len(self.layers)
        elif self.state == RUN and all(self.finished):
            self.state, self.at = SCAN, 0
            self.scan = offset = 0
            for p, word in enumerate(self.pending):
                self.scan |= word << offset
                offset += self.params.plan.populations[p].size
        elif self.state == SCAN and (taken or not spiking):
            self.scan >>= 1
            if self.at == self.params.plan.neurons - 1:
                self.state, self.done, self.at = IDLE, 1, 0
                self.step = (self.step + 1) & 0xFFFF_FFFF
            else:
                self.at += 1
        for p, (_, bank_valid, index, spike, _) in enumerate(ended):
            size = self.params.plan.populations[p].size
            if bank_valid:
                self.pending[p] = self.pending[p] >> 1 | spike << (size - 1)
                if index == size - 1:
                    self.finished[p] = 1
        if clears:
            self.pending = [0] * len(self.layers)
            self.step = 0
        return (*shown, valid, excitatory, inhibitory, update, membranes)
