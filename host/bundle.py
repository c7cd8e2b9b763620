"""A bundle: one folder, or a .zip of it, with all that a driver needs to know of a board."""

import hashlib
import io
import json
import zipfile
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from bitcortex.errors import BundleError, UserError
from bitcortex.host.products import ALIASES
from bitcortex.network import event_files, registers
from bitcortex.network.addresses import ADDRESSES
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.image import Words, crc
from bitcortex.network.states import StateTable

FORMAT = "bitcortex-bundle"
VERSION = 1
MANIFEST = "bundle.json"
PLAN, IMAGE, CSR = "plan.json", "image.bin", "csr.json"
_ANEW = "Build or copy the bundle anew"
# What a manifest that is no bundle's turns into on the way.
_DAMAGE = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, eq=False)
class Bundle:
    """What a driver needs, and nothing else.

    Parameters
    ----------
    board
        Name of the board that it was made for.
    clock_hz
        Of the engine.
    plan
        That is built in.
    addresses
        In bytes, of the registers (``csr``) and of the windows ``load``, ``trace`` and ``peek``.
    synapses
        Words that fill the connection stores.
    states
        Places of the states.
    map_version
        Of the register table.
    report
        What the build has to say: LUT, fmax, versions.
    bitstream
        Its file name and content; None for a virtual board.
    """

    board: str
    clock_hz: int
    plan: EventPlan
    addresses: dict[str, int]
    synapses: Words
    states: StateTable
    map_version: int = registers.MAP_VERSION
    report: dict[str, Any] = field(default_factory=dict)
    bitstream: tuple[str, bytes] | None = None

    @property
    def digest(self) -> str:
        """SHA-256 of the Plan, 64 hexadecimal digits."""
        return self.plan.digest

    @property
    def lanes(self) -> int:
        """Lanes of the engine."""
        return self.states.lanes

    def save(self, path: str | Path) -> None:
        """Write a folder, or a .zip if the path ends so; what was there is replaced."""
        files = self._files()
        target = Path(path)
        if target.suffix == ".zip":
            content = io.BytesIO()
            with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data in files.items():
                    archive.writestr(name, data)
            target.write_bytes(content.getvalue())
            return
        target.mkdir(parents=True, exist_ok=True)
        (target / MANIFEST).unlink(missing_ok=True)  # incomplete until the last file is there
        for name, data in files.items():
            (target / name).write_bytes(data)

    def _files(self) -> dict[str, bytes]:
        """Return all files; the manifest, which has the checksums of the others, is the last."""
        files = {
            PLAN: event_files.text_of(self.plan).encode(),
            IMAGE: self.synapses.astype("<u4").tobytes(),
            CSR: _json(registers.as_json()),
        }
        if self.bitstream is not None:
            files[self.bitstream[0]] = self.bitstream[1]
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "board": self.board,
            "clock_hz": self.clock_hz,
            "digest": self.digest,
            "map_version": self.map_version,
            "addresses": self.addresses,
            "states": asdict(self.states),
            "image": {"words": len(self.synapses), "crc32": crc(self.synapses)},
            "bitstream": self.bitstream[0] if self.bitstream else None,
            "report": self.report,
            "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
        }
        return files | {MANIFEST: _json(manifest)}


def load(path: str | Path, board: str | None = None) -> Bundle:
    """Read a bundle, and check every file of it.

    Parameters
    ----------
    path
        A folder or a .zip.
    board
        Name of the board that it must be for; any if None.

    Raises
    ------
    BundleError
        If it is missing, incomplete or altered, of another version, or for another board; the
        message says which.
    """
    source = _Source(Path(path))
    try:
        manifest = json.loads(source.read(MANIFEST))
    except ValueError as error:
        raise BundleError(f"{MANIFEST} of {path} is no complete JSON ({error}). {_ANEW}") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise BundleError(f"{path} is not a bundle of a board. Make one with bitcortex build")
    if manifest.get("version") != VERSION:
        raise BundleError(
            f"{path} is a bundle of version {manifest.get('version')}, and this bitcortex reads "
            f"version {VERSION}. Build it again"
        )
    if manifest.get("map_version") != registers.MAP_VERSION:
        raise BundleError(
            f"{path} has registers of version {manifest.get('map_version')}, and this bitcortex "
            f"has version {registers.MAP_VERSION}. Build it again, or use its bitcortex"
        )
    try:
        files = {name: source.checked(name, sha) for name, sha in manifest["sha256"].items()}
        found = _bundle(path, manifest, files)
    except _DAMAGE as error:
        raise BundleError(f"{MANIFEST} of {path} is damaged ({error!r}). {_ANEW}") from None
    if board is not None and found.board != ALIASES.get(board, board):
        raise BundleError(
            f"{path} is a bundle for {found.board}, not for {board}. Build one for {board}"
        )
    return found


def _bundle(path: str | Path, manifest: dict[str, Any], files: dict[str, bytes]) -> Bundle:
    """Return what checked files say."""
    try:
        plan = event_files.parse(files[PLAN].decode(errors="replace"), f"{PLAN} of {path}")
    except UserError as error:
        raise BundleError(str(error)) from None
    if plan.digest != manifest["digest"]:
        raise BundleError(
            f"{path} says that its Plan has digest {str(manifest['digest'])[:12]}, and {PLAN} has "
            f"{plan.digest[:12]}. {_ANEW}"
        )
    data = files[IMAGE]
    expected = manifest["image"]
    if len(data) != 4 * expected["words"] or zlib.crc32(data) != expected["crc32"]:
        raise BundleError(
            f"{IMAGE} of {path} must have {expected['words']} words and CRC-32 "
            f"{expected['crc32']:#010x}. {_ANEW}"
        )
    states = manifest["states"]
    bitstream = manifest["bitstream"]
    return Bundle(
        board=str(manifest["board"]),
        clock_hz=int(manifest["clock_hz"]),
        plan=plan,
        addresses={name: int(manifest["addresses"][name]) for name in ADDRESSES},
        synapses=np.frombuffer(data, "<u4").astype(np.uint32),
        states=StateTable(
            **states
            | {
                "delays": tuple(states["delays"]),
                "generators": tuple(map(tuple, states["generators"])),
            }
        ),
        report=dict(manifest["report"]),
        bitstream=(bitstream, files[bitstream]) if bitstream else None,
    )


class _Source:
    """Files of a folder or of an archive."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            raise BundleError(f"{path} was not found: a bundle is a folder or a .zip")
        self._archive: zipfile.ZipFile | None = None
        if path.is_file():
            try:
                self._archive = zipfile.ZipFile(io.BytesIO(path.read_bytes()))
            except zipfile.BadZipFile as error:
                raise BundleError(f"{path} is no complete .zip ({error}). {_ANEW}") from None

    def read(self, name: str) -> bytes:
        """Return a file."""
        try:
            if self._archive is not None:
                return self._archive.read(name)
            return (self.path / name).read_bytes()
        except (KeyError, FileNotFoundError):
            raise BundleError(f"{self.path} has no {name}: it is incomplete. {_ANEW}") from None
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise BundleError(f"{name} of {self.path} is damaged ({error}). {_ANEW}") from None

    def checked(self, name: str, sha256: str) -> bytes:
        """Return a file whose checksum is right."""
        if Path(name).name != name:
            raise BundleError(f"{self.path} names a file outside of itself, {name!r}. {_ANEW}")
        data = self.read(name)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BundleError(f"{name} of {self.path} was altered: its SHA-256 differs. {_ANEW}")
        return data


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1) + "\n").encode()
