"""The spike hash tells rasters apart."""

import numpy as np

from bitcortex.models.recorder.hash import INITIAL, Hash, HashParams, hash_events, update


def test_definition() -> None:
    """Marsaglia's xorshift64 with 13, 7, 17, written out."""
    h = INITIAL ^ (7 | 5 << 32)
    h = (h ^ (h << 13)) % 2**64
    h ^= h >> 7
    h = (h ^ (h << 17)) % 2**64
    assert update(INITIAL, 7, 5) == h == hash_events([7], [5])


def test_any_single_change_shows() -> None:
    rng = np.random.default_rng(1)
    events = [(int(t), int(n)) for t, n in zip(range(50), rng.integers(0, 100, 50), strict=True)]
    hashes = {hash_events(*zip(*events, strict=True))}
    for i, (step, neuron) in enumerate(events):
        for changed in ([], [(step, neuron ^ 1)], [(step + 1, neuron)], [(step, neuron)] * 2):
            other = events[:i] + changed + events[i + 1 :]
            hashes.add(hash_events(*zip(*other, strict=True)))
    assert len(hashes) == 1 + 4 * len(events)


def test_clear_wins() -> None:
    model = Hash(HashParams())
    model.tick(0, 1, 2, 3)
    assert model.tick(1, 1, 4, 5)[0] == update(INITIAL, 2, 3)
    assert model.tick(0, 0, 0, 0)[0] == INITIAL
