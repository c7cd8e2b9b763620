"""The register table: what is generated from it is kept, and compared line by line."""

import difflib
import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bitcortex.network import addresses, registers
from bitcortex.network.registers import TABLE, WORD, Register, as_json, by_name, c_header, offsets

REFERENCE = Path(__file__).parent.parent / "reference"
GENERATED: dict[str, Callable[[], str]] = {
    "addresses.h": addresses.c_header,
    "registers.h": c_header,
    "registers.json": lambda: json.dumps(as_json(), indent=2) + "\n",
    "registers.md": registers.as_markdown,
    "registers.svd": lambda: registers.as_svd(0xF000_0000, 2),
}


@pytest.mark.parametrize("name", GENERATED)
def test_generated_as_before(name: str) -> None:
    """After a change that is meant: raise MAP_VERSION, and write the files anew."""
    wanted, found = (REFERENCE / name).read_text(), GENERATED[name]()
    difference = difflib.unified_diff(
        wanted.splitlines(), found.splitlines(), f"tests/reference/{name}", "generated", lineterm=""
    )
    assert wanted == found, "\n".join(difference)


def test_registers_follow_one_another() -> None:
    at = 0
    for register in TABLE:
        assert offsets()[register.name] == at
        at += WORD * register.words
    assert registers.size(1) == at
    assert registers.size(5) == at + 4 * WORD
    assert registers.size(8) <= 0x800  # LiteX's page of a module


def test_what_is_per_population_is_last() -> None:
    assert [r.name for r in TABLE if r.each] == [TABLE[-1].name]


@pytest.mark.parametrize("register", TABLE, ids=lambda r: r.name)
def test_fields_fit_and_do_not_overlap(register: Register) -> None:
    masks = [field.mask for field in register.fields]
    assert sum(masks) == sum(masks) & ((1 << register.bits) - 1)
    assert all(not a & b for n, a in enumerate(masks) for b in masks[:n])
    assert register.description.endswith(".")


def test_what_is_latched_is_a_status_of_two_words() -> None:
    for register in TABLE:
        assert not register.latched or (register.access == "ro" and register.words == 2)


def test_magic_spells_the_name() -> None:
    assert registers.MAGIC.to_bytes(4, "little") == b"btcx"


def test_digest_keeps_the_order_of_bytes() -> None:
    digest = "00112233" + "ab" * 28
    value = registers.digest_value(digest)
    assert value & 0xFFFF_FFFF == 0x33221100
    assert value.to_bytes(32, "little").hex() == digest


def test_svd_is_xml_with_every_register() -> None:
    tree = ElementTree.fromstring(registers.as_svd(0x8000_0000, 3))
    found = {
        str(register.findtext("name")): register.findtext("addressOffset")
        for register in tree.iter("register")
    }
    assert len(found) == len(TABLE)
    assert int(found["STATUS"] or "", 16) == offsets()["status"]
    assert "DIGEST[%s]" in found
    assert [r.findtext("dim") for r in tree.iter("register")][-1] == "3"


def test_unknown_names() -> None:
    with pytest.raises(
        ValueError, match=r"field of status must be one of busy, overflow, .*'ready'"
    ):
        by_name()["status"].field("ready")
    with pytest.raises(ValueError, match="access of x must be one of ro, rw, pulse, not 'wo'"):
        Register("x", 32, "wo", "Nothing.")


def test_offsets_in_the_header_are_those_of_the_table() -> None:
    lines = dict(
        line.split()[1:3] for line in c_header().splitlines() if line.startswith("#define BITC")
        if len(line.split()) > 2
    )  # fmt: skip
    for name, offset in offsets().items():
        assert int(lines[f"BITCORTEX_{name.upper()}_OFFSET"].rstrip("u"), 16) == offset
