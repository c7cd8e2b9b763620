"""A bundle is read as it was written, or refused with what is wrong."""

import json
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from virtual_board import PARAMS, PLAN

from bitcortex.errors import BundleError
from bitcortex.host import bundle as bundles
from bitcortex.host.bundle import Bundle
from bitcortex.models.column.host import state_table
from bitcortex.models.column.params import CoreParams
from bitcortex.network import registers
from bitcortex.sim.soc.virtual import bundle_of
from bitcortex.sim.twins.column.plans import plastic

BUNDLE = bundle_of("ulx3s-85f", 50_000_000, PARAMS, {"luts": 1234}, ("top.bit", b"\x00\xff"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    BUNDLE.save(tmp_path / "board")
    return tmp_path / "board"


def same(one: Bundle, two: Bundle) -> bool:
    """Return whether two bundles say the same."""
    fields = set(vars(one)) - {"plan", "synapses"}
    equal = all(getattr(one, name) == getattr(two, name) for name in fields)
    return equal and one.digest == two.digest and np.array_equal(one.synapses, two.synapses)


@pytest.mark.parametrize("name", ["board", "board.zip"])
@pytest.mark.parametrize("virtual", [False, True])
def test_round_trip(tmp_path: Path, name: str, virtual: bool) -> None:
    bundle = replace(BUNDLE, bitstream=None) if virtual else BUNDLE
    for _ in range(2):  # over the one before
        bundle.save(tmp_path / name)
    assert same(bundles.load(tmp_path / name, "ulx3s"), bundle)


def test_what_is_in_it(saved: Path) -> None:
    assert {path.name for path in saved.iterdir()} == {
        "bundle.json", "plan.json", "image.bin", "csr.json", "top.bit",
    }  # fmt: skip
    assert json.loads((saved / "csr.json").read_text()) == registers.as_json()
    manifest = json.loads((saved / "bundle.json").read_text())
    assert manifest["digest"] == PLAN.digest
    assert manifest["states"]["lanes"] == 4


def test_plastic_synapses_and_recorded_sources(tmp_path: Path) -> None:
    params = CoreParams(plastic(), 4)
    bundle = bundle_of("icebreaker", 24_000_000, params)
    bundle.save(tmp_path / "b.zip")
    assert same(bundles.load(tmp_path / "b.zip"), bundle)
    assert bundles.load(tmp_path / "b.zip").states == state_table(params)


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"was not found"):
        bundles.load(tmp_path / "nothing")
    with pytest.raises(BundleError, match=r"has no bundle\.json: it is incomplete"):
        bundles.load(tmp_path)


@pytest.mark.parametrize("name", ["plan.json", "image.bin", "csr.json", "top.bit"])
def test_a_file_is_missing_truncated_or_altered(saved: Path, name: str) -> None:
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(content[:-1])
    with pytest.raises(BundleError, match=f"{name} of .* was altered"):
        bundles.load(saved)
    (saved / name).write_bytes(bytes([content[0] ^ 1]) + content[1:])
    with pytest.raises(BundleError, match=f"{name} of .* was altered"):
        bundles.load(saved)
    (saved / name).unlink()
    with pytest.raises(BundleError, match=f"has no {name}: it is incomplete. Build or copy"):
        bundles.load(saved)


def altered(saved: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, which has no checksum of its own."""
    manifest = json.loads((saved / "bundle.json").read_text())
    change(manifest)
    (saved / "bundle.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("format", "other", r"is not a bundle of a board"),
        ("version", 99, r"is a bundle of version 99, and this bitcortex reads version 1"),
        ("map_version", 99, r"has registers of version 99, and this bitcortex has version 1"),
        ("digest", "ab" * 32, r"says that its Plan has digest abababababab, and plan.json has"),
        ("image", {"words": 3, "crc32": 0}, r"image.bin of .* must have 3 words"),
        ("states", {"lanes": 4}, r"is damaged"),
        ("addresses", {}, r"is damaged \(KeyError"),
        ("sha256", {"../x": "0"}, r"names a file outside of itself"),
        ("sha256", {}, r"is damaged"),
    ],
)
def test_a_manifest_that_is_wrong(saved: Path, key: str, value: object, message: str) -> None:
    altered(saved, lambda manifest: manifest.update({key: value}))
    with pytest.raises(BundleError, match=message):
        bundles.load(saved)


def test_a_manifest_that_ends_too_soon(saved: Path) -> None:
    text = (saved / "bundle.json").read_text()
    (saved / "bundle.json").write_text(text[: len(text) // 2])
    with pytest.raises(BundleError, match=r"no complete JSON"):
        bundles.load(saved)


def test_an_archive_that_ends_too_soon(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    BUNDLE.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BundleError, match=r"is no complete \.zip"):
        bundles.load(path)
    BUNDLE.save(path)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo("image.bin")
    content[info.header_offset + 60] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(BundleError, match=r"image.bin of"):
        bundles.load(path)


def test_of_another_board(saved: Path) -> None:
    with pytest.raises(BundleError, match=r"is a bundle for ulx3s-85f, not for icebreaker"):
        bundles.load(saved, "icebreaker")


def test_a_copy_of_the_folder_is_the_bundle(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "copy")
    assert same(bundles.load(tmp_path / "copy"), BUNDLE)
