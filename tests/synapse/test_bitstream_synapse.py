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


@pytest.mark.parametrize("source", ["sobol", "lfsr"])
@pytest.mark.parametrize(("mode", "w"), [("and", 0.3), ("xnor", -0.4), ("and", 1.0), ("and", 0.0)])
def test_api_is_the_golden_model(mode: str, w: float, source: str) -> None:
    """Call after call: the weight's stream goes on."""
    encoder = bc.BitstreamEncoder(200, source, dimension=2, seed=9)
    synapse = bc.BitstreamSynapse(w, 200, mode, weight_encoder=encoder)
    rng = np.random.default_rng(1)
    pre = rng.integers(0, 2, (3, 200)).astype(np.uint8)
    expected = golden(synapse, pre.reshape(-1))
    assert np.concatenate([synapse.apply(row) for row in pre]).tolist() == expected


def test_streams_of_one_call_meet_the_same_weight() -> None:
    pre = np.random.default_rng(1).integers(0, 2, (2, 3, 64)).astype(np.uint8)
    together = bc.BitstreamSynapse(0.3, 64).apply(pre)
    assert together.shape == pre.shape
    assert together.dtype == np.uint8
    assert (together[1, 2] == bc.BitstreamSynapse(0.3, 64).apply(pre[1, 2])).all()


def test_a_new_weight_holds_from_the_next_call_on() -> None:
    synapse = bc.BitstreamSynapse(0.0, 64)
    ones = np.ones(64)
    assert not synapse.apply(ones).any()
    synapse.w = 1.0
    assert synapse.apply(ones).all()
    assert synapse.params.weight == 1 << 16


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
        with pytest.raises(ValueError, match=r"w must be in \[-1, 1\]"):
            bc.BitstreamSynapse(2 * wrong - 1, mode="xnor")
    with pytest.raises(ValueError, match=r"w must not all round to 0: one must exceed 7\.6e-06"):
        bc.BitstreamSynapse(7e-6)
    with pytest.raises(ValueError, match=r"w must not all round to 0: one must exceed 1\.5e-05"):
        bc.BitstreamSynapse(-1e-5, mode="xnor")
    assert bc.BitstreamSynapse(8e-6).params.weight == 1
    with pytest.raises(ValueError, match="length must be in"):
        bc.BitstreamSynapse(0.5, length=0)
    with pytest.raises(ValueError, match="mode must be one of and, xnor"):
        bc.BitstreamSynapse(0.5, mode="or")
    same = bc.BitstreamEncoder(256, "sobol", dimension=2, seed=1)
    with pytest.raises(ValueError, match=r"must have different sources"):
        bc.BitstreamSynapse(0.5, seed=1, input_encoder=same)
    with pytest.raises(ValueError, match="weight_encoder must have length 256, not 64"):
        bc.BitstreamSynapse(0.5, weight_encoder=bc.BitstreamEncoder(64, dimension=2))
    synapse = bc.BitstreamSynapse(0.5)
    with pytest.raises(ValueError, match=r"pre must have shape \(\.\.\., 256\), not \(255,\)"):
        synapse.apply(np.zeros(255))
    with pytest.raises(ValueError, match="pre must hold 0 and 1 only"):
        synapse.apply(np.full(256, 0.5))
    with pytest.raises(ValueError, match="value must be in"):
        synapse.transmit(float("nan"))
    with pytest.raises(ValueError, match=r"weight must be in 0\.\.256, not 257"):
        BitstreamParams(weight=257)
