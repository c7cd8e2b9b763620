"""Signed arithmetic that never compares or shifts a sum that is not wide enough."""

from migen import If, Mux, Signal, value_bits_sign


def csd(constant: int) -> list[tuple[int, int]]:
    """Return the canonical signed digits of a constant: (shift, +1 or -1), fewest of all forms."""
    digits, shift = [], 0
    while constant:
        if constant & 1:
            digit = 2 - (constant & 3)
            digits.append((shift, digit))
            constant -= digit
        constant >>= 1
        shift += 1
    return digits


def times_constant(module, value, constant: int, multiplier: str):
    """Return `value * constant` as a signed signal that holds it exactly.

    ``dsp`` leaves a multiplication to synthesis, ``shift_add`` writes shifted copies of the value.
    """
    width = len(value) + constant.bit_length() + 1
    product = Signal((width, True))
    if multiplier == "dsp":
        factor = Signal((constant.bit_length() + 1, True), reset=constant)
        module.comb += [factor.eq(constant), product.eq(value * factor)]
        return product
    terms = []
    for shift, digit in csd(constant):
        term = Signal((width, True))
        module.comb += term.eq(value << shift)
        terms.append((digit, term))
    while len(terms) > 1:  # a tree of adders
        level = [terms[i : i + 2] for i in range(0, len(terms), 2)]
        terms = []
        for pair in level:
            if len(pair) == 1:
                terms += pair
                continue
            (da, a), (db, b) = pair
            total = Signal((width, True))
            if da == db:
                module.comb += total.eq(a + b)
            else:
                module.comb += total.eq(a - b)
            terms.append((da, total))
    if terms:
        digit, total = terms[0]
        module.comb += product.eq(total if digit > 0 else -total)
    return product


def saturated(module, total, width: int):
    """Return `total` clipped to a signed signal of `width` bits."""
    clipped = Signal((width, True))
    if len(total) <= width:
        module.comb += clipped.eq(total)
        return clipped
    high = total[width - 1 :]  # all equal to the sign if the value fits
    sign = total[len(total) - 1]
    fits = Signal()
    ones = (1 << len(high)) - 1
    top = (1 << (width - 1)) - 1
    module.comb += [
        fits.eq((high == 0) | (high == ones)),
        If(fits, clipped.eq(total[:width])).Else(clipped.eq(Mux(sign, -top - 1, top))),
    ]
    return clipped


def delayed(module, signal, cycles: int, reset_less: bool = False, own: bool = False):
    """Return the signal as it was `cycles` ago; without reset if something else says it counts.

    Parts that delay the same signal share registers after synthesis. With `own` they do not where
    the device is large (`bitcortex.boards.devices`): every part has its registers near itself.
    """
    for _ in range(cycles):
        register = Signal(value_bits_sign(signal), reset_less=reset_less)
        if own:
            register.attr.add(("own", "1"))
        module.sync += register.eq(signal)
        signal = register
    return signal
