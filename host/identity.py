"""Whether a board is the one of a bundle."""

from bitcortex.errors import BoardError, BusError
from bitcortex.host.access import Access
from bitcortex.host.bundle import Bundle
from bitcortex.network import registers
from bitcortex.network.event_plan import EventPlan

_LOAD = "Load the bitstream of the bundle"


def identify(access: Access, bundle: Bundle) -> None:
    """Compare the registers that say what a board is.

    Raises
    ------
    BoardError
        At the first one that differs; the message has both values.
    """
    plan, at = bundle.plan, f"at {bundle.addresses['csr']:#010x}"
    try:
        magic = access.get("magic")
    except BusError as error:
        why = str(error)
        stop = "" if why.endswith(("?", ".")) else "."
        raise BoardError(f"there is no accelerator {at}: {why}{stop} {_LOAD}") from None
    if magic != registers.MAGIC:
        raise BoardError(
            f"there is no accelerator {at}: magic is {magic:#010x}, not {registers.MAGIC:#010x}. "
            f"{_LOAD}"
        )
    version = access.get("map_version")
    if version != bundle.map_version:
        raise BoardError(
            f"the board has registers of version {version}, and the bundle of version "
            f"{bundle.map_version}. {_LOAD}"
        )
    digest = access.get("digest")
    if digest != registers.digest_value(plan.digest):
        raise BoardError(
            f"the board holds the Plan {digest.to_bytes(32, 'little').hex()[:12]}, and the bundle "
            f"is of {plan.name} {plan.digest[:12]}. {_LOAD}, or open the board with its own"
        )
    wanted = {
        "lanes": bundle.lanes,
        "neurons": plan.neurons,
        "populations": len(plan.populations),
        "clock_hz": bundle.clock_hz,
        "features": features(plan),
    }
    for name, value in wanted.items():
        found = access.get(name)
        if found != value:
            raise BoardError(
                f"{name} of the board is {found}, and of the bundle for {bundle.board} {value}. "
                "Open it with the bundle of its bitstream"
            )


def features(plan: EventPlan) -> int:
    """Return the value of the register `features` of a Plan's engine."""
    field = registers.by_name()["features"].field
    recorded = field(registers.RECORDED).mask if plan.recorded else 0
    return recorded | (field(registers.PLASTIC).mask if plan.plastic else 0)
