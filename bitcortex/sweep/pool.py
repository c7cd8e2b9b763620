"""Worker processes of this machine, as a concurrent.futures.Executor.

The standard library's pool does not say which call a worker died of, gives up all the others, and
leaves its workers behind if the process that owns them is killed. Here every worker has a
connection of its own: one that breaks is the fault of the call at its other end, and a worker
whose owner is gone ends.
"""

import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Literal

from bitcortex import check
from bitcortex.errors import ToolError

# One thread per worker: points run side by side, and sums must not depend on how many threads.
THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_context = multiprocessing.get_context("spawn")  # forking a process with threads may deadlock
_starting = threading.Lock()  # the environment is changed for a moment


class WorkerDied(RuntimeError):  # noqa: N818
    """A worker process ended in the middle of a call."""


class ProcessPool(Executor):
    """Runs calls in processes that stay from one call to the next.

    Parameters
    ----------
    workers
        How many, 1 to 1024. They are started when there is work for them.

    Notes
    -----
    A call whose worker dies has the exception `WorkerDied`; the next call gets a new worker. As a
    context manager the pool waits for its calls, but if an exception leaves it, it kills them.
    """

    def __init__(self, workers: int) -> None:
        self.workers = check.integer("workers", workers, 1, 1024)
        self._threads = ThreadPoolExecutor(self.workers)  # each waits for one worker
        self._lock = threading.Lock()
        self._all: set[_Worker] = set()
        self._idle: list[_Worker] = []
        self._closed = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a call in a worker, as soon as one is free."""
        return self._threads.submit(self._run, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers: when all calls are done, or at once if `wait` is false."""
        if not wait:
            with self._lock:
                self._closed = True
                for worker in self._all:
                    worker.process.kill()
        self._threads.shutdown(wait=True, cancel_futures=cancel_futures or not wait)
        for worker in self._all:
            worker.close()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Literal[False]:
        self.shutdown(wait=kind is None)
        return False

    def _run(self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        call = pickle.dumps((fn, args, kwargs))
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None:
            worker = self._start()
        try:
            fine, value = worker.ask(call)
        except WorkerDied:
            with self._lock:
                self._all.discard(worker)
            worker.close()
            raise
        with self._lock:
            self._idle.append(worker)
        if not fine:
            raise value
        return value

    def _start(self) -> "_Worker":
        worker = _Worker()
        with self._lock:
            if self._closed:
                worker.process.kill()
            self._all.add(worker)
        worker.greet()
        return worker


class _Worker:
    """A process, and the owner's end of the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = _context.Pipe()
        self.process = _context.Process(target=_serve, args=(theirs,), name="bitcortex-sweep")
        with _starting:
            before = {name: os.environ.get(name) for name in THREADS}
            os.environ.update(dict.fromkeys(THREADS, "1"))
            try:
                self.process.start()
            finally:
                for name, value in before.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value
        theirs.close()  # ours then ends with the process

    def greet(self) -> None:
        """Wait until it runs."""
        try:
            self._receive()
        except WorkerDied as error:
            raise ToolError(
                f"a worker did not start: {error}. A script must begin its work below "
                "if __name__ == '__main__':, because every worker reads it, too"
            ) from None

    def ask(self, call: bytes) -> tuple[bool, Any]:
        """Return whether a call returned, and what; or False, and what it raised."""
        with suppress(OSError):  # if it is dead, the next line says of what
            self.connection.send_bytes(call)
        answer: tuple[bool, Any] = pickle.loads(self._receive())
        return answer

    def close(self) -> None:
        """End the process and let go of the connection."""
        self.connection.close()  # which ends an idle worker
        self.process.join()
        self.process.close()

    def _receive(self) -> bytes:
        wait([self.connection, self.process.sentinel])
        try:
            if self.connection.poll():
                return self.connection.recv_bytes()
        except (EOFError, OSError):
            pass
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            name = signal.Signals(-code).name
            hint = " Out of memory?" if name == "SIGKILL" else ""
            raise WorkerDied(f"its process died of {name}.{hint}")
        raise WorkerDied(f"its process ended with exit code {code}")


def _serve(connection: Connection) -> None:
    """Answer calls until there are no more, in a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the owner
    threading.Thread(target=_end_with_owner, daemon=True).start()
    sys.stdout.flush()
    os.dup2(2, 1)  # standard output is the owner's result
    connection.send_bytes(b"")
    while True:
        try:
            call = connection.recv_bytes()
        except (EOFError, OSError):
            return
        try:
            fn, args, kwargs = pickle.loads(call)
            answer = pickle.dumps((True, fn(*args, **kwargs)))
        except BaseException as error:
            try:
                answer = pickle.dumps((False, error))
            except Exception:
                answer = pickle.dumps((False, RuntimeError(f"{type(error).__name__}: {error}")))
        try:
            connection.send_bytes(answer)
        except OSError:  # the owner is gone
            return


def _end_with_owner() -> None:
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(1)
