"""LFSR: maximal polynomials for every width, the zero state, leaps, errors."""

from dataclasses import replace

import pytest

from bitcortex.models.encode.lfsr import TAPS, Lfsr, LfsrParams, shift

RUN = 20  # largest width that is run through its whole period


def period(params: LfsrParams) -> int:
    """Shifts until the state comes back."""
    state, shifts = shift(params.seed, params), 1
    while state != params.seed:
        state, shifts = shift(state, params), shifts + 1
    return shifts


# Polynomials over GF(2) as integers: bit i is the coefficient of x^i.


def recurrence(width: int) -> int:
    """Return x^w + sum of x^(w-t): the newest bit is the sum of the bits made t shifts ago."""
    return 1 << width | sum(1 << (width - t) for t in (width, *TAPS[width]))


def times(a: int, b: int, modulus: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        b >>= 1
        a <<= 1
        if a.bit_length() == modulus.bit_length():
            a ^= modulus
    return product


def power(exponent: int, modulus: int) -> int:
    """Return x**exponent modulo a polynomial."""
    result, base = 1, 2
    while exponent:
        if exponent & 1:
            result = times(result, base, modulus)
        base = times(base, base, modulus)
        exponent >>= 1
    return result


def prime_factors(number: int) -> set[int]:
    factors, candidate = set(), 2
    while candidate * candidate <= number:
        while number % candidate == 0:
            factors.add(candidate)
            number //= candidate
        candidate += 1
    return factors | ({number} if number > 1 else set())


def is_primitive(modulus: int) -> bool:
    order = (1 << (modulus.bit_length() - 1)) - 1
    return power(order, modulus) == 1 and all(
        power(order // prime, modulus) != 1 for prime in prime_factors(order)
    )


def test_every_width_has_a_polynomial() -> None:
    assert sorted(TAPS) == list(range(3, 33))
    for width, taps in TAPS.items():
        assert all(0 < tap < width for tap in taps)


@pytest.mark.parametrize("width", range(3, RUN + 1))
def test_period_by_running(width: int) -> None:
    assert period(LfsrParams(width=width)) == 2**width - 1


@pytest.mark.parametrize("width", sorted(TAPS))
def test_period_by_the_order_of_x(width: int) -> None:
    assert is_primitive(recurrence(width))


def test_the_order_of_x_tells_polynomials_apart() -> None:
    assert prime_factors(2**20 - 1) == {3, 5, 11, 31, 41}
    assert is_primitive(0b10011)
    assert not is_primitive(0b11111)  # irreducible, but x has order 5
    assert not is_primitive(0b10101)  # a square


@pytest.mark.parametrize("width", range(3, 17))
def test_full_period_visits_every_state_once(width: int) -> None:
    params = LfsrParams(width=width, seed=2**width - 1, full_period=True)
    state, seen = params.seed, bytearray(2**width)
    for _ in range(2**width):
        seen[state] += 1
        state = shift(state, params)
    assert state == params.seed
    assert set(seen) == {1}


@pytest.mark.parametrize("width", range(17, 33))
def test_full_period_only_adds_the_zero_state(width: int) -> None:
    linear = LfsrParams(width=width)
    full = replace(linear, full_period=True)
    top = 1 << (width - 1)
    assert shift(top, full) == 0
    assert shift(0, full) == 1 == shift(top, linear)
    for state in (1, 2, 3, top - 1, top + 1, 2 * top - 1):
        assert shift(state, full) == shift(state, linear)


@pytest.mark.parametrize(
    ("leap", "full_period"),
    [(1, False), (2, False), (16, False), (32, False), (1, True), (7, True), (31, True)],
)
def test_leap_is_that_many_shifts(leap: int, full_period: bool) -> None:
    params = LfsrParams(width=16, seed=0xACE1, leap=leap, full_period=full_period)
    model, state = Lfsr(params), params.seed
    for _ in range(50):
        assert model.tick(1, 0, 0) == (state,)
        for _ in range(leap):
            state = shift(state, params)


@pytest.mark.parametrize("leap", [3, 5, 7])
def test_full_period_survives_an_odd_leap(leap: int) -> None:
    model = Lfsr(LfsrParams(width=8, full_period=True, leap=leap))
    assert len({model.tick(1, 0, 0) for _ in range(256)}) == 256


def test_reseed_wins_and_zero_is_ignored_where_it_locks_up() -> None:
    model = Lfsr(LfsrParams(width=8, seed=9))
    assert model.tick(1, 1, 77) == (9,)
    assert model.tick(1, 1, 0) == (77,)
    assert model.tick(0, 0, 0) == (77,)
    full = Lfsr(LfsrParams(width=8, seed=9, full_period=True))
    full.tick(0, 1, 0)
    assert full.tick(1, 0, 0) == (0,)
    assert full.tick(1, 0, 0) == (1,)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("seed", 0, r"seed must be in 1\.\.65535, not 0\. Zero would lock"),
        ("seed", 65536, "seed must be in"),
        ("width", 2, r"width must be in 3\.\.32, not 2"),
        ("width", 33, "width must be in"),
        ("leap", 0, r"leap must be in 1\.\.32, not 0"),
        ("leap", 33, "leap must be in"),
    ],
)
def test_wrong_parameters(field: str, value: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(LfsrParams(), **{field: value})


def test_even_leap_of_a_full_period_is_refused() -> None:
    with pytest.raises(ValueError, match=r"leap must be odd with full_period, not 2\. Try"):
        LfsrParams(leap=2, full_period=True)


def test_width_must_be_an_integer() -> None:
    with pytest.raises(TypeError, match="width must be an integer, not '16'"):
        LfsrParams(width="16")  # type: ignore[arg-type]
