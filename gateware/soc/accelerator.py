"""The accelerator: the column engine with registers and two windows on a LiteX bus."""

from litex.soc.interconnect import wishbone
from litex.soc.interconnect.csr import CSR, AutoCSR, CSRStatus, CSRStorage
from migen import (
    Cat,
    ClockDomain,
    ClockDomainsRenamer,
    ClockSignal,
    If,
    Module,
    Mux,
    ResetSignal,
    Signal,
)

from bitcortex import check
from bitcortex.gateware.column.core import Core
from bitcortex.gateware.column.loader import Loader
from bitcortex.gateware.column.tracer import Tracer
from bitcortex.models.column.loader import LoaderParams
from bitcortex.models.column.params import CoreParams
from bitcortex.models.column.tracer import TracerParams
from bitcortex.network.registers import PLASTIC, RECORDED, TABLE, Register, by_name, digest_value


class Latched(CSRStatus):
    """A status of several words: reading the first one keeps the others as they are then."""

    def do_finalize(self, busword, ordering):
        if ordering != "little":
            raise ValueError(
                f"{self.name} must have its lowest word first. Make the SoC with "
                "csr_ordering='little'"
            )
        kept = Signal(self.size - busword)
        words = []
        for first in range(0, self.size, busword):
            word = CSR(min(self.size - first, busword), f"{self.name}{first // busword}")
            words.append(word)
            shown = self.status[:busword] if first == 0 else kept[first - busword :]
            self.comb += word.w.eq(shown)
        self.sync += If(words[0].we, kept.eq(self.status[busword:]))
        self.simple_csrs += words


def register_csr(register: Register, words: int, value: int):
    """Return the LiteX register of one of the table, of which a status begins with a value."""
    name, text = register.name, register.description
    if register.access == "pulse":
        return CSR(32 * words, name=name)
    if register.access == "rw":
        return CSRStorage(register.bits, reset=register.reset, name=name, description=text)
    made = Latched if register.latched else CSRStatus
    return made(32 * words, reset=value, name=name, description=text)


