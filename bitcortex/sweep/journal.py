"""The file of a sweep: a line of JSON that says which sweep it is, then a line per point.

Lines are only ever added, each in one write, so a process that is killed leaves at most one torn
line at the end: it is cut off when the sweep goes on.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from filelock import FileLock, Timeout

from bitcortex.errors import UserError

FORMAT = "bitcortex-sweep-1"


class Journal:
    """Opens the file of a sweep to add to it; nobody else may meanwhile.

    Parameters
    ----------
    path
        Of the file, which is made if it is not there.
    identity
        What the sweep is: the first line.

    Raises
    ------
    UserError
        When it is entered: if the file is of another sweep, damaged, or being written.
    """

    def __init__(self, path: str | Path, identity: Mapping[str, Any]) -> None:
        self.path = Path(path)
        self.identity = {"format": FORMAT, **identity}
        self.lines: list[dict[str, Any]] = []  # that were there
        self._lock = FileLock(f"{self.path}.lock", timeout=0)

    def __enter__(self) -> "Journal":
        if not self.path.parent.is_dir():
            raise UserError(f"{self.path} must be in a folder that exists, not {self.path.parent}")
        try:
            self._lock.acquire()
        except Timeout:
            raise UserError(
                f"{self.path} is being written by another sweep. Wait for it, or use another file"
            ) from None
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.fsync(self._file.fileno())
        self._file.close()
        self._lock.release()

    def add(self, line: Mapping[str, Any]) -> None:
        """Write a line, which survives the end of this process."""
        self._file.write(_encoded(line))

    def _open(self) -> None:
        first = _encoded(self.identity)
        raw = self.path.read_bytes() if self.path.exists() else b""
        if not first.startswith(raw):  # what is torn in its first line holds nothing
            header, self.lines, kept = parse(self.path, raw)
            if differences := differing(header, self.identity):
                raise UserError(
                    f"{self.path} is of another sweep: {'; '.join(differences)}. Use another file, "
                    "or delete this one to start anew"
                )
            if kept < len(raw):
                os.truncate(self.path, kept)
        self._file: BinaryIO = open(self.path, "ab", buffering=0)  # noqa: SIM115
        if not self.lines and len(raw) < len(first):
            self._file.write(first[len(raw) :])


def read(path: str | Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the first line and the others, without a torn one at the end.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    UserError
        If it is not the file of a sweep, or damaged.
    """
    header, lines, _ = parse(Path(path), Path(path).read_bytes())
    return header, lines


def parse(path: Path, raw: bytes) -> tuple[dict[str, Any], list[dict[str, Any]], int]:
    """Return the first line, the others, and the number of bytes of those that are whole."""
    kept = raw.rfind(b"\n") + 1
    lines = []
    for number, text in enumerate(raw[:kept].splitlines(), 1):
        try:
            line = json.loads(text)
        except ValueError:
            line = None
        if number == 1 and (not isinstance(line, dict) or line.get("format") != FORMAT):
            break
        if not isinstance(line, dict):
            raise UserError(
                f"{path} is damaged in line {number}. Delete that line, and its point is run again"
            )
        lines.append(line)
    if not lines:
        raise UserError(
            f"{path} must be the file of a sweep of this version of bitcortex, and is not. "
            "Use another file"
        )
    return lines[0], lines[1:], kept


def differing(there: Mapping[str, Any], here: Mapping[str, Any], name: str = "") -> list[str]:
    """Return what differs between the first line of a file and the sweep, in words."""
    found = []
    for key in dict.fromkeys([*there, *here]):
        old, new = there.get(key), here.get(key)
        if json.dumps(old) == json.dumps(new):
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            inner = differing(old, new, f"{name}{key} ")
            # The order of axes is the order of points.
            found += inner or [
                f"the order of {key} is {', '.join(old)} there, {', '.join(new)} here"
            ]
        elif key == "source":
            found.append("the text of the job was changed since")
        else:
            found.append(f"{name}{key} is {_short(old)} there, {_short(new)} here")
    return found


def _short(value: object) -> str:
    text = "not given" if value is None else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:45]} ... {text[-10:]}"


def _encoded(line: Mapping[str, Any]) -> bytes:
    return json.dumps(line, allow_nan=False).encode() + b"\n"
