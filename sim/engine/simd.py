"""Short vectors of integers for Numba kernels, as portable LLVM vector instructions.

LLVM splits a vector wider than the CPU's registers and finds the best instruction there is:
`popcount` becomes VPOPCNTQ, a byte-shuffle table or POPCNT; `below` becomes one mask compare or
VPMOVMSKB. Explicit vectors keep full-width registers where the loop vectoriser would prefer
narrower ones, and keep accumulators in registers over a whole loop. Only `lookup` is tied to one
instruction (VPERMI2B), so it must be used under `HAS_LOOKUP`.

Arrays are flat and C-contiguous; an index counts elements of the array; nothing checks bounds.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
import numba.core.cgutils
import numba.extending
import numpy as np
from llvmlite import ir
from numba import types
from numba.core.codegen import get_host_cpu_features
from numba.extending import models, register_model
from numpy.typing import DTypeLike, NDArray

Function = TypeVar("Function", bound=Callable[..., Any])
# Numba's own annotations do not know that an intrinsic is called without its typing context.
intrinsic: Any = numba.extending.intrinsic
cgutils: Any = numba.core.cgutils
config: Any = numba.config


def _features() -> set[str]:
    """Return the features of the CPU that Numba compiles for."""
    text: Any = config.CPU_FEATURES
    if text is None:
        text = get_host_cpu_features()  # type: ignore[no-untyped-call]
    return {name[1:] for name in text.split(",") if name.startswith("+")}


FEATURES = _features()
HAS_LOOKUP = {"avx512bw", "avx512vbmi"} <= FEATURES  # 64 byte-table look-ups per instruction


def kernel(**options: Any) -> Callable[[Function], Function]:
    """Return the decorator of kernels that create no arrays, with options of `numba.njit`.

    They do not count references to arrays (`_nrt`), which for dozens of arrays per call is slow.
    """
    compiled: Any = numba.njit
    decorator: Callable[[Function], Function] = compiled(cache=True, _nrt=False, **options)
    return decorator


def aligned(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros at a multiple of 64 bytes: a vector load then stays in one line."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.zeros(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(dtype).reshape(shape)


def realigned(values: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of an array at a multiple of 64 bytes."""
    copy = aligned(values.shape, values.dtype)
    copy[...] = values
    return copy


class Vector(types.Type):
    """The Numba type of a vector of `lanes` integers of `bits` bits."""

    def __init__(self, bits: int, lanes: int) -> None:
        super().__init__(f"Vector(i{bits} x {lanes})")
        self.bits, self.lanes = bits, lanes
        self.ir = ir.VectorType(ir.IntType(bits), lanes)


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Vector) -> None:
        super().__init__(dmm, fe_type, fe_type.ir)  # type: ignore[no-untyped-call]


WORDS = Vector(64, 8)  # 512 stream bits
BYTES = Vector(8, 64)  # 64 table indices, entries or source words
HALVES = Vector(16, 256)  # one row of a count table
SUMS = Vector(16, 32)  # 32 short sums


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any, to: Any) -> Any:
    """Return the address of array[index] as a pointer to `to`."""
    data = cgutils.create_struct_proxy(kind)(context, builder, value=array).data
    return builder.bitcast(builder.gep(data, [index]), to.as_pointer())


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    """Return a vector whose lanes all hold `value`."""
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(first, undefined, zeros)


def _shuffle(builder: Any, a: Any, b: Any, lanes: list[int]) -> Any:
    """Return the lanes of a ++ b that a constant list names."""
    index = ir.VectorType(ir.IntType(32), len(lanes))
    return builder.shuffle_vector(a, b, ir.Constant(index, lanes))


def _loader(vector: Vector) -> Any:
    @intrinsic
    def load(typingctx: Any, array: Any, index: Any) -> Any:
        """Return the vector at array[index]; any alignment."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            where = _pointer(context, builder, signature.args[0], args[0], args[1], vector.ir)
            return builder.load(where, align=1)

        return vector(array, types.intp), codegen

    return load


def _zero(vector: Vector) -> Any:
    @intrinsic
    def zero(typingctx: Any) -> Any:
        """Return a vector of zeros."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return ir.Constant(vector.ir, None)

        return vector(), codegen

    return zero


load_words = _loader(WORDS)
load_bytes = _loader(BYTES)
zero_words = _zero(WORDS)
zero_halves = _zero(HALVES)


@intrinsic
def add_and_popcount(typingctx: Any, total: Any, a: Any, b: Any) -> Any:
    """Return total + popcount(a & b), lane by lane."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(WORDS.ir, [WORDS.ir])
        popcount = cgutils.get_or_insert_function(builder.module, kind, "llvm.ctpop.v8i64")
        return builder.add(args[0], builder.call(popcount, [builder.and_(args[1], args[2])]))

    return WORDS(WORDS, WORDS, WORDS), codegen


@intrinsic
def total(typingctx: Any, vector: Any) -> Any:
    """Return the sum of the 8 lanes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value, lanes = args[0], 8
        while lanes > 1:
            half = lanes // 2
            low = _shuffle(builder, value, value, list(range(half)))
            high = _shuffle(builder, value, value, list(range(half, lanes)))
            value, lanes = builder.add(low, high), half
        return builder.extract_element(value, ir.Constant(ir.IntType(32), 0))

    return types.int64(WORDS), codegen