class Accelerator(Module, AutoCSR):
    """Engine, loader and tracer behind a bus.

    Its registers are those of `bitcortex.network.registers`, as attributes of their names. The SoC
    must be made with ``csr_ordering="little"`` and 32-bit CSRs.

    Parameters
    ----------
    params
        Of the engine.
    clock_hz
        Of the clock of `sys`, for the host.
    depth
        Words of the trace that can wait, a power of two.

    Ports: ``load``, a Wishbone slave: what is written to any of its addresses goes to the loader,
    and is acknowledged when it has been taken; it reads 0. ``trace``, another one: a read of any of
    its addresses takes a word of the trace, or is `bitcortex.network.words.EMPTY`.

    **Timing**: engine, loader and tracer are in a clock domain of their own, ``engine``, of the
    same clock, whose reset is that of ``sys`` or the one that the host asked for.
    """

    def __init__(self, params: CoreParams, clock_hz: int, depth: int = 512):
        check.integer("clock_hz", clock_hz, 1, 2**32 - 1)
        plan = params.plan
        self.params = params
        self.load = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        self.trace = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        recorded, features = bool(plan.recorded), by_name()["features"]
        values = {
            "digest": digest_value(plan.digest),
            "lanes": params.lanes,
            "neurons": plan.neurons,
            "populations": len(plan.populations),
            "clock_hz": clock_hz,
            "feed_depth": params.feed_depth if recorded else 0,
            "features": recorded * features.field(RECORDED).mask
            | params.plastic * features.field(PLASTIC).mask,
        }
        for register in TABLE:
            words = register.words * (len(plan.populations) if register.each else 1)
            value = values.get(register.name, register.reset)
            setattr(self, register.name, register_csr(register, words, value))

        # # #

        engine = ClockDomainsRenamer("engine")
        self.submodules.core = core = engine(Core(params))
        self.submodules.loader = loader = engine(Loader(LoaderParams.of(params)))
        self.submodules.tracer = tracer = engine(Tracer(TracerParams.of(params, depth)))
        if params.state_bits > 64:
            raise ValueError(f"a neuron's state must have 64 bits at most, not {params.state_bits}")

        # What the host makes happen, a cycle after it was written.
        pulses = {}
        for field in by_name()["control"].fields:
            pulses[field.name] = pulse = Signal()
            self.sync += pulse.eq(self.control.re & self.control.r[field.first])
        self.clock_domains.cd_engine = ClockDomain("engine")
        self.comb += [
            self.cd_engine.clk.eq(ClockSignal("sys")),
            self.cd_engine.rst.eq(ResetSignal("sys") | pulses["reset"]),
            core.start.eq(pulses["start"]),
            core.steps.eq(self.steps.storage),
            core.pause.eq(self.pause.storage),
            loader.clear.eq(pulses["clear_load"]),
            tracer.clear.eq(pulses["clear_trace"]),
            tracer.fresh.eq(pulses["start"]),
            tracer.record.eq(self.record.storage),
        ]

        # Words in.
        self.comb += [
            loader.in_valid.eq(self.load.cyc & self.load.stb & self.load.we),
            loader.in_data.eq(self.load.dat_w),
            self.load.ack.eq(self.load.cyc & self.load.stb & (~self.load.we | loader.in_ready)),
            loader.busy.eq(core.busy),
            loader.feed_ready.eq(core.in_ready),
            core.in_valid.eq(loader.feed_valid),
            core.in_mark.eq(loader.feed_mark),
            core.in_delay.eq(loader.feed_delay),
            core.in_id.eq(loader.feed_id),
            core.host_we.eq(loader.host_we),
            core.host_data.eq(loader.host_data),
        ]

        # Words out.
        asks = Signal()
        self.comb += [
            core.event_ready.eq(tracer.ready),
            tracer.valid.eq(core.event_valid),
            tracer.step.eq(core.event_step),
            tracer.neuron.eq(core.event_neuron),
            asks.eq(self.trace.cyc & self.trace.stb & ~self.trace.ack),
            tracer.out_ready.eq(asks & ~self.trace.we),
        ]
        self.sync += [
            self.trace.ack.eq(asks),
            If(asks, self.trace.dat_r.eq(tracer.out_data)),
        ]

        # The host looks at what it asked for, unless the loader writes; it waits for the answer.
        look = {field.name: field for field in by_name()["look"].fields}
        place = {
            name: self.look.storage[field.first : field.first + field.bits]
            for name, field in look.items()
        }
        age = Signal(max=params.look_latency + 3)
        ready = age == params.look_latency + 2
        changes = self.look.re | self.look_address.re | loader.host_we | core.busy
        self.comb += [
            core.host_space.eq(Mux(loader.host_we, loader.host_space, place["space"])),
            core.host_lane.eq(Mux(loader.host_we, loader.host_lane, place["lane"])),
            core.host_address.eq(
                Mux(loader.host_we, loader.host_address, self.look_address.storage)
            ),
            self.look_state.status.eq(core.host_state),
            self.look_word.status.eq(core.host_word),
        ]
        self.sync += If(changes, age.eq(0)).Elif(~ready, age.eq(age + 1))

        # What the host reads.
        room = params.feed_depth - core.feed.level if recorded else 0
        status = {
            "busy": core.busy,
            "overflow": core.overflow,
            "trace_pending": tracer.pending,
            "look_ready": ready,
            "load_error": loader.error,
        }
        for field in by_name()["status"].fields:
            shown = self.status.status[field.first : field.first + field.bits]
            self.comb += shown.eq(status[field.name])
        self.comb += [
            self.step.status.eq(core.step),
            self.hash.status.eq(core.hash),
            self.crc.status.eq(loader.crc),
            self.loaded.status.eq(loader.loaded),
            self.feed_room.status.eq(room),
            self.spikes.status.eq(tracer.total),
            self.population_spikes.status.eq(Cat(tracer.counts)),
        ]
