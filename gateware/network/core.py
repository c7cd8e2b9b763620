"""A whole network on chip: a layer and a bank of neurons per population, stepped together."""

from functools import reduce
from operator import and_, or_

from migen import FSM, Cat, If, Module, NextState, NextValue, Signal

from bitcortex.gateware.layer.dense import Dense
from bitcortex.gateware.neuron.arithmetic import times_constant
from bitcortex.gateware.neuron.bank import Bank
from bitcortex.gateware.recorder.hash import Hash
from bitcortex.models.network.core import CoreParams
from bitcortex.models.recorder.hash import HashParams


class Core(Module):
    """All populations of a Plan. See `bitcortex.models.network.core`.

    Weights and stimulus come through write ports, so one bitstream serves every Plan of the same
    shape and neurons. A step runs all layers side by side, each followed by its bank of neurons,
    then reads the spikes out one neuron per cycle.

    **Timing**: `CoreParams.cycles_per_step`, and a cycle for every one that the reader waits.
    """

    def __init__(self, params: CoreParams):
        plan, count = params.plan, len(params.plan.populations)
        self.weight_we = Signal()  # write a weight
        self.weight_population = Signal(max(1, (count - 1).bit_length()))  # of this population
        self.weight_neuron = Signal(params.neuron_bits)  # its row
        self.weight_input = Signal(params.input_bits)  # its column
        self.weight = Signal((params.code_bits, True))  # its signed code
        self.code_we = Signal()  # write a stimulus code
        self.code_channel = Signal(params.channel_bits)  # counted over all sources
        self.code = Signal(params.code_bits)  # 0 to 2**bits
        self.clear = Signal()  # back to power-on, weights and codes apart
        self.start = Signal()  # begin a step
        self.event_ready = Signal()  # the reader takes the spike
        self.busy = Signal()  # a step or a clear is running
        self.done = Signal()  # a step is over, for one cycle
        self.event_valid = Signal()  # a spike
        self.event_step = Signal(32)  # of this step
        self.event_neuron = Signal(params.event_bits)  # of this neuron, over all populations
        self.hash = Signal(64)  # of all spikes taken
        self.probe_valid = Signal(count)  # a layer has a result
        self.probe_excitatory = Signal(sum(params.count_bits))  # counts, side by side
        self.probe_inhibitory = Signal(sum(params.count_bits))
        self.probe_update = Signal(count)  # a neuron was updated
        self.probe_v = Signal(sum(params.v_bits))  # membranes, side by side

        # # #

        idle, begins, clears = Signal(), Signal(), Signal()
        self.comb += [begins.eq(self.start & idle), clears.eq(self.clear & idle)]

        pending = [Signal(p.size) for p in plan.populations]  # spikes of the last step
        finished = [Signal() for _ in plan.populations]
        names = [p.name for p in plan.populations]
        layers, banks = [], []
        for p, population in enumerate(plan.populations):
            layer, bank = Dense(params.layers[p]), Bank(params.banks[p])
            self.submodules += layer, bank
            layers.append(layer)
            banks.append(bank)
            # An address that is too long for a small layer must not reach another synapse of it.
            rows, columns = len(layer.weight_neuron), len(layer.weight_input)
            hit = self.weight_population == p
            if rows < params.neuron_bits:
                hit = hit & (self.weight_neuron[rows:] == 0)
            if columns < params.input_bits:
                hit = hit & (self.weight_input[columns:] == 0)
            self.comb += [
                layer.weight_we.eq(self.weight_we & idle & hit),
                layer.weight_neuron.eq(self.weight_neuron),
                layer.weight_input.eq(self.weight_input),
                layer.weight.eq(self.weight),
                layer.code.eq(self.code),
                layer.start.eq(begins),
                layer.reseed.eq(clears),
                bank.clear.eq(clears),
            ]
            self._route_codes(params, population, layer, idle)
            if population.populations:
                words = [pending[names.index(name)] for name in population.populations]
                self.comb += layer.spikes.eq(Cat(*words))

            # The kick of a neuron, a cycle after its counts.
            difference = Signal((len(layer.out_excitatory) + 1, True))
            self.comb += difference.eq(layer.out_excitatory - layer.out_inhibitory)
            kick = times_constant(self, difference, population.gain, "dsp")
            self.sync += [
                bank.in_valid.eq(layer.out_valid),
                bank.in_index.eq(layer.out_index),
                bank.in_current.eq(kick),
            ]

            # Spikes come in the order of neurons: shifted in, bit j is neuron j in the end.
            last = bank.out_index == population.size - 1
            self.sync += [
                If(begins, finished[p].eq(0)).Elif(bank.out_valid & last, finished[p].eq(1)),
                If(
                    bank.out_valid,
                    pending[p].eq(pending[p] >> 1 | bank.out_spike << population.size - 1),
                ),
                If(clears, pending[p].eq(0)),
            ]
        self.comb += [
            self.probe_valid.eq(Cat(*[layer.out_valid for layer in layers])),
            self.probe_excitatory.eq(Cat(*[layer.out_excitatory for layer in layers])),
            self.probe_inhibitory.eq(Cat(*[layer.out_inhibitory for layer in layers])),
            self.probe_update.eq(Cat(*[bank.out_valid for bank in banks])),
            self.probe_v.eq(Cat(*[bank.out_v for bank in banks])),
        ]

        # A step: run until every bank has ended, then read out.
        scan = Signal(plan.neurons)
        waits = Signal()
        last = Signal()
        running = Signal()
        self.submodules.fsm = fsm = FSM(reset_state="IDLE")
        self.comb += [
            self.busy.eq(running | reduce(or_, (bank.busy for bank in banks))),
            idle.eq(~self.busy),
            waits.eq(self.event_valid & ~self.event_ready),
            last.eq(self.event_neuron == plan.neurons - 1),
        ]
        self.sync += [
            self.done.eq(fsm.ongoing("SCAN") & ~waits & last),
            If(clears, self.event_step.eq(0)),
        ]
        fsm.act("IDLE", If(begins, NextState("RUN")))
        fsm.act(
            "RUN",
            running.eq(1),
            If(reduce(and_, finished), NextValue(scan, Cat(*pending)), NextState("SCAN")),
        )
        fsm.act(
            "SCAN",
            running.eq(1),
            self.event_valid.eq(scan[0]),
            If(
                ~waits,
                NextValue(scan, scan >> 1),
                NextValue(self.event_neuron, self.event_neuron + 1),
                If(
                    last,
                    NextValue(self.event_neuron, 0),
                    NextValue(self.event_step, self.event_step + 1),
                    NextState("IDLE"),
                ),
            ),
        )

        self.submodules.digest = digest = Hash(HashParams())
        self.comb += [
            digest.clear.eq(clears),
            digest.valid.eq(self.event_valid & self.event_ready),
            digest.step.eq(self.event_step),
            digest.neuron.eq(self.event_neuron),
            self.hash.eq(digest.hash),
        ]

    def _route_codes(self, params: CoreParams, population, layer, idle):
        """Write a channel's code to the inputs of the layer that it drives."""
        offset = 0
        for name in population.sources:
            first, size = params.channels[name], params.plan.source(name).size
            hit = Signal()
            above = self.code_channel >= first if first else 1
            self.comb += [
                hit.eq(above & (self.code_channel < first + size)),
                If(
                    hit,
                    layer.code_we.eq(self.code_we & idle),
                    layer.code_input.eq(self.code_channel - first + offset),
                ),
            ]
            offset += size