@intrinsic
def store_below(typingctx: Any, words: Any, at: Any, source: Any, index: Any, code: Any) -> Any:
    """Set words[at] to the 64 bits source[index + k] < code, for a uint8 source and code <= 255."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where = _pointer(context, builder, signature.args[2], args[2], args[3], BYTES.ir)
        code = _splat(builder, builder.trunc(args[4], ir.IntType(8)), BYTES.ir)
        mask = builder.icmp_unsigned("<", builder.load(where, align=1), code)
        word = ir.IntType(64)
        target = _pointer(context, builder, signature.args[0], args[0], args[1], word)
        builder.store(builder.bitcast(mask, word), target)
        return context.get_dummy_value()

    return types.void(words, types.intp, source, types.intp, types.int64), codegen


@intrinsic
def add_step(typingctx: Any, row: Any, threshold: Any) -> Any:
    """Return row[w] + (threshold < w) for the 256 indices w of a table row."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        lanes = HALVES.lanes
        index = ir.Constant(HALVES.ir, list(range(lanes)))
        low = _splat(builder, builder.trunc(args[1], ir.IntType(16)), HALVES.ir)
        above = builder.icmp_unsigned(">", index, low)
        return builder.sub(args[0], builder.sext(above, HALVES.ir))

    return HALVES(HALVES, types.int64), codegen


@intrinsic
def store_row(typingctx: Any, table: Any, index: Any, row: Any) -> Any:
    """Write a row of 256 16-bit counts at table[index]."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where = _pointer(context, builder, signature.args[0], args[0], args[1], HALVES.ir)
        builder.store(args[2], where, align=1)
        return context.get_dummy_value()

    return types.void(table, types.intp, HALVES), codegen


@intrinsic
def store_planes(typingctx: Any, table: Any, index: Any, row: Any) -> Any:
    """Write a row of 256 counts at table[index] as 256 low bytes and 256 high bytes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        plane = ir.VectorType(ir.IntType(8), HALVES.lanes)
        eight = ir.Constant(HALVES.ir, [8] * HALVES.lanes)
        low = _pointer(context, builder, signature.args[0], args[0], args[1], plane)
        high = builder.gep(low, [ir.Constant(ir.IntType(32), 1)])
        builder.store(builder.trunc(args[2], plane), low, align=1)
        builder.store(builder.trunc(builder.lshr(args[2], eight), plane), high, align=1)
        return context.get_dummy_value()

    return types.void(table, types.intp, HALVES), codegen


@intrinsic
def lookup(typingctx: Any, t0: Any, t1: Any, t2: Any, t3: Any, index: Any) -> Any:
    """Return table[index] for 64 bytes of index into a table of 4 x 64 bytes (VPERMI2B)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        bytes_ = BYTES.ir
        kind = ir.FunctionType(bytes_, [bytes_] * 3)
        name = "llvm.x86.avx512.vpermi2var.qi.512"
        permute = cgutils.get_or_insert_function(builder.module, kind, name)
        t0, t1, t2, t3, index = args
        low = builder.call(permute, [t0, index, t1])  # bit 6 of the index picks the second
        high = builder.call(permute, [t2, index, t3])
        upper = builder.icmp_signed("<", index, ir.Constant(bytes_, None))
        return builder.select(upper, high, low)

    return BYTES(BYTES, BYTES, BYTES, BYTES, BYTES), codegen


_LOW = [lane for block in range(0, 64, 16) for k in range(block, block + 8) for lane in (k, k + 64)]
_HIGH = [lane + 8 for lane in _LOW]
# Where byte k of a 64-byte look-up went among the 2 x 32 sums of add_pairs.
_ORDER = [(0 if k % 16 < 8 else 32) + k // 16 * 8 + k % 8 for k in range(64)]


@intrinsic
def add_pairs(typingctx: Any, sums: Any, index: Any, low: Any, high: Any) -> Any:
    """Add 64 counts, given as low and high bytes, to 64 16-bit sums in `add_sums` order."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        where = _pointer(context, builder, signature.args[0], args[0], args[1], SUMS.ir)
        for half, lanes in enumerate((_LOW, _HIGH)):  # VPUNPCKLBW, VPUNPCKHBW
            words = builder.bitcast(_shuffle(builder, args[2], args[3], lanes), SUMS.ir)
            at = builder.gep(where, [ir.Constant(ir.IntType(32), half)])
            builder.store(builder.add(builder.load(at, align=1), words), at, align=1)
        return context.get_dummy_value()

    return types.void(sums, types.intp, BYTES, BYTES), codegen


@intrinsic
def add_sums(typingctx: Any, totals: Any, at: Any, sums: Any, index: Any) -> Any:
    """Add the 64 16-bit sums of `add_pairs` to 64 int32 totals in order, and clear the sums."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source = _pointer(context, builder, signature.args[2], args[2], args[3], SUMS.ir)
        other = builder.gep(source, [ir.Constant(ir.IntType(32), 1)])
        low, high = builder.load(source, align=1), builder.load(other, align=1)
        wide = ir.VectorType(ir.IntType(32), 64)
        added = builder.zext(_shuffle(builder, low, high, _ORDER), wide)
        target = _pointer(context, builder, signature.args[0], args[0], args[1], wide)
        builder.store(builder.add(builder.load(target, align=1), added), target, align=1)
        for pointer in (source, other):
            builder.store(ir.Constant(SUMS.ir, None), pointer, align=1)
        return context.get_dummy_value()

    return types.void(totals, types.intp, sums, types.intp), codegen


@intrinsic
def keep(typingctx: Any, vector: Any, flag: Any) -> Any:
    """Return the vector where flag is true, else zeros, without a branch."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        mask = builder.sext(builder.trunc(args[1], ir.IntType(1)), ir.IntType(64))
        return builder.and_(args[0], _splat(builder, mask, WORDS.ir))

    return WORDS(WORDS, types.boolean), codegen


@intrinsic
def parity(typingctx: Any, word: Any) -> Any:
    """Return the exclusive or of the bits of a word."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.and_(builder.ctpop(args[0]), ir.Constant(ir.IntType(64), 1))

    return types.int64(types.int64), codegen
