"""The rates of theory against what neurons do."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import erfcx

from bitcortex.brunel import BrunelParams, mean_field


@pytest.mark.parametrize(("rate_e", "rate_i"), [(50.0, 50.0), (10.0, 40.0), (80.0, 20.0)])
def test_transfer_is_the_integral(rate_e: float, rate_i: float) -> None:
    bp = BrunelParams.ai()
    s_e, s_i = bp.c_exc * rate_e, bp.c_inh * rate_i
    outer = bp.c_exc * bp.external_rate_hz
    mean = 0.02 * (0.8 * (s_e + outer) - 4.8 * s_i)
    spread = math.sqrt(0.02 * (0.64 * (s_e + outer) + 4.8**2 * s_i))
    low, high = (10 - mean) / spread, (20 - mean) / spread
    area = quad(lambda u: erfcx(-u), low, high)[0]
    expected = 1 / (0.002 + 0.02 * math.sqrt(math.pi) * area)
    found = mean_field.transfer(bp, np.array([s_e]), np.array([s_i]))
    assert found[0] == pytest.approx(expected, rel=1e-5)


def test_far_below_threshold_nobody_fires() -> None:
    bp = BrunelParams(eta=0.0)
    assert mean_field.transfer(bp, np.array([1.0]), np.array([1000.0]))[0] == 0.0


def test_driven_by_the_mean_it_is_the_closed_form() -> None:
    """With tiny kicks the interval is refractory + tau ln((mu - V_r) / (mu - V_th))."""
    bp = BrunelParams(weight_exc=1e-4, refractory=2.0)
    found = mean_field.transfer(bp, np.zeros(1), np.zeros(1))[0]
    assert found == pytest.approx(1 / (0.002 + 0.02 * math.log(30 / 20)), rel=1e-3)


def test_steady_rate_of_the_seed_network() -> None:
    bp = BrunelParams.seed()
    rate = mean_field.steady(bp, lambda r: (bp.c_exc * r, bp.c_inh * r), 1)[0]
    assert 86.0 < rate < 89.0  # simulators: 87
