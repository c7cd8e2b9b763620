"""Vectors of 32 neurons and of 512 bits for the event kernels, in portable LLVM instructions.

A mask of 32 neurons is a plain uint32, bit j for neuron j: LLVM keeps it in a mask register where
there are any. As in `bitcortex.sim.engine.simd`, arrays are flat and C-contiguous, an index counts
elements of the array, and nothing checks bounds.
"""

from typing import Any

from llvmlite import ir
from numba import types

from bitcortex.sim.engine.simd import (
    FEATURES,
    WORDS,
    Vector,
    _loader,
    _pointer,
    _splat,
    _zero,
    cgutils,
    intrinsic,
)

LANES = 32  # neurons of a vector
HAS_PERMUTE = "avx512bw" in FEATURES  # 32 table look-ups per instruction
I16 = Vector(16, LANES)
I32 = Vector(32, LANES)
_MASK = ir.VectorType(ir.IntType(1), LANES)

load16, load32, load512 = _loader(I16), _loader(I32), _loader(WORDS)
zero512 = _zero(WORDS)


def _storer(vector: Vector) -> Any:
    @intrinsic
    def store(typingctx: Any, array: Any, index: Any, value: Any) -> Any:
        """Write a vector at array[index]; any alignment."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            where = _pointer(context, builder, signature.args[0], args[0], args[1], vector.ir)
            builder.store(args[2], where, align=1)
            return context.get_dummy_value()

        return types.void(array, types.intp, vector), codegen

    return store


def _binary(vector: Vector, make: Any) -> Any:
    @intrinsic
    def operate(typingctx: Any, a: Any, b: Any) -> Any:
        """Combine two vectors lane by lane."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return make(builder, *args)

        return vector(vector, vector), codegen

    return operate


def _call(name: str, vector: Vector) -> Any:
    def make(builder: Any, a: Any, b: Any) -> Any:
        kind = ir.FunctionType(vector.ir, [vector.ir, vector.ir])
        return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [a, b])

    return make


def _splatter(vector: Vector) -> Any:
    @intrinsic
    def splat(typingctx: Any, value: Any) -> Any:
        """Return a vector whose lanes all hold the low bits of an integer."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return _splat(builder, builder.trunc(args[0], ir.IntType(vector.bits)), vector.ir)

        return vector(types.int64), codegen

    return splat


def _comparer(vector: Vector, make: Any) -> Any:
    @intrinsic
    def compare(typingctx: Any, a: Any, b: Any) -> Any:
        """Return the mask of lanes in which the comparison holds."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bitcast(make(builder, *args), ir.IntType(32))

        return types.uint32(vector, vector), codegen

    return compare


def _picker(vector: Vector) -> Any:
    @intrinsic
    def pick(typingctx: Any, mask: Any, a: Any, b: Any) -> Any:
        """Return a where the mask is set, else b."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.select(builder.bitcast(args[0], _MASK), args[1], args[2])

        return vector(types.uint32, vector, vector), codegen

    return pick


store16, store32, store512 = _storer(I16), _storer(I32), _storer(WORDS)
splat16, splat32 = _splatter(I16), _splatter(I32)
pick16, pick32 = _picker(I16), _picker(I32)
add16 = _binary(I16, lambda builder, a, b: builder.add(a, b))
add32 = _binary(I32, lambda builder, a, b: builder.add(a, b))
add16_saturated = _binary(I16, _call("llvm.sadd.sat.v32i16", I16))
below16_unsigned = _comparer(I16, lambda builder, a, b: builder.icmp_unsigned("<", a, b))
above16_unsigned = _comparer(I16, lambda builder, a, b: builder.icmp_unsigned(">", a, b))
at_least16 = _comparer(I16, lambda builder, a, b: builder.icmp_signed(">=", a, b))
positive16 = _comparer(I16, lambda builder, a, b: builder.icmp_signed(">", a, b))
differ32 = _comparer(I32, lambda builder, a, b: builder.icmp_unsigned("!=", a, b))
xor512 = _binary(WORDS, lambda builder, a, b: builder.xor(a, b))
and512 = _binary(WORDS, lambda builder, a, b: builder.and_(a, b))
or512 = _binary(WORDS, lambda builder, a, b: builder.or_(a, b))


@intrinsic
def prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Have the cache line of array[index] brought to the second-level cache; any index will do."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        byte, number = ir.IntType(8), ir.IntType(32)
        where = _pointer(context, builder, signature.args[0], args[0], args[1], byte)
        kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), number, number, number])
        call = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        # To be read; keep it, but not nearest; data.
        builder.call(call, [where, *(ir.Constant(number, n) for n in (0, 2, 1))])
        return context.get_dummy_value()

    return types.void(array, types.intp), codegen


@intrinsic
def leaked16(typingctx: Any, v: Any, loss: Any, half: Any) -> Any:
    """Return floor((v * (65536 - loss) + half) / 65536), loss in 0..32767, half 0 or 32768.

    That is v + floor((half - v * loss) / 65536), from the two halves of the 32-bit product.
    """

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        v, loss, half = args
        wide = ir.VectorType(ir.IntType(32), LANES)
        sixteen = ir.Constant(wide, [16] * LANES)
        minus = builder.neg(loss)
        product = builder.mul(builder.sext(v, wide), builder.sext(minus, wide))
        high = builder.trunc(builder.ashr(product, sixteen), I16.ir)
        low = builder.mul(v, minus)
        # Adding half carries into the high part if both top bits of the low part are 1.
        carry = builder.lshr(builder.and_(low, half), ir.Constant(I16.ir, [15] * LANES))
        return builder.add(builder.add(v, high), carry)

    return I16(I16, I16, I16), codegen


@intrinsic
def widen(typingctx: Any, value: Any) -> Any:
    """Return 16-bit lanes as 32-bit lanes."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.sext(args[0], I32.ir)

    return I32(I16), codegen


