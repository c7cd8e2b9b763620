"""What a Plan is to the compiled kernels of event-driven networks, and what changes in a step."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

Array = NDArray[Any]
# Columns of `Tables.runs`, `Tables.params` and `Tables.sets`.
FIRST, COUNT, KIND, MASK, LAST = range(5)
LOSS, HALF, THRESHOLD, RESET, PAUSE, CONSTANT, DRIVE, CDF, CDF_END, RARE, CUT = range(11)
SET_PART, SET_FIRST, SET_DELAY, SET_CLASS, SET_ROW = range(5)
STO_PART, STO_FIRST, STO_DELAY, STO_LENGTH, STO_PROBABILITY, STO_SEED, STO_ROW = range(7)


class Tables(NamedTuple):
    """What a Plan is to the kernels; see `bitcortex.sim.engine.event_tables`."""

    parts: int  # threads
    words: int  # 64-bit words of a row of bits
    planes: int  # of all counts, at most
    sources: int  # neurons and recorded channels
    bounds: Array  # int64 (populations and recorded sources + 1,): first ids
    driven: bool
    runs: Array  # int64 (runs, 5): first block, blocks, kind (-1: generators only), mask, last
    run_start: Array  # int64 (parts + 1,)
    params: Array  # int64 (kinds, 11)
    cdf: Array  # uint16, 32 copies of each entry; see `event_draws`
    segments: Array  # int16 (kinds * 128,): see `event_draws`
    sets: Array  # int64 (sets, 5), ordered by class
    weights: Array  # int64 (classes,)
    matrix: Array  # uint64, rows of bits; the last one is empty
    delays: Array  # int64, of the lists
    indptr: Array  # int64 (parts * sources * delays + 1,): lists by part, source and delay
    usual: int  # cache lines that most lists take
    target: Array  # uint32, or packed with the weight: see `packed`
    weight: Array  # int32
    packed: bool  # weight << 16 | target
    stochastic: Array  # int64 (projections, 7)
    sto_indptr: Array  # int64 (parts * rows + 1,)
    sto_rows: int  # rows of all stochastic projections
    sto_target: Array  # uint32
    sto_weight: Array  # int32


class State(NamedTuple):
    """What changes from step to step."""

    v: Array  # int16, padded
    refractory: Array  # int16, padded
    sums: Array  # int32, padded
    generators: Array  # uint64 (parts * 64,)
    planes: Array  # uint64 (parts * planes * words,)
    planes32: Array  # the same memory as uint32
    events: Array  # uint32 (parts * (EVENTS + room for a list),): copied lists; see `event_lists`
    ring: Array  # int32 (ring * sources,): ids that fired in a step
    ring_part: Array  # int64 (ring * (bounds + 1),): where in the list each part begins
    fired: Array  # uint32 (parts * blocks, padded): who fired in a block, a bit per neuron
    out: Array  # int32 (parts * batch * neurons of a part,): spikes of a batch
    out_count: Array  # int64 (parts * batch,)
    offsets: Array  # int64 (parts * (rows of a class + 8),): rows that are due
    plane: Array  # int64 (parts * planes,): what a bit of those in use weighs
    plane_copies: Array  # int16 (parts * planes * 32,): the same, if it fits
