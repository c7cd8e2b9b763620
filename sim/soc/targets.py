"""`bitcortex.open`: from the name of a board, or of where it is, to a board."""

import os
import warnings
from dataclasses import replace
from pathlib import Path

from bitcortex.errors import BoardError, BundleError, UserError
from bitcortex.host import bundle as bundles
from bitcortex.host.board import Board
from bitcortex.host.bundle import Bundle
from bitcortex.host.connect import FORMS, connect, find_port, is_bundle, is_port
from bitcortex.host.link import Link
from bitcortex.host.products import find_product
from bitcortex.models.column.params import CoreParams
from bitcortex.network.description import Network
from bitcortex.network.event_plan import EventPlan
from bitcortex.network.lower import lower
from bitcortex.network.plan import Plan
from bitcortex.sim.rtl.cache import cache_root
from bitcortex.sim.soc.virtual import DEFAULT, VirtualBoard, params_of

VIRTUAL = "virtual:"
VARIABLE = "BITCORTEX_BOARD"  # names the target that engine="auto" uses


def open(
    target: str | Path,
    network: Network | EventPlan | None = None,
    *,
    bundle: Bundle | str | Path | None = None,
    lanes: int | None = None,
    seed: int | None = None,
    baudrate: int = 1_000_000,
    timeout_s: float = 10.0,
    step_timeout_s: float = 10.0,
) -> Board:
    """Open a board.

    Parameters
    ----------
    target
        ``virtual:ulx3s`` (compiled here), a serial port, ``udp://host:port`` or an IP address,
        ``tcp://host:port``, or a bundle, whose board is looked for.
    network
        What the board holds. A virtual board is made for it; for others its bundle is taken from
        the cache, where builds leave theirs.
    bundle
        A bundle or its path, instead of a network.
    lanes
        Of a virtual board; the board's default if None.
    seed
        Replaces the network's.
    baudrate
        Of a serial port.
    timeout_s
        Seconds that a request may go unanswered.
    step_timeout_s
        Seconds after which a step that has not ended is an error.

    Raises
    ------
    ValueError
        If there is no such board, or neither network nor bundle is given.
    LinkError
        If nothing answers.
    BundleError
        If there is no bundle, or it is damaged.
    BoardError
        If the board holds something else.
    """
    name = str(target)
    plan = plan_of(network, seed) if network is not None else None
    made = bundles.load(bundle) if isinstance(bundle, str | Path) else bundle
    if not (name.startswith(VIRTUAL) or is_port(name)):
        if not is_bundle(name) and not Path(name).exists():
            raise ValueError(f"target must be one of {FORMS}, not {name!r}")
        made = bundles.load(name)
        name = _where(made)
    if plan is not None and made is not None and made.digest != plan.digest:
        raise BundleError(
            f"the bundle is of {made.plan.name} {made.digest[:12]}, not of {plan.name} "
            f"{plan.digest[:12]}. Build one for this network"
        )
    if plan is None and made is None:
        raise ValueError(f"network must be given to open {name}, or bundle=")
    if name.startswith(VIRTUAL):
        return _virtual(name, plan, made, lanes, timeout_s, step_timeout_s)
    choices = [made] if made is not None else cached(plan) if plan is not None else []
    if not choices:
        raise BundleError(
            f"there is no bundle of {plan and plan.name} in {folder()}. Give bundle=, or make one "
            "with bitcortex build, or bitcortex serve-virtual"
        )
    return _first(name, choices, baudrate, timeout_s, step_timeout_s)


def plan_of(network: Network | EventPlan | Plan, seed: int | None = None) -> EventPlan:
    """Return the Plan of a network that a board can hold.

    Raises
    ------
    ValueError
        If it is not event-driven.
    """
    if isinstance(network, EventPlan | Plan):
        if seed is not None:
            raise ValueError("seed must be None with a Plan, which has its seeds inside")
        plan = network
    else:
        plan = lower(network, seed).plan
    if not isinstance(plan, EventPlan):
        raise ValueError(
            f"{plan.name} must be event-driven to run on a board. Use engine='rtl' for its "
            "gateware, or connect its populations with spikes"
        )
    return plan