@intrinsic
def saturated16(typingctx: Any, value: Any) -> Any:
    """Return 32-bit lanes clipped to 16 bits."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        top = ir.Constant(I32.ir, [32_767] * LANES)
        bottom = ir.Constant(I32.ir, [-32_768] * LANES)
        low = _call("llvm.smax.v32i32", I32)(builder, args[0], bottom)
        return builder.trunc(_call("llvm.smin.v32i32", I32)(builder, low, top), I16.ir)

    return I16(I32), codegen


@intrinsic
def advance(typingctx: Any, words: Any) -> Any:
    """Return the next states of 8 xorshift64 generators (shifts 13, 7, 17)."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = args[0]
        for amount, shift in ((13, builder.shl), (7, builder.lshr), (17, builder.shl)):
            by = ir.Constant(WORDS.ir, [amount] * 8)
            value = builder.xor(value, shift(value, by))
        return value

    return WORDS(WORDS), codegen


@intrinsic
def draws(typingctx: Any, words: Any) -> Any:
    """Return the 32 16-bit draws of 8 generator words."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.bitcast(args[0], I16.ir)

    return I16(WORDS), codegen


@intrinsic
def majority512(typingctx: Any, a: Any, b: Any, c: Any) -> Any:
    """Return the carry of a full adder of 512 bit positions."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        a, b, c = args
        return builder.or_(builder.and_(a, b), builder.and_(c, builder.or_(a, b)))

    return WORDS(WORDS, WORDS, WORDS), codegen


@intrinsic
def any512(typingctx: Any, words: Any) -> Any:
    """Return whether a bit is set."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        whole = ir.IntType(512)
        return builder.icmp_unsigned("!=", builder.bitcast(args[0], whole), ir.Constant(whole, 0))

    return types.boolean(WORDS), codegen


@intrinsic
def lowest_bit(typingctx: Any, mask: Any) -> Any:
    """Return the index of the lowest bit set of a mask that is not 0."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        index = builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(index, ir.IntType(64))

    return types.int64(types.uint32), codegen


@intrinsic
def segment(typingctx: Any, u: Any) -> Any:
    """Return the top 6 bits of 16-bit draws."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.lshr(args[0], ir.Constant(I16.ir, [10] * LANES))

    return I16(I16), codegen


@intrinsic
def permute(typingctx: Any, low: Any, high: Any, index: Any) -> Any:
    """Return entries of a table of 64 in two vectors (VPERMI2W); use it under `HAS_PERMUTE`."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(I16.ir, [I16.ir, I16.ir, I16.ir])
        name = "llvm.x86.avx512.vpermi2var.hi.512"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [args[0], args[2], args[1]])

    return I16(I16, I16, I16), codegen
