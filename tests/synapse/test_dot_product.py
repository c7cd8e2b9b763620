"""The dot product is exact in its counts and small in its error."""

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.models.synapse.dot_product import DotProduct, DotProductParams
from bitcortex.models.synapse.popcount import PopcountParams


def as_words(bits: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> list[int]:
    return [sum(int(b) << i for i, b in enumerate(column)) for column in bits.T]


@pytest.mark.parametrize("mode", ["and", "xnor"])
def test_api_is_the_golden_model(mode: str) -> None:
    rng = np.random.default_rng(2)
    weights = rng.uniform(-1, 1, 30)
    product = bc.BitstreamDotProduct(weights, length=64, mode=mode)
    a, b = rng.integers(0, 2, (2, 30, 64)).astype(np.uint8)
    model = DotProduct(product.params)
    found = [model.tick(1, 0, x, y) for x, y in zip(as_words(a), as_words(b), strict=True)]
    found += [model.tick(0, 0, 0, 0) for _ in range(product.params.latency + 1)]
    (result,) = [row[1:] for row in found if row[0]]
    assert result == product.counts(a, b)


@pytest.mark.parametrize(("length", "bound"), [(256, 0.13), (1024, 0.04)])
def test_error_of_64_products(length: int, bound: float) -> None:
    rng = np.random.default_rng(3)
    errors = []
    for seed in range(60):
        x, w = rng.random((2, 64))
        product = bc.BitstreamDotProduct(w, length, seed=seed + 1)
        errors.append(abs(product.forward(x) - float(x @ w)))
    assert np.mean(errors) <= bound


def test_signs() -> None:
    product = bc.BitstreamDotProduct([0.5, -0.5, 1.0], length=1024)
    assert product.forward([1.0, 1.0, 0.25]) == pytest.approx(0.25, abs=0.02)
    assert product.forward([0.0, 1.0, 0.0]) == pytest.approx(-0.5, abs=0.02)


def test_bipolar() -> None:
    rng = np.random.default_rng(5)
    errors = []
    for seed in range(1, 30):
        x, w = rng.uniform(-1, 1, (2, 16))
        product = bc.BitstreamDotProduct(w, 1024, seed, mode="xnor")
        errors.append(product.forward(x) - float(x @ w))
    assert np.abs(errors).mean() < 0.04
    assert abs(np.mean(errors)) < 0.02
    certain = bc.BitstreamDotProduct([1.0, -1.0], mode="xnor")
    assert certain.forward([1.0, 1.0]) == 0.0
    assert certain.forward([1.0, -1.0]) == 2.0


def test_fresh_bits_and_seeds() -> None:
    x = [0.3, 0.6, 0.9]

    def calls(seed: int) -> list[float]:
        product = bc.BitstreamDotProduct([0.2, 0.5, -0.7], 64, seed)
        return [product.forward(x) for _ in range(20)]

    assert len(set(calls(1))) > 1
    assert calls(1) == calls(1)
    assert calls(1) != calls(2)


def test_weights_are_a_copy() -> None:
    weights = np.array([0.5, 0.5])
    product = bc.BitstreamDotProduct(weights)
    weights[:] = -1.0
    assert product.weights.tolist() == [0.5, 0.5]


def test_mistakes() -> None:
    with pytest.raises(ValueError, match=r"weights must have shape \(n,\), not \(2, 2\)"):
        bc.BitstreamDotProduct(np.ones((2, 2)))
    for wrong in (float("nan"), -1.5, 1.001):
        with pytest.raises(ValueError, match=rf"weights\[1\] must be in \[-1, 1\], not {wrong}"):
            bc.BitstreamDotProduct([0.5, wrong])
    for mode in ("and", "xnor"):
        with pytest.raises(ValueError, match="weights must not all round to 0"):
            bc.BitstreamDotProduct([1e-9, 0.0, -1e-9], mode=mode)
    with pytest.raises(ValueError, match="mode must be one of and, xnor, not 'or'"):
        bc.BitstreamDotProduct([0.5], mode="or")
    with pytest.raises(ValueError, match="length must be in"):
        bc.BitstreamDotProduct([0.5], length=0)
    with pytest.raises(ValueError, match=r"n must be in 1\.\.4096, not 4097"):
        bc.BitstreamDotProduct(np.ones(4097))
    with pytest.raises(ValueError, match=r"x\[0\] must be in \[-1, 1\], not 1.5"):
        bc.BitstreamDotProduct([0.5], mode="xnor").forward([1.5])
    with pytest.raises(ValueError, match="input_encoder must have length 256, not 128"):
        bc.BitstreamDotProduct([0.5], input_encoder=bc.BitstreamEncoder(128))
    with pytest.raises(ValueError, match="must have different sources"):
        bc.BitstreamDotProduct([0.5], input_encoder=bc.BitstreamEncoder(dimension=2))
    product = bc.BitstreamDotProduct([0.5, 0.5])
    with pytest.raises(ValueError, match=r"x must have shape \(2,\), not \(3,\)"):
        product.forward([0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match=r"x\[1\] must be a probability"):
        product.forward([0.1, 1.2])
    with pytest.raises(ValueError, match=r"inputs must have shape \(2, 256\)"):
        product.counts(np.zeros((3, 256)), np.zeros((2, 256)))
    with pytest.raises(ValueError, match=r"inhibitory must be in 0\.\.3, not 4"):
        DotProductParams(2, inhibitory=4)
    with pytest.raises(ValueError, match="length must be in"):
        DotProductParams(2, 0)
    with pytest.raises(ValueError, match="n must be in"):
        PopcountParams(0)