def _virtual(
    name: str,
    plan: EventPlan | None,
    bundle: Bundle | None,
    lanes: int | None,
    timeout_s: float,
    step_timeout_s: float,
) -> Board:
    """Compile a virtual board, and open it."""
    kind = find_product(name.removeprefix(VIRTUAL) or DEFAULT).name
    if bundle is not None:
        if bundle.board != kind:
            raise BundleError(f"the bundle is for {bundle.board}, not for {kind}")
        plan, lanes = bundle.plan, bundle.lanes
    assert plan is not None
    params = params_of(kind, plan, lanes)
    if bundle is not None:
        params = replace(params, **bundle.report.get("engine", {}))
    virtual = VirtualBoard(kind, params)
    link = Link(virtual, timeout_s=timeout_s)
    return Board(link, virtual.bundle, VIRTUAL + kind, step_timeout_s)


def _first(
    name: str, choices: list[Bundle], baudrate: int, timeout_s: float, step_timeout_s: float
) -> Board:
    """Open a board with the first bundle that it is the board of."""
    reasons = []
    for bundle in choices:
        try:
            return connect(name, bundle, baudrate, timeout_s, step_timeout_s)
        except BoardError as error:
            reasons.append(error)
    raise reasons[0]


def _where(bundle: Bundle) -> str:
    """Return the target of a bundle's board."""
    if bundle.bitstream is None:
        return VIRTUAL + bundle.board
    found = os.environ.get(VARIABLE) or find_port(bundle.board)
    if found is None:
        raise UserError(
            f"no {bundle.board} was found at a serial port. Plug it in, or name its port: "
            f"bitcortex.open('/dev/ttyUSB0', bundle=...), or {VARIABLE}=/dev/ttyUSB0"
        )
    return found


# Bundles of boards that were built here.


def folder() -> Path:
    """Return where bundles are kept."""
    return cache_root() / "bundles"


def keep(bundle: Bundle) -> Path:
    """Keep a bundle for those who open its board with the network alone; return its path."""
    folder().mkdir(parents=True, exist_ok=True)
    kind = "real" if bundle.bitstream else "virtual"
    path = folder() / f"{bundle.digest[:20]}-{bundle.board}-{bundle.lanes}-{kind}.zip"
    part = path.with_name(f"{path.stem}-{os.getpid()}.part.zip")
    bundle.save(part)
    os.replace(part, path)
    return path


def cached(plan: EventPlan) -> list[Bundle]:
    """Return the bundles of a Plan that are kept; damaged ones are left out."""
    found = []
    for path in sorted(folder().glob(f"{plan.digest[:20]}-*[!t].zip")):
        try:
            found.append(bundles.load(path))
        except BundleError:
            continue
    return [bundle for bundle in found if bundle.digest == plan.digest]


def find(plan: EventPlan) -> Board | None:
    """Open a board that holds a Plan, for ``engine="auto"``; None if there is none.

    It is where `VARIABLE` says, or at a serial port with the USB id of a board that was built for
    this Plan.
    """
    target = os.environ.get(VARIABLE, "")
    if target.startswith(VIRTUAL):
        return open(target, plan)
    choices = cached(plan)
    for bundle in choices:
        where = target or (bundle.bitstream and find_port(bundle.board))
        if not where:
            continue
        try:
            return connect(where, bundle, timeout_s=2.0)
        except (BoardError, UserError) as error:
            warnings.warn(f"{where} was not used: {error}", RuntimeWarning, stacklevel=3)
    return None


def make(board: str, network: Network | EventPlan, lanes: int | None = None) -> VirtualBoard:
    """Compile a virtual board for a network, and keep its bundle."""
    params: CoreParams = params_of(board, plan_of(network), lanes)
    virtual = VirtualBoard(board, params)
    keep(virtual.bundle)
    return virtual
