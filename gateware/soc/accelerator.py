"""The accelerator: the column engine with registers and three windows on a LiteX bus."""

from litex.soc.interconnect import wishbone
from litex.soc.interconnect.csr import CSR, AutoCSR, CSRStatus, CSRStorage
from migen import (
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
from bitcortex.models.column.params import CoreParams, Space
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
        return CSRStorage(
            register.bits,
            reset=register.reset,
            name=name,
            description=text,
            write_from_dev=register.counts,
        )
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
    spread
        Returns a special that buffers its first argument on its second: the engine's reset, which
        drives most flip-flops of the SoC. None for devices whose tools find it themselves.

    Ports: ``load``, a Wishbone slave: what is written to any of its addresses goes to the loader,
    and is acknowledged when it has been taken; it reads 0. ``trace``, another one: a read of any of
    its addresses takes a word of the trace, or is `bitcortex.network.words.EMPTY`. ``peek``, a
    third one: reads give what is at `look` and `look_address`, two words each, the lower one first,
    and then move on to the next address; they wait until it is known, but not while the engine is
    busy.

    **Timing**: engine, loader and tracer are in a clock domain of their own, ``engine``, of the
    same clock, whose reset is that of ``sys`` or the one that the host asked for.
    """

    def __init__(self, params: CoreParams, clock_hz: int, depth: int = 512, spread=None):
        check.integer("clock_hz", clock_hz, 1, 2**32 - 1)
        plan = params.plan
        self.params = params
        self.load = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        self.trace = wishbone.Interface(data_width=32, address_width=32, addressing="word")
        self.peek = wishbone.Interface(data_width=32, address_width=32, addressing="word")
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

        if params.state_bits > 64:
            raise ValueError(f"a neuron's state must have 64 bits at most, not {params.state_bits}")
        engine = ClockDomainsRenamer("engine")
        self.submodules.core = engine(Core(params))
        self.submodules.loader = engine(Loader(LoaderParams.of(params)))
        self.submodules.tracer = engine(Tracer(TracerParams.of(params, depth)))
        self._control(spread)
        self._words_in()
        self._words_out()
        look_ready = self._look(params.look_latency + 2)
        self._show(look_ready)

    def _control(self, spread):
        """Make happen what the host asks for, a cycle after it was written."""
        core, loader, tracer, pulses = self.core, self.loader, self.tracer, {}
        for field in by_name()["control"].fields:
            pulses[field.name] = pulse = Signal()
            self.sync += pulse.eq(self.control.re & self.control.r[field.first])
        self.clock_domains.cd_engine = ClockDomain("engine")
        reset = Signal()
        if spread is None:
            self.comb += self.cd_engine.rst.eq(reset)
        else:
            self.specials += spread(reset, self.cd_engine.rst)
        self.comb += [
            self.cd_engine.clk.eq(ClockSignal("sys")),
            reset.eq(ResetSignal("sys") | pulses["reset"]),
            core.start.eq(pulses["start"]),
            core.steps.eq(self.steps.storage),
            core.pause.eq(self.pause.storage),
            loader.clear.eq(pulses["clear_load"]),
            tracer.clear.eq(pulses["clear_trace"]),
            tracer.fresh.eq(pulses["start"]),
            tracer.record.eq(self.record.storage),
        ]

    def _words_in(self):
        """Connect bus, loader and engine."""
        bus, core, loader = self.load, self.core, self.loader
        self.comb += [
            loader.in_valid.eq(bus.cyc & bus.stb & bus.we),
            loader.in_data.eq(bus.dat_w),
            bus.ack.eq(bus.cyc & bus.stb & (~bus.we | loader.in_ready)),
            loader.busy.eq(core.busy),
            loader.feed_ready.eq(core.in_ready),
            core.in_valid.eq(loader.feed_valid),
            core.in_mark.eq(loader.feed_mark),
            core.in_delay.eq(loader.feed_delay),
            core.in_id.eq(loader.feed_id),
            core.host_we.eq(loader.host_we),
            core.host_data.eq(loader.host_data),
        ]

    def _words_out(self):
        """Connect engine, tracer and bus."""
        bus, core, tracer, asked = self.trace, self.core, self.tracer, Signal()
        self.comb += [
            core.event_ready.eq(tracer.ready),
            tracer.valid.eq(core.event_valid),
            tracer.step.eq(core.event_step),
            tracer.neuron.eq(core.event_neuron),
            asked.eq(bus.cyc & bus.stb & ~bus.ack),
            tracer.out_ready.eq(asked & ~bus.we),
        ]
        self.sync += [bus.ack.eq(asked), If(asked, bus.dat_r.eq(tracer.out_data))]

    def _look(self, latency: int):
        """Look at what the host asks for, unless the loader writes; return whether it is known.

        That is so some cycles after the last thing that could have changed it.
        """
        bus, core, loader, age = self.peek, self.core, self.loader, Signal(max=latency + 1)
        ready, asked, answers, half, moves = (Signal() for _ in range(5))
        space, lane = (
            self.look.storage[field.first : field.first + field.bits]
            for field in (by_name()["look"].field(name) for name in ("space", "lane"))
        )
        writes, where = loader.host_we, self.look_address
        changes = self.look.re | where.re | moves | writes | core.busy
        shown, of_word = Signal(64), Signal()
        self.comb += [
            ready.eq(age == latency),
            core.host_space.eq(Mux(writes, loader.host_space, space)),
            core.host_lane.eq(Mux(writes, loader.host_lane, lane)),
            core.host_address.eq(Mux(writes, loader.host_address, where.storage)),
            self.look_state.status.eq(core.host_state),
            self.look_word.status.eq(core.host_word),
            # The window has two words of each; the second one moves on.
            of_word.eq((space == Space.GENERATOR) | (space == Space.PREVIOUS)),
            shown.eq(Mux(of_word, core.host_word, core.host_state)),
            asked.eq(bus.cyc & bus.stb & ~bus.ack),
            answers.eq(asked & (ready | core.busy | bus.we)),
            moves.eq(answers & ~bus.we & half),
            where.we.eq(moves),
            where.dat_w.eq(where.storage + 1),
        ]
        self.sync += [
            If(changes, age.eq(0)).Elif(~ready, age.eq(age + 1)),
            bus.ack.eq(answers),
            If(answers, bus.dat_r.eq(Mux(half, shown[32:], shown[:32]))),
            If(answers & ~bus.we, half.eq(~half)),
            If(self.look.re | where.re, half.eq(0)),
        ]
        return ready

    def _show(self, look_ready):
        """Connect what the host reads."""
        params, core, loader, tracer = self.params, self.core, self.loader, self.tracer
        status = {
            "busy": core.busy,
            "overflow": core.overflow,
            "trace_pending": tracer.pending,
            "look_ready": look_ready,
            "load_error": loader.error,
        }
        for field in by_name()["status"].fields:
            shown = self.status.status[field.first : field.first + field.bits]
            self.comb += shown.eq(status[field.name])
        if params.plan.recorded:
            self.comb += self.feed_room.status.eq(params.feed_depth - core.feed.level)
        self.comb += [
            self.step.status.eq(core.step),
            self.hash.status.eq(core.hash),
            self.crc.status.eq(loader.crc),
            self.loaded.status.eq(loader.loaded),
            self.spikes.status.eq(tracer.total),
            self.population_spikes.status.eq(tracer.counts),
        ]
