"""A line that keeps talking: the console's driver ends, and says what it heard."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from bitcortex.errors import BoardError, LinkError
from bitcortex.host import console
from bitcortex.host.console import BLOCK_BYTES, Console

READY = f"send blocks of {BLOCK_BYTES} bytes\r\n".encode()
IMAGE = np.arange(3, dtype=np.uint32)


class Talker:
    """A line that answers the first writes, and says the last answer again and again."""

    byte_s = 0.0

    def __init__(self, *answers: Callable[[bytes], bytes], forever: bytes) -> None:
        self.answers, self.forever = list(answers), forever
        self.said = b""
        self.written: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.written.append(data)
        if self.answers:
            self.said += self.answers.pop(0)(data)

    def read(self, timeout_s: float) -> bytes:
        data, self.said = self.said, b""
        if not data and not self.answers:
            time.sleep(0.001)
            data = self.forever
        return data

    def close(self) -> None:
        pass


def prompt(data: bytes) -> bytes:
    return b"^C\r\n> "


def ready(data: bytes) -> bytes:
    return data + b"\n" + READY


def refuses(data: bytes) -> bytes:
    return b"\r\nerror: the image must have 3 words. Send it again\r\n> "


def nothing(data: bytes) -> bytes:
    return b""


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(console, "_RECOVERY_S", 0.1)


@pytest.mark.parametrize(
    ("answers", "forever", "timeout_s", "message"),
    [
        ((ready, nothing), b"U", 60.0, r"the firmware must say b'\.' or what is wrong, not b'U+'"),
        ((ready, nothing), b"> ", 60.0, r"must say b'\.' or what is wrong, not b'> "),
        ((ready, nothing), b"\r\n", 60.0, r"must say b'\.' or what is wrong, not b'\\r\\n"),
        ((ready, nothing), b"error: ", 0.2, r"must answer within 0.2 s while an image is sent"),
        ((nothing,), b"U", 0.2, r"must answer within 0.2 s while an image is sent"),
        ((lambda data: data + b"\n",), b"send it", 60.0, r"must say b'send blocks .*not b'send it"),
    ],
)
def test_a_transfer_ends(
    answers: tuple[Callable[[bytes], bytes], ...], forever: bytes, timeout_s: float, message: str
) -> None:
    line = Talker(prompt, *answers, forever=forever)
    typed = Console(line, timeout_s)
    with pytest.raises(LinkError, match=message):
        typed.send(IMAGE)
    assert line.written[-1] == b"\x03" * (BLOCK_BYTES + 1)


def test_an_error_is_read_to_its_end() -> None:
    line = Talker(prompt, ready, refuses, forever=b"U")
    with pytest.raises(BoardError, match=r"^the image must have 3 words\. Send it again$"):
        Console(line, 60.0).send(IMAGE)
    assert line.written[-1] == b"\x03"


def test_a_line_without_an_end() -> None:
    with pytest.raises(LinkError, match="must end its lines, not print 65,536 bytes in one"):
        Console(Talker(nothing, forever=b"U" * 1000), 60.0)
    typed = Console(Talker(prompt, nothing, forever=b"U" * 1000), 60.0)
    with pytest.raises(LinkError, match="must end its lines"):
        typed.ask("status")
