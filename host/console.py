"""The console of a board with a CPU: its firmware's commands, from Python."""

import time
from types import TracebackType
from typing import Self

from bitcortex import check
from bitcortex.errors import BoardError, LinkError
from bitcortex.host.link.transport import Transport

PROMPT = b"\r\n> "
_ERROR = "error: "


class Console:
    """Types commands, and reads what the firmware prints.

    Parameters
    ----------
    transport
        To the board: a serial port, TCP, or a virtual board; the console closes it.
    timeout_s
        Seconds that the firmware may print nothing.

    Raises
    ------
    LinkError
        If no prompt comes.
    """

    def __init__(self, transport: Transport, timeout_s: float = 10.0) -> None:
        self._transport = transport
        try:
            self.timeout_s = check.real("timeout_s", timeout_s, 1e-3, 86_400.0)
            transport.write(b"\r")  # a board that was there before has printed its prompt
            self.greeting = self._answer()  # of a board that has just begun
        except BaseException:
            transport.close()
            raise

    def ask(self, command: str) -> list[str]:
        """Return the lines that a command prints.

        Raises
        ------
        ValueError
            If it is more than one line, or not ASCII.
        BoardError
            If the firmware refuses it; the message is the firmware's.
        LinkError
            If nothing comes for long, or the line breaks.
        """
        if not command.isascii() or not command.isprintable():
            raise ValueError(f"command must be one line of ASCII, not {command!r}")
        self._transport.write(command.encode() + b"\r")
        lines = self._answer()
        for line in lines:
            if line.startswith(_ERROR):
                raise BoardError(line.removeprefix(_ERROR))
        return lines[1:]  # after its echo

    def stop(self) -> None:
        """Let `run` end early, from another thread."""
        self._transport.write(b"\x03")

    def _answer(self) -> list[str]:
        """Return the lines until the prompt."""
        found, end = b"", time.monotonic() + self.timeout_s
        while not found.endswith(PROMPT):
            data = self._transport.read(min(1.0, self.timeout_s))
            found += data
            if data:
                end = time.monotonic() + self.timeout_s
            elif time.monotonic() > end:
                raise LinkError(
                    f"the console printed nothing for {self.timeout_s:g} s. Is the board one with "
                    "a CPU, and the baud rate right?"
                )
        return found.decode(errors="replace").removesuffix("\r\n> ").split("\r\n")

    def close(self) -> None:
        """Give the line back; may be called twice."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()
