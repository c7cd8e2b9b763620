"""The console of a board with a CPU: its firmware's commands, from Python."""

import time
from types import TracebackType
from typing import Self

from bitcortex import check
from bitcortex.errors import BoardError, LinkError
from bitcortex.host.link.transport import Transport

_PROMPT = b"> "
_LINE = b"\r\n"
_ERROR = "error: "
_LONGEST = 79  # characters of a line
_STOP = b"\x03"  # Ctrl-C: ends a run, and drops a line that was begun


class Console:
    """Types commands, and reads what the firmware prints.

    Parameters
    ----------
    transport
        To the board: `bitcortex.host.connect.transport`, or a virtual board. The console closes it.
    timeout_s
        Seconds that the firmware may print nothing.

    Raises
    ------
    LinkError
        If no prompt comes.
    """

    def __init__(self, transport: Transport, timeout_s: float = 10.0) -> None:
        self._transport = transport
        self._arrived = b""
        try:
            self.timeout_s = check.real("timeout_s", timeout_s, 1e-3, 86_400.0)
            transport.write(_STOP)
            self._until(b"", self.timeout_s)
        except BaseException:
            transport.close()
            raise

    def ask(self, command: str, timeout_s: float | None = None) -> list[str]:
        """Return the lines that a command prints.

        Parameters
        ----------
        command
            As it is typed.
        timeout_s
            Instead of that of the console, for long runs say.

        Raises
        ------
        ValueError
            If it is not a line of printable ASCII, or too long.
        BoardError
            If the firmware refuses it; the message is the firmware's.
        LinkError
            If nothing comes for long, or the line breaks.
        """
        if not command.isascii() or not command.isprintable():
            raise ValueError(f"command must be one line of printable ASCII, not {command!r}")
        check.integer("length of the command", len(command), 0, _LONGEST)
        self._transport.write(command.encode() + b"\r")
        try:
            answer = self._until(command.encode() + _LINE, timeout_s or self.timeout_s)
        except KeyboardInterrupt:
            self._transport.write(_STOP)
            raise
        lines = answer.decode(errors="replace").split("\r\n")[:-1]
        for line in lines:
            if line.startswith(_ERROR):
                raise BoardError(line.removeprefix(_ERROR))
        return lines

    def _until(self, echo: bytes, timeout_s: float) -> bytes:
        """Return what comes between an echo and the next prompt."""
        end = time.monotonic() + timeout_s
        while True:
            _, found, answer = self._arrived.partition(echo) if echo else (b"", b"", self._arrived)
            if (found or not echo) and (answer == _PROMPT or answer.endswith(_LINE + _PROMPT)):
                self._arrived = b""
                return answer.removesuffix(_PROMPT)
            data = self._transport.read(min(1.0, timeout_s))
            self._arrived += data
            if data:
                end = time.monotonic() + timeout_s
            elif time.monotonic() > end:
                raise LinkError(
                    f"the console printed nothing for {timeout_s:g} s. Is it a board with a CPU, "
                    "and its baud rate right? A long run needs a longer timeout_s"
                )

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
