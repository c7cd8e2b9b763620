"""Bitstreams: correlation of streams, error of a product against stream length."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bitcortex import check
from bitcortex.analysis.trains import as_bits


class Encoder(Protocol):
    """Anything that turns a probability into a stream of 0 and 1."""

    def encode(self, p: float) -> NDArray[np.uint8]:
        """Return the stream, shape (length,)."""


def scc(a: ArrayLike, b: ArrayLike) -> NDArray[np.float64]:
    """Return the stochastic computing correlation (SCC) of bitstreams.

    +1 is maximal overlap (AND is the minimum), 0 is independence (AND is the product), -1 is
    minimal overlap (AND is max(0, p + q - 1)). Counts are exact integers until one division.
    Source: Alaghi and Hayes, "Exploiting correlation in stochastic circuit design", ICCD 2013.

    Parameters
    ----------
    a, b
        Shapes (..., length), 0/1, that broadcast: ``scc(a[:, None], b[None])`` is all pairs.

    Returns
    -------
    numpy.ndarray
        Shape of the broadcast without the last axis; NaN where a stream is constant.

    Raises
    ------
    ValueError
        If the lengths differ, the shapes do not broadcast, or a value is neither 0 nor 1.
    """
    first, second = as_bits("a", a), as_bits("b", b)
    if first.ndim == 0 or second.ndim == 0 or first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"a and b must have streams of one length along their last axis, not shapes "
            f"{first.shape} and {second.shape}"
        )
    both = np.count_nonzero(first & second, axis=-1)
    ones_a = np.count_nonzero(first, axis=-1)
    ones_b = np.count_nonzero(second, axis=-1)
    return _scc(np.asarray(both), np.asarray(ones_a), np.asarray(ones_b), first.shape[-1])


def scc_matrix(streams: ArrayLike) -> NDArray[np.float64]:
    """Return the SCC of all pairs of streams.

    Parameters
    ----------
    streams
        Shape (n_streams, length), 0/1.

    Returns
    -------
    numpy.ndarray
        Shape (n_streams, n_streams); 1 on the diagonal, NaN where a stream is constant.

    Raises
    ------
    ValueError
        If the array does not have two axes, or a value is neither 0 nor 1.
    """
    bits = as_bits("streams", streams)
    if bits.ndim != 2:
        raise ValueError(f"streams must have shape (n_streams, length), not {bits.shape}")
    values = bits.astype(np.float64)  # counts below 2**53 are exact, and BLAS is fast
    both = (values @ values.T).astype(np.int64)
    ones = np.diagonal(both)
    return _scc(both, ones[:, None], ones[None, :], bits.shape[1])


def error_vs_length(
    encoders: Callable[[int], tuple[Encoder, Encoder]],
    lengths: Sequence[int],
    pairs: int = 3000,
    seed: int = 1,
) -> NDArray[np.float64]:
    """Return the mean absolute error of an AND product for every stream length.

    Parameters
    ----------
    encoders
        Called with a length; returns the encoders of the two operands.
    lengths
        Stream lengths in bits.
    pairs
        Random pairs of operands, uniform in [0, 1) and the same for every length.
    seed
        Of the operands.

    Returns
    -------
    numpy.ndarray
        Shape (len(lengths),); mean over the pairs of abs(mean(a & b) - p q).

    Raises
    ------
    ValueError
        If an encoder returns a stream of another length.
    """
    check.integer("pairs", pairs, 1, 2**31)
    check.integer("seed", seed, 0, 2**63 - 1)
    operands = np.random.default_rng(seed).random((pairs, 2))
    errors = np.zeros(len(lengths))
    for index, length in enumerate(lengths):
        check.integer(f"lengths[{index}]", length, 1, 2**31)
        first, second = encoders(length)
        total = 0.0
        for p, q in operands.tolist():
            a, b = np.asarray(first.encode(p)), np.asarray(second.encode(q))
            if a.shape != (length,) or b.shape != (length,):
                raise ValueError(
                    f"encoders must return streams of shape ({length},), not {a.shape} and "
                    f"{b.shape}. Pass the length on to both."
                )
            total += abs(np.count_nonzero(a & b) / length - p * q)
        errors[index] = total / pairs
    return errors


def log_log_slope(lengths: ArrayLike, errors: ArrayLike) -> float:
    """Return the exponent s of the least-squares fit error ~ length**s.

    Independent bits give -0.5, low-discrepancy streams about -1.

    Raises
    ------
    ValueError
        If there are fewer than two points, the shapes differ, or a value is not positive.
    """
    x, y = np.asarray(lengths, dtype=np.float64), np.asarray(errors, dtype=np.float64)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise ValueError(
            f"lengths and errors must be two or more points, not shapes {x.shape} and {y.shape}"
        )
    if not ((x > 0).all() and (y > 0).all()):
        raise ValueError("lengths and errors must be positive to have logarithms")
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def _scc(
    both: NDArray[np.int64], ones_a: NDArray[np.int64], ones_b: NDArray[np.int64], length: int
) -> NDArray[np.float64]:
    """Return the SCC from counts; every product is an exact integer."""
    product = ones_a * ones_b
    excess = both * length - product
    positive = np.minimum(ones_a, ones_b) * length - product
    negative = product - np.maximum(ones_a + ones_b - length, 0) * length
    scale = np.where(excess > 0, positive, negative)
    result = np.full(excess.shape, np.nan)
    np.divide(excess, scale, out=result, where=scale > 0)
    return result
