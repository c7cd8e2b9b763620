"""The register table of the accelerator: declared once, from which all else is made."""

from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from bitcortex import check

MAGIC = 0x7863_7462  # "btcx", the first byte lowest
MAP_VERSION = 1  # raised when a register moves or changes its meaning
WORD = 4  # bytes

# Bits of `features`: the accelerator
RECORDED, PLASTIC = "recorded", "plastic"


@dataclass(frozen=True)
class Field:
    """Some bits of a register.

    Parameters
    ----------
    name, description
        For programs, and for people.
    first, bits
        Where it begins, and how long it is.
    """

    name: str
    first: int
    description: str
    bits: int = 1

    @property
    def mask(self) -> int:
        """The bits that belong to it, in place."""
        return ((1 << self.bits) - 1) << self.first


@dataclass(frozen=True)
class Register:
    """A register.

    Parameters
    ----------
    name
        In the C header in upper case.
    bits
        It takes as many words of 32 bits as these need, the lowest one first; the rest reads 0.
    access
        ``ro``, ``rw``, or ``pulse``: what is written to it happens once, and it reads 0.
    description
        One sentence.
    reset
        Its value after power-on; a register that describes the accelerator says what it is made
        for.
    fields
        Bits with names of their own.
    latched
        Whether reading the first word keeps the others as they were in that moment.
    counts
        Whether the accelerator moves it on.
    each
        Whether there is one per population, one after the other; such a register is the last.
    """

    name: str
    bits: int
    access: str
    description: str
    reset: int = 0
    fields: tuple[Field, ...] = ()
    latched: bool = False
    counts: bool = False
    each: bool = False

    def __post_init__(self) -> None:
        check.one_of(f"access of {self.name}", self.access, ("ro", "rw", "pulse"))
        check.integer(f"bits of {self.name}", self.bits, 1, 1024)

    @property
    def words(self) -> int:
        """Words of 32 bits, of one population if there is one per population."""
        return -(-self.bits // 32)

    def field(self, name: str) -> Field:
        """Return a field by name.

        Raises
        ------
        ValueError
            If there is none; the message lists the names.
        """
        check.one_of(f"field of {self.name}", name, [f.name for f in self.fields])
        return next(f for f in self.fields if f.name == name)


TABLE = (
    Register("magic", 32, "ro", "Says that this is the accelerator: the bytes of btcx.", MAGIC),
    Register("map_version", 32, "ro", "Version of this table.", MAP_VERSION),
    Register("digest", 256, "ro", "SHA-256 of the Plan, its first byte the lowest of the first "
             "word."),
    Register("lanes", 32, "ro", "Lanes of the engine."),
    Register("neurons", 32, "ro", "Neurons of all populations."),
    Register("populations", 32, "ro", "Populations."),
    Register("clock_hz", 32, "ro", "Clock of the engine in Hz."),
    Register("feed_depth", 32, "ro", "Recorded spikes and marks that the engine holds; 0 without "
             "recorded sources."),
    Register("features", 32, "ro", "What the engine has.", fields=(
        Field(RECORDED, 0, "Takes recorded spikes."),
        Field(PLASTIC, 1, "Has plastic synapses: their weights can be looked at."),
    )),
    Register("control", 32, "pulse", "Makes something happen.", fields=(
        Field("start", 0, "Run as many steps as `steps` says; ignored while busy."),
        Field("reset", 1, "Reset engine, loader and tracer. Synapses stay; write the states "
              "again once `busy` has fallen."),
        Field("clear_load", 2, "Set `crc`, `loaded` and `load_error` to 0: the next word is a "
              "header."),
        Field("clear_trace", 3, "Forget the words of the trace, `spikes` and `population_spikes`."),
    )),
    Register("steps", 32, "rw", "Steps of the next run."),
    Register("pause", 1, "rw", "Whether no step begins; up to three that have begun end first."),
    Register("record", 1, "rw", "Whether spikes go to the trace; else they are counted and hashed "
             "only."),
    Register("status", 32, "ro", "What is going on.", fields=(
        Field("busy", 0, "Steps are left, or the sweep after a reset is running."),
        Field("overflow", 1, "The spike queue was full, and the engine has stopped for good: reset "
              "it."),
        Field("trace_pending", 2, "Words of the trace wait."),
        Field("look_ready", 3, "`look_state` and `look_word` show what `look` and `look_address` "
              "ask for."),
        Field("load_error", 4, "1: a header that is not of this engine. 2: a write while the "
              "engine was busy. 3: a recorded spike that found no room for long. All words since "
              "then were ignored.", 2),
    )),
    Register("step", 32, "ro", "Steps done, modulo 2^32."),
    Register("hash", 64, "ro", "Hash of all spikes since the reset.", latched=True),
    Register("crc", 32, "ro", "CRC-32 of all words loaded since the last clear_load."),
    Register("loaded", 32, "ro", "Their number."),
    Register("feed_room", 32, "ro", "Recorded spikes and marks that can be loaded now."),
    Register("look", 32, "rw", "What is looked at between runs, as in a header of the image.",
             fields=(
        Field("lane", 20, "Lane, or unit of the drive generators.", 7),
        Field("space", 28, "Space.", 4),
    )),
    Register("look_address", 32, "rw", "And at which address; reading the window `peek` moves it "
             "on.", counts=True),
    Register("look_state", 64, "ro", "A neuron's state, or a stored synapse's weight."),
    Register("look_word", 64, "ro", "A drive generator, or the step of a row's last arrival."),
    Register("spikes", 64, "ro", "Spikes since the last clear_trace.", latched=True),
    Register("population_spikes", 32, "ro", "The same of every population, modulo 2^32.",
             each=True),
)  # fmt: skip


@cache
def offsets() -> dict[str, int]:
    """Return the offset of every register in bytes, by name."""
    found, at = {}, 0
    for register in TABLE:
        found[register.name] = at
        at += WORD * register.words
    return found


@cache
def by_name() -> dict[str, Register]:
    """Return every register, by name."""
    return {register.name: register for register in TABLE}


def size(populations: int) -> int:
    """Return the bytes that all registers take."""
    check.integer("populations", populations, 1, 1 << 20)
    last = TABLE[-1]
    return offsets()[last.name] + WORD * last.words * populations


def digest_value(digest: str) -> int:
    """Return the value of the register `digest`, from 64 hexadecimal digits."""
    return int.from_bytes(bytes.fromhex(digest), "little")


def as_json() -> dict[str, Any]:
    """Return the table as a bundle keeps it: integers, strings and lists only."""
    rows = []
    for register in TABLE:
        row: dict[str, Any] = {
            "name": register.name,
            "offset": offsets()[register.name],
            "words": register.words,
            "bits": register.bits,
            "access": register.access,
            "reset": register.reset,
            "description": register.description,
        }
        if register.latched or register.each:
            row |= {"latched": register.latched, "each_population": register.each}
        if register.fields:
            row["fields"] = [
                {"name": f.name, "first": f.first, "bits": f.bits, "description": f.description}
                for f in register.fields
            ]
        rows.append(row)
    return {"magic": MAGIC, "map_version": MAP_VERSION, "registers": rows}


def c_header() -> str:
    """Return the C header: offsets in bytes, number of words, masks and shifts of fields."""
    lines = [
        "/* Made by bitcortex.network.registers.c_header: do not edit. */",
        "#ifndef BITCORTEX_REGISTERS_H",
        "#define BITCORTEX_REGISTERS_H",
        "",
        f"#define BITCORTEX_MAGIC_VALUE 0x{MAGIC:08x}u",
        f"#define BITCORTEX_MAP_VERSION_VALUE {MAP_VERSION}u",
    ]
    for register in TABLE:
        name = f"BITCORTEX_{register.name.upper()}"
        extra = ", per population" if register.each else ""
        lines += [
            "",
            f"/* {register.access}{extra}. {register.description} */",
            f"#define {name}_OFFSET 0x{offsets()[register.name]:03x}u",
            f"#define {name}_WORDS {register.words}u",
        ]
        for field in register.fields:
            lines += [
                f"#define {name}_{field.name.upper()}_MASK 0x{field.mask:08x}u"
                f" /* {field.description} */",
                f"#define {name}_{field.name.upper()}_SHIFT {field.first}u",
            ]
    return "\n".join([*lines, "", "#endif", ""])


def as_svd(base: int, populations: int) -> str:
    """Return the table as CMSIS-SVD, which debuggers read.

    Parameters
    ----------
    base
        Address of the first register.
    populations
        Of the Plan.
    """
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<device schemaVersion="1.1"><name>bitcortex</name><version>'
        f"{MAP_VERSION}</version><description>Column engine</description>"
        "<addressUnitBits>8</addressUnitBits><width>32</width><peripherals>",
        f"<peripheral><name>ACCELERATOR</name><baseAddress>0x{base:08x}</baseAddress><registers>",
    ]
    access = {"ro": "read-only", "rw": "read-write", "pulse": "write-only"}
    for register in TABLE:
        count = register.words * (populations if register.each else 1)
        name = register.name.upper() + ("[%s]" if count > 1 else "")
        many = f"<dim>{count}</dim><dimIncrement>{WORD}</dimIncrement>" if count > 1 else ""
        fields = "".join(
            f"<field><name>{f.name.upper()}</name><description>{escape(f.description)}"
            f"</description><bitOffset>{f.first}</bitOffset><bitWidth>{f.bits}</bitWidth></field>"
            for f in register.fields
        )
        lines.append(
            f"<register>{many}<name>{name}</name><description>{escape(register.description)}"
            f"</description><addressOffset>0x{offsets()[register.name]:03x}</addressOffset>"
            f"<size>32</size><access>{access[register.access]}</access>"
            + (f"<fields>{fields}</fields>" if fields else "")
            + "</register>"
        )
    lines.append("</registers></peripheral></peripherals></device>")
    return "\n".join([*lines, ""])


def as_markdown() -> str:
    """Return the table for the documentation."""
    lines = ["| offset | register | words | access | |", "|---|---|---|---|---|"]
    for register in TABLE:
        words = f"{register.words} each" if register.each else str(register.words)
        text = register.description
        for field in register.fields:
            last = field.first + field.bits - 1
            place = f"{field.first}" if field.bits == 1 else f"{field.first}..{last}"
            text += f" `{field.name}` ({place}): {field.description}"
        if register.latched:
            text += " Reading the first word keeps the second."
        lines.append(
            f"| 0x{offsets()[register.name]:03x} | `{register.name}` | {words} "
            f"| {register.access} | {text} |"
        )
    return "\n".join([*lines, ""])
