"""The synapse multiplies, its API is its golden model, and mistakes are named."""

import numpy as np
import pytest

import bitcortex as bc
from bitcortex.models.synapse.bitstream import Bitstream, BitstreamParams


def golden(
    synapse: bc.BitstreamSynapse, pre: np.ndarray[tuple[int], np.dtype[np.uint8]]
) -> list[int]:
    """Run streams through the golden model of a new synapse, as the gateware would."""
    model = Bitstream(synapse.params)
    bits = []
    for bit in [*pre.tolist(), 0, 0]:
        valid, post = model.tick(int(len(bits) < len(pre)), 0, 0, 0, bit)
        bits += [post] * valid
    return bits


@pytest.mark.parametrize(("mode", "w"), [("and", 0.3), ("xnor", -0.4), ("and", 1.0), ("and", 0.0)])
def test_api_is_the_golden_model(mode: str, w: float) -> None:
    synapse = bc.BitstreamSynapse(w, length=200, mode=mode, seed=9)
    rng = np.random.default_rng(1)
    pre = rng.integers(0, 2, 200).astype(np.uint8)
    assert synapse.apply(pre).tolist() == golden(bc.BitstreamSynapse(w, 200, mode, 9), pre)


def test_and_multiplies() -> None:
    for p, w in ((0.5, 0.5), (0.2, 0.9), (1.0, 0.3), (0.0, 0.7)):
        assert bc.BitstreamSynapse(w).transmit(p) == pytest.approx(p * w, abs=0.012)


def test_xnor_multiplies_with_sign() -> None:
    for p, w in ((0.5, 0.5), (-0.5, 0.5), (-0.8, -0.9), (1.0, -1.0)):
        synapse = bc.BitstreamSynapse(w, length=1024, mode="xnor")
        assert synapse.transmit(p) == pytest.approx(p * w, abs=0.02)


def test_fresh_bits_and_unbiased() -> None:
    synapse = bc.BitstreamSynapse(0.3, length=16)
    values = [synapse.transmit(0.6) for _ in range(400)]
    assert len(set(values)) > 1
    assert np.mean(values) == pytest.approx(0.18, abs=0.01)


def test_mistakes() -> None:
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match=r"w must be in \[0, 1\]"):
            bc.BitstreamSynapse(wrong)
    with pytest.raises(ValueError, match="length must be in"):
        bc.BitstreamSynapse(0.5, length=0)
    with pytest.raises(ValueError, match="mode must be one of and, xnor"):
        bc.BitstreamSynapse(0.5, mode="or")
    same = bc.BitstreamEncoder(256, "sobol", dimension=2, seed=1)
    with pytest.raises(ValueError, match=r"must have different sources"):
        bc.BitstreamSynapse(0.5, seed=1, input_encoder=same)
    synapse = bc.BitstreamSynapse(0.5)
    with pytest.raises(ValueError, match=r"pre must have shape \(\.\.\., 256\), not \(255,\)"):
        synapse.apply(np.zeros(255))
    with pytest.raises(ValueError, match="pre must hold 0 and 1 only"):
        synapse.apply(np.full(256, 0.5))
    with pytest.raises(ValueError, match="value must be in"):
        synapse.transmit(float("nan"))
    with pytest.raises(ValueError, match=r"weight must be in 0\.\.256, not 257"):
        BitstreamParams(weight=257)
