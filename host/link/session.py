"""A session with a device: one request at a time, each executed once."""

import os
from collections.abc import Callable
from itertools import count as count_up
from typing import NoReturn

from bitcortex.errors import BusError, LinkError, RestartError
from bitcortex.host.link.frame import Reply, Request, Splitter, answers, decode
from bitcortex.host.link.statistics import LinkStatistics
from bitcortex.host.link.transport import Transport
from bitcortex.network.frames import Operation, Status

_QUIET_S = 0.02  # after a damaged reply, until the rest of it has come
_PATIENCE = 4.0  # a wait grows to this multiple at most
_TRIES = 6  # of a request of several words, before it is asked for less


class Session:
    """Numbers requests, sends each until it is answered, and knows what its answer means.

    A request keeps its number until it is answered: the device executes the first copy that
    arrives intact and answers the others from memory. Bytes do not overtake each other, so that no
    reply to an older request comes after the one to a newer request.

    A request that is given up leaves its number in doubt. The next exchange settles it first,
    with a request that does nothing under the same number: it takes the number if the device never
    saw the other, and else gets its reply. So nothing is executed after its caller was told that
    it failed, and a restart of the device in between does not go unnoticed.

    Parameters
    ----------
    transport
        Moves the bytes.
    timeout_s
        Seconds for a request, all its repetitions together.
    reply_s
        Seconds to wait for a reply before a repetition, beyond the time that the bytes take.
    clock
        Seconds, monotonic.
    """

    def __init__(
        self, transport: Transport, timeout_s: float, reply_s: float, clock: Callable[[], float]
    ) -> None:
        self.transport = transport
        self.timeout_s = timeout_s
        self.reply_s = reply_s
        self.clock = clock
        self.statistics = LinkStatistics()
        self.tries = 0  # of the last request
        self.most = 1  # words of a frame
        self._splitter = Splitter()
        self._last = 0  # sequence number
        self._open = False  # in doubt: the next number may have been used
        self._used = False  # something has been executed
        self._over = ""  # why the session cannot go on
        self.hello(clock() + timeout_s)

    def hello(self, deadline: float) -> None:
        """Begin a session; the words tell this hello's reply from that of an older one."""
        number, nonce = os.urandom(1)[0], os.urandom(4)
        reply = self._insist(Request(number, Operation.HELLO, 0, 1, nonce), deadline)
        self.most = min(1 << reply.size, 128)
        self._last, self._open, self._used = number, False, False

    def exchange(
        self, operation: Operation, address: int, count: int, words: bytes = b""
    ) -> bytes | None:
        """Have a request executed, once, and return the words of its reply.

        None if the line is too bad for so many words: they have not been written, nor read at one
        address. Ask for less.

        Raises
        ------
        LinkError
            If it was not answered in time. It may have been executed, or not.
        RestartError
            If the device lost the session; nothing was executed since.
        BusError
            If there is nothing at the address.
        """
        if self._over:
            raise RestartError(self._over)
        self.tries = 0
        deadline = self.clock() + self.timeout_s
        if self._open and self._used:
            self._settle(deadline)
        elif self._open:
            self.hello(deadline)
        for _ in range(2):
            request = Request((self._last + 1) & 0xFF, operation, address, count, words)
            self._open = True
            reply = self._ask(request, deadline, _TRIES if count > 1 else 0)
            if reply is None:
                reply = self._settle(deadline)
                if reply.status is Status.OPERATION or operation is Operation.READ:
                    return None
                if operation is Operation.READ_FIXED:  # executed: the device has the words
                    reply = self._insist(request, deadline)
            elif reply.status is Status.SESSION and not self._used:
                self.hello(deadline)  # the board was restarted, and held nothing of ours
                continue
            self._accept(reply)
            if reply.status is not Status.OK:
                raise BusError(_refusal(reply, request))
            self._used = True
            return reply.words
        self._end("the board restarts again and again. Check its supply")

    def _settle(self, deadline: float) -> Reply:
        """Find out what became of a request that was given up, or take its number."""
        number = (self._last + 1) & 0xFF
        reply = self._insist(Request(number, Operation.CANCEL, 0, 1), deadline)
        self._accept(reply)
        return reply

    def _accept(self, reply: Reply) -> None:
        """Take note of an answer."""
        if reply.status is Status.SESSION:
            self._end(
                "the board was restarted, and what it held is lost. Open it again and load it anew"
            )
        if reply.status is Status.SEQUENCE:
            self._end("another program has opened the board. Close one of them, and open it again")
        self._last, self._open = reply.sequence, False
        self.statistics.transactions += 1

    def _end(self, reason: str) -> NoReturn:
        self._over = reason
        raise RestartError(reason)

    def _insist(self, request: Request, deadline: float) -> Reply:
        """Send a request until its reply comes, as often as that takes."""
        while True:
            reply = self._ask(request, deadline, 0)
            if reply is not None:
                return reply

    def _ask(self, request: Request, deadline: float, limit: int) -> Reply | None:
        """Send a request until its reply comes, or at most `limit` times, unless that is 0."""
        frame = request.encode()
        wait = self.reply_s + self.transport.byte_s * (len(frame) + 8 * request.count + 20)
        longest = _PATIENCE * wait
        for tries in count_up(1):
            self.tries += 1
            self.transport.write(frame)
            reply = self._reply(request, min(deadline, self.clock() + wait))
            if reply is not None:
                return reply
            if self.clock() >= deadline:
                raise LinkError(
                    f"the board did not answer in {self.timeout_s:g} s, {self.tries} requests. "
                    "Is it powered and configured, and are port and baud rate, or address, right?"
                )
            self.statistics.retries += 1
            if tries == limit:
                break
            wait = min(1.25 * wait, longest)
        return None

    def _reply(self, request: Request, end: float) -> Reply | None:
        """Return the reply to a request, or None if it has not come by `end`."""
        while (left := end - self.clock()) > 0:
            damaged = self._splitter.damaged
            bodies = self._splitter.feed(self.transport.read(left))
            for at, body in enumerate(bodies):
                reply = decode(body)
                if reply and answers(reply, request):
                    self.statistics.stale += len(bodies) - at - 1
                    return reply
                self.statistics.stale += 1
            if self._splitter.damaged != damaged:
                self.statistics.damaged += self._splitter.damaged - damaged
                end = min(end, self.clock() + _QUIET_S)
        self.statistics.timeouts += 1
        return None


def _refusal(reply: Reply, request: Request) -> str:
    """Say what a device refused."""
    operation = request.operation
    verb = "read" if operation in (Operation.READ, Operation.READ_FIXED) else "written"
    fixed = operation in (Operation.READ_FIXED, Operation.WRITE_FIXED)
    at = request.address + (0 if fixed else 4 * reply.count)
    if reply.status is Status.BUS:
        return (
            f"address {at:#010x} cannot be {verb}: the bus answered with an error, after "
            f"{reply.count} words. Is it in the board's register map?"
        )
    return f"the board refused a request ({reply.status.name.lower()}): host and gateware differ"
