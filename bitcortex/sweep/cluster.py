"""Workers of a dask cluster, as a concurrent.futures.Executor."""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

from bitcortex.errors import LinkError, ToolError

PATIENCE = 10.0  # seconds to connect


@contextmanager
def dask_executor(address: str) -> Iterator[Executor]:
    """Connect to a dask scheduler while the block runs.

    Parameters
    ----------
    address
        Of the scheduler, ``tcp://host:8786``, or of its file in a folder that all machines share.

    Raises
    ------
    ToolError
        If dask.distributed is not installed.
    LinkError
        If the scheduler does not answer, or has no workers.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise ToolError(
            f"dask needs {error.name}, which is not installed. Try: pip install 'bitcortex[dask]'"
        ) from None
    connect: Any = Client  # dask has no types
    try:
        if address.endswith(".json"):
            client = connect(scheduler_file=address, timeout=PATIENCE, set_as_default=False)
        else:
            client = connect(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:  # TimeoutError is an OSError
        raise LinkError(
            f"no dask scheduler answers at {address} ({error}). Start one with: dask scheduler"
        ) from None
    try:
        if not client.scheduler_info()["workers"]:
            raise LinkError(
                f"the dask scheduler at {address} must have workers. Start some with: "
                f"dask worker {address} --nthreads 1"
            )
        # pure=False: the same point twice is two calls. A point that fails is not tried again.
        yield client.get_executor(pure=False, retries=0)
    finally:
        client.close()
