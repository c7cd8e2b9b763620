"""The console of a board with a CPU: its firmware's commands, from Python."""

import time
from collections.abc import Callable

from bitcortex import check
from bitcortex.closing import Closing
from bitcortex.errors import BoardError, LinkError
from bitcortex.host.link.transport import Transport
from bitcortex.network.image import Words, crc

_PROMPT = b"> "
_LINE = b"\r\n"
_ERROR = "error: "
_LONGEST = 79  # characters of a line
_STOP = b"\x03"  # Ctrl-C: ends a run, and drops a line that was begun
# Of an image that is sent: decision 0016.
_BLOCK = b"\x02"  # in front of each
BLOCK_BYTES = 1020  # and never more on the way: the FIFO of the board has 1,024
_READY = f"send blocks of {BLOCK_BYTES} bytes".encode() + _LINE
_TAKEN = b"."
_QUIET_S = 0.2  # after which nothing more is printed
_RECOVERY_S = 10.0  # after which a line is left as it is
_UNBROKEN = 1 << 16  # bytes without the end of a line, which no firmware prints


class Console(Closing):
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
        return _lines(answer)

    def send(
        self, image: Words, progress: Callable[[int, int], object] = lambda done, words: None
    ) -> list[str]:
        """Send a network's image to a board with SDRAM, and return what the firmware prints.

        `load` writes it to the accelerator then. If it fails, the console goes back to its prompt,
        if anybody is there. There is no network on the board then, unless all blocks have arrived:
        the firmware computes their CRC whatever the host does, and `load` says what it found.

        Parameters
        ----------
        image
            From `bitcortex.firmware.image.network_image`, of the bitstream's bundle.
        progress
            Told how many words have arrived, and of how many, after every block.

        Raises
        ------
        BoardError
            If the firmware refuses it, or another one arrived.
        LinkError
            If no answer comes within `timeout_s`, or it is none of this firmware's, or the line
            breaks.
        """
        words = image.astype("<u4")
        command = f"receive {len(words)} 0x{crc(words):08x}".encode()
        self._transport.write(command + b"\r")
        try:
            self._awaits(_READY, echo=command + _LINE)
            for at in range(0, len(words), BLOCK_BYTES // 4):
                block = words[at : at + BLOCK_BYTES // 4]
                self._transport.write(_BLOCK + block.tobytes())
                self._awaits(_TAKEN)
                progress(at + len(block), len(words))
            return _lines(self._until(_LINE, self.timeout_s))
        except BoardError as error:
            self._recover(_STOP)  # from a line that the rest of a block began
            if "command must be one of" in str(error):
                raise BoardError(
                    "the firmware must take an image, but this one has its network in the ROM. "
                    "Build with --sdram, or leave out --send"
                ) from None
            raise
        except BaseException:
            self._recover(_STOP * (BLOCK_BYTES + 1))  # whatever part of a block it waits for
            raise

    def _awaits(self, wanted: bytes, echo: bytes = b"") -> None:
        """Wait for what the firmware says next, after an echo, in a transfer; all else is an error.

        Raises
        ------
        BoardError
            If it refuses.
        LinkError
            If it says neither within `timeout_s`, or something else.
        """
        end = time.monotonic() + self.timeout_s
        while True:
            _, found, said = self._arrived.partition(echo) if echo else (b"", b"", self._arrived)
            if found == echo:
                if said.startswith(wanted):
                    self._arrived = said.removeprefix(wanted)
                    return
                text, ended, _ = said.removeprefix(_LINE).partition(_LINE + _PROMPT)
                if ended and text.startswith(_ERROR.encode()):
                    _lines(text + _LINE)
                if not wanted.startswith(said) and not _may_be_an_error(said):
                    raise LinkError(
                        f"the firmware must say {wanted!r} or what is wrong, not {said[:60]!r}. "
                        "Send it again"
                    )
            if time.monotonic() > end:
                raise LinkError(
                    f"the firmware must answer within {self.timeout_s:g} s while an image is sent. "
                    "Is it a board with a CPU, and its baud rate right? Send it again"
                )
            self._arrived += self._transport.read(min(1.0, self.timeout_s))

    def _recover(self, stops: bytes) -> None:
        """Go back to the prompt, and forget what is printed until then."""
        end = time.monotonic() + _RECOVERY_S
        try:
            self._transport.write(stops)
            while self._transport.read(_QUIET_S) and time.monotonic() < end:
                pass
        except (LinkError, OSError):
            pass  # the first error says more
        self._arrived = b""

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
            if len(self._arrived) - self._arrived.rfind(_LINE) > _UNBROKEN:
                raise LinkError(
                    f"the console must end its lines, not print {_UNBROKEN:,} bytes in one. Is it "
                    "a board with a CPU, and its baud rate right?"
                )
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


def _may_be_an_error(said: bytes) -> bool:
    """Return whether something begins an error's line, perhaps with an empty one before it."""
    error = _ERROR.encode()
    return any(said[: len(e)] == e[: len(said)] for e in (error, _LINE + error))


def _lines(answer: bytes) -> list[str]:
    """Return the lines of an answer.

    Raises
    ------
    BoardError
        If one of them is an error.
    """
    lines = answer.decode(errors="replace").split("\r\n")[:-1]
    for line in lines:
        if line.startswith(_ERROR):
            raise BoardError(line.removeprefix(_ERROR))
    return lines
